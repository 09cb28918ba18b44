"""A case worked on by hand in tests: events at local times, time let pass, and everything that was ordered."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from holidays import country_holidays

from cspr_bot.config.files import read_file
from cspr_bot.config.procedure_file import read_procedure
from cspr_bot.procedure.calendar import OfficeHours, WorkingCalendar
from cspr_bot.procedure.case import Case, Decision, Event, Notification, Refusal, Task, TimeReached
from cspr_bot.procedure.definition import Procedure
from cspr_bot.procedure.engine import advance, new_case

LONDON = ZoneInfo("Europe/London")
HOURS = OfficeHours(LONDON)
FIRST, LAST = date(2018, 1, 1), date(2033, 12, 31)
CONFIG = Path(__file__).parents[2] / "config"

COMPLETE = {"complete": "yes", "abuse_or_neglect": "suspected", "deceased": "no"}
Rung = tuple[str, int, str | None]


@cache
def shipped_procedure() -> Procedure:
    procedure = read_procedure(read_file(CONFIG / "procedure.toml", "procedure.toml"))
    assert procedure is not None
    return procedure


@cache
def bank_holidays() -> frozenset[date]:
    return frozenset(country_holidays("GB", subdiv="ENG", years=range(FIRST.year, LAST.year + 1)))


@cache
def english_calendar() -> WorkingCalendar:
    return WorkingCalendar(bank_holidays(), FIRST, LAST, HOURS)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


LONG_AGO = local("2018-01-01 00:00")


def told(at: datetime) -> str:
    return at.astimezone(LONDON).strftime("%Y-%m-%d %H:%M")


@dataclass
class CaseWork:
    """One case, where every moment is local text; `next` is what the rules asked to be told of."""

    procedure: Procedure = field(default_factory=shipped_procedure)
    calendar: WorkingCalendar = field(default_factory=english_calendar)
    provisional: bool = False
    quiet_until: str = ""
    mails: list[tuple[datetime, Notification]] = field(default_factory=list)
    happened: list[str] = field(default_factory=list)
    warnings: tuple[str, ...] = ()
    next: datetime | None = None
    now: datetime = LONG_AGO

    def __post_init__(self) -> None:
        until = local(self.quiet_until) if self.quiet_until else None
        self.case: Case = new_case("NS-TEST", self.procedure, provisional=self.provisional, quiet_until=until)

    def outcome(self, at: str, name: str, known_at: str = "", **fields: str) -> Decision | Refusal:
        moment = local(at)
        event = Event(self.case.last_number + 1, name, moment, local(known_at) if known_at else moment, fields)
        return advance(self.case, event, self.procedure, self.calendar)

    def record(self, at: str, name: str, known_at: str = "", **fields: str) -> Decision:
        """Let time pass up to a moment, and then an event happen that must be allowed."""
        self.until(known_at or at)
        outcome = self.outcome(at, name, known_at, **fields)
        assert isinstance(outcome, Decision), outcome
        self._take(local(known_at or at), outcome)
        self.warnings = outcome.warnings
        return outcome

    def refused(self, at: str, name: str, **fields: str) -> str:
        """Give why an event is refused."""
        self.until(at)
        outcome = self.outcome(at, name, **fields)
        assert isinstance(outcome, Refusal), name
        return "; ".join(outcome.problems)

    def undo(self, at: str, number: int) -> Decision:
        return self.record(at, "withdrawn", event=str(number), reason="given")

    def until(self, at: str) -> None:
        """Let time pass, stopping wherever the rules asked to be told of it; what is in the past already comes now."""
        while self.next is not None and max(self.next, self.now) <= local(at):
            self._reach(max(self.next, self.now))
        self.now = max(self.now, local(at))

    def after_an_outage(self, at: str) -> Decision:
        """Tell the rules the time only once, after nobody did for long."""
        return self._reach(local(at))

    def _reach(self, at: datetime) -> Decision:
        outcome = advance(self.case, TimeReached(at), self.procedure, self.calendar)
        assert isinstance(outcome, Decision)
        self._take(at, outcome)
        return outcome

    def _take(self, at: datetime, decision: Decision) -> None:
        self.now = max(self.now, at)
        self.case, self.next = decision.case, decision.next_moment
        self.mails.extend((at, mail) for mail in decision.mails)
        self.happened.extend(decision.happened)

    # -----------------------------------------------------------------------------------------------------------------

    @property
    def stage(self) -> str:
        return self.case.stages["main"]

    @property
    def last(self) -> int:
        return self.case.last_number

    def tasks(self, timer: str) -> list[Task]:
        return [task for task in self.case.tasks if task.timer == timer]

    def task(self, timer: str, agency: str | None = None) -> Task:
        """Give the newest task of a timer."""
        return [task for task in self.tasks(timer) if agency in (None, task.agency)][-1]

    def open(self, timer: str) -> bool:
        return any(task.is_open for task in self.tasks(timer))

    def due(self, timer: str, agency: str | None = None) -> str:
        return self.task(timer, agency).due_on.isoformat()

    def rungs(self, timer: str, agency: str | None = None) -> list[Rung]:
        """Give the rungs of a timer that were sent: when, number, level."""
        return list(
            dict.fromkeys(
                (told(at), mail.rung, mail.level)
                for at, mail in self.mails
                if mail.timer == timer and mail.rung and self._is_of(mail, agency)
            )
        )

    def requests(self, timer: str) -> list[tuple[str, str, str, str | None]]:
        """Give the mails that asked: when, notice, role, agency."""
        return [
            (told(at), mail.notice, mail.role, mail.agency)
            for at, mail in self.mails
            if mail.timer == timer and not mail.rung and mail.level is None
        ]

    def notices(self, name: str) -> list[tuple[str, str]]:
        """Give when a notice went, and to which role."""
        return [(told(at), mail.role) for at, mail in self.mails if mail.notice == name]

    def seats(self, timer: str, rung: int) -> set[tuple[str, str | None, str]]:
        """Give who got a rung: role, agency, seat."""
        return {
            (mail.role, mail.agency, mail.seat) for _, mail in self.mails if (mail.timer, mail.rung) == (timer, rung)
        }

    def _is_of(self, mail: Notification, agency: str | None) -> bool:
        task = self.case.task(mail.task or "")
        return agency is None or (task is not None and task.agency == agency)


def referred(at: str = "2026-12-15 10:12", **fields: str) -> CaseWork:
    """Give a case whose complete referral came at a moment; Tuesday 15 December 2026 where none is given."""
    work = CaseWork()
    work.record(at, "referral_received", **{**COMPLETE, **fields})
    return work


def decided() -> CaseWork:
    """Give a case on which a rapid review was decided on Friday 18 December 2026, with police and health."""
    work = referred()
    work.record("2026-12-15 12:00", "triage_confirmed")
    work.record("2026-12-18 11:00", "subgroup_decided", rapid_review="yes", agencies="police, health")
    return work


def submitted() -> CaseWork:
    """Give a case whose submission went to the Panel on Monday 11 January 2027, every duty until then done."""
    return submitted_for("cspr")


def submitted_for(outcome: str) -> CaseWork:
    """Give such a case, for which the partners have decided on this."""
    work = decided()
    for name in ("sin_sent", "partners_informed", "panel_informed", "executive_informed"):
        work.record("2026-12-18 12:00", name)
    for agency in ("police", "health"):
        work.record("2026-12-18 13:00", "records_secured", agency=agency)
    work.record("2026-12-18 14:00", "rapid_review_started")
    for agency in ("police", "health"):
        work.record("2027-01-05 10:00", "return_received", agency=agency)
    work.record("2027-01-06 10:00", "recommendation_made", outcome=outcome, reason="given")
    work.record("2027-01-07 10:00", "rapid_review_drafted")
    work.record("2027-01-08 10:00", "executive_decided", outcome=outcome, reason="given")
    work.record("2027-01-11 10:00", "rapid_review_completed")
    work.record("2027-01-11 10:30", "panel_submission_sent")
    return work


def national() -> CaseWork:
    """Give a case that the Panel has taken for a national review on Monday 18 January 2027."""
    work = submitted_for("national")
    work.record("2027-01-18 10:00", "panel_decided", outcome="national")
    return work


def alternative() -> CaseWork:
    """Give a case on which an alternative review was agreed with the Panel on Monday 18 January 2027."""
    work = submitted_for("alternative")
    work.record("2027-01-18 10:00", "panel_decided", outcome="no_review_agreed")
    return work


def without_rapid_review() -> CaseWork:
    """Give a case on which the Sub-Group decided against a rapid review on Friday 18 December 2026."""
    work = referred(deceased="unknown")
    work.record("2026-12-16 10:00", "sin_sent")
    work.record("2026-12-18 11:00", "subgroup_decided", rapid_review="no", reason="given")
    return work


def turned_away() -> CaseWork:
    """Give a case that the Assistant Director decided on Thursday 17 December 2026 not to refer."""
    work = disputed()
    work.record("2026-12-17 10:00", "disagreement_decided", refer="no", reason="given")
    return work


def planned() -> CaseWork:
    """Give an alternative review that is to be complete on Friday 30 April 2027."""
    work = alternative()
    work.record("2027-01-20 10:00", "alternative_review_planned", kind="local", due="2027-04-30")
    return work


def of_several_areas() -> CaseWork:
    """Give a case of several areas that have been told, and a rapid review for which no agency has been named."""
    work = referred(complete="no")
    work.record("2026-12-16 10:00", "areas_known", answer="several")
    work.record("2026-12-16 11:00", "other_areas_informed")
    work.record("2026-12-18 11:00", "subgroup_decided", rapid_review="yes")
    return work


def disputed() -> CaseWork:
    """Give a case of several areas on which there is a disagreement since Wednesday 16 December 2026."""
    work = referred()
    work.record("2026-12-16 09:30", "areas_known", answer="several")
    work.record("2026-12-16 10:00", "disagreement_raised")
    return work


def determined() -> CaseWork:
    """Give a case for which the Panel decided on a local review, of which nobody has been told yet."""
    work = submitted()
    work.record("2027-01-18 10:00", "panel_decided", outcome="local")
    return work


def commencing() -> CaseWork:
    """Give a case for which the Panel decided on a local review on Monday 18 January 2027."""
    work = submitted()
    work.record("2027-01-18 10:00", "panel_decided", outcome="local")
    for to in ("panel", "ofsted", "dfe"):
        work.record("2027-01-18 11:00", "local_review_notified", to=to)
    return work


def in_progress() -> CaseWork:
    """Give a case whose local review is in progress since Wednesday 20 January 2027."""
    work = commencing()
    work.record("2027-01-19 11:00", "commencement_letters_sent")
    for action in "123456":
        work.record("2027-01-20 11:00", "commencement_action_done", action=action)
    return work


def reported() -> CaseWork:
    """Give a case whose final report was accepted on Monday 10 May 2027."""
    work = in_progress()
    work.record("2027-05-10 10:00", "report_accepted")
    return work


def copied() -> CaseWork:
    """Give a case that is to be published on Thursday 10 June 2027, and the Panel has had its copy."""
    work = reported()
    work.record("2027-05-11 10:00", "publication_date_set", date="2027-06-10")
    work.record("2027-05-20 10:00", "copy_sent_to_panel")
    return work


def started() -> CaseWork:
    """Give a rapid review that started on Friday 18 December 2026."""
    work = decided()
    work.record("2026-12-18 14:00", "rapid_review_started")
    return work


def recommended() -> CaseWork:
    """Give a rapid review that was completed, with its recommendation, on Tuesday 5 January 2027."""
    work = started()
    work.record("2027-01-05 10:00", "recommendation_made", outcome="cspr")
    work.record("2027-01-05 11:00", "rapid_review_completed")
    return work


def disagreed_with() -> CaseWork:
    """Give a case in which the Panel did not agree, and the Executive decided anew on Thursday 21 January 2027."""
    work = submitted_for("none")
    work.record("2027-01-18 10:00", "panel_decided", outcome="disagrees")
    work.record("2027-01-21 10:00", "executive_decided", outcome="cspr")
    return work


def dated() -> CaseWork:
    """Give a case that is to be published on Thursday 10 June 2027, and nobody has sent the Panel its copy."""
    work = reported()
    work.record("2027-05-11 10:00", "publication_date_set", date="2027-06-10")
    return work


def held() -> CaseWork:
    """Give a case whose publication is held since Tuesday 1 June 2027."""
    work = copied()
    work.record("2027-06-01 10:00", "publication_held", reason="given")
    return work


def improved() -> CaseWork:
    """Give a case of which information about improvements was published on Thursday 10 June 2027."""
    work = copied()
    work.record("2027-06-10 10:00", "improvements_published", reason="given")
    return work


def tracked() -> CaseWork:
    """Give a published case with two recommendations, the first of which was carried out."""
    work = copied()
    for action in "12":
        work.record("2027-05-21 10:00", "action_added", action=action, agency="health", due="2027-09-30")
    work.record("2027-06-10 10:00", "published")
    work.record("2027-09-01 10:00", "action_closed", action="1")
    return work
