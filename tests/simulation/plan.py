"""What will befall one partnership: everything that people, machines and chance do to it, worked out from a seed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Literal

Doing = Literal[
    # People
    "refer",
    "refer_again",
    "forge",
    "write",
    "work",
    "record",
    # The mailbox
    "call_fails",
    "mailbox_away",
    "sent_unreadable",
    "call_slow",
    "moves_mail",
    "deletes_mail",
    "puts_back",
    # The database
    "statement_fails",
    "commit_fails",
    "answer_of_commit_lost",
    "database_away",
    "copies",
    "restores",
    # Processes, clocks and files
    "dies_at_call",
    "dies_at_statement",
    "dies_at_commit",
    "second_worker",
    "is_off",
    "clock_steps",
    "contacts_change",
    "file_breaks",
]

PEOPLE: Mapping[Doing, int] = {"refer": 5, "refer_again": 2, "forge": 2, "write": 3, "work": 4, "record": 4}
TROUBLES: Mapping[Doing, int] = {
    "call_fails": 10,
    "mailbox_away": 2,
    "sent_unreadable": 2,
    "call_slow": 2,
    "moves_mail": 2,
    "deletes_mail": 1,
    "puts_back": 2,
    "statement_fails": 4,
    "commit_fails": 3,
    "answer_of_commit_lost": 4,
    "database_away": 1,
    "restores": 1,
    "dies_at_call": 8,
    "dies_at_statement": 3,
    "dies_at_commit": 3,
    "second_worker": 4,
    "is_off": 3,
    "clock_steps": 1,
    "contacts_change": 1,
    "file_breaks": 1,
}


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happens: so long after the beginning, and `salt` decides whatever else there is to it."""

    after: timedelta
    what: Doing
    salt: int


@dataclass(frozen=True, slots=True)
class Depth:
    """How long lives are, and how much befalls them."""

    days: tuple[int, int]
    people: tuple[int, int]
    troubles: tuple[int, int]


DEPTHS: Mapping[str, Depth] = {
    "short": Depth(days=(1, 2), people=(1, 1), troubles=(2, 6)),
    "long": Depth(days=(5, 45), people=(4, 14), troubles=(8, 40)),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A life: where it begins, how long it lasts, and what happens in it."""

    seed: int
    depth: str
    beginning: int
    length: timedelta
    happenings: tuple[Happening, ...]

    def without(self, left_out: Iterable[int]) -> "Plan":
        """Give the same life without some of what happens in it."""
        gone = set(left_out)
        kept = (item for place, item in enumerate(self.happenings) if place not in gone)
        return replace(self, happenings=tuple(kept))

    def __str__(self) -> str:
        """Say it line by line, for whoever has to find out what went wrong."""
        lines = (f"  {place:2}  +{item.after}  {item.what} ({item.salt})" for place, item in enumerate(self.happenings))
        return "\n".join(
            (f"seed {self.seed}, {self.depth}, beginning {self.beginning}, {self.length.days} days", *lines)
        )


def plan_of(seed: int, depth: str, beginnings: int) -> Plan:
    """Work out the life of a seed: it knows some kinds of trouble and is spared the others, as swarms are tested."""
    chance = Random(f"{depth} {seed}")  # noqa: S311 - to be repeated is what is wanted
    bounds = DEPTHS[depth]
    length = timedelta(days=chance.randint(*bounds.days))
    kinds = [kind for kind in TROUBLES if chance.random() < 0.5] or ["call_fails"]
    troubles = {kind: TROUBLES[kind] for kind in kinds}
    drawn = [
        *_drawn(chance, PEOPLE, chance.randint(*bounds.people)),
        *_drawn(chance, troubles, chance.randint(*bounds.troubles)),
    ]
    if "restores" in drawn:
        drawn = ["copies", "copies", *drawn]
    happenings = [Happening(_moment(chance, length), kind, chance.randrange(1 << 30)) for kind in drawn]
    return Plan(
        seed, depth, chance.randrange(beginnings), length, tuple(sorted(happenings, key=lambda item: item.after))
    )


def _drawn(chance: Random, weights: Mapping[Doing, int], count: int) -> list[Doing]:
    return chance.choices(list(weights), list(weights.values()), k=count)


def _moment(chance: Random, length: timedelta) -> timedelta:
    """Give a moment: mostly in the hours in which things happen, to the minute."""
    day = timedelta(days=chance.randrange(length.days))
    hour = chance.choice((0, 0, 0, 1, 2, 3, 5, 7, chance.randrange(24)))  # after nine in the morning
    return day + timedelta(hours=hour, minutes=chance.randrange(60))
