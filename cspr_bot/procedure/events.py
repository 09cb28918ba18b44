"""May this event happen now? Its fields, its stage, and what it refers to; all that is wrong with it at once."""

from collections.abc import Iterator
from datetime import date

from cspr_bot.procedure.calendar import WorkingCalendar
from cspr_bot.procedure.case import Case, Event, Task
from cspr_bot.procedure.conditions import applies, last_event
from cspr_bot.procedure.definition import INTERNAL_EVENTS, EventRule, Field, Procedure, Timer

NEVER_WITHDRAWN = frozenset({"referral_received", "time_reached", "withdrawn", "procedure_changed", *INTERNAL_EVENTS})
GIVEN = "given"  # stands for a free text, which the rules never see


def problems_of(event: Event, case: Case, procedure: Procedure, calendar: WorkingCalendar) -> tuple[str, ...]:
    """List why an event cannot be recorded; empty where it can."""
    rule = procedure.events.get(event.name)
    if rule is None:
        return (f"there is no event {event.name!r}",)
    return (
        *_field_problems(event, rule, procedure, calendar),
        *_stage_problems(event, rule, case, procedure),
        *_notice_problems(event, case, procedure, calendar),
        *_haste_problems(event, case, procedure, calendar),
        *_reference_problems(event, case),
        *_time_problems(event, calendar),
    )


def warnings_of(event: Event, case: Case, procedure: Procedure) -> tuple[str, ...]:
    """List what whoever records an event ought to know, though it may happen."""
    guards = procedure.events[event.name].guards
    return tuple(guard.says for guard in guards if guard.effect == "warn" and applies(guard, event, case))


def allowed_now(case: Case, procedure: Procedure) -> tuple[str, ...]:
    """List the events that a person may record at this stage, in the order of the file."""
    return tuple(
        name
        for name, rule in procedure.events.items()
        if name not in INTERNAL_EVENTS and case.stages["main"] in allowed_stages(rule, procedure)
    )


def allowed_stages(rule: EventRule, procedure: Procedure) -> frozenset[str]:
    """Spell out the stages of the main region in which an event may be recorded."""
    main = procedure.regions["main"]
    anywhere = set(main.stages) - set(main.final) if "*" in rule.allowed_in else set()
    return frozenset(anywhere | (set(rule.allowed_in) - {"*"}))


def _stage_problems(event: Event, rule: EventRule, case: Case, procedure: Procedure) -> Iterator[str]:
    stage = case.stages["main"]
    if stage not in allowed_stages(rule, procedure):
        yield f"{event.name} is not allowed while the case is in {stage}"
        return
    for guard in rule.guards:
        is_refused = guard.effect == "refuse" or (guard.effect == "needs_reason" and not event.fields.get("reason"))
        if is_refused and applies(guard, event, case):
            yield f"{event.name} needs a reason: {guard.says}" if guard.effect == "needs_reason" else guard.says
    if stage in rule.needs_reason_from and not event.fields.get("reason"):
        yield f"{event.name} needs a reason while the case is in {stage}"
    if rule.refused_while == "statutory" and not event.fields.get("reason"):
        open_duties = ", ".join(statutory_open(case, procedure))
        if open_duties:
            yield f"{event.name} needs a reason while statutory duties are open: {open_duties}"


def _notice_problems(event: Event, case: Case, procedure: Procedure, calendar: WorkingCalendar) -> Iterator[str]:
    """Refuse a date that leaves less time than a duty before it must have, unless a reason is given (A17)."""
    for timer in procedure.timers.values() if not event.fields.get("reason") else ():
        for anchor in timer.anchors if timer.length < 0 else ():
            name, _, field = anchor.partition(".")
            day = _day(event.fields.get(field, "")) if name == event.name else None
            done_on = _done_on(timer, case, calendar) or calendar.day_of(event.known_at)
            if day is not None and calendar.add(day, timer.length) < done_on:
                yield f"{event.name} needs a reason: {-timer.length} working days must lie before it ({timer.title})"


def _haste_problems(event: Event, case: Case, procedure: Procedure, calendar: WorkingCalendar) -> Iterator[str]:
    """Refuse what comes too soon after a duty before it was done, unless a reason is given (A17)."""
    if event.fields.get("reason"):
        return
    for timer in procedure.timers.values():
        done_on = _done_on(timer, case, calendar) if event.name in timer.before else None
        if done_on is not None and calendar.day_of(event.at) < (earliest := calendar.add(done_on, -timer.length)):
            days = f"{-timer.length} working days"
            yield f"{event.name} needs a reason before {earliest}: {days} must lie after that was done ({timer.title})"


def _done_on(timer: Timer, case: Case, calendar: WorkingCalendar) -> date | None:
    done = [event for pattern in timer.closed_by if (event := last_event(case, pattern)) is not None]
    return max((calendar.day_of(event.at) for event in done), default=None)


def statutory_open(case: Case, procedure: Procedure) -> tuple[str, ...]:
    """Name the timers of statutory tasks that are still open."""
    return tuple(task.timer for task in case.open_tasks if procedure.timers[task.timer].statutory)


