"""What each mail says: the facts of its task, its event and its place on the ladder, without a word about a person."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

from cspr_bot.correspondence.contacts import ContactBook
from cspr_bot.pipeline.calendars import Change
from cspr_bot.pipeline.facts import (
    AnswerFacts,
    EventFacts,
    HeldFacts,
    LetterFacts,
    MovedFacts,
    RecommendationFacts,
    StepFacts,
    TaskFacts,
)
from cspr_bot.pipeline.ports import CalendarEntry
from cspr_bot.pipeline.rules import Rules
from cspr_bot.pipeline.tracking import recommendation_facts
from cspr_bot.procedure.case import Case, Event, Moved, Notification, Task
from cspr_bot.procedure.definition import Timer

# What a role is called in a mail. The keys are those of `interfaces.md` section 10.
ROLE_TITLES = {
    "referrer": "the referrer",
    "coordinator": "the co-ordinator",
    "la_service_leader": "the Local Authority Service Leader",
    "assistant_director": "the Assistant Director",
    "director": "the Director",
    "police_review_team": "the police review team",
    "health_safeguarding": "the health safeguarding team",
    "subgroup_chair": "the Sub-Group's chair",
    "subgroup": "the Sub-Group",
    "executive": "the Executive",
    "agency": "the agency",
    "other_area_partners": "the partners in other areas",
    "lead_reviewer": "the lead reviewer",
    "review_group": "the Review Group",
    "administrator": "the administrator",
}
AGENCY = ROLE_TITLES["agency"]
# The days from which a first deadline may have been counted, as a mail names them.
ANCHORS = {
    "incident_on": "the day of the incident",
    "aware_on": "the day on which the referrer became aware",
    "submitted_on": "the day on which the form was submitted",
    "received_on": "the day of the receipt",
}
FROM_THE_FORM = ("incident_on", "submitted_on")  # no mail may tell a day that stands on the form
SEQUENCE_BEGINS = datetime(2020, 1, 1, tzinfo=UTC)  # seconds from here fit into a calendar's number until 2088
RECEIPT = "receipt_confirmed"
MAY_KNOW_AGENCIES = frozenset({"coordinator", "subgroup_chair"})  # all others but the agency itself: never (6.5)
NIL_RETURN = "return_nil"


def letter_facts(order: Notification, case: Case, rules: Rules, now: datetime, held: HeldFacts | None) -> LetterFacts:
    """Gather what a mail may say. Everything comes from the case as the rules see it, so nothing personal can."""
    task = case.task(order.task) if order.task else None
    event = next((item for item in case.history if item.number == order.event), None)
    timer = rules.procedure.timers[task.timer] if task and not case.provisional else None
    return LetterFacts(
        task=for_reader(task_facts(task, case, rules, now), order.role, rules) if task else None,
        event=event_facts(event, rules) if event else None,
        held=held,
        level=order.level or "",
        rung=order.rung,
        also_to=tuple(_told_besides(order, event, rules)),
        answers=tuple(answer_facts(timer, rules)) if timer else (),
        takes_done=timer is not None and takes_done(timer),
        takes_reference=timer is not None and _takes_reference(timer, rules),
        takes_not_involved=timer is not None and any(item.event == NIL_RETURN for item in timer.closed_by),
        takes_received=timer is not None and timer.done_event == RECEIPT,
        received_at=received_at(case),
        next_steps=next_steps(case, rules),
        recommendations=_followed_up(order, case, rules, now),
        flags=tuple(sorted(case.flags)),
        stage=case.stages["main"],
        passed=_passed(case),
        testing=rules.book.testing,
    )


def _followed_up(order: Notification, case: Case, rules: Rules, now: datetime) -> tuple[RecommendationFacts, ...]:
    """Give the recommendations to a mail that is about them; agencies are named to those only who may know them."""
    rule = rules.procedure.notices.get(order.notice)
    if rule is None or rule.about != "recommendations":
        return ()
    return tuple(recommendation_facts(case, rules, now, is_named=order.role in MAY_KNOW_AGENCIES))


def _told_besides(order: Notification, event: Event | None, rules: Rules) -> Iterable[str]:
    """Name the other roles that were told: several agencies where the notice is about no single one."""
    is_to_all = order.task is None and not (event and event.fields.get("agency"))
    return (
        "the agencies that take part" if is_to_all and title == AGENCY else title
        for title in role_titles(order.also_to, rules)
    )


def _takes_reference(timer: Timer, rules: Rules) -> bool:
    """Say whether DONE on this task may bring a reference that is kept."""
    rule = rules.procedure.events.get(timer.done_event or timer.closed_by[0].event)
    return rule is not None and rule.field("reference") is not None


def _passed(case: Case) -> str:
    """Give the day whose deadline had passed when the case was opened, as a mail names it; "" where none had."""
    skipped = next((name for task in case.tasks for name in task.skipped), "")
    if skipped == "aware":  # the moment of that name: the first of its days that is known
        skipped = next((name for name in ("aware_on", "submitted_on") if name in case.dates), "received_on")
    return ANCHORS.get(skipped, "an earlier day" if skipped else "")


def for_reader(task: TaskFacts, role: str, rules: Rules) -> TaskFacts:
    """Put a task as its reader needs it: to an agency as its own, and without its name to whoever need not ring it.

    The name of an agency is kept from all but itself, the co-ordinator and the chair (procedure 6.5).
    """
    if role == "agency":
        return replace(task, title=rules.procedure.timers[task.timer].ask or task.title)
    return task if role in MAY_KNOW_AGENCIES else replace(task, agency_name="")


def takes_done(timer: Timer) -> bool:
    """Say whether the word DONE closes a task: not where a decision is asked for, for DONE does not say which."""
    if timer.owner == "referrer":  # what is missing has to be written down: the form itself is the answer
        return False
    return timer.done_event != RECEIPT and (not timer.answers or bool(timer.ticks) or len(timer.closed_by) > 1)


def task_facts(task: Task, case: Case, rules: Rules, now: datetime) -> TaskFacts:
    """Put a task into words."""
    timer, calendar = rules.procedure.timers[task.timer], rules.calendar
    titles = dict(zip(timer.ticks, timer.tick_titles, strict=True))
    return TaskFacts(
        title=timer.title,
        key=task.key,
        timer=task.timer,
        due_on=task.due_on,
        due_at=task.due_at,
        day_zero=None if _stands_on_form(task.day_zero, case) else task.day_zero,
        days_left=calendar.working_days_between(calendar.day_of(now), task.due_on),
        is_overdue=task.due_at < now,
        is_statutory=timer.statutory,
        cite=timer.cite,
        guidance=timer.guidance,
        outer_limit=task.outer_limit,
        agency_name=agency_name(task.agency, rules.book, now, rules),
        owner=", ".join(role_titles(task.roles, rules)),
        owner_roles=task.roles,
        ticked=tuple(titles[tick] for tick in timer.ticks if tick in task.ticks),
        still_open=tuple(titles[tick] for tick in timer.ticks if tick not in task.ticks),
        counts_back=timer.length < 0,
    )


def _stands_on_form(day: date, case: Case) -> bool:
    """Say whether a clock counts from a day that we know from the form only: not where our mailbox saw it too."""
    return day in {case.dates.get(name) for name in FROM_THE_FORM} and day != case.dates.get("received_on")


def event_facts(event: Event, rules: Rules) -> EventFacts:
    """Put an event into words: of its fields the choices only."""
    rule = rules.procedure.events[event.name]
    choices = tuple(
        (field.name, event.fields[field.name])
        for field in rule.fields
        if field.kind == "choice" and event.fields.get(field.name)
    )
    until = date.fromisoformat(event.fields["until"]) if event.name == "away_until" else None
    return EventFacts(event.name, rule.title, rules.calendar.day_of(event.at), choices, until)


def answer_facts(timer: Timer, rules: Rules) -> Iterable[AnswerFacts]:
    """Give the decisions that a reply may hold, in the order of the file."""
    for name in timer.answers:
        rule = rules.procedure.answers[name]
        yield AnswerFacts(rule.words, rule.takes, rule.meaning)


def moved_facts(moved: Iterable[Moved], rules: Rules, now: datetime) -> tuple[MovedFacts, ...]:
    """Put what a correction has moved into words."""
    today = rules.calendar.day_of(now)
    return tuple(
        MovedFacts(
            title=rules.procedure.timers[duty.timer].title,
            key=duty.key,
            agency_name=agency_name(duty.agency, rules.book, now, rules),
            before=duty.before,
            after=duty.after,
            is_late=duty.after < today,
        )
        for duty in moved
    )


def calendar_facts(own: Iterable[Change], case: Case, rules: Rules, now: datetime) -> LetterFacts:
    """Gather what a mail says of the deadlines in somebody's calendar that a step has changed."""
    told = [(one, for_reader(task_facts(one.task, case, rules, now), one.given.order.role, rules)) for one in own]
    today = rules.calendar.day_of(now)
    return LetterFacts(
        stage=case.stages["main"],
        moved=tuple(
            MovedFacts(task.title, task.key, task.agency_name, item.before, task.due_on, task.due_on < today)
            for item, task in told
            if item.kind == "moved"
        ),
        settled=tuple(task for item, task in told if item.kind == "settled"),
        open_tasks=tuple(task for item, task in told if item.kind == "open"),
        testing=rules.book.testing,
    )


