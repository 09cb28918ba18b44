"""One reducer: a case and an event give a decision. Time is an event, so nothing here asks what the clock says."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from cspr_bot.procedure.calendar import WorkingCalendar
from cspr_bot.procedure.case import Case, Decision, Event, Notification, Refusal, Task, TimeReached
from cspr_bot.procedure.conditions import has_happened, matches_fields
from cspr_bot.procedure.corrections import moved
from cspr_bot.procedure.definition import EventRule, FlagRule, Procedure
from cspr_bot.procedure.events import allowed_now, problems_of, warnings_of
from cspr_bot.procedure.knowledge import with_knowledge
from cspr_bot.procedure.notifications import breach_of, notices_of, reminders_of, request_of
from cspr_bot.procedure.regions import after_automatic_moves, after_moves
from cspr_bot.procedure.reminders import Rung, ladder_of, next_rung, rung_reached
from cspr_bot.procedure.repetitions import next_turns, told_at_turn, turns_reached, with_turn
from cspr_bot.procedure.tasks import (
    Ground,
    after_cancelling,
    after_clock_event,
    after_closing,
    after_reopening,
    cancelled,
    open_tasks,
    reckoned_anew,
    with_unspent_overdue_rungs,
)

CLOCK_EVENT = "time_reached"
BREACHED = "breached_at_opening"


def new_case(
    reference: str, procedure: Procedure, *, provisional: bool = False, quiet_until: datetime | None = None
) -> Case:
    """Give a case on which nothing has happened yet."""
    return Case(
        reference=reference,
        provisional=provisional,
        quiet_until=quiet_until,
        stages={name: region.initial for name, region in procedure.regions.items() if region.per == "case"},
        agency_stages={name: {} for name, region in procedure.regions.items() if region.per == "agency"},
    )


def advance(
    case: Case, event: Event | TimeReached, procedure: Procedure, calendar: WorkingCalendar
) -> Decision | Refusal:
    """Take a case one event further.

    Everything that follows is in the answer: the case as it is then, the mails to write, the next moment at which
    time itself must be given. An event that the stages do not allow is refused and changes nothing. Reaching the
    same moment twice decides nothing new. `OutsideTableError` is raised where a due day lies beyond the calendar.
    """
    ground = Ground(procedure, calendar)
    if isinstance(event, TimeReached):
        return _decision(_reach(_Step(case), event.at, case.last_number + 1, ground), ground)
    problems = problems_of(event, case, procedure, calendar)
    if problems:
        return Refusal(problems, allowed_now(case, procedure))
    if event.name == "withdrawn":
        return _withdraw(case, event, ground)
    step = _happen(_Step(case), event, ground)
    return replace(_decision(step, ground), moved=moved(case, step.case))


def next_moment(case: Case, ground: Ground) -> datetime | None:
    """Give the next moment at which something happens by itself: a rung, a deadline that passes, a notice's turn."""
    moments: list[datetime] = []
    for task in case.open_tasks:
        ladder = ladder_of(ground.procedure.timers[task.timer], task, ground.procedure, ground.calendar)
        rung = next_rung(task, ladder, ground.calendar)
        if rung is not None:
            moments.append(rung.at)
        if not task.is_overdue and task.paused_on is None:
            moments.append(task.due_at)
    moments.extend(next_turns(case, ground))
    return min(moments, default=None)


@dataclass(frozen=True, slots=True)
class _Step:
    """A decision in the making."""

    case: Case
    mails: tuple[Notification, ...] = ()
    happened: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def on(self, case: Case, happened: tuple[str, ...] = ()) -> "_Step":
        return replace(self, case=case, happened=(*self.happened, *happened))

    def ordering(self, mails: tuple[Notification, ...]) -> "_Step":
        return replace(self, mails=(*self.mails, *mails))


def _decision(step: _Step, ground: Ground) -> Decision:
    return Decision(step.case, step.mails, next_moment(step.case, ground), step.warnings, step.happened)


# ---------------------------------------------------------------------------------------------------------------------
# Something happened


def _happen(step: _Step, event: Event, ground: Ground, *, has_moved: bool = False) -> _Step:
    """Let an event take its course: facts, stages, tasks, flags, what follows from these by itself, and then mails.

    What it ends is ended before anything is opened, so that a new decision asks anew; and mails are ordered last, so
    that nobody is asked for what is settled by then. `has_moved` says that days have moved before it, by a withdrawal.
    """
    before, rule = step.case, ground.procedure.events[event.name]
    cautions = (*warnings_of(event, step.case, ground.procedure), *_beyond(step.case, event, ground))
    case, entered = after_moves(with_knowledge(before, event, rule, ground), event, rule, ground.procedure)
    case, opened = _with_new_tasks(_with_changed_tasks(case, event, rule, ground), event, ground)
    case = _with_flags(_reckoned_anew(case, event, ground), event, rule, opened)
    step = _settle(step.on(case, entered), event, ground)
    step = replace(step, warnings=(*step.warnings, *cautions, *_late(opened, event, ground)))
    if not _is_loud(case, event):
        return step
    requests = _requests(step.case, event, opened, ground)
    has_moved = has_moved or bool(moved(before, step.case))
    return step.ordering((*requests, *notices_of(event, step.case, ground.procedure, has_moved=has_moved)))


