"""The one address in `From`: a grammar so strict that two programs cannot read it in two ways."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cspr_bot.correspondence.contacts import is_under

_LOCAL_PART = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_LOCAL_PART}@{_LABEL}(?:\.{_LABEL})+")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"')
_MARKED = re.compile(r"(?P<display>[^<>]*)<(?P<address>[^<>]*)>")
_MOST_CHARACTERS = 2_000
_FORBIDDEN_IN_DISPLAY = frozenset('@<>,;:\\"[]')
# Signs that look like "@" in a mail client: full-width, small form, and two with the letter in a circle.
_LIKE_AT = str.maketrans(dict.fromkeys("＠﹫ⓐⒶ", "@"))
_LOOKS_LIKE = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("0", "o"), ("1", "l"), ("i", "l"), ("5", "s"), ("-", ""))


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One address, lower-case ASCII, and the name shown beside it."""

    address: str
    display: str

    @property
    def domain(self) -> str:
        """What stands behind the @."""
        return self.address.rpartition("@")[2]


def parse_address(text: str) -> str | None:
    """Give an addr-spec in lower case, or None: no quoted local part, no literal, no comment, nothing but ASCII."""
    if not text.isascii() or len(text) > 254 or not _ADDRESS.fullmatch(text):
        return None
    local, _, domain = text.partition("@")
    return text.lower() if len(local) <= 64 and not domain.rpartition(".")[2].isdigit() else None


def parse_from(value: str) -> Mailbox | str:
    """Give the one mailbox of a `From` value, or why it is none that can be believed."""
    text = value.strip()
    if len(text) > _MOST_CHARACTERS:
        return "From is longer than any honest one"
    bare = parse_address(text)
    if bare:
        return Mailbox(bare, "")
    # Quoted names are set aside first, so that what stands in them cannot be taken for syntax.
    names = [_unquoted(found[0]) for found in _QUOTED.finditer(text)]
    found = _MARKED.fullmatch(_QUOTED.sub("\0", text))
    address = parse_address(found["address"].strip()) if found else None
    if not found or not address:
        return "From is not one plain address"
    display = found["display"].strip()
    if any(sign in _FORBIDDEN_IN_DISPLAY for sign in display) or not _is_balanced(display):
        return "From can be read in more than one way"
    for name in names:
        display = display.replace("\0", name, 1)
    if shows_another_address(display, address):
        return "the name in From shows another address"
    return Mailbox(address, " ".join(display.split()))


def shows_another_address(display: str, address: str) -> bool:
    """Say whether a name would make a reader believe in another sender than the address."""
    shown = display.translate(_LIKE_AT).strip().strip("'<>()").strip()
    return "@" in shown and shown.lower() != address


def lookalike_of(domain: str, known: Iterable[str]) -> str | None:
    """Give the known domain that this one is dressed up as: `counci1.example`, `council.example.evil.example`."""
    own = [name.lower().rstrip(".") for name in known]
    if is_under(domain, own):
        return None
    for name in own:
        if _skeleton(domain) == _skeleton(name) or f".{name}." in f".{domain}.":
            return name
    return None


def _skeleton(domain: str) -> str:
    for written, seen in _LOOKS_LIKE:
        domain = domain.replace(written, seen)
    return domain


def _unquoted(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted[1:-1])


def _is_balanced(display: str) -> bool:
    """Whether brackets in a bare name pair up, as in `Jane Doe (Police)`."""
    depth = 0
    for sign in display:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    return depth == 0
