"""The world in small: a clock that a test turns, chance that counts, a writer that says what it was given."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

from cspr_bot.bootstrap.defaults import defaults_folder
from cspr_bot.config import Home, read_home
from cspr_bot.correspondence.contacts import Contact, ContactBook
from cspr_bot.correspondence.references import make_reference
from cspr_bot.pipeline.ports import Letter, OutgoingMail, PermanentFailure
from cspr_bot.pipeline.rules import Rules

TUESDAY = datetime(2026, 12, 15, 10, 12, tzinfo=UTC)
DAY = date(2026, 12, 15)
MAILBOX = "partnership@nsscp.example"


@dataclass
class TurnedClock:
    """Stands where a test has put it."""

    at: datetime = TUESDAY

    def now(self) -> datetime:
        return self.at

    def pass_by(self, **time: float) -> None:
        self.at += timedelta(**time)


@dataclass
class CountingChance:
    """Gives what nobody could guess, one after another."""

    count: int = 0

    def _next(self) -> int:
        self.count += 1
        return self.count

    def of(self, *words: str) -> "CountingChance":  # noqa: ARG002
        return self

    def reference(self) -> str:
        return make_reference("NS", self._next().to_bytes(16, "big"))

    def answer_code(self) -> str:
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        number = self._next()
        return "A" * 23 + letters[number // 676 % 26] + letters[number // 26 % 26] + letters[number % 26]

    def message_id(self) -> str:
        return f"<{self._next()}@nsscp.example>"

    def effect(self) -> str:
        return f"effect-{self._next()}"


@dataclass
class PlainWriter:
    """Writes a letter as one line; refuses the notices that a test has broken."""

    broken: set[str] = field(default_factory=set)
    letters: list[Letter] = field(default_factory=list)

    def write(self, letter: Letter) -> OutgoingMail:
        if letter.notice in self.broken:
            raise PermanentFailure(f"the template of {letter.notice} is wrong")
        self.letters.append(letter)
        content = f"{letter.notice} {letter.reference} {letter.answer_code or ''}".encode()
        return OutgoingMail(MAILBOX, letter.recipient.address, letter.message_id, letter.effect, content)


@cache
def shipped_rules() -> Rules:
    """The rules as they ship."""
    home = read_home(defaults_folder(), today=DAY, live=False)
    assert isinstance(home, Home)
    return Rules(home.procedure, home.calendar, home.book, home.form_rules)


def rules_with(*contacts: Contact, without: str = "", testing: bool = False) -> Rules:
    """Give the rules with other contacts: all of a role left out, others added."""
    rules = shipped_rules()
    kept = tuple(contact for contact in rules.book.contacts if contact.role != without)
    return replace(rules, book=replace(rules.book, contacts=(*kept, *contacts), testing=testing))


def book_of(*contacts: Contact, testing: bool = False) -> ContactBook:
    """Give a contact list with these entries only."""
    return replace(shipped_rules().book, contacts=contacts, testing=testing)
