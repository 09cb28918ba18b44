"""What rules may ask before they apply: of an event its fields, of a case its stages, facts, flags and past."""

from cspr_bot.procedure.case import Case, Event
from cspr_bot.procedure.definition import Guard, Pattern, Values


def holds(values: Values, case: Case) -> bool:
    """Say whether stages and remembered facts are as asked; what is not known counts as ""."""
    return all(case.stages.get(name, case.facts.get(name, "")) in wanted for name, wanted in values.items())


def matches_fields(values: Values, event: Event) -> bool:
    """Say whether an event's fields are as asked; a missing one counts as ""."""
    return all(event.fields.get(name, "") in wanted for name, wanted in values.items())


def last_event(case: Case, pattern: Pattern) -> Event | None:
    """Find the last event of this kind that has not been withdrawn."""
    return next((event for event in reversed(case.history) if pattern.matches(event)), None)


def has_happened(pattern: Pattern, case: Case) -> bool:
    """Say whether the last event of that name was such a one: a later decision of the same kind replaces it."""
    last = last_event(case, Pattern(pattern.event))
    return last is not None and pattern.matches(last)


def applies(guard: Guard, event: Event, case: Case) -> bool:
    """Say whether a guard has something to say about this event on this case, as it stands before it."""
    return (
        matches_fields(guard.when, event)
        and holds(guard.only_if, case)
        and all(has_happened(pattern, case) for pattern in guard.after)
        and not any(has_happened(pattern, case) for pattern in guard.unless_after)
        and (not guard.flags or any(flag in case.flags for flag in guard.flags))
    )
