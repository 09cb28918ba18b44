"""What is wrong with an event is told whole, and an anchor that nobody knows yet opens nothing."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cspr_bot.procedure.deadlines import parse_pattern, parse_values
from cspr_bot.procedure.definition import Pattern
from cspr_bot.procedure.engine import advance
from tests.procedure.casework import (
    CaseWork,
    copied,
    decided,
    disputed,
    local,
    recommended,
    referred,
    shipped_procedure,
    started,
)


@pytest.mark.parametrize(
    ("event", "fields", "why"),
    [
        ("conveend", {}, "there is no event 'conveend'"),
        ("convened", {"where": "here"}, "convened has no field 'where' (its fields: on)"),
        ("sin_not_required", {}, "sin_not_required needs reason=TEXT"),
        ("areas_known", {}, "areas_known needs answer=single|several"),
        ("areas_known", {"answer": "many"}, "areas_known: answer must be one of single, several"),
        ("convened", {"on": "soon"}, "convened: on must be a date such as 2026-11-24"),
        ("convened", {"on": "2044-01-01"}, "which ends on 2033-12-31"),
        ("paused", {"timer": "T99", "reason": "given"}, "there is no timer 'T99'"),
        ("withdrawn", {"event": "first", "reason": "given"}, "withdrawn: event must be a number"),
        ("subgroup_decided", {"rapid_review": "yes", "agencies": "police, the fire service"}, "keys of one word"),
        ("action_closed", {"action": "7"}, "there is no open recommendation '7'"),
        ("date_corrected", {"field": "aware_on", "value": "2026-12-17"}, "aware_on cannot lie in the future"),
        ("date_corrected", {"field": "aware_on", "value": "late"}, "value must be a date"),
    ],
)
def test_what_is_wrong_with_an_event_is_said(event: str, fields: dict[str, str], why: str) -> None:
    assert why in referred().refused("2026-12-16 12:00", event, **fields)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    why = referred().refused("2026-12-16 12:00", "published", where="here")
    assert (
        why == "published has no field 'where' (its fields: reason); published is not allowed while the case is in open"
    )


def test_nothing_can_have_happened_later_than_now() -> None:
    work = referred()
    event = replace(work.case.history[0], name="convened", fields={}, at=local("2026-12-17 12:00"))
    outcome = advance(work.case, event, work.procedure, work.calendar)
    assert "convened cannot have happened later than now" in str(outcome)


def test_a_recommendation_has_a_name_of_its_own_while_it_is_open() -> None:
    work = copied()
    work.record("2027-05-21 10:00", "action_added", action="1", agency="health", due="2027-09-30")
    why = work.refused("2027-05-21 11:00", "action_added", action="1", agency="health", due="2027-09-30")
    assert "an open recommendation of that name already" in why
    work.record("2027-05-24 10:00", "action_closed", action="1")
    work.record("2027-05-24 11:00", "action_added", action="1", agency="health", due="2027-10-29")
    assert work.open("T17")


def test_a_comma_too_many_names_no_agency() -> None:
    work = referred()
    work.record("2026-12-18 11:00", "subgroup_decided", rapid_review="yes", agencies="police, health,")
    assert work.case.agencies == ("police", "health")


def test_a_clock_whose_anchor_nobody_knows_yet_asks_for_nothing() -> None:
    shipped = shipped_procedure()
    timer = replace(shipped.timers["T6"], anchors=("incident_on", "rapid_review_clock", "publication_date_set.date"))
    work = CaseWork(replace(shipped, timers={**shipped.timers, "T6": timer}))
    work.record("2026-12-15 10:12", "referral_received", complete="yes", deceased="no")
    assert not work.tasks("T6")
    known = CaseWork(replace(shipped, timers={**shipped.timers, "T6": timer}))
    known.record("2026-12-15 10:12", "referral_received", complete="yes", deceased="no", incident_on="2026-12-14")
    assert known.due("T6") == "2026-12-21"


def test_a_day_before_the_table_counts_as_its_first() -> None:
    work = referred(incident_on="1995-05-08", submitted_on="2026-12-14")
    assert work.due("T6") == "2026-12-21"
    work.record("2026-12-16 12:00", "date_corrected", field="la_aware_on", value="1995-05-08")
    assert work.due("T2") == "2018-01-08"


def test_a_named_moment_may_be_the_first_that_is_known() -> None:
    shipped = shipped_procedure()
    clock = replace(shipped.moments["rapid_review_clock"], combine="first_known")
    work = decided()
    work.procedure = replace(shipped, moments={**shipped.moments, "rapid_review_clock": clock})
    work.record("2026-12-22 11:00", "sin_sent")
    assert work.due("T13") == "2027-01-15"


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("sin_sent", Pattern("sin_sent")),
        (
            " panel_decided( outcome = local|national ) ".strip(),
            Pattern("panel_decided", {"outcome": ("local", "national")}),
        ),
        (
            "subgroup_decided(rapid_review=yes, agencies=)",
            Pattern("subgroup_decided", {"rapid_review": ("yes",), "agencies": ("",)}),
        ),
    ],
)
def test_a_pattern_is_read_as_it_is_written(text: str, pattern: Pattern) -> None:
    assert parse_pattern(text) == pattern


@pytest.mark.parametrize("text", ["panel_decided(outcome=local", "panel_decided(outcome)", "no name", "", "x(a b=c)"])
def test_what_is_no_pattern_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"bracket|field=value|is not a name"):
        parse_pattern(text)


def test_values_may_be_empty() -> None:
    assert parse_values("deceased=|yes, complete=no") == {"deceased": ("", "yes"), "complete": ("no",)}
    assert parse_values("") == {}


@pytest.mark.parametrize(
    ("work", "at", "name", "fields"),
    [
        (referred, "2026-12-18 10:00", "subgroup_decided", {"rapid_review": "no"}),
        (disputed, "2026-12-16 11:00", "disagreement_decided", {"refer": "no"}),
        (started, "2027-01-05 10:00", "recommendation_made", {"outcome": "none"}),
        (recommended, "2027-01-06 10:00", "executive_decided", {"outcome": "none"}),
        (referred, "2026-12-16 10:00", "sin_not_required", {}),
    ],
)
def test_a_decision_against_goes_on_record_with_its_reason_or_not_at_all(
    work: Callable[[], CaseWork], at: str, name: str, fields: dict[str, str]
) -> None:
    assert "needs" in work().refused(at, name, **fields)
    assert "reason" in work().refused(at, name, **fields)
    decided_on = work()
    decided_on.record(at, name, **fields, reason="given")
