"""What an address on the contact list must look like, and which domains mail may safely go to (procedure 6.2)."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

from cspr_bot.correspondence.contacts import is_under

# Treated as secure without more; an administrator adds others in [mail] secure_domains, once confirmed.
SECURE_DOMAINS = ("gov.uk", "nhs.net", "police.uk", "cjsm.net", "example")
LEGACY_DOMAINS = ("pnn.police.uk",)
RETIRED_DOMAINS = ("gsi.gov.uk", "gse.gov.uk", "gsx.gov.uk", "gcsx.gov.uk")
# A person writes to these; the program never does.
NEVER_WRITTEN_TO = {
    "independent-panel.uk": "the National Panel",
    "childsafeguarding.education.gov.uk": "the National Panel's notification service",
    "ofsted.gov.uk": "Ofsted",
    "education.gov.uk": "the Department for Education",
}

_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_UNATTENDED = re.compile(
    r"(do[-_.]?not|no)[-_.]?reply([-_.+].*)?|.*[-_.]no[-_.]?reply|mailer-daemon|postmaster|bounces?([-_.+].*)?|nobody"
)
_LIST = re.compile(
    r"listserv|majordomo|mailman|sympa|listmaster|owner-.*|.*-(request|bounces|owner|subscribe|unsubscribe|list)"
)
_LIST_HOSTS = ("googlegroups.com", "groups.io", "jiscmail.ac.uk", "freelists.org", "simplelists.com")
_LIST_LABELS = ("list", "lists", "listserv", "mailman")


def normalise(address: str) -> str:
    """Bring an address into the one spelling in which addresses are compared."""
    return address.lower() if address.isascii() else address


def address_flaw(address: str) -> str:
    """Say why this is not one plain address, or "" where it is. Letters of either case are allowed."""
    if flaw := _forbidden_sign(address):
        return flaw
    local, at, domain = normalise(address).rpartition("@")
    if not at or not local or not domain:
        return "it needs a name, an @ and a domain"
    if len(address) > 254 or len(local) > 64:
        return "it is too long"
    if not _LOCAL.fullmatch(local):
        return "the part before the @ is not plain"
    return domain_flaw(domain)


def _forbidden_sign(address: str) -> str:
    if "<" in address or ">" in address or '"' in address:
        return "it has a display name or brackets"
    for sign in address:
        if ord(sign) < 32 or ord(sign) == 127:
            return "it has a line break or another control character in it"
        if not sign.isascii():
            return f"it has a {unicodedata.name(sign, 'nameless letter')} in it, which is not ASCII"
        if sign in " ,;":
            return "it has a blank in it" if sign == " " else f'it has a "{sign}" in it: one address only'
    return "it has more than one @" if address.count("@") > 1 else ""


def domain_flaw(domain: str) -> str:
    """Say why this is not a domain in lower-case ASCII, or "" where it is."""
    labels = domain.split(".")
    if len(domain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return f'"{domain}" is not a domain' if domain.isascii() and domain.isprintable() else "its domain is not one"
    if len(labels) < 2:
        return f'"{domain}" is not a whole domain'
    return "its domain is a number" if labels[-1].isdigit() else ""


def ascii_domain(domain: str) -> str:
    """Give a domain in lower-case ASCII (IDNA), or "" where it has no such form."""
    try:
        return domain.strip().rstrip(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


def unattended(address: str) -> str:
    """Say why nobody reads what is sent to this address, or "" where somebody may."""
    local, _, domain = address.rpartition("@")
    if _UNATTENDED.fullmatch(local):
        return "nobody reads this address"
    if _LIST.fullmatch(local) or is_under(domain, _LIST_HOSTS) or domain.split(".")[0] in _LIST_LABELS:
        return "this is a mailing list"
    return ""


def never_written_to(address: str) -> str:
    """Name the body behind an address to which only a person writes, or ""."""
    domain = address.rpartition("@")[2]
    return next((body for parent, body in NEVER_WRITTEN_TO.items() if is_under(domain, (parent,))), "")


def nearest_domain(domain: str, known: Iterable[str]) -> str:
    """Give the known domain that was probably meant, its own first labels kept, or "" where none is near."""
    spellings: set[str] = set()
    labels = domain.split(".")
    for parent in known:
        depth = parent.count(".") + 1
        spellings.add(parent)
        if depth > 1 and len(labels) > depth:
            spellings.add(".".join((*labels[:-depth], parent)))
    close = get_close_matches(domain, sorted(spellings), n=1, cutoff=0.8)
    return close[0] if close else ""
