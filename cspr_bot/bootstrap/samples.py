"""A sample of every mail that a procedure can order, from an imagined case: for `preview` and for `check`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from cspr_bot.config import Home
from cspr_bot.mail.templates import TemplateWriter
from cspr_bot.pipeline.addressing import ASKS_HOLDER, addressed
from cspr_bot.pipeline.digest import week_before
from cspr_bot.pipeline.digest_facts import (
    CaseLine,
    DigestFacts,
    DoneLine,
    DutyLine,
    HeldLine,
    Reconciled,
    StuckLine,
    WeekBook,
    WeekLine,
)
from cspr_bot.pipeline.facts import (
    EventFacts,
    HeldFacts,
    LetterFacts,
    ProposalFacts,
    RecommendationFacts,
    RefusedFiles,
    TaskFacts,
)
from cspr_bot.pipeline.held_alarm import NOTICE as HELD_AGAIN
from cspr_bot.pipeline.kept import Party
from cspr_bot.pipeline.letters import letter_facts
from cspr_bot.pipeline.morning import NOTICE as DIGEST
from cspr_bot.pipeline.notice_board import REFUSED
from cspr_bot.pipeline.ports import Letter, Recipient
from cspr_bot.pipeline.rules import Rules
from cspr_bot.pipeline.writing import ATTACHED
from cspr_bot.procedure.calendar import WorkingCalendar
from cspr_bot.procedure.definition import Procedure
from cspr_bot.procedure.rehearsal import RehearsedMail, opening_event, rehearse_course, rehearse_events

REFERENCE = "NS-XXXX-XX"
NOTHING_ASKED = ("N1-form", "N5-pointer", "N13", "N17", "N21-progress", "N22", "N24", "N26-digest", "N28")
CODE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
REFERRER = (Party("referrer", "referrer@example.example", "Colleague"),)


@dataclass(frozen=True, slots=True)
class SampleChance:
    """Chance without any: samples are the same every time."""

    def of(self, *words: str) -> "SampleChance":  # noqa: ARG002
        """Give the same whatever it is for."""
        return self

    def reference(self) -> str:
        """Give the reference of every sample."""
        return REFERENCE

    def answer_code(self) -> str:
        """Give the code in every sample: it opens nothing."""
        return CODE

    def message_id(self) -> str:
        """Give the Message-ID of every sample."""
        return "<sample@cspr-bot.example>"

    def effect(self) -> str:
        """Give the effect of every sample."""
        return "sample"


def template_writer(home: Home, templates: Path) -> TemplateWriter:
    """Give the writer of a home."""
    return TemplateWriter(
        templates,
        home.book.partnership,
        installation=home.settings.installation,
        marking=home.settings.marking.text,
        calendar_zone=home.settings.office.hours.zone,
    )


def template_flaws(home: Home, today: datetime) -> tuple[str, ...]:
    """Write every mail once; give what is wrong with the templates of a home."""
    return template_writer(home, home.folder / "mail_templates").check(sample_letters(home, today))


def sample_letters(home: Home, today: datetime) -> tuple[Letter, ...]:
    """Give one letter for every notice: as the rehearsed cases send it, or else with facts that fit anything."""
    rules = Rules(home.procedure, home.calendar, home.book, home.form_rules)
    found: dict[str, Letter] = {}
    for mail in _rehearsed(home, today):
        for letter in _letters(mail, rules):
            found.setdefault(letter.notice, letter)
    for notice in notices_of(home.procedure):
        found.setdefault(notice, _plain_letter(notice, home, today))
    return tuple(found[name] for name in sorted(found, key=_in_order))


def notices_of(procedure: Procedure) -> frozenset[str]:
    """Name every notice that a procedure can order."""
    names = set(procedure.notices) | {procedure.provisional_notice}
    for timer in procedure.timers.values():
        names |= {timer.request_notice, timer.breached_notice}
        if timer.ladder != "none":
            names.add(timer.reminder_notice)
        for _, variant in timer.notice_when:
            names |= {variant, f"{variant}-reminder"}
    return frozenset(names - {"", "none"})


def _rehearsed(home: Home, today: datetime) -> Iterator[RehearsedMail]:
    """Rehearse the whole course, and a referral with gaps that nobody works on."""
    start = home.calendar.moment(home.calendar.on_or_after(home.calendar.day_of(today)), time(10, 12))
    yield from rehearse_course(opening_event(start), home.procedure, home.calendar).mails
    gaps = opening_event(start, is_complete=False)
    yield from rehearse_events([gaps], home.procedure, home.calendar).mails


def _letters(mail: RehearsedMail, rules: Rules) -> Iterator[Letter]:
    on = rules.calendar.day_of(mail.at)
    facts = letter_facts(mail.order, mail.case, rules, mail.at, None)
    if mail.order.notice in {"N1-incomplete", "N3"}:
        facts = replace(facts, missing=tuple(rules.form.title_of(path) for path in ("child.dob", "summary")))
    for item in addressed(mail.order, mail.case, REFERRER, rules.book, on, frozenset()):
        yield _letter(mail.order.notice, item.recipient, facts, mail.at)


def _letter(notice: str, recipient: Recipient, facts: LetterFacts, at: datetime) -> Letter:
    return Letter(
        notice=notice,
        reference=REFERENCE,
        recipient=recipient,
        message_id="<sample@cspr-bot.example>",
        effect="sample",
        written_at=at,
        facts=facts,
        answer_code=CODE if recipient.may_answer else None,
        attachments=ATTACHED.get(notice, ()),
    )


def _plain_letter(notice: str, home: Home, today: datetime) -> Letter:
    """Write a notice that no rehearsal sends, with one fact of every kind."""
    calendar = home.calendar
    day = calendar.on_or_after(calendar.day_of(today))
    due_on = calendar.add(day, 5)
    task = TaskFacts(
        title="A duty",
        timer="T0",
        due_on=due_on,
        due_at=calendar.due_at(due_on),
        day_zero=day,
        days_left=5,
        is_overdue=False,
        is_statutory=False,
        cite="NSSCP/001",
        owner="the co-ordinator",
        owner_roles=("coordinator",),
    )
    event = EventFacts("note_added", "A note was filed", day)
    held = HeldFacts(
        12, today - timedelta(minutes=1), ("nobody can tell who sent it",), has_form=True, release_by=due_on
    )
    facts = LetterFacts(
        task=None if notice.startswith(NOTHING_ASKED) and not notice.endswith("-reminder") else task,
        event=event,
        held=held if "held" in notice and notice != HELD_AGAIN else None,
        asks_address=notice == ASKS_HOLDER,
        takes_received=notice == ASKS_HOLDER,
        proposal=_proposal() if notice == "N28-list" else None,
        refused=_refused() if notice == REFUSED else None,
        waiting=(HeldLine(12, today, held.reasons, due_on),) if notice == HELD_AGAIN else (),
        level="L0",
        rung=1,
        received_at=today,
        stage="open",
        open_tasks=(task,),
        undo=f"cspr-bot undo {REFERENCE} 12 --by NAME --reason TEXT",
        about_role="the co-ordinator",
        about_notice="N4",
        recommendations=(_recommendation(day, due_on),) if _about(notice, home.procedure) else (),
        digest=_digest(today, day, due_on, calendar) if notice == DIGEST else None,
    )
    coordinator = home.book.holders("coordinator", None, day)
    first, is_asked = coordinator[0], notice == ASKS_HOLDER
    recipient = Recipient(first.email, first.name, "coordinator", first, may_answer=is_asked)
    return _letter(notice, recipient, facts, today)


def _refused() -> RefusedFiles:
    line = 'config/contacts.toml:42: contact[1].email: "nobody" is not an address; write the address alone: name@domain'
    return RefusedFiles("0a1b2c3d4e5f", "5f4e3d2c1b0a", (line,))


def _proposal() -> ProposalFacts:
    change = "changed, row 2: coordinator, coordinator@nsscp.example (name: NSSCP Co-ordinator → Co-ordinator)"
    return ProposalFacts("0 added, 1 changed, 0 removed", (change,), (), can_be_applied=True)


def _about(notice: str, procedure: Procedure) -> str:
    """Say what a notice is about, where it is one that goes again and again."""
    rule = procedure.notices.get(notice)
    return rule.about if rule else ""


def _recommendation(day: date, due_on: date) -> RecommendationFacts:
    return RecommendationFacts(
        "1", "the agency", due_on, "AMBER", "5 working days left; at risk", day, needs_attention=True
    )


def _digest(today: datetime, day: date, due_on: date, calendar: WorkingCalendar) -> DigestFacts:
    """Give a page with one line of every kind."""
    late = DutyLine(REFERENCE, "A duty", "the agency", day, "today", is_late=False, is_own=True, is_statutory=True)
    coming = replace(late, whose="the co-ordinator", due_on=due_on, said="5 working days left", clause="NSSCP/001")
    return DigestFacts(
        on=day,
        since=today - timedelta(days=1),
        until=calendar.add(day, 10),
        today=(late,),
        coming=(coming,),
        held=(HeldLine(12, today, ("nobody can tell who sent it",), due_on),),
        stuck=(StuckLine(34, REFERENCE, "A duty", "the agency", "unknown"),),
        done=(DoneLine(REFERENCE, ("Sent 1 mail: A duty",)),),
        cases=(CaseLine(REFERENCE, "open", ("incomplete",)),),
        troubled=(REFERENCE,),
        week=WeekLine(*week_before(day), WeekBook(taken=2, forms=1, answers=1)),
        reconciled=Reconciled(day, strangers=1, missing=1, stranded=1),
    )


def _in_order(notice: str) -> tuple[int, str]:
    digits = "".join(sign for sign in notice.partition("-")[0] if sign.isdigit())
    return int(digits or 0), notice