def _is_loud(case: Case, event: Event) -> bool:
    """Say whether an event is told of: on a case taken over, what opened it never is, nor what happened before."""
    if case.quiet_until is None:
        return True
    return case.history[0] is not event and event.at >= case.quiet_until


def _with_new_tasks(case: Case, event: Event, ground: Ground) -> tuple[Case, tuple[Task, ...]]:
    opened = open_tasks(case, event, ground)
    return replace(case, tasks=(*case.tasks, *opened)), opened


def _with_changed_tasks(case: Case, event: Event, rule: EventRule, ground: Ground) -> Case:
    """Close, cancel, reopen and pause what was open before."""
    tasks = []
    for task in case.tasks:
        timer = ground.procedure.timers[task.timer]
        changed = after_cancelling(after_closing(task, event, timer), case, event, rule, timer)
        if rule.reopens and case.closing_event is not None:
            changed = after_reopening(changed, event, case.closing_event, ground)
        tasks.append(after_clock_event(changed, event, ground.calendar))
    return replace(case, tasks=tuple(tasks))


def _reckoned_anew(case: Case, event: Event, ground: Ground) -> Case:
    """Give every open task its due day again: an anchor may have become known, or have moved."""
    return replace(case, tasks=tuple(reckoned_anew(task, case, event, ground) for task in case.tasks))


def _with_flags(case: Case, event: Event, rule: EventRule, opened: tuple[Task, ...]) -> Case:
    raised = {item.flag for item in rule.raises if _flags(item, event, case)}
    if any(task.skipped for task in opened):
        raised.add(BREACHED)
    cleared = {item.flag for item in rule.clears if _flags(item, event, case)}
    return replace(case, flags=(case.flags - cleared) | raised)


def _flags(rule: FlagRule, event: Event, case: Case) -> bool:
    is_settled = any(has_happened(pattern, case) for pattern in rule.unless_after)
    return matches_fields(rule.when, event) and not is_settled


def _late(opened: tuple[Task, ...], event: Event, ground: Ground) -> Iterator[str]:
    """Warn of tasks that were opened later than those of others, and so have less time than the procedure gives."""
    asked_on = ground.calendar.day_of(event.known_at)
    for task in opened:
        timer = ground.procedure.timers[task.timer]
        days = ground.calendar.working_days_between(asked_on, task.due_on)
        if timer.unit == "working_days" and event.name in timer.late_event and days < timer.length:
            whose = task.agency or task.roles[0]
            yield f"{timer.name}: {whose} has {days} working days instead of {timer.length}, until {task.due_on}"


def _beyond(case: Case, event: Event, ground: Ground) -> Iterator[str]:
    """Warn of a date that lies beyond the due day of what it is to be in time for."""
    for task in case.open_tasks:
        timer = ground.procedure.timers[task.timer]
        name, _, field = timer.warns_of.partition(".")
        given = event.fields.get(field, "") if name == event.name else ""
        if given and date.fromisoformat(given) > task.due_on:
            yield f"{given} lies beyond {task.due_on}: {timer.guidance or timer.title}"


def _requests(case: Case, event: Event, opened: tuple[Task, ...], ground: Ground) -> tuple[Notification, ...]:
    """Order the requests of the tasks that were opened and are open still."""
    return tuple(
        mail
        for task in opened
        if (now := case.task(task.id)) is not None and now.is_open
        for mail in (*request_of(now, event, case, ground.procedure), *breach_of(now, case, ground.procedure))
    )


def _settle(step: _Step, event: Event, ground: Ground) -> _Step:
    """Let everything that follows by itself follow. A case that closes by itself cancels what is left."""
    case, entered = after_automatic_moves(step.case, event, ground.procedure)
    if "stage_entered main=closed" in entered:
        case = replace(case, tasks=tuple(cancelled(task, event) for task in case.tasks))
    return step.on(case, entered)


# ---------------------------------------------------------------------------------------------------------------------
# Time passed


def _reach(step: _Step, at: datetime, number: int, ground: Ground) -> _Step:
    """Send the highest rung of every task that has come, note the deadlines that have passed, repeat what repeats.

    The clocks of a held mail ask for one and the same thing, so that one mail is enough for those that come together.
    Where nothing is due nothing changes, not even the history: reaching a moment twice is reaching it once.
    """
    clock = Event(number, CLOCK_EVENT, at, at)
    tasks, follow_up = [], list[Event]()
    for task in step.case.tasks:
        rung = _rung_due(task, at, ground)
        if rung is not None:
            if not (step.case.provisional and step.mails):
                step = step.ordering(tuple(reminders_of(task, rung, step.case, ground.procedure)))
            follow_up.append(_internal(clock, "rung_reached", task, rung=str(rung.number - task.rung_base)))
        passes = task.is_open and not task.is_overdue and task.paused_on is None and task.due_at <= at
        if passes:
            follow_up.append(_internal(clock, "deadline_passed", task))
        last_rung = rung.number if rung else task.rung
        tasks.append(replace(task, rung=last_rung, is_overdue=task.is_overdue or passes) if rung or passes else task)
    turns = tuple(turns_reached(step.case, at, ground))
    if not follow_up and not turns:
        return step
    history = (*step.case.history, clock)
    step = step.on(replace(step.case, tasks=tuple(tasks), history=history, last_number=number))
    for rule, day in turns:
        step = step.on(with_turn(step.case, rule, day), (f"notice_due notice={rule.name} day={day}",))
        step = step.ordering(told_at_turn(rule, day, step.case, at, ground))
    for event in follow_up:
        step = _conclude(step, event, ground)
    return step


