"""Letters become mails: who is greeted, what is asked of whom, how to answer, and under which headers."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import tzinfo
from email.utils import format_datetime
from pathlib import Path

from markupsafe import Markup

from cspr_bot.correspondence.contacts import Partnership
from cspr_bot.mail import wording
from cspr_bot.mail.calendar import Deadline, calendar_file
from cspr_bot.mail.outgoing import (
    AttachedFile,
    compose,
    header_line,
    is_address,
    is_message_id,
    mailbox_header,
    refuse_controls,
)
from cspr_bot.mail.template_folder import TemplateFolder
from cspr_bot.pipeline.facts import LetterFacts
from cspr_bot.pipeline.letters import AGENCY, ROLE_TITLES
from cspr_bot.pipeline.ports import Letter, OutgoingMail, PermanentFailure

REMINDER = "-reminder"
FALLBACK = "reminder"
REFERRER = "referrer"
# Answers to a mail, as RFC 3834 has it; everything else the program says by itself.
REPLIED = frozenset({"N1", "N1-incomplete", "N1-form", "N13-answer", "N13-released", "N13-status", "N28-list"})
_ONE_WORD = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """What the recipient reads: the subject and the same words twice."""

    subject: str
    text: str
    html: str


class TemplateWriter:
    """Writes mails from one folder of templates; they are compiled once and then kept.

    One file a mail, `N4.txt`: the first line is what is to be done, the rest is prose. `_subject.txt` puts marking
    and reference before it, `_layout.txt` and `_layout.html` put greeting, task, answers and foot around the prose;
    an `N4.html` replaces the prose of the HTML part. Only the layouts know whom they greet. A reminder without a
    file of its own is `reminder.txt`.
    """

    def __init__(
        self, folder: Path, partnership: Partnership, *, installation: str, marking: str, calendar_zone: tzinfo
    ) -> None:
        self._partnership = partnership
        self._installation = installation
        self._marking = marking
        self._zone = calendar_zone
        self._templates = TemplateFolder(folder, calendar_zone)

    def write(self, letter: Letter) -> OutgoingMail:
        """Write a mail. A template that is missing or wrong, or a header that would break: `PermanentFailure`."""
        if letter.answer_code and not _ONE_WORD.fullmatch(letter.answer_code):
            raise PermanentFailure("the answer code is not one plain word")
        rendered = self.render(letter)
        files = [AttachedFile(name, self._templates.attachment(name)) for name in letter.attachments]
        files += [AttachedFile(draft.name, draft.content) for draft in letter.drafts]
        files += self._calendars(letter)
        pictures = [AttachedFile(item.name, item.content) for item in letter.pictures]
        return OutgoingMail(
            sender=self._partnership.mailbox,
            recipient=letter.recipient.address,
            message_id=letter.message_id,
            effect=letter.effect,
            content=compose(self._headers(letter, rendered.subject), rendered.text, rendered.html, files, pictures),
        )

    def _calendars(self, letter: Letter) -> Iterator[AttachedFile]:
        """Write a calendar file for each deadline, since a mail program opens only files of one entry as an entry."""
        mailbox = self._partnership.mailbox
        marking = f"{self._marking}\n" if self._marking else ""
        for number, entry in enumerate(letter.entries, start=1):
            deadline = Deadline(
                uid=f"{entry.uid}@{mailbox.rpartition('@')[2]}",
                title=entry.title,
                on=entry.due_at.astimezone(self._zone).date(),
                note=f"{marking}{entry.note}",
                sequence=entry.sequence,
                written_at=letter.written_at,
                organiser=mailbox,
            )
            kind = "deadline-settled" if entry.is_settled else "deadline"
            name = f"{kind}{f'-{number}' if number > 1 else ''}.ics"
            yield AttachedFile(name, calendar_file([deadline], "CANCEL" if entry.is_settled else "PUBLISH"))

    def render(self, letter: Letter) -> RenderedMail:
        """Say what a mail says, without its envelope."""
        name, known, fill = self._template_of(letter.notice), self._known(letter), self._templates.fill
        first, _, prose = fill(f"{name}.txt", known).lstrip("\n").partition("\n")
        action = " ".join(first.split())
        if not action:
            raise PermanentFailure(f"{self._templates.shown(f'{name}.txt')}, line 1: the subject is empty")
        subject = " ".join(fill("_subject.txt", known | {"action": action}).split())
        around = known | self._around(letter) | {"action": action, "subject": subject}
        twin = fill(f"{name}.html", known) if self._templates.has(f"{name}.html") else ""
        text = fill("_layout.txt", around | {"prose": Markup(prose)})  # noqa: S704 - in a text nothing is escaped
        paragraphs = wording.unbroken(wording.blocks(prose), letter.reference)
        html = fill("_layout.html", around | {"prose": paragraphs, "twin": Markup(twin)})  # noqa: S704
        return RenderedMail(subject, wording.filled(text), html)

    def names(self) -> tuple[str, ...]:
        """Give the name of every mail that has a template, the reminders' common one included."""
        return self._templates.names()

    def check(self, letters: Iterable[Letter]) -> tuple[str, ...]:
        """Give all that is wrong: every file is compiled and every letter written, each problem told once."""
        return tuple(dict.fromkeys((*self._templates.problems(), *self._unwritten(letters))))

    def _unwritten(self, letters: Iterable[Letter]) -> Iterator[str]:
        for letter in letters:
            try:
                self.write(letter)
            except PermanentFailure as failure:
                yield str(failure)

    def _known(self, letter: Letter) -> dict[str, object]:
        """Give what every template may use: the facts by their names, and a few ready words about the task."""
        facts, task = letter.facts, letter.facts.task
        return {item.name: getattr(facts, item.name) for item in fields(LetterFacts)} | {
            "notice": letter.notice,
            "reference": letter.reference,
            "partnership": self._partnership,
            "marking": self._marking,
            "role": letter.recipient.role,
            "is_own": _is_own(letter),
            "written_on": letter.written_at.astimezone(self._zone).date(),
            "by": wording.by_day(task) if task else "",
            "deadline": f"by {wording.moment(task.due_at, self._zone)}" if task else "",
            "left": wording.time_left(task) if task else "",
        }

    def _around(self, letter: Letter) -> dict[str, object]:
        """Give what the layouts alone may use: the recipient's name, and everything for an answer."""
        facts, code, mailbox = letter.facts, letter.answer_code or "", self._partnership.mailbox
        can_answer, is_someones = _can_answer(letter), facts.task is not None and facts.held is None
        written_on = letter.written_at.astimezone(self._zone).date()
        return {
            "greeting": wording.greeting(letter.recipient.name),
            "recipient_role": letter.recipient_title or _title_of(letter.recipient.role),
            "asked_of": _asked_of(letter),
            "is_late": not facts.rung and facts.held is None and wording.is_late(facts.task),
            "is_for_another": is_someones and can_answer and not _is_own(letter),
            "is_informed_only": is_someones and not can_answer and _is_told_of_another(letter),
            "replies": wording.replies(facts, letter.reference, mailbox, code) if can_answer else (),
            "status_link": wording.reply_link("STATUS", letter.reference, mailbox, code) if can_answer else "",
            "away_example": wording.example_of_absence(written_on).isoformat(),
            "answer_code": code if can_answer else "",
            "calendar": _calendar_in_words(letter),
        }

    def _headers(self, letter: Letter, subject: str) -> list[bytes]:
        """Give the headers of interfaces section 7. Nothing in them is of a person but the address itself."""
        recipient, partnership = letter.recipient.address, self._partnership
        if not is_address(recipient):
            raise PermanentFailure("the recipient's address is not a plain one")
        if not is_message_id(letter.message_id):
            raise PermanentFailure("the Message-ID of the mail is not a plain one")
        plain = {
            "To": recipient,
            "Subject": subject,
            "Date": format_datetime(letter.written_at.astimezone(self._zone)),
            "Message-ID": letter.message_id,
            **_threading(letter.in_reply_to),
            "Auto-Submitted": "auto-replied" if letter.notice in REPLIED else "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "X-CSPR-Bot": self._installation,
            "X-CSPR-Case": letter.reference,
            "X-CSPR-Notice": letter.notice,
            "X-CSPR-Effect": letter.effect,
            "Content-Language": "en-GB",
        }
        sender = mailbox_header("From", partnership.name, partnership.mailbox)
        return [sender, *(header_line(name, value) for name, value in plain.items())]

    def _template_of(self, notice: str) -> str:
        if self._templates.has(f"{notice}.txt"):
            return notice
        if notice.endswith(REMINDER) and self._templates.has(f"{FALLBACK}.txt"):
            return FALLBACK
        raise PermanentFailure(f"{self._templates.shown(f'{notice}.txt')} is missing")


