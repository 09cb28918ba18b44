"""Whether the clocks of procedure.toml make sense: lengths, ticks, whose they are, and how they are chased."""

from collections.abc import Iterator
from datetime import time
from itertools import pairwise

from cspr_bot.config.problems import Findings, Place, show, suggest
from cspr_bot.procedure.definition import AnswerRule, Ladder, Level, Pattern, Procedure, RungRule, Timer

_HEIGHT: dict[Level, int] = {"none": 0, "L0": 0, "L1": 1, "L2": 2, "L3": 3}
# A working week is five days of seven: this puts rungs of both units in one order, a day or so about.
_DAYS_OF_A_WORKING_DAY = 7 / 5


def check_timers(procedure: Procedure, findings: Findings, close_of_business: time) -> None:
    """Note every clock that cannot be what was meant."""
    for timer in procedure.timers.values():
        place: Place = ("timer", timer.name)
        _check_length(timer, place, findings)
        _check_owner(timer, place, procedure, findings)
        _check_patterns(timer, place, findings)
        _check_ticks(timer, place, procedure, findings)
        _check_answers(timer, place, procedure, findings)
        _check_caps(timer, place, procedure, findings)
    for moment in procedure.moments.values():
        if _counts_from_itself(moment.name, procedure):
            what = f"the moment {show(moment.name)} counts from itself"
            findings.error(("moment", moment.name, "anchors"), what, "name dates and events instead")
        if not moment.anchors:
            findings.error(("moment", moment.name, "anchors"), "it counts from nothing", "name at least one anchor")
    for ladder in procedure.ladders.values():
        _check_ladder(ladder, findings, close_of_business)


def _check_length(timer: Timer, place: Place, findings: Findings) -> None:
    here = (*place, "length")
    is_backwards = bool(timer.anchors) and all("." in anchor for anchor in timer.anchors)
    if timer.length < 0 and not (is_backwards and timer.unit == "working_days"):
        what = f"a length of {timer.length} {timer.unit.replace('_', ' ')} would be due before its clock starts"
        findings.error(
            here, what, 'write a positive number; only working days count back, from a date such as "event.field"'
        )
    if timer.unit == "date" and timer.length:
        findings.error(here, 'with unit = "date" the anchor itself is the due day', "write length = 0")
    if timer.unit == "months" and timer.length == 0:
        findings.error(here, "a length of 0 months is no time at all", "write a positive number")
    if abs(timer.length) > 1000:
        findings.error(here, f"a length of {timer.length} is beyond every procedure", "write fewer days")
    if timer.before and timer.length >= 0:
        findings.error((*place, "before"), "only what counts back from a day lies before it", "leave this out")
    if not timer.anchors:
        findings.error((*place, "anchors"), "this clock counts from nothing", "name at least one anchor")
    if bool(timer.late_event) != (timer.late_minimum > 0):
        what = "late_event and a positive late_minimum belong together"
        findings.error((*place, "late_minimum"), what, "write both or none")


def _check_owner(timer: Timer, place: Place, procedure: Procedure, findings: Findings) -> None:
    if (timer.per == "role") != bool(timer.roles):
        findings.error((*place, "roles"), 'roles and per = "role" belong together', "write both or none")
    if (timer.owner == "role") != (timer.per == "role"):
        what = f'the owner cannot be {show(timer.owner)} with per = "{timer.per}"'
        findings.error((*place, "owner"), what, 'write owner = "role" with per = "role", and a role with any other')
    if timer.owner == "agency" and timer.per != "agency":
        findings.error((*place, "per"), "nobody can tell which agency owns this", 'write per = "agency"')
    if timer.ladder_by_length and not procedure.length_ladders:
        what = "there is no [[length_ladder]] to choose from"
        findings.error((*place, "ladder_by_length"), what, "add one, or leave this out")
    ladder = procedure.ladders.get(timer.ladder)
    if timer.statutory and ladder is not None and not _escalates(ladder):
        what = f"a statutory duty would pass in silence: its ladder {show(ladder.name)} never reaches L2"
        findings.error((*place, "ladder"), what, "choose a ladder that escalates")


def _escalates(ladder: Ladder) -> bool:
    levels = [rung.level for rung in ladder.rungs] + ([ladder.overdue_level] if ladder.overdue_every else [])
    return any(_HEIGHT[level] >= _HEIGHT["L2"] for level in levels)


def _check_patterns(timer: Timer, place: Place, findings: Findings) -> None:
    for key, patterns, what in (
        ("opened_by", timer.opened_by, "nothing opens this task"),
        ("closed_by", timer.closed_by, "nothing closes this task"),
    ):
        if not patterns:
            findings.error((*place, key), what, "name at least one event")