def _rung_due(task: Task, at: datetime, ground: Ground) -> Rung | None:
    ladder = ladder_of(ground.procedure.timers[task.timer], task, ground.procedure, ground.calendar)
    return rung_reached(task, ladder, at, ground.calendar)


def _internal(clock: Event, name: str, task: Task, **fields: str) -> Event:
    named = {"timer": task.timer, **({"agency": task.agency} if task.agency else {}), **fields}
    return Event(clock.number, name, clock.at, clock.known_at, named)


def _conclude(step: _Step, event: Event, ground: Ground) -> _Step:
    """Let what the rules have concluded themselves open tasks and move regions."""
    what = " ".join([event.name, *(f"{name}={value}" for name, value in event.fields.items())])
    case, opened = _with_new_tasks(step.case, event, ground)
    step = _settle(step.on(case, (what,)), event, ground)
    return step.ordering(_requests(step.case, event, opened, ground))


# ---------------------------------------------------------------------------------------------------------------------
# Something had not happened after all


def moved_to_another(case: Case, event: Event, ground: Ground) -> Decision | Refusal:
    """Let a case go by another procedure from now on, `ground`'s: it is recomputed as if it always had.

    What was sent stays sent and what was done stays done. Where its history could not have been, it is refused.
    """
    problems = problems_of(event, case, ground.procedure, ground.calendar)
    if problems:
        return Refusal(problems)
    return _recomputed(case, case.history, event, ground, "under that version its history could not have been")


def replay(
    case: Case, history: tuple[Event, ...], ground: Ground, because: str = "a later event depends on it"
) -> Case | Refusal:
    """Let a history happen again from the beginning. It gives the case that it gave, or says where it cannot."""
    step = _Step(new_case(case.reference, ground.procedure, provisional=case.provisional, quiet_until=case.quiet_until))
    for event in history:
        if event.name == CLOCK_EVENT:
            step = _reach(step, event.at, event.number, ground)
            continue
        problems = problems_of(event, step.case, ground.procedure, ground.calendar)
        if problems and event.name != "withdrawn":
            return Refusal(tuple(f"{because}: {problem}" for problem in problems))
        step = _happen(step, event, ground)
    return step.case


def _withdraw(case: Case, event: Event, ground: Ground) -> Decision | Refusal:
    """Recompute a case as if an event had never been recorded. What was sent stays sent, and is not sent again."""
    kept = tuple(past for past in case.history if str(past.number) != event.fields["event"])
    return _recomputed(case, kept, event, ground, "a later event depends on it")


def _recomputed(case: Case, kept: tuple[Event, ...], event: Event, ground: Ground, because: str) -> Decision | Refusal:
    """Live a history again, with what was really sent, and then let the event happen that asked for it."""
    again = replay(case, kept, ground, because)
    if isinstance(again, Refusal):
        return again
    before = {task.id: task for task in (*case.taken_back, *case.tasks)}
    tasks = tuple(_as_sent(task, before.get(task.id), event, ground) for task in again.tasks)
    gone = tuple(task for name, task in before.items() if again.task(name) is None)
    again = replace(again, tasks=tasks, taken_back=gone, last_number=case.last_number, repeated=case.repeated)
    changes = moved(case, again)
    step = _happen(_Step(again), event, ground, has_moved=bool(changes))
    opened_by = {past.number: past for past in kept}
    new = [(opened_by[task.opened_by], task) for task in tasks if task.id not in before]
    requests = [_requests(step.case, past, (task,), ground) for past, task in new if _is_loud(case, past)]
    decision = _decision(step.ordering(tuple(mail for mails in requests for mail in mails)), ground)
    return replace(decision, moved=changes)


def _as_sent(task: Task, before: Task | None, event: Event, ground: Ground) -> Task:
    """Give a recomputed task the rungs that were really sent; one that is new is chased from now on.

    Of one that is due on another day now the overdue rungs of the earlier day count for nothing.
    """
    if before is None:
        return replace(task, rung=0, rung_base=0, ladder_from=event.known_at)
    sent = replace(task, rung=before.rung, rung_base=before.rung_base, ladder_from=before.ladder_from)
    return sent if task.due_on == before.due_on else with_unspent_overdue_rungs(sent, event, ground)
