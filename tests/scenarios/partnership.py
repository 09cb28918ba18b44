"""A partnership for one scenario: a home, its clock turned by hand, and the people who write to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path

from cspr_bot.bootstrap.office import Office
from cspr_bot.confinement.reader import ConfinedReader
from cspr_bot.correspondence.answers import Choice
from cspr_bot.demonstration.post import Enclosure, answer, new_mail
from cspr_bot.mail.folder import FolderMailbox
from cspr_bot.pipeline.dossier import DIGEST
from cspr_bot.pipeline.kept import NewEvent
from cspr_bot.procedure.case import Decision, Refusal, Task
from cspr_bot.referral.form import ReferralForm
from cspr_bot.store import CaseReport, InboxRow, MailRow
from tests.fakes.mailbox import FakeMailbox
from tests.scenarios.people import COORDINATOR, MAILBOX, word_file

LETTER = "Please find attached a request for a review.\n\nKind regards\n"


@dataclass(frozen=True)
class Sent:
    """A mail of ours, as it stands in the outbox. `at` is the local moment at which it left."""

    id: int
    at: str
    case: str
    notice: str
    role: str
    to: str
    task: str | None
    rung: int
    level: str | None
    status: str
    raw: bytes

    @property
    def timer(self) -> str:
        """The timer of the task that it is about."""
        return (self.task or "").partition(".")[0]

    @cached_property
    def mail(self) -> EmailMessage:
        """The mail as a mail program reads it."""
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def subject(self) -> str:
        """Its subject."""
        return str(self.mail["Subject"])

    @property
    def text(self) -> str:
        """Its plain text, the lines of a paragraph joined."""
        body = self.mail.get_body(("plain",))
        return " ".join(str(body.get_content() if body else "").split())

    @property
    def attachments(self) -> list[str]:
        """The names of the files in it."""
        return [part.get_filename() or "" for part in self.mail.iter_attachments()]


class Partnership:
    """One home. Whatever is done in it, the stations work at once, as the daemon's would."""

    def __init__(self, folder: Path, reader: ConfinedReader) -> None:
        self.folder = folder
        self._reader = reader
        self.office = self._open()

    # -----------------------------------------------------------------------------------------------------------------
    # Time

    def wait_until(self, moment: str) -> None:
        """Let time pass: the stations work whenever something on a case comes due, and at the end."""
        at = self.local(moment)
        while (due := self._next_moment()) is not None and due <= at:
            self.office.turn(max(due, self.office.clock.now()))
            self.work()
        self.office.turn(at)
        self.work()

    def sleep_until(self, moment: str) -> None:
        """Let time pass while the machine is off: the stations work only at the end."""
        self.office.turn(self.local(moment))
        self.work()

    def work(self) -> None:
        """Let every station work until nothing is left to do, as `run --once` does."""
        self.office.run_once()

    def local(self, moment: str) -> datetime:
        """Read a moment as people here say it."""
        return self.office.local(self.read_moment(moment))

    @staticmethod
    def read_moment(moment: str) -> datetime:
        """Read a moment without saying where."""
        return datetime.fromisoformat(moment)

    @property
    def now(self) -> datetime:
        """The home's present."""
        return self.office.clock.now()

    # -----------------------------------------------------------------------------------------------------------------
    # What people do

    def put_in_mailbox(self, raw: bytes) -> None:
        """Let a mail come, and nobody look at it yet."""
        mailbox = self.office.mailbox
        assert isinstance(mailbox, FolderMailbox)
        mailbox.deliver(raw)

    def put_in_folder(self, mailbox: FakeMailbox, form: ReferralForm) -> None:
        """Let the referrer's mail come into a mailbox that a test has put in the place of the folder."""
        address = f"{form.referrer.name} <{form.referrer.email}>"
        mailbox.deliver(new_mail(address, MAILBOX, "Referral", LETTER, self.now, word_file(form)))

    def receive(self, raw: bytes) -> InboxRow:
        """Let a mail come; give what became of it."""
        self.put_in_mailbox(raw)
        self.work()
        return self.office.store.reports.inbox_rows()[0]

    def mail_from(self, sender: str, subject: str, text: str, *files: Enclosure) -> InboxRow:
        """Let somebody write to the mailbox now."""
        return self.receive(new_mail(sender, MAILBOX, subject, text, self.now, *files))

    def refer(self, form: ReferralForm, *, sender: str | None = None) -> str:
        """Let the referrer of a form mail it; give the reference of the case."""
        address = sender or f"{form.referrer.name} <{form.referrer.email}>"
        row = self.mail_from(address, f"Referral of {form.child.name}", LETTER, word_file(form))
        assert row.status == "filed", row.reasons
        assert row.case is not None
        return row.case

    def answer(self, who: str, notice: str, words: str, *files: Enclosure, case: str | None = None) -> InboxRow:
        """Let somebody answer the newest mail of this notice (or the reminder of it) that went to them."""
        return self.receive(self.an_answer(who, notice, words, *files, case=case))

    def an_answer(self, who: str, notice: str, words: str, *files: Enclosure, case: str | None = None) -> bytes:
        """Write such an answer, and do not send it yet."""
        asked = [mail for mail in self.sent(to=who, case=case) if mail.notice in {notice, f"{notice}-reminder"}]
        assert asked, f"{who} was never sent {notice}"
        return answer(asked[-1].raw, who, words, self.now, *files)

    def record(self, case: str, event: str, fields: Mapping[str, str] | None = None) -> Decision | Refusal:
        """Let the co-ordinator record an event with the command."""
        return self.record_at(self.now.isoformat(), case, event, fields)

    def record_at(
        self, moment: str, case: str, event: str, fields: Mapping[str, str] | None = None
    ) -> Decision | Refusal:
        """Let the co-ordinator record something that happened at this moment."""
        new = NewEvent(case, event, self.local(moment), "cli", COORDINATOR, fields or {})
        outcome = self.office.progression.record(new)
        self.work()
        return outcome

    def release(self, row: InboxRow, choice: Choice, case: str | None = None) -> str | None:
        """Let the co-ordinator decide on a held mail."""
        return next(iter(self.release_all(row, choice, case) or ()), None)

    def release_all(self, row: InboxRow, choice: Choice, case: str | None = None) -> tuple[str, ...] | None:
        """Let the co-ordinator decide on a held mail; give every case that it went to."""
        references = self.office.registry.release(row.id, choice, COORDINATOR, case=case)
        self.work()
        return references

    # -----------------------------------------------------------------------------------------------------------------
    # What there is to see

    def case(self, reference: str) -> CaseReport:
        """Give a case whole."""
        report = self.office.store.reports.case_report(reference)
        assert report is not None
        return report

    def stage(self, reference: str) -> str:
        """Give the stage of the main region."""
        return str(self.case(reference).row.stages["main"])

    def task(self, reference: str, timer: str, agency: str | None = None) -> Task:
        """Give the newest task of a timer, of one agency where it is kept per agency."""
        found = [task for task in self.case(reference).case.tasks if task.timer == timer and task.agency == agency]
        return found[-1]

    def due(self, reference: str, timer: str, agency: str | None = None) -> date:
        """Give the day on which a task is due."""
        return self.task(reference, timer, agency).due_on

    def references(self) -> list[str]:
        """Give the real cases, the oldest first."""
        return [row.reference for row in self.office.store.reports.case_rows() if not row.is_provisional]

    def inbox(self, inbox_id: int) -> InboxRow:
        """Give what became of a mail."""
        return next(row for row in self.office.store.reports.inbox_rows() if row.id == inbox_id)

    def held(self) -> list[InboxRow]:
        """Give the mails that wait for a person, the oldest first."""
        return list(reversed(self.office.store.reports.inbox_rows(held_only=True)))

    def sent(
        self,
        *,
        to: str | None = None,
        case: str | None = None,
        notice: str | None = None,
        since: str | None = None,
        status: str = "sent",
    ) -> list[Sent]:
        """Give the mails of ours that left, in order; `since` is a local moment. Digests only where `case` asks."""
        reports = self.office.store.reports
        return [
            replace(mail, raw=reports.outgoing(mail.id) or b"")
            for mail in self._mails(digests=case == DIGEST)
            if status in {"", mail.status}
            and (to is None or mail.to == to)
            and (case is None or mail.case == case)
            and (notice is None or mail.notice == notice)
            and (since is None or mail.at >= since)
        ]

    def written(self) -> list[Sent]:
        """Give every mail that was ever written, whatever became of it."""
        return self.sent(status="")

    # -----------------------------------------------------------------------------------------------------------------

    def reopen(self) -> None:
        """Close the home and open it again, as when an administrator changed a file."""
        self.close()
        self.office = self._open()

    def close(self) -> None:
        """Let go of the database; the reader is shared."""
        self.office.store.close()

    def edit(self, name: str, old: str, new: str) -> None:
        """Change one place in one of the administrator's files."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def _open(self) -> Office:
        office = Office(self.folder)
        office.reader = self._reader
        return office

    def _next_moment(self) -> datetime | None:
        reports = self.office.store.reports
        moments = [row.next_moment for row in reports.case_rows()]
        return min((at for at in (*moments, reports.counts().oldest_waiting) if at is not None), default=None)

    def _mails(self, *, digests: bool) -> Iterator[Sent]:
        """Give every mail without its bytes, which only who is asked for is opened for."""
        zone = self.office.home.settings.office.hours.zone
        for reference, mail in sorted(self._rows(digests=digests), key=lambda item: item[1].id):
            left = mail.sent_at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if mail.sent_at else ""
            yield Sent(
                id=mail.id,
                at=left,
                case=reference,
                notice=mail.notice,
                role=mail.role,
                to=mail.to,
                task=mail.task,
                rung=mail.rung,
                level=mail.level,
                status=mail.status,
                raw=b"",
            )

    def _rows(self, *, digests: bool) -> Iterator[tuple[str, MailRow]]:
        reports = self.office.store.reports
        for case in reports.case_rows():
            if (case.reference == DIGEST) != digests:
                continue
            report = reports.case_report(case.reference)
            yield from ((case.reference, mail) for mail in (report.mails if report else ()))