def _can_answer(letter: Letter) -> bool:
    return letter.recipient.may_answer and bool(letter.answer_code)


def _is_own(letter: Letter) -> bool:
    """Say whether the task is the recipient's own. A referrer has no code to answer with, and is asked all the same."""
    recipient, task = letter.recipient, letter.facts.task
    if task is None or recipient.role == REFERRER:
        return recipient.role == REFERRER
    return _can_answer(letter) and (not task.owner_roles or recipient.role in task.owner_roles)


def _is_told_of_another(letter: Letter) -> bool:
    """Say whether somebody else has the task: at the upper levels also where that is one's own office."""
    recipient, task = letter.recipient, letter.facts.task
    owners = task.owner_roles if task else ()
    return recipient.role != REFERRER and (letter.facts.level in ("L2", "L3") or recipient.role not in owners)


def _calendar_in_words(letter: Letter) -> str:
    """Say what to do with the calendar files that go along."""
    if not letter.entries:
        return ""
    if letter.facts.task is not None:
        return "To put this day into your calendar, please open the attached file deadline.ics."
    files = "files put" if len(letter.entries) > 1 else "file puts"
    return f"The attached calendar {files} right what an earlier mail has put into your calendar."


def _asked_of(letter: Letter) -> str:
    """Name the owner of the task: an agency by its name where this reader may know it, and to itself as "your"."""
    task = letter.facts.task
    if task is None or task.owner_roles != ("agency",):
        return task.owner if task else ""
    return "your agency" if letter.recipient.role == "agency" else task.agency_name or AGENCY


def _title_of(role: str) -> str:
    return ROLE_TITLES.get(role, wording.in_words(role))


def _threading(in_reply_to: str | None) -> dict[str, str]:
    """Name the mail that is answered. A stranger's Message-ID that is none is left out: no answer waits for that."""
    if in_reply_to is None:
        return {}
    refuse_controls("In-Reply-To", in_reply_to)
    return {"In-Reply-To": in_reply_to, "References": in_reply_to} if is_message_id(in_reply_to) else {}