def _field_problems(event: Event, rule: EventRule, procedure: Procedure, calendar: WorkingCalendar) -> Iterator[str]:
    known = {field.name for field in rule.fields}
    for name in event.fields:
        if name not in known:
            names = ", ".join(sorted(known)) or "none"
            yield f"{event.name} has no field {name!r} (its fields: {names})"
    for field in rule.fields:
        value = event.fields.get(field.name, "")
        if value:
            yield from _value_problems(event, field, value, procedure, calendar)
        elif field.is_required:
            yield f"{event.name} needs {field.name}={_expected(field)}"


def _value_problems(
    event: Event, field: Field, value: str, procedure: Procedure, calendar: WorkingCalendar
) -> Iterator[str]:
    match field.kind:
        case "choice" if value not in field.choices:
            yield f"{event.name}: {field.name} must be one of {', '.join(field.choices)}"
        case "date":
            yield from _date_problems(event, field, value, calendar)
        case "timer" if value not in procedure.timers:
            yield f"{event.name}: there is no timer {value!r}"
        case "number" | "event" if not value.isdecimal():
            yield f"{event.name}: {field.name} must be a number"
        case "agency" | "agencies" if not all(_is_key(word) for word in _words(value, field)):
            yield f"{event.name}: {field.name} must be {_expected(field)}, by their keys of one word"
        case _:
            return


def _words(value: str, field: Field) -> list[str]:
    return [word for part in value.split(",") if (word := part.strip())] if field.kind == "agencies" else [value]


def _is_key(word: str) -> bool:
    return word.isascii() and word.replace("_", "").replace("-", "").isalnum()


def _date_problems(event: Event, field: Field, value: str, calendar: WorkingCalendar) -> Iterator[str]:
    day = _day(value)
    if day is None:
        yield f"{event.name}: {field.name} must be a date such as 2026-11-24"
    elif day > calendar.last:
        yield f"{event.name}: {field.name} lies beyond the table of bank holidays, which ends on {calendar.last}"


def _reference_problems(event: Event, case: Case) -> Iterator[str]:
    """Refuse what refers to a task, an agency, a recommendation or an event that the case does not have."""
    agency = event.fields.get("agency")
    if event.name in {"records_secured", "return_received", "return_nil"} and agency not in case.agencies:
        yield f"{event.name}: {agency!r} takes no part in this rapid review"
    if event.name == "agency_added" and agency in case.agencies:
        yield f"{event.name}: {agency!r} takes part already"
    if event.name in {"action_updated", "action_closed"} and not _has_action(case, event):
        yield f"{event.name}: there is no open recommendation {event.fields.get('action')!r}"
    if event.name == "action_added" and _has_action(case, event):
        yield f"{event.name}: there is an open recommendation of that name already"
    if event.name in {"deadline_extended", "paused", "resumed"}:
        yield from _clock_problems(event, case)
    if event.name == "case_joined" and any(
        past.name == event.name and past.fields.get("from") == event.fields.get("from") for past in case.history
    ):
        yield f"{event.name}: {event.fields.get('from')} was joined to this case already"
    if event.name == "withdrawn":
        yield from _withdrawal_problems(event, case)


def _withdrawal_problems(event: Event, case: Case) -> Iterator[str]:
    wanted = event.fields.get("event", "")
    past = next((item for item in case.history if str(item.number) == wanted), None)
    if past is None:
        yield f"{event.name}: there is no event {wanted} on this case, or it was withdrawn before"
    elif past.name in NEVER_WITHDRAWN:
        yield f"{event.name}: event {wanted} ({past.name}) cannot be withdrawn"


def _clock_problems(event: Event, case: Case) -> Iterator[str]:
    tasks = [task for task in case.open_tasks if concerns(event, task)]
    name = event.fields.get("timer", "")
    if not tasks:
        yield f"{event.name}: no task of {name} is open"
    elif event.name == "paused" and all(task.paused_on for task in tasks):
        yield f"{event.name}: {name} is paused already"
    elif event.name == "resumed" and not any(task.paused_on for task in tasks):
        yield f"{event.name}: {name} is not paused"


def concerns(event: Event, task: Task) -> bool:
    """Say whether an extension or a pause is meant for this task: what it does not name, it means all of."""
    given = event.fields
    is_of_timer = given.get("timer") == task.timer
    return (
        is_of_timer and given.get("agency") in (None, "", task.agency) and given.get("action") in (None, "", task.key)
    )


def _has_action(case: Case, event: Event) -> bool:
    """Say whether a recommendation of this name is open, with the agency where the event names one."""
    key, agency = event.fields.get("action", ""), event.fields.get("agency")
    return any(task.key == key and agency in (None, "", task.agency) for task in case.open_tasks if task.key)


def _time_problems(event: Event, calendar: WorkingCalendar) -> Iterator[str]:
    if event.at > event.known_at:
        yield f"{event.name} cannot have happened later than now"
    day = _day(event.fields.get("value", "")) if event.name == "date_corrected" else None
    if day is not None and day > calendar.day_of(event.known_at):
        yield f"{event.name}: {event.fields.get('field')} cannot lie in the future"


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _expected(field: Field) -> str:
    return "|".join(field.choices) if field.kind == "choice" else field.kind.upper()
