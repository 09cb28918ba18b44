"""The stages of a case: where an event moves each region, and what moves by itself."""

from collections.abc import Iterator
from dataclasses import replace

from cspr_bot.procedure.case import Case, Event
from cspr_bot.procedure.conditions import has_happened, holds, matches_fields
from cspr_bot.procedure.definition import Automatic, EventRule, Move, Procedure
from cspr_bot.procedure.events import statutory_open

Entered = tuple[str, ...]


def after_moves(case: Case, event: Event, rule: EventRule, procedure: Procedure) -> tuple[Case, Entered]:
    """Move every region that an event moves. Of several moves of one region the first that applies counts."""
    entered: list[str] = []
    for name, region in procedure.regions.items():
        moves = [move for move in rule.moves if move.region == name and _applies(move, event, case)]
        for agency in _agencies(event, case) if region.per == "agency" else (None,):
            move = next((item for item in moves if _starts(item.start, case, name, agency)), None)
            if move is not None:
                case, told = _entering(case, event, name, agency, move.to)
                entered.extend(told)
    return case, tuple(entered)


def after_automatic_moves(case: Case, event: Event, procedure: Procedure) -> tuple[Case, Entered]:
    """Move what moves by itself now, one move after another until nothing does any more."""
    entered: list[str] = []
    for _ in range(sum(len(region.stages) for region in procedure.regions.values())):
        found = next(_automatic(case, event, procedure), None)
        if found is None:
            break
        rule, agency = found
        case, told = _entering(case, event, rule.region, agency, rule.to)
        entered.extend(told)
    return case, tuple(entered)


def _automatic(case: Case, event: Event, procedure: Procedure) -> Iterator[tuple[Automatic, str | None]]:
    for rule in procedure.automatic:
        per_agency = procedure.regions[rule.region].per == "agency"
        agency = event.fields.get("agency") if per_agency else None
        is_there = _starts(rule.start, case, rule.region, agency)
        if is_there and _is_time_for(rule, case, event, procedure):
            yield rule, agency


def _is_time_for(rule: Automatic, case: Case, event: Event, procedure: Procedure) -> bool:
    return (
        (rule.event is None or rule.event.matches(event))
        and holds(rule.only_if, case)
        and all(_are_done(timer, case) for timer in rule.closed)
        and not any(task.timer in rule.unless_open for task in case.open_tasks)
        and not _closes_what_was_reopened(rule, case, procedure)
        and not (rule.unless_open_statutory and statutory_open(case, procedure))
    )


def _are_done(timer: str, case: Case) -> bool:
    """Say whether a timer has had its tasks and none is left; one that was only cancelled settles nothing."""
    tasks = [task for task in case.tasks if task.timer == timer]
    return any(task.status == "done" for task in tasks) and not any(task.is_open for task in tasks)


def _closes_what_was_reopened(rule: Automatic, case: Case, procedure: Procedure) -> bool:
    """Say whether a move would undo what a person did: what closed the case by itself still holds after reopening."""
    is_end = rule.region == "main" and rule.to in procedure.regions["main"].final
    return is_end and case.reopened_into == case.stages["main"]


def _applies(move: Move, event: Event, case: Case) -> bool:
    return (
        matches_fields(move.when, event)
        and holds(move.only_if, case)
        and all(has_happened(pattern, case) for pattern in move.after)
    )


def _agencies(event: Event, case: Case) -> tuple[str, ...]:
    own = event.fields.get("agency")
    return (own,) if own else case.agencies


def _starts(start: tuple[str, ...], case: Case, region: str, agency: str | None) -> bool:
    if agency is None:
        return not start or case.stages.get(region) in start
    return not start or case.agency_stages.get(region, {}).get(agency) in start


def _entering(case: Case, event: Event, region: str, agency: str | None, to: str) -> tuple[Case, Entered]:
    """Put a region into a stage, and tell of it where it was in another."""
    if agency is not None:
        stages = case.agency_stages.get(region, {})
        told = () if stages.get(agency) == to else (f"stage_entered {region}.{agency}={to}",)
        return replace(case, agency_stages={**case.agency_stages, region: {**stages, agency: to}}), told
    if region == "main":
        case, to = _with_way_back(case, event, to)
    told = () if case.stages[region] == to else (f"stage_entered {region}={to}",)
    return replace(case, stages={**case.stages, region: to}), told


def _with_way_back(case: Case, event: Event, to: str) -> tuple[Case, str]:
    """Remember from where a case is closed, so that reopening leads back there."""
    stage = case.stages["main"]
    if to == "previous":
        back = case.stage_before_closing or stage
        return replace(case, reopened_into=back), back
    if to == "closed" and stage != "closed":
        return replace(case, stage_before_closing=stage, closing_event=event.number, reopened_into=None), to
    return (replace(case, reopened_into=None) if to != stage else case), to
