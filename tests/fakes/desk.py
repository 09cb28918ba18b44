"""A desk and a door that know what a test tells them: every text on a page can be as hostile as it may."""

from collections.abc import Callable
from dataclasses import dataclass, field, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from cspr_bot.board.values import (
    CaseLine,
    CasePage,
    CheckedChange,
    ContactChange,
    ContactEntry,
    ContactList,
    Decision,
    DuePage,
    FormPage,
    Frame,
    HealthPage,
    HeldLine,
    HeldPage,
    Refused,
    Released,
    Visitor,
)

NOW = datetime(2027, 1, 5, 12, 0, tzinfo=UTC)
ALEX = Visitor("Alex Clerk", "92d09cc3c2")
Value = TypeVar("Value")
Say = Callable[[str], str]
FIELDS = (
    *("role", "agency", "agency_name", "name", "email", "deputies", "escalate_to", "answers_from"),
    *("valid_from", "valid_to", "away_from", "away_until", "allow_insecure"),
)


def made(kind: type[Value], say: Say) -> Value:
    """Make a value of which every text is said by `say`, which is told the text's place."""
    return kind(**{name: _made(hint, say, f"{kind.__name__}.{name}") for name, hint in get_type_hints(kind).items()})


def _made(hint: Any, say: Say, place: str) -> Any:  # noqa: ANN401 - it makes whatever is asked for
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return arguments[0]
    if origin is UnionType:
        return _made(next(kind for kind in arguments if kind is not NoneType), say, place)
    if origin is tuple:
        kinds = [arguments[0]] if arguments[-1] is Ellipsis else arguments
        return tuple(_made(kind, say, f"{place}[{number}]") for number, kind in enumerate(kinds))
    if isinstance(hint, type) and is_dataclass(hint):
        return made(hint, say)
    if hint is str:
        return say(place)
    if origin is not None:  # a mapping
        return {say(place): _made(arguments[1], say, place)}
    plain: dict[type, object] = {bool: True, int: 3, datetime: NOW, date: NOW.date()}
    return plain[hint]


@dataclass(slots=True)
class FakeDesk:
    """Gives the same page whoever asks, and remembers who saw what and what was decided."""

    say: Say = str
    seen: list[tuple[str, str, str]] = field(default_factory=list)
    released: list[tuple[Decision, Visitor]] = field(default_factory=list)
    proposed: list[tuple[ContactChange, Visitor]] = field(default_factory=list)
    withdrawn: list[Visitor] = field(default_factory=list)
    refused: str = ""
    failing: Exception | None = None

    def frame(self) -> Frame:
        self._fail()
        return made(Frame, self.say)

    def cases(self, *, closed: bool) -> tuple[CaseLine, ...]:  # noqa: ARG002 - the same either way
        self._fail()
        return (made(CaseLine, self.say),)

    def case(self, reference: str, visitor: Visitor) -> CasePage | None:
        self._fail()
        self.seen.append(("case", reference, visitor.mark))
        return made(CasePage, self.say) if reference == "NS-7F3K-2Q" else None

    def form(self, reference: str, visitor: Visitor) -> FormPage | None:
        self.seen.append(("form", reference, visitor.mark))
        return made(FormPage, self.say) if reference == "NS-7F3K-2Q" else None

    def timeline(self, reference: str, width: int) -> bytes | None:
        return f"<svg>{width}</svg>".encode() if reference == "NS-7F3K-2Q" else None

    def held(self) -> tuple[HeldLine, ...]:
        return (made(HeldLine, self.say),)

    def held_mail(self, mail: int, visitor: Visitor) -> HeldPage | None:
        self.seen.append(("mail", str(mail), visitor.mark))
        return made(HeldPage, self.say) if mail == 3 else None

    def check(self, decision: Decision) -> Refused | None:  # noqa: ARG002 - whatever it is
        return Refused(self.refused) if self.refused else None

    def release(self, decision: Decision, visitor: Visitor) -> Released | Refused:
        if self.refused:
            return Refused(self.refused)
        self.released.append((decision, visitor))
        return Released(("NS-7F3K-2Q",))

    def due(self) -> DuePage:
        return made(DuePage, self.say)

    def contacts(self) -> ContactList:
        return made(ContactList, self.say)

    def contact(self, number: int) -> ContactEntry | None:
        found = made(ContactEntry, self.say)
        fields = {key: self.say(key) for key in FIELDS}
        return replace(found, number=number, fields=fields) if number in {0, 3} else None

    def check_contact(self, change: ContactChange) -> CheckedChange | Refused:
        if self.refused:
            return Refused(self.refused)
        wrong = (("email", f"Wrong address {self.say('email')}"),) if "polce" in change.fields.get("email", "") else ()
        return CheckedChange(wrong, (), (self.say("warning"),), (self.say("line"),))

    def propose_contact(self, change: ContactChange, visitor: Visitor) -> str | CheckedChange | Refused:
        judged = self.check_contact(change)
        if isinstance(judged, Refused) or not judged.is_good:
            return judged
        self.proposed.append((change, visitor))
        return "cspr-bot contacts import var/contacts-proposal-x.csv --apply"

    def withdraw_contacts(self, visitor: Visitor) -> bool:
        self.withdrawn.append(visitor)
        return True

    def health(self, *, whole_log: bool) -> HealthPage:  # noqa: ARG002 - the same either way
        return made(HealthPage, self.say)

    def _fail(self) -> None:
        if self.failing is not None:
            raise self.failing


@dataclass(slots=True)
class FakeDoor:
    """Lets in whoever brings one of its links, once."""

    links: dict[str, Visitor] = field(default_factory=lambda: {"good": ALEX, "again": ALEX})
    noted: list[tuple[str, str]] = field(default_factory=list)

    def open_link(self, code: str) -> Visitor | None:
        return self.links.pop(code, None)

    def note(self, what: str, visitor: Visitor | None = None) -> None:
        self.noted.append((what, visitor.mark if visitor else ""))


@dataclass(slots=True)
class HandClock:
    """A clock that a test turns."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def wait(self, **span: float) -> None:
        self.at += timedelta(**span)
