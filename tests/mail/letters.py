"""Letters to be written in tests, and readers for what came of them."""

import email
import email.policy
import html
import re
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

from cspr_bot.correspondence.contacts import Partnership
from cspr_bot.mail.templates import TemplateWriter
from cspr_bot.pipeline.digest_facts import CaseLine, DigestFacts, DoneLine, DutyLine, HeldLine, StuckLine
from cspr_bot.pipeline.facts import AnswerFacts, EventFacts, HeldFacts, LetterFacts, MovedFacts, StepFacts, TaskFacts
from cspr_bot.pipeline.ports import Letter, OutgoingMail, Recipient

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "mail_templates"
PARTNERSHIP = Partnership(
    name="North Somerset Safeguarding Children Partnership",
    short_name="NSSCP",
    mailbox="partnership@nsscp.example",
    urgent_advice="Ring 01632 960123 or 999.",
)
CODE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MONDAY = datetime(2026, 11, 23, 9, 14, tzinfo=UTC)
DUE = date(2026, 11, 30)
TASK = TaskFacts(
    title="Notify the National Panel of the serious incident",
    timer="T2",
    due_on=DUE,
    due_at=datetime(2026, 11, 30, 17, tzinfo=UTC),
    day_zero=date(2026, 11, 23),
    days_left=5,
    is_overdue=False,
    is_statutory=True,
    cite="NSSCP/001 s5",
    guidance="Within five working days.",
    outer_limit=date(2026, 12, 1),
    agency_name="Avon and Somerset Police",
    owner="the Local Authority Service Leader",
    owner_roles=("la_service_leader",),
    ticked=("the National Panel",),
    still_open=("Ofsted", "the Department for Education"),
)
DUTY = DutyLine(
    case="NS-7F3K-2Q",
    title="Return the template",
    whose="the police",
    due_on=DUE,
    said="2 working days late",
    is_late=True,
    is_own=False,
    is_statutory=True,
    clause="NSSCP/001 s9",
)
LATE = replace(TASK, days_left=-2, is_overdue=True)
FULL = LetterFacts(
    task=TASK,
    event=EventFacts("subgroup_decided", "The Sub-Group decided", DUE, (("rapid_review", "yes"), ("outcome", "local"))),
    held=None,
    level="L1",
    rung=2,
    also_to=("the co-ordinator", "the Executive"),
    answers=(
        AnswerFacts("RAPID REVIEW: YES", "agencies", "carry out a rapid review"),
        AnswerFacts("NOT REQUIRED:", "reason", "no notification is required"),
    ),
    takes_done=True,
    takes_not_involved=True,
    takes_received=True,
    received_at=MONDAY,
    missing=("Date of birth",),
    doubtful=("Date of death or critical incident",),
    next_steps=(StepFacts("Convene the Sub-Group", DUE),),
    open_tasks=(TASK, LATE),
    moved=(MovedFacts("Convene the Sub-Group", "1", "the police", DUE, date(2026, 12, 1), is_late=False),),
    flags=("awareness_assumed", "possible_duplicate", "breached_at_opening", "parallel_proceedings"),
    stage="rapid_review_decided",
    warnings=("Fewer than ten working days remain.",),
    undo="cspr-bot undo NS-7F3K-2Q 4 --by NAME --reason TEXT",
    about_role="the police review team",
    about_notice="N14",
    digest=DigestFacts(
        on=DUE,
        since=MONDAY,
        until=date(2026, 12, 14),
        today=(DUTY,),
        coming=(replace(DUTY, is_late=False, is_own=True, said="4 working days left"),),
        held=(HeldLine(12, MONDAY, ("the sender was not authenticated",), DUE),),
        stuck=(StuckLine(34, "NS-7F3K-2Q", "A reminder", "the police", "failed"),),
        done=(DoneLine("", ("3 mails taken in",)), DoneLine("NS-7F3K-2Q", ("Sent 1 mail: A reminder",))),
        cases=(CaseLine("NS-7F3K-2Q", "open", ("incomplete",)),),
        troubled=("NS-7F3K-2Q",),
    ),
)
WAITING = (
    HeldLine(12, MONDAY, ("the sender was not authenticated",), DUE),
    HeldLine(14, MONDAY, ("no form in it",), None),
)
HELD = HeldFacts(12, MONDAY, ("the sender was not authenticated",), has_form=True, release_by=DUE)
LEADER = Recipient("leader@council.example", "Service Leader", "la_service_leader", None, may_answer=True)
REFERRER = Recipient("verity@council.example", "Verity Lockhart", "referrer")


def writer(folder: Path = TEMPLATES, marking: str = "OFFICIAL-SENSITIVE", **partnership: str) -> TemplateWriter:
    return TemplateWriter(
        folder,
        replace(PARTNERSHIP, **partnership),
        installation="nsscp-test",
        marking=marking,
        calendar_zone=ZoneInfo("Europe/London"),
    )


WRITER = writer()


def letter(notice: str = "N4", facts: LetterFacts = FULL, recipient: Recipient = LEADER) -> Letter:
    code = CODE if recipient.may_answer else None
    return Letter(notice, "NS-7F3K-2Q", recipient, "<one@nsscp.example>", "EFFECT", MONDAY, facts, code)


def read(mail: OutgoingMail) -> EmailMessage:
    message = email.message_from_bytes(mail.content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def text_of(mail: OutgoingMail) -> str:
    return body(mail, "plain")


def html_of(mail: OutgoingMail) -> str:
    return body(mail, "html")


def body(mail: OutgoingMail, kind: str) -> str:
    part = read(mail).get_body((kind,))
    assert part is not None
    found = part.get_content()
    assert isinstance(found, str)
    return found.replace("\r\n", "\n")


def words(page: str) -> str:
    """Give what is seen of a page, on one line."""
    page = re.sub(r"<(title|!--).*?(</title>|-->)|</?(strong|em|a|span)\b[^>]*>", "", page, flags=re.DOTALL)
    seen = re.sub(r"<[^>]+>", " ", page)
    return " ".join(html.unescape(seen).split())


def squeezed(text: str) -> str:
    return " ".join(text.split())


def folder_of(tmp_path: Path, files: dict[str, str | bytes]) -> Path:
    folder = tmp_path / "mail_templates"
    shutil.copytree(TEMPLATES, folder, ignore=shutil.ignore_patterns("attachments"))
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder
