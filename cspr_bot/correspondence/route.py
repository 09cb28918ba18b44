"""The way a mail came: which of its `Received` lines our own servers wrote, and where it came in from outside."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from cspr_bot.correspondence.contacts import is_under

_COMMENT = re.compile(r"\([^()]*\)")
_FROM = re.compile(r"\s*from\s+(\S+)", re.IGNORECASE)
_BY = re.compile(r"(?:^|\s)by\s+([^\s;]+)", re.IGNORECASE)
_HOST = re.compile(r"(?<![=\w.:-])(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.)+[A-Za-z][A-Za-z0-9-]*\b")
_CLAIMED = re.compile(r"\b(?:helo|ehlo)[ =][^\s()]+", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9A-Fa-f:.]{3,45}")
_MOST_NESTED_COMMENTS = 10
_PRIVATE = tuple(
    ip_network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "::1/128", "fc00::/7")
)
_REGISTRIES = frozenset({"co.uk", "org.uk", "gov.uk", "nhs.uk", "police.uk", "ac.uk", "sch.uk", "net.uk", "gov.wales"})
_MICROSOFT = ("outlook.com", "office365.com")
_MICROSOFT_BORDER = ("mail.protection.outlook.com",)


@dataclass(frozen=True, slots=True)
class House:
    """The servers that are ours: `hosts` and what is below them; what a `border` took in came from outside."""

    hosts: tuple[str, ...]
    border: tuple[str, ...] = ()


def house_of(authserv_ids: Sequence[str], dialect: str) -> House:
    """Give the servers whose word counts: those beside the trusted ones, and Microsoft's own in its dialect."""
    own = tuple(_family(server.lower()) for server in authserv_ids)
    return House((*own, *_MICROSOFT), _MICROSOFT_BORDER) if dialect == "exchange-online" else House(own)


def is_foreign(received: str, house: House) -> bool:
    """Say whether this line tells of a stranger: a server not ours wrote it, or one of ours took the mail from one.

    The name behind `from` is what the other side called itself. So the name and number that our server saw count too.
    """
    clauses, seen = _without_comments(received)
    by, sent = _BY.search(clauses), _FROM.match(clauses)
    if not by or not is_under(_host(by[1]), house.hosts):
        return True
    if not sent:
        return False
    if not is_under(_host(sent[1]), house.hosts) or is_under(_host(by[1]), house.border):
        return True
    names = _HOST.findall(seen)
    if "unknown" in seen.lower() or any(not is_under(name, house.hosts) for name in names):
        return True
    if not any(_is_public(number) for number in _NUMBER.findall(seen)):
        return False
    # One of ours that hands a mail to itself does so inside; a stranger who borrows its name does not. Nor is the name
    # believed that the other side gave itself where its number alone was seen; Microsoft's servers write no more.
    return _host(by[1]) == _host(sent[1]) or not (names or is_under(_host(by[1]), _MICROSOFT))


def _without_comments(received: str) -> tuple[str, str]:
    """Give a line without its comments, however nested, and the first of them without what the other side claims."""
    first = _COMMENT.search(received)
    clauses = received
    for _ in range(_MOST_NESTED_COMMENTS):
        shorter = _COMMENT.sub(" ", clauses)
        if shorter == clauses:
            break
        clauses = shorter
    return clauses, _CLAIMED.sub(" ", first[0]) if first else ""


def _family(server: str) -> str:
    """Give the domain in which a server has its brothers: `council.example` for `mx.council.example`."""
    parent = server.partition(".")[2]
    return parent if "." in parent and parent not in _REGISTRIES else server


def _host(name: str) -> str:
    return name.strip("[]().,").lower()


def _is_public(number: str) -> bool:
    try:
        address = ip_address(number.strip(".:"))
    except ValueError:
        return False
    return not any(address in network for network in _PRIVATE)
