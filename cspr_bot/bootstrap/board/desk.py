"""The desk behind the board's pages: an office, opened anew whenever its files have changed and are good."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from cspr_bot.board.values import (
    CaseLine,
    CasePage,
    CheckedChange,
    ContactChange,
    ContactEntry,
    ContactList,
    Decision,
    DueLine,
    DuePage,
    FormPage,
    Frame,
    HealthPage,
    HeldLine,
    HeldPage,
    Refused,
    Released,
    Visitor,
    WaitingMail,
)
from cspr_bot.bootstrap.board.cases import case_page, closed_lines, form_page, open_lines
from cspr_bot.bootstrap.board.contacts import check_change, contact_entry, contact_list, propose_change, withdraw
from cspr_bot.bootstrap.board.health import health_page
from cspr_bot.bootstrap.board.held import held_lines, held_page
from cspr_bot.bootstrap.board.standing import standing_of, title_of, whose
from cspr_bot.bootstrap.duties import open_duties
from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.bootstrap.releasing import release_held
from cspr_bot.config import FILES
from cspr_bot.letters.case_timeline import timeline_of
from cspr_bot.letters.timeline import drawn, short
from cspr_bot.letters.vector import as_svg
from cspr_bot.pipeline.dossier import DIGEST
from cspr_bot.pipeline.filing import PersonsWord
from cspr_bot.pipeline.letters import role_titles
from cspr_bot.pipeline.subjects import notice_titles
from cspr_bot.store import CaseReport

NOT_HELD = "This mail is not held any more: somebody has decided on it meanwhile."
ROOM_FOR_WORDS = 500  # units: in less the words for what is left would leave no room for what it is
Stamp = tuple[tuple[int, int] | None, ...]


class OfficeDesk:
    """`board.desk.Desk` over an office. What shows a person's data is in the audit log before it is shown."""

    def __init__(self, folder: Path, open_office: Callable[[Path], Office] = Office) -> None:
        self._folder = folder
        self._open_office = open_office
        self._stamp = _stamp_of(folder)
        self._current = open_office(folder)
        self._problems: tuple[str, ...] = ()

    def close(self) -> None:
        """Let go of the office."""
        self._current.close()

    def office(self) -> Office:
        """Give the office by the files as they are now; where they are no good, by those that were.

        Its clock is asked for anew: whoever turns a home's clock by hand does so from another process.
        """
        stamp = _stamp_of(self._folder)
        if stamp != self._stamp:
            self._stamp = stamp
            self._open_again()
        office = self._current
        if office.home.settings.mailbox.transport == "folder":
            office.clock.turn(office.store.installation.turned_clock())
        return office

    def _open_again(self) -> None:
        try:
            opened = self._open_office(self._folder)
        except NotReadyError as error:
            self._problems = error.problems
            return
        self._current.close()
        self._current, self._problems = opened, ()

    # -----------------------------------------------------------------------------------------------------------------
    # What it shows

    def frame(self) -> Frame:
        """Give what stands around every page."""
        office = self.office()
        partnership = office.home.book.partnership
        notices = []
        if self._problems:
            many = f" and {len(self._problems) - 1} more" if self._problems[1:] else ""
            notices.append(
                f"the files in config/ were changed, and are no good ({self._problems[0]}{many}); the ones before count"
            )
        if office.home.book.testing:
            notices.append("testing is on: every mail goes to the partnership's own mailbox")
        return Frame(
            partnership=partnership.name,
            short_name=partnership.short_name,
            marking=office.home.settings.marking.text,
            now=office.local(office.clock.now()),
            held=office.store.reports.counts().inbox.get("held", 0),
            notices=tuple(notices),
        )

    def cases(self, *, closed: bool) -> tuple[CaseLine, ...]:
        """List the open cases, or those at their end."""
        office = self.office()
        return closed_lines(office) if closed else open_lines(office, office.clock.now())

    def case(self, reference: str, visitor: Visitor) -> CasePage | None:
        """Give one case whole."""
        office = self.office()
        report = _report(office, reference)
        if report is None:
            return None
        self._note(office, "case_viewed", visitor, reference)
        return case_page(office, report, office.clock.now())

    def form(self, reference: str, visitor: Visitor) -> FormPage | None:
        """Give the referral of a case."""
        office = self.office()
        report = _report(office, reference)
        page = form_page(report) if report else None
        if page is not None:
            self._note(office, "referral_viewed", visitor, reference)
        return page

    def timeline(self, reference: str, width: int) -> bytes | None:
        """Draw what is open on a case."""
        office = self.office()
        report = _report(office, reference)
        if report is None or "main" not in report.case.stages:
            return None
        told = timeline_of(report.case, office.rules, office.clock.now())
        if width < ROOM_FOR_WORDS:
            told = replace(told, bars=tuple(replace(bar, said=short(bar.due_on)) for bar in told.bars))
        return as_svg(drawn(told, office.rules.calendar, width))

    def held(self) -> tuple[HeldLine, ...]:
        """List what waits for a person."""
        office = self.office()
        return held_lines(office, office.clock.now())

    def held_mail(self, mail: int, visitor: Visitor) -> HeldPage | None:
        """Give a held mail."""
        office = self.office()
        if mail not in {row.id for row in office.store.reports.inbox_rows(held_only=True)}:
            return None
        self._note(office, "mail_viewed", visitor, f"held:{mail}")
        return held_page(office, mail, office.clock.now())

    def due(self) -> DuePage:
        """Give what is due, and what the program does next about it."""
        office = self.office()
        now, rules = office.clock.now(), office.rules
        titles = notice_titles(rules.procedure)
        lines = tuple(
            DueLine(
                case=duty.case,
                title=title_of(duty.task, rules),
                whose=whose(duty.task, rules, now),
                due_at=office.local(duty.task.due_at),
                standing=standing_of(duty.task, duty.state, rules, now),
                clause=duty.timer.cite,
                is_statutory=duty.timer.statutory,
                next_at=office.local(duty.rung.at) if duty.rung else None,
                next_level=duty.rung.level if duty.rung else "",
            )
            for duty in open_duties(office, None)
        )
        stuck = office.store.digest.day_book(now, now, rules.procedure.regions["main"].final).stuck
        waiting = (
            WaitingMail(mail.id, mail.case, titles.get(mail.notice, mail.notice), _role(mail.role, office), mail.status)
            for mail in stuck
        )
        return DuePage(lines, tuple(waiting))

    def contacts(self) -> ContactList:
        """Give the contact list."""
        return contact_list(self.office(), self._today())

    def contact(self, number: int) -> ContactEntry | None:
        """Give an entry of it to be changed."""
        return contact_entry(self.office(), number, self._today())

    def check_contact(self, change: ContactChange) -> CheckedChange | Refused:
        """Judge a change of it."""
        return check_change(self.office(), change, self._today())

    def health(self, *, whole_log: bool) -> HealthPage:
        """Say how the program is."""
        return health_page(self.office(), whole_log=whole_log)

    # -----------------------------------------------------------------------------------------------------------------
    # What it does

    def check(self, decision: Decision) -> Refused | None:
        """Say what stands against a decision."""
        office, case = self.office(), decision.case
        if decision.mail not in {row.id for row in office.store.reports.inbox_rows(held_only=True)}:
            return Refused(NOT_HELD)
        if case is not None and not _is_case(office, case):
            return Refused(f"There is no case {case}; the list of cases has them all")
        return None

    def release(self, decision: Decision, visitor: Visitor) -> Released | Refused:
        """Do what was decided, as the command does it."""
        refused = self.check(decision)
        if refused is not None:
            return refused
        word = PersonsWord(visitor.name, "board", decision.reason)
        references = release_held(self.office(), decision.mail, decision.choice, word, case=decision.case)
        return Refused(NOT_HELD) if references is None else Released(references)

    def propose_contact(self, change: ContactChange, visitor: Visitor) -> str | CheckedChange | Refused:
        """Keep a change of the contact list as a proposal."""
        return propose_change(self.office(), change, self._today(), visitor)

    def withdraw_contacts(self, visitor: Visitor) -> bool:
        """Take the proposal away."""
        return withdraw(self.office(), visitor)

    def _today(self) -> date:
        office = self.office()
        return office.rules.calendar.day_of(office.clock.now())

    def _note(self, office: Office, what: str, visitor: Visitor, reference: str) -> None:
        office.store.installation.note(office.clock.now(), "board", what, reference, who=visitor.mark)


def _report(office: Office, reference: str) -> CaseReport | None:
    """Give a case that has a page: neither a held mail's clocks nor the dossier of the digests is one."""
    return office.store.reports.case_report(reference) if _is_case(office, reference) else None


def _is_case(office: Office, reference: str) -> bool:
    is_name = reference.isprintable() and len(reference) <= 64
    is_other = reference == DIGEST or reference.startswith("held:")
    return is_name and not is_other and office.store.registration.has_case(reference)


def _role(role: str, office: Office) -> str:
    """Give a role as it is called, without its article."""
    title = next(iter(role_titles((role,), office.rules))).removeprefix("the ")
    return title[:1].upper() + title[1:]


def _stamp_of(folder: Path) -> Stamp:
    """Give what changes when a file of the home's is written: by this, and not by reading it, a change is seen."""
    return tuple(_stamp(folder / "config" / f"{name}.toml") for name in FILES)


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