def calendar_entry(uid: str, task: Task, case: Case, role: str, rules: Rules, now: datetime) -> CalendarEntry:
    """Put a duty as an entry of its reader's own calendar.

    Every later mail has a higher sequence: also one of the same second, for something has happened in between, and
    also where the case was put back from yesterday's copy and its events are counted anew.
    """
    facts = for_reader(task_facts(task, case, rules, now), role, rules)
    by = task.due_at.astimezone(rules.calendar.hours.zone)
    what = f"{facts.title} {facts.key}".strip()
    why = f"{facts.cite}. {facts.guidance}".strip(" .")
    return CalendarEntry(
        uid=uid,
        title=f"{rules.book.partnership.short_name} {case.reference}: {what}, by {by:%H:%M}",
        due_at=task.due_at,
        note=f"{why}.\nPlease answer the mail that asked for it, and not this entry." if why else "",
        sequence=int((now - SEQUENCE_BEGINS).total_seconds()) + case.last_number,
    )


def role_titles(roles: Iterable[str], rules: Rules) -> Iterable[str]:
    """Give roles as they are called in a mail, each once."""
    return dict.fromkeys(role_title(role, rules) for role in roles)


def role_title(role: str, rules: Rules) -> str:
    """Give what the partnership calls a role, with its article (A29)."""
    return rules.procedure.role_titles.get(role) or ROLE_TITLES.get(role, role.replace("_", " "))


