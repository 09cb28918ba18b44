"""The demonstration as a command: a fresh home, the whole story, and where everything can be read afterwards."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cspr_bot.bootstrap.defaults import defaults_folder
from cspr_bot.bootstrap.making import make_home
from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.demonstration.director import Director, Scene
from cspr_bot.demonstration.steps import steps
from cspr_bot.mail.folder import FolderMailbox
from cspr_bot.pipeline.ports import Mailbox
from cspr_bot.store import InboxRow

FIRST_MORNING = "2026-12-15 09:00"
BLANK_FORM = Path("mail_templates/attachments/blank-referral-form.docx")


@dataclass(frozen=True, slots=True)
class Ending:
    """How the story ended: the home with its cases, what came in and went out, and whether the log is whole."""

    home: Path
    references: tuple[str, ...]
    stages: tuple[str, ...]
    inbox: tuple[InboxRow, ...]
    mails: int
    by_level: dict[str, int]
    is_log_whole: bool


@dataclass(frozen=True, slots=True)
class Post:
    """Another mailbox than the folder, and how the story's people put a mail into it."""

    mailbox: Mailbox
    deliver: Callable[[bytes], object]


def play(folder: Path, tell: Callable[[Scene], None], post: Post | None = None) -> Ending:
    """Play the whole story in a new home, and tell each scene."""
    if (folder / "var").exists():
        raise NotReadyError((f"{folder}: there is a home already; remove it, or name another with --home",))
    make_home(folder)
    office = Office(folder)
    try:
        if post is not None:
            office.mailbox = post.mailbox
        director = Director(office, post.deliver if post else _folder_of(office).deliver)
        office.turn(director.moment(FIRST_MORNING))
        for scene in director.play(steps((defaults_folder() / BLANK_FORM).read_bytes(), director.moment)):
            tell(scene)
        return _ending(office, director)
    finally:
        office.close()


def _folder_of(office: Office) -> FolderMailbox:
    if isinstance(office.mailbox, FolderMailbox):
        return office.mailbox
    raise NotReadyError((f"{office.folder}: the demonstration needs the folder mailbox",))


def _ending(office: Office, director: Director) -> Ending:
    reports = office.store.reports
    references = director.references()
    found = [report for report in (reports.case_report(reference) for reference in references) if report]
    levels = Counter(mail.level or "notice" for report in found for mail in report.mails)
    return Ending(
        home=office.folder,
        references=references,
        stages=tuple(str(report.row.stages["main"]) for report in found),
        inbox=reports.inbox_rows(),
        mails=sum(row.status == "sent" for row in reports.outbox_rows()),
        by_level=dict(levels),
        is_log_whole=office.store.installation.verify_audit() is None,
    )
