"""What a proposed contact list would change: a pure comparison of entries, and the list that comes of it.

The list keeps its own order, whatever the order of the proposal: somebody may have sorted the sheet to look at it.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from cspr_bot.config.addresses import normalise
from cspr_bot.config.contacts_rows import SheetEntries
from cspr_bot.config.contacts_sheet import COLUMNS, Row

WRITTEN_TO = ("deputies", "escalate_to")
KEYS = (*COLUMNS, "unconfirmed")


@dataclass(frozen=True, slots=True)
class Proposed:
    """One entry of the new list: its place in the old one and its row in the sheet, where it has any."""

    values: Row
    old: int | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """The new list in its order, beside the old one."""

    old: tuple[Row, ...]
    new: tuple[Proposed, ...]

    @property
    def entries(self) -> tuple[Row, ...]:
        """The entries of the new list."""
        return tuple(item.values for item in self.new)

    @property
    def rows(self) -> tuple[int | None, ...]:
        """The row of each entry of the new list."""
        return tuple(item.row for item in self.new)

    @property
    def added(self) -> tuple[Proposed, ...]:
        """The entries that the old list does not have."""
        return tuple(item for item in self.new if item.old is None)

    @property
    def changed(self) -> tuple[Proposed, ...]:
        """The entries that differ from what they were."""
        return tuple(item for item in self.new if item.old is not None and item.values != self.old[item.old])

    @property
    def removed(self) -> tuple[int, ...]:
        """The places in the old list of the entries that are gone."""
        kept = {item.old for item in self.new}
        return tuple(place for place in range(len(self.old)) if place not in kept)

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change."""
        return not (self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of what would change: added, changed or removed, which entry, and each key's value before and after."""

    what: str
    row: int | None
    entry: Row
    keys: tuple[tuple[str, object, object], ...] = ()


def propose(old: Sequence[Row], sheet: SheetEntries) -> Proposal:
    """Compare the list with a sheet.

    An entry is known again by its role, agency, address and first day; else by ever less of that, as long as only one
    can be meant. What a sheet has no column for stays as it is.
    """
    pairs = _pairs(old, [item.values for item in sheet.entries])
    known = _confirmed_addresses(old)
    found: dict[int, Proposed] = {}
    added: dict[int | None, list[Proposed]] = {}
    after: int | None = None
    for place, entry in enumerate(sheet.entries):
        number = pairs.get(place)
        before = old[number] if number is not None else None
        values = _to_be_confirmed(before, _merged(before, entry.values, sheet.columns - entry.unread), known)
        item = Proposed(values, number, entry.row)
        if number is None:
            added.setdefault(after, []).append(item)
        else:
            found[number] = item
            after = number
    return Proposal(tuple(old), tuple(_in_order(found, added)))


def confirm(old: Sequence[Row], address: str, on: date) -> Proposal:
    """Take an address for confirmed, in every entry in which its holder's word is waited for."""
    plain = normalise(address)
    return Proposal(tuple(old), tuple(Proposed(_confirmed(row, plain, on), number) for number, row in enumerate(old)))


def has_address(row: Row, address: str) -> bool:
    """Say whether mail of a contact goes to an address."""
    return normalise(address) in _written_to(row)


def differences(proposal: Proposal) -> Iterator[Difference]:
    """Say everything that would change, in the order of the list; what is removed comes last."""
    for item in proposal.new:
        if item.old is None:
            yield Difference("added", item.row, item.values)
        elif item in proposal.changed:
            before = proposal.old[item.old]
            keys = [key for key in KEYS if before.get(key) != item.values.get(key)]
            yield Difference(
                "changed", item.row, before, tuple((key, before.get(key), item.values.get(key)) for key in keys)
            )
    for place in proposal.removed:
        yield Difference("removed", None, proposal.old[place])


def _in_order(found: dict[int, Proposed], added: dict[int | None, list[Proposed]]) -> Iterator[Proposed]:
    """Give the old order; what is new stands behind the entry that it follows in the sheet."""
    yield from added.get(None, ())
    for number in sorted(found):
        yield found[number]
        yield from added.get(number, ())


# ---------------------------------------------------------------------------------------------------------------------
# Which entry is which

_MARKS: tuple[Callable[[Row], Hashable], ...] = (
    lambda row: repr(sorted(row.items(), key=lambda item: item[0])),
    lambda row: (row.get("role"), row.get("agency"), _address(row), row.get("valid_from")),
    lambda row: (row.get("role"), row.get("agency"), _address(row)),
    lambda row: (row.get("role"), row.get("agency"), row.get("name"), row.get("valid_from")),
    lambda row: (row.get("role"), row.get("agency"), row.get("valid_from")),
    lambda row: (row.get("role"), row.get("agency")),
    lambda row: (_address(row), row.get("name")),
)


def _pairs(old: Sequence[Row], new: Sequence[Row]) -> dict[int, int]:
    """Give of each entry of the sheet which of the list it is. Equal ones are paired in order, others if only one is.

    The places of the sheet are the keys.
    """
    pairs: dict[int, int] = {}
    for mark in _MARKS:
        left: dict[Hashable, list[int]] = {}
        for number, row in enumerate(old):
            if number not in pairs.values():
                left.setdefault(mark(row), []).append(number)
        right: dict[Hashable, list[int]] = {}
        for place, row in enumerate(new):
            if place not in pairs:
                right.setdefault(mark(row), []).append(place)
        for sign, places in right.items():
            numbers = left.get(sign, [])
            if mark is _MARKS[0] or len(places) == len(numbers) == 1:
                pairs.update(zip(places, numbers, strict=False))
    return pairs


def _address(row: Row) -> str:
    return normalise(str(row.get("email", "")))


def _merged(before: Row | None, values: Row, columns: frozenset[str]) -> Row:
    """Take what the sheet says, and leave what it has no column for; keys in the order in which they are written."""
    kept = {key: value for key, value in (before or {}).items() if key not in columns}
    both = {**kept, **values}
    order = [*(before or {}), *KEYS]
    return {key: both[key] for key in dict.fromkeys(order) if key in both}


# ---------------------------------------------------------------------------------------------------------------------
# Whom nobody has confirmed yet


def _confirmed_addresses(entries: Sequence[Row]) -> dict[str, date]:
    """Give every address that counts as confirmed, and the day."""
    found: dict[str, date] = {}
    for row in entries:
        day = row.get("confirmed")
        waiting = set(map(normalise, _several(row, "unconfirmed")))
        if isinstance(day, date):
            found.update({address: day for address in _written_to(row) if address not in waiting})
    return found


def _to_be_confirmed(before: Row | None, after: Row, known: dict[str, date]) -> Row:
    """Let a new address wait for its holder's word, unless it is confirmed elsewhere on the list.

    The day of confirmation that a sheet has says nothing of an address that is new or still waits: it may be that of
    the address before, in a sheet that is imported a second time. Only `contacts confirm` and the holder can tell.
    """
    values = dict(after)
    old = set(_written_to(before)) if before is not None else set()
    waiting = [address for address in _several(values, "unconfirmed") if normalise(address) in _written_to(values)]
    new = [address for address in _as_written(values) if normalise(address) not in {*old, *known}]
    is_same = before is not None and _address(before) == _address(values)
    if not is_same or _address(values) in map(normalise, waiting):
        values.pop("confirmed", None)
    if not is_same and (day := known.get(_address(values))) is not None:
        values["confirmed"] = day
    values.pop("unconfirmed", None)
    unconfirmed = list(dict.fromkeys((*waiting, *new)))
    return {**values, "unconfirmed": unconfirmed} if unconfirmed else values


def _confirmed(row: Row, address: str, on: date) -> Row:
    waiting = _several(row, "unconfirmed")
    left = [one for one in waiting if normalise(one) != address]
    is_own = _address(row) == address and "confirmed" not in row
    if left == waiting and not is_own:
        return row
    values = {key: value for key, value in row.items() if key != "unconfirmed"}
    return {**values, **({"confirmed": on} if is_own else {}), **({"unconfirmed": left} if left else {})}


def _several(row: Row, key: str) -> list[str]:
    value = row.get(key, [])
    return [str(item) for item in value] if isinstance(value, list | tuple) else []


def _as_written(row: Row) -> list[str]:
    email = row.get("email")
    return [*([email] if isinstance(email, str) else []), *(item for key in WRITTEN_TO for item in _several(row, key))]


def _written_to(row: Row) -> list[str]:
    return list(map(normalise, _as_written(row)))