def agency_name(agency: str | None, book: ContactBook, now: datetime, rules: Rules) -> str:
    """Give the name of an agency as the contact list has it today, or its key."""
    if agency is None:
        return ""
    today = rules.calendar.day_of(now)
    return next((contact.agency_name or agency for contact in book.holders("agency", agency, today)), agency)


def received_at(case: Case) -> datetime | None:
    """Give the moment at which the case's first mail reached the mailbox."""
    return next((event.at for event in case.history if event.name in {"referral_received", "mail_held"}), None)


def next_steps(case: Case, rules: Rules) -> tuple[StepFacts, ...]:
    """Give what happens next on a case, whose it is and by when, soonest first: its open duties of the source.

    What is done as soon as the program's own mails have left is none: they go as this is read.
    """
    by_itself = {notice.when_all_sent for notice in rules.procedure.notices.values()} - {""}
    steps: dict[str, StepFacts] = {}
    for task in sorted(case.open_tasks, key=lambda item: (item.due_at, item.id)):
        timer = rules.procedure.timers[task.timer]
        if task.roles == ("referrer",) or not task.timer.startswith("T") or timer.closed_by[0].event in by_itself:
            continue
        owner = "each agency" if task.roles == ("agency",) else ", ".join(role_titles(task.roles, rules))
        steps.setdefault(timer.title, StepFacts(timer.title, task.due_on, owner))
    return tuple(steps.values())
