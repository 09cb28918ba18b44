"""A contact list and its changes in words: for the terminal, and for whoever sent a workbook by mail."""

from collections.abc import Iterator
from datetime import date

from cspr_bot.config.contacts_changes import Difference, Proposal, differences
from cspr_bot.config.contacts_sheet import Row

NOTHING = "nothing"


def difference_lines(proposal: Proposal) -> Iterator[str]:
    """Say what a proposal would change, one line for each entry and, below it, one for each value that differs."""
    for item in differences(proposal):
        where = f"row {item.row}" if item.row else ""
        yield f"  {item.what:8} {where:8} {who(item.entry)}"
        yield from _values(item)


def difference_sentences(proposal: Proposal) -> Iterator[str]:
    """Say the same with one line for each entry."""
    for item in differences(proposal):
        where = f", row {item.row}" if item.row else ""
        values = "; ".join(line.strip() for line in _values(item))
        yield f"{item.what}{where}: {who(item.entry)}{f' ({values})' if values else ''}"


def counted(proposal: Proposal) -> str:
    """Say how much a proposal would change."""
    return f"{len(proposal.added)} added, {len(proposal.changed)} changed, {len(proposal.removed)} removed"


def who(entry: Row) -> str:
    """Name an entry: its role, its agency, its address."""
    role = str(entry.get("role", "")).replace("_", " ")
    agency = str(entry.get("agency", "")).replace("_", " ")
    named = role if not agency or agency == role else f"{role} ({agency})"
    return ", ".join(filter(None, (named, said(entry.get("email")))))


def said(value: object) -> str:
    """Write a value of an entry."""
    match value:
        case None:
            return ""
        case date():
            return f"{value.day} {value:%B %Y}"
        case list() | tuple():
            return ", ".join(map(str, value))
        case _:
            return str(value)


def valid(entry: Row) -> str:
    """Say when an entry holds; "" where it always does."""
    first, last = said(entry.get("valid_from")), said(entry.get("valid_to"))
    if first and last:
        return f"{first} to {last}"
    return f"from {first}" if first else f"until {last}" if last else ""


def _values(item: Difference) -> Iterator[str]:
    for key, before, after in item.keys:
        if key == "confirmed" and after is None:
            yield f"{'':20}confirmed: {said(before)}, which was of the address before"
        elif key == "unconfirmed":
            if new := [address for address in _several(after) if address not in _several(before)]:
                yield f"{'':20}to be confirmed: {', '.join(new)}"
        else:
            yield f"{'':20}{key.replace('_', ' ')}: {said(before) or NOTHING} → {said(after) or NOTHING}"
    if item.what == "added" and (waiting := _several(item.entry.get("unconfirmed"))):
        yield f"{'':20}to be confirmed: {', '.join(waiting)}"


def _several(value: object) -> list[str]:
    return list(map(str, value)) if isinstance(value, list | tuple) else []
