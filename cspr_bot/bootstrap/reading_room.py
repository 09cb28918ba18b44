# ruff: noqa: ARG002 - whoever knows nothing needs none of the questions
"""Reads files and judges mails without a database: for the commands that only look."""

from base64 import encodebytes
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import assert_never

from cspr_bot.bootstrap.defaults import defaults_folder
from cspr_bot.bootstrap.office import confined_reader
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.bootstrap.world import SystemChance, SystemClock
from cspr_bot.config import Home, read_home
from cspr_bot.confinement.reader import ConfinedReader
from cspr_bot.correspondence.answers import (
    RELEASES,
    Answer,
    AwayUntil,
    Decision,
    Done,
    Note,
    NotInvolved,
    Phrase,
    Prose,
    ReasonMissing,
    Received,
    Release,
    Status,
    answer_in_parts,
)
from cspr_bot.correspondence.replies import new_text, new_texts
from cspr_bot.pipeline.filing import Mail
from cspr_bot.pipeline.judging import Judge
from cspr_bot.pipeline.kept import GivenCode, HeldMail, KeptMail, MailStatus, Registration
from cspr_bot.pipeline.ports import MailReader
from cspr_bot.pipeline.rules import Rules
from cspr_bot.procedure.case import Case
from cspr_bot.referral.form import Reading, ReferralForm


@dataclass(frozen=True, slots=True)
class ReadingRoom:
    """A bounded child to read with, and the rules to judge by. It knows no case, so no answer can count here."""

    reader: ConfinedReader
    rules: Rules

    def read_document(self, content: bytes) -> Reading:
        """Read one file, of any kind, as it would be read in a mail."""
        return read_alone(self.reader, content)

    def judge(self, raw: bytes) -> tuple[Mail, Registration]:
        """Say what a mail is and what would become of it."""
        now = SystemClock().now()
        judge = Judge(_NothingKnown(), SystemChance("XX", "nowhere.example"), self.rules)
        mail = judge.look_at(KeptMail(0, "", now, now, raw, 1), self.reader.read(raw))
        return mail, judge.decide(mail)

    def close(self) -> None:
        """Let go of the child."""
        self.reader.close()

    @staticmethod
    def would_answer(made: Registration) -> bool:
        """Say whether anything would go back to the sender: an acknowledgement, or the blank form."""
        return any(
            party.role == "referrer" and party.address
            for case in made.cases
            if not _is_silent(made)
            for party in case.parties
        )

    def command_in(self, mail: Mail) -> dict[str, str | None] | None:
        """Give the answer that the first line holds, in the words of the procedure, whether or not it would count."""
        if mail.kind.kind != "reply":
            return None
        rules = self.rules.procedure.answers.values()
        phrases = [Phrase(rule.words, rule.takes, rule.event, rule.fields) for rule in rules]
        answer = answer_in_parts(new_texts(mail.read.mail), phrases)
        return None if isinstance(answer, Prose | ReasonMissing) else _command(answer)

    @staticmethod
    def new_words(mail: Mail) -> str:
        """Give what the sender wrote, without what it quotes."""
        return new_text(mail.read.mail)


def read_alone(reader: MailReader, content: bytes) -> Reading:
    """Read one document in the bounded child: it goes there as the only file of a mail."""
    mail = b"\r\n".join(
        (
            b"MIME-Version: 1.0",
            b"Content-Type: application/octet-stream",
            b"Content-Disposition: attachment; filename=document",
            b"Content-Transfer-Encoding: base64",
            b"",
            encodebytes(content),
        )
    )
    read = reader.read(mail)
    if read.files:
        return read.files[0].reading
    return Reading("unreadable", "; ".join(read.mail.problems) or "it cannot be read")


def open_reading_room(folder: Path) -> ReadingRoom:
    """Read with the rules of a home where there is one, else with those that ship with the program."""
    home = read_any_home(folder)
    rules = Rules(
        home.procedure, home.calendar, home.book, home.form_rules, by_hand=home.settings.mailbox.folder.by_hand
    )
    return ReadingRoom(confined_reader(home.folder, guesses=True), rules)


def read_any_home(folder: Path, today: date | None = None) -> Home:
    """Read a home's files where there are any, else those that ship with the program; nothing else is opened."""
    chosen = folder if (folder / "config").is_dir() else defaults_folder()
    home = read_home(chosen, today=today or SystemClock().now().date(), live=False)
    if isinstance(home, Home):
        return home
    raise NotReadyError(tuple(str(problem) for problem in home if not problem.is_warning))


def _command(answer: Answer) -> dict[str, str | None]:
    """Write an answer as the mail does: its word, and what stands behind it."""
    value: tuple[str, ...] = ()
    match answer:
        case Done(on, reference):
            name, value = "DONE", (on.isoformat() if on else "", f"REF {reference}" if reference else "")
        case Received():
            name = "RECEIVED"
        case NotInvolved():
            name = "NOT INVOLVED"
        case AwayUntil(until):
            name, value = "AWAY UNTIL", (until.isoformat(),)
        case Status():
            name = "STATUS"
        case Note(text):
            name, value = "NOTE", (text,)
        case Release(kind, case):
            name, value = RELEASES[kind], (case or "",)
        case Decision(phrase, agencies, reason):
            name, _, choice = phrase.words.partition(":")
            value = (choice.strip(), ", ".join(agencies), reason)
        case _:
            assert_never(answer)
    return {"name": name, "value": " ".join(word for word in value if word) or None}


def _is_silent(made: Registration) -> bool:
    return made.status == "held" and not any(event.fields.get("answered") == "yes" for event in made.events)


class _NothingKnown:
    """What is known to somebody who has no database: no case, no code, no earlier mail."""

    def find_copy(self, inbox_id: int, sha256: str) -> tuple[int, MailStatus, str | None] | None:
        return None

    def find_code(self, code: str) -> GivenCode | None:
        return None

    def find_message(self, message_id: str) -> GivenCode | None:
        return None

    def find_effect(self, effect: str) -> GivenCode | None:
        return None

    def find_form(self, digests: Iterable[str]) -> tuple[str, int | None] | None:
        return None

    def was_sent(self, notice: str, address: str, since: datetime) -> bool:
        return False

    def has_case(self, reference: str) -> bool:
        return False

    def takes_mail(self, reference: str) -> bool:
        return False

    def form_of(self, case: str) -> ReferralForm | None:
        return None

    def held_mail(self, case: str) -> HeldMail | None:
        return None

    def task_is_open(self, case: str, task: str) -> bool:
        return False

    def task_timer(self, case: str, task: str) -> tuple[str, str | None] | None:
        return None

    def case_as_it_stands(self, case: str) -> Case:
        return Case(case)