def _check_ticks(timer: Timer, place: Place, procedure: Procedure, findings: Findings) -> None:
    if bool(timer.tick) != bool(timer.ticks):
        findings.error((*place, "ticks"), "tick and ticks belong together", "write both or none")
        return
    if timer.tick_titles and len(timer.tick_titles) != len(timer.ticks):
        what = f"there are {len(timer.ticks)} ticks and {len(timer.tick_titles)} titles"
        findings.error((*place, "tick_titles"), what, "write one title for each tick")
    if len(set(timer.ticks)) != len(timer.ticks):
        findings.error((*place, "ticks"), "a tick stands twice", "leave one out")
    for key, name in (("tick", timer.tick), ("key_field", timer.key_field)):
        for pattern in timer.closed_by if name else ():
            _check_field(name, pattern, (*place, key), timer, procedure, findings)


def _check_field(
    name: str, pattern: Pattern, place: Place, timer: Timer, procedure: Procedure, findings: Findings
) -> None:
    event = procedure.events.get(pattern.event)
    if event is None:
        return
    field = event.field(name)
    if field is None:
        what = f"{event.name} closes this task and has no field {show(name)}"
        findings.error(place, what, suggest(name, [item.name for item in event.fields]))
    elif place[-1] == "tick" and field.kind == "choice":
        for tick in timer.ticks:
            if tick not in field.choices:
                what = f"{event.name} cannot have {name}={tick}"
                findings.error((*place[:-1], "ticks"), what, suggest(tick, field.choices))


def _check_answers(timer: Timer, place: Place, procedure: Procedure, findings: Findings) -> None:
    """Note an answer that would leave its task open: whoever gave it would be reminded of it again."""
    for number, name in enumerate(timer.answers):
        answer = procedure.answers.get(name)
        if answer is not None and answer.event in procedure.events and not _may_close(answer, timer):
            what = f"the answer {show(name)} records {answer.event}, which does not close this task"
            findings.error((*place, "answers", number), what, "add the event to closed_by, or leave the answer out")


def _may_close(answer: AnswerRule, timer: Timer) -> bool:
    return any(
        pattern.event == answer.event
        and all(answer.fields.get(name, values[0]) in values for name, values in pattern.fields.items())
        for pattern in timer.closed_by
    )


def _check_caps(timer: Timer, place: Place, procedure: Procedure, findings: Findings) -> None:
    """Note timers that cap each other in a circle."""
    seen, cap = {timer.name}, timer.not_after
    while cap in procedure.timers:
        if cap in seen:
            what = f"{timer.name} would be due no later than itself"
            findings.error((*place, "not_after"), what, "let one of the timers stand alone")
            return
        seen.add(cap)
        cap = procedure.timers[cap].not_after


def _counts_from_itself(name: str, procedure: Procedure) -> bool:
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        moment = procedure.moments.get(waiting.pop())
        for anchor in moment.anchors if moment else ():
            if anchor == name:
                return True
            if anchor not in seen:
                seen.add(anchor)
                waiting.append(anchor)
    return False


def _check_ladder(ladder: Ladder, findings: Findings, close_of_business: time) -> None:
    place: Place = ("ladder", ladder.name)
    for number, (before, rung) in enumerate(pairwise(ladder.rungs), start=1):
        here = (*place, "rungs", number)
        if _when(before) >= _when(rung):
            findings.error(here, "this rung comes no later than the one before it", "put the rungs in order of time")
        if rung.level != "none" and _HEIGHT[rung.level] < _HEIGHT[before.level]:
            what = f"the level falls from {before.level} to {rung.level}"
            findings.error(here, what, "let a later rung never have a lower level")
    for number, rung in enumerate(ladder.rungs):
        is_late = rung.offset > 0 or (rung.offset == 0 and rung.at is not None and rung.at >= close_of_business)
        if is_late and _HEIGHT[rung.level] >= _HEIGHT["L2"] and not _escalates_in_time(ladder.rungs[:number]):
            what = f"the first escalation, {rung.level}, comes only after the deadline"
            findings.error((*place, "rungs", number), what, "let L2 come on the due day at the latest")
    for what, is_wrong, key in _overdue_flaws(ladder):
        if is_wrong:
            findings.error((*place, key), what, "write a number of working days, 1 or more")


def _escalates_in_time(rungs: tuple[RungRule, ...]) -> bool:
    return any(_HEIGHT[rung.level] >= _HEIGHT["L2"] for rung in rungs)


def _overdue_flaws(ladder: Ladder) -> Iterator[tuple[str, bool, str]]:
    last = ladder.rungs[-1] if ladder.rungs else None
    yield "overdue rungs cannot come every fewer than 0 days", ladder.overdue_every < 0, "overdue_every"
    yield "an overdue rung cannot come before the day after the due day", ladder.overdue_first < 1, "overdue_first"
    overlaps = last is not None and ladder.overdue_every > 0 and last.offset >= ladder.overdue_first
    yield "the first overdue rung comes no later than the last rung", overlaps, "overdue_first"


def _when(rung: RungRule) -> tuple[float, time]:
    days = rung.offset * (_DAYS_OF_A_WORKING_DAY if rung.unit == "working_days" else 1)
    return days, rung.at or time(9)
