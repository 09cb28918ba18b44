"""What an event tells a case: that it happened, and the dates, agencies and facts that later rules ask for."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from cspr_bot.procedure.case import Case, Event
from cspr_bot.procedure.deadlines import CASE_DATES
from cspr_bot.procedure.definition import EventRule
from cspr_bot.procedure.tasks import Ground

FROM_THE_FORM = ("incident_on", "submitted_on")
JOINED = "case_joined"


def with_knowledge(case: Case, event: Event, rule: EventRule, ground: Ground) -> Case:
    """Give the case with the event in its history and what it tells remembered."""
    given = {name: value for name, value in event.fields.items() if value}
    return replace(
        case,
        history=(*case.history, event),
        last_number=max(case.last_number, event.number),
        dates={**case.dates, **_dates(case, event, given, ground)},
        facts={**case.facts, **{name: given[name] for name in rule.remembers if name in given}},
        agencies=tuple(dict.fromkeys((*case.agencies, *_joining(event, given, rule)))),
    )


def _dates(case: Case, event: Event, given: Mapping[str, str], ground: Ground) -> Mapping[str, date]:
    today = ground.calendar.day_of(event.at)
    match event.name:
        case "case_joined":
            return _earliest(case, given)
        case "date_corrected":
            return {given["field"]: date.fromisoformat(given["value"])}
    told = {name: date.fromisoformat(given[name]) for name in FROM_THE_FORM if name in given}
    dates = {name: day for name, day in told.items() if day <= today}  # one to come counts for nothing (A35)
    return {**dates, "received_on": today} if event.name in {"referral_received", "mail_held"} else dates


def _earliest(case: Case, given: Mapping[str, str]) -> Mapping[str, date]:
    """Give the dates of two referrals of one incident: of each the earlier, for the earliest clocks (A34)."""
    told = {name: date.fromisoformat(given[name]) for name in CASE_DATES if name in given}
    return {name: min(day, case.dates.get(name, day)) for name, day in told.items()}


def _joining(event: Event, given: Mapping[str, str], rule: EventRule) -> list[str]:
    """Give the agencies that take part from now on: those that a decision names, or that are added."""
    if event.name != "agency_added" and not any(field.kind == "agencies" for field in rule.fields):
        return []
    names = [name.strip() for key in ("agency", "agencies") for name in given.get(key, "").split(",")]
    return list(filter(None, names))
