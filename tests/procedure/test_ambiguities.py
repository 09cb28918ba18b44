"""Each of the source's 38 ambiguities: what holds as the files ship, and that its switch changes it."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cspr_bot.config.contacts_file import Circumstances, read_contacts
from cspr_bot.config.files import ConfigFile, read_file, read_text
from cspr_bot.config.problems import Findings
from cspr_bot.config.procedure_file import read_procedure
from cspr_bot.config.procedure_readings import laid_over
from cspr_bot.pipeline.letters import letter_facts, role_title
from cspr_bot.procedure.calendar import WorkingCalendar
from cspr_bot.procedure.case import Case
from cspr_bot.procedure.deadlines import strict_reading
from cspr_bot.procedure.definition import Procedure
from cspr_bot.procedure.engine import replay
from cspr_bot.procedure.tasks import Ground
from tests.mail.letters import WRITER, letter
from tests.pipeline.world import shipped_rules
from tests.procedure.casework import (
    COMPLETE,
    CONFIG,
    FIRST,
    HOURS,
    LAST,
    CaseWork,
    alternative,
    bank_holidays,
    commencing,
    copied,
    decided,
    determined,
    referred,
    reported,
    shipped_procedure,
    submitted,
    told,
)

PLANNED = "alternative_review_planned"
NAMELESS = {"from": "NS-9G4M-3R", "received_on": "2026-12-11"}


def table_with(changes: Mapping[str, Any]) -> Mapping[str, object]:
    """Give the shipped file with some of its keys changed: "timer.T1.length" names one."""
    table: Mapping[str, object] = tomllib.loads((CONFIG / "procedure.toml").read_text("utf-8"))
    for path, value in changes.items():
        overlay: Any = value
        for key in reversed(path.split(".")):
            overlay = {key: overlay}
        table = laid_over(table, overlay)
    return table


def procedure_with(changes: Mapping[str, Any]) -> Procedure:
    findings = Findings("procedure.toml")
    procedure = read_procedure(ConfigFile(table_with(changes), findings))
    assert findings.problems == []
    assert procedure is not None
    return procedure


def read_as(ambiguity: str, reading: str) -> Procedure:
    return procedure_with({f"ambiguity.{ambiguity}.reading": reading})


def case_under(changes: Mapping[str, Any], at: str = "2026-12-15 10:12", **fields: str) -> CaseWork:
    work = CaseWork(procedure_with(changes))
    work.record(at, "referral_received", **{**COMPLETE, **fields})
    return work


def under(work: CaseWork, changes: Mapping[str, Any]) -> CaseWork:
    """Give the same case, had it always gone by the changed file."""
    again = CaseWork(procedure_with(changes), work.calendar)
    lived = replay(work.case, work.case.history, Ground(again.procedure, again.calendar))
    assert isinstance(lived, Case), lived
    again.case, again.now = lived, work.now
    return again


def decided_under(changes: Mapping[str, Any]) -> CaseWork:
    work = case_under(changes)
    work.record("2026-12-18 11:00", "subgroup_decided", rapid_review="yes", agencies="police,health")
    return work


# --- The register itself ---------------------------------------------------------------------------------------------


def test_every_ambiguity_is_on_the_register_with_a_test_of_its_name() -> None:
    names = [f"A{number}" for number in range(1, 39)]
    assert list(shipped_procedure().ambiguities) == names
    tested = set(re.findall(r"^def test_(a\d+)_", Path(__file__).read_text("utf-8"), re.MULTILINE))
    assert tested == {name.lower() for name in names}


def test_a_switch_that_names_no_line_and_a_reading_that_is_not_there_are_errors() -> None:
    findings = Findings("procedure.toml")
    changes = {"ambiguity.A1.switch": ["timer.T6.lenght"], "ambiguity.A13.reading": "no_gat"}
    read_procedure(ConfigFile(table_with(changes), findings))
    said = [str(problem) for problem in findings.problems]
    assert any('there is no line "timer.T6.lenght"' in line for line in said)
    assert any('there is no reading "no_gat"; did you mean "no_gate"' in line for line in said)


@pytest.mark.parametrize(
    ("ambiguity", "reading"),
    [(name, reading) for name, entry in shipped_procedure().ambiguities.items() for reading in entry.readings],
)
def test_every_reading_that_is_written_out_is_a_procedure_without_a_problem(ambiguity: str, reading: str) -> None:
    assert read_as(ambiguity, reading).ambiguities[ambiguity].reading == reading


# --- One by one ------------------------------------------------------------------------------------------------------


def test_a1_five_working_days_are_three_clocks_and_a_breach_at_opening_is_told_once_or_not_at_all() -> None:
    work = referred(incident_on="2026-06-01")
    assert (work.due("T2"), work.due("T6")) == ("2026-12-22", "2026-12-22")
    assert "breached_at_opening" in work.case.flags
    assert work.notices("N8-breached")
    quiet = case_under({"timer.T6.breached_level": "none"}, incident_on="2026-06-01")
    assert "breached_at_opening" in quiet.case.flags
    assert quiet.notices("N8-breached") == []
    assert quiet.due("T6") == "2026-12-22"


def test_a2_a_referral_is_due_in_a_working_day_and_a_late_one_is_never_refused() -> None:
    assert (referred(submitted_on="2026-12-01").due("T1"), referred().stage) == ("2026-12-02", "open")
    assert case_under({"timer.T1.length": 2}, submitted_on="2026-12-01").due("T1") == "2026-12-03"


def test_a3_awareness_is_confirmed_or_else_the_forms_day_or_else_receipt() -> None:
    work = referred(submitted_on="2026-12-13")
    assert "awareness_assumed" in work.case.flags
    assert work.due("T1") == "2026-12-14"
    work.record("2026-12-15 12:00", "date_corrected", field="aware_on", value="2026-12-10")
    assert (work.due("T1"), "awareness_assumed" in work.case.flags) == ("2026-12-11", False)
    changed = {"moment.aware.anchors": ["aware_on", "received_on"]}
    assert case_under(changed, submitted_on="2026-12-01").due("T1") == "2026-12-16"


def test_a4_the_authoritys_own_awareness_starts_the_clock_of_the_notification() -> None:
    assert referred(submitted_on="2026-12-11").due("T2") == "2026-12-22"
    assert referred(submitted_on="2026-12-11", la_referrer="yes").due("T2") == "2026-12-18"
    changed = {"moment.la_aware.anchors": ["la_aware_on", "received_on"]}
    assert case_under(changed, submitted_on="2026-12-11", la_referrer="yes").due("T2") == "2026-12-22"


def test_a5_fifteen_days_run_from_the_earliest_and_the_later_end_is_shown_only() -> None:
    work = decided()
    work.record("2026-12-22 10:00", "rapid_review_started")
    assert (work.due("T11"), work.task("T11").outer_limit) == ("2027-01-13", date(2027, 1, 15))
    late = decided_under({"moment.rapid_review_clock.anchors": ["rapid_review_started"]})
    assert not late.tasks("T11")


def test_a6_copy_and_submission_are_two_duties_that_one_submission_serves_or_does_not() -> None:
    changed = {"timer.T12.closed_by": ["rapid_review_copy_sent"], "timer.T12.unless_after": []}
    for work, is_open in ((decided(), False), (decided_under(changed), True)):
        work.record("2026-12-18 14:00", "rapid_review_started")
        work.record("2026-12-21 10:00", "recommendation_made", outcome="cspr")
        work.record("2026-12-22 10:00", "rapid_review_completed")
        work.record("2026-12-22 11:00", "panel_submission_sent", reason="given")
        assert (work.open("T13"), work.open("T12")) == (False, is_open)


def test_a7_returns_count_from_the_earlier_day_and_one_agency_can_be_given_another() -> None:
    work = decided()
    work.record("2026-12-22 10:00", "rapid_review_started")
    assert work.due("T10", "police") == "2027-01-06"
    work.record("2026-12-22 11:00", "deadline_extended", timer="T10", agency="police", to="2027-01-08", reason="given")
    assert (work.due("T10", "police"), work.due("T10", "health")) == ("2027-01-08", "2027-01-06")
    eight = decided_under({"timer.T10.length": 8})
    eight.record("2026-12-22 10:00", "rapid_review_started")
    assert eight.due("T10", "police") == "2027-01-04"


def test_a8_started_is_what_the_co_ordinator_records() -> None:
    work = decided()
    assert work.open("T9")
    assert not work.tasks("T10")
    work.record("2026-12-21 10:00", "rapid_review_started")
    assert (work.open("T9"), work.open("T10")) == (False, True)
    secured = decided_under({"timer.T9.closed_by": ["rapid_review_started", "convened"]})
    secured.record("2026-12-21 10:00", "convened")
    assert not secured.open("T9")


def test_a9_the_panel_is_told_of_the_outcome_even_after_the_notification_unless_once_is_enough() -> None:
    for changes, opens in (({}, True), ({"ambiguity.A9.reading": "once"}, False)):
        work = case_under(changes)
        work.record("2026-12-16 10:00", "sin_sent")
        work.record("2026-12-18 11:00", "subgroup_decided", rapid_review="yes", agencies="police")
        assert work.open("T7") is opens
    assert decided().notices("N4-decided")  # without the notification those who can mend it hear at once


def test_a10_no_rapid_review_after_a_notification_needs_a_reason_or_the_withdrawal() -> None:
    work = referred()
    work.record("2026-12-16 10:00", "sin_sent")
    assert "needs a reason" in work.refused("2026-12-18 10:00", "subgroup_decided", rapid_review="no")
    work.record("2026-12-18 10:00", "subgroup_decided", rapid_review="no", reason="given")
    assert work.open("withdrawal")
    strict = case_under({"ambiguity.A10.reading": "strict"})
    strict.record("2026-12-16 10:00", "sin_sent")
    assert "unless the notification is withdrawn" in strict.refused(
        "2026-12-18 10:00", "subgroup_decided", rapid_review="no", reason="given"
    )
    strict.record("2026-12-18 10:00", "sin_withdrawn", reason="given")
    strict.record("2026-12-18 11:00", "subgroup_decided", rapid_review="no", reason="given")
    assert strict.stage == "no_rapid_review"


def test_a11_the_sub_group_decides_and_the_executive_may_overrule_it() -> None:
    work = decided()
    work.record("2026-12-18 12:00", "executive_informed")
    work.record("2026-12-21 10:00", "subgroup_overruled", rapid_review="no", reason="given")
    assert work.stage == "no_rapid_review"
    assert not any(work.open(timer) for timer in ("T9", "T11", "T13", "T18"))
    assert (work.open("T7"), work.open("T8"), work.open("T22")) == (True, True, True)
    work.record("2026-12-22 10:00", "subgroup_overruled", rapid_review="yes", agencies="education", reason="given")
    assert work.stage == "rapid_review_decided"
    assert (work.due("T9"), work.open("T22")) == ("2026-12-29", False)
    assert "education" in work.case.agencies


def test_a11_read_the_other_way_nothing_starts_before_the_executive_has_approved() -> None:
    work = decided_under({"ambiguity.A11.reading": "executive"})
    assert work.due("approval") == "2026-12-21"
    assert "has not approved" in work.refused("2026-12-18 14:00", "rapid_review_started")
    work.record("2026-12-21 10:00", "rapid_review_approved")
    work.record("2026-12-21 11:00", "rapid_review_started")
    assert (work.stage, work.open("approval")) == ("rapid_review_gathering", False)


def test_a12_the_executive_decides_by_day_fourteen_and_only_the_chair_goes_on_without_it() -> None:
    for work, due in ((decided(), "2027-01-12"), (decided_under({"timer.T11-executive.length": 13}), "2027-01-11")):
        work.record("2026-12-18 14:00", "rapid_review_started")
        work.record("2027-01-05 10:00", "recommendation_made", outcome="cspr")
        assert work.due("T11-executive") == due
        assert "needs a reason" in work.refused("2027-01-06 10:00", "panel_submission_sent")
    free = under(work, {"event.panel_submission_sent.needs_reason_from": []})
    free.record("2027-01-06 10:00", "panel_submission_sent")
    assert free.stage == "awaiting_panel"


def test_a13_a_local_review_waits_for_the_panel_unless_the_gate_is_overridden_or_off() -> None:
    work = submitted()
    assert "reason" in work.refused("2027-01-12 10:00", "gate_overridden")
    work.record("2027-01-12 10:00", "gate_overridden", reason="given")
    assert work.stage == "cspr_commencing"
    assert (work.due("T14"), work.due("T15"), work.due("T22")) == ("2027-01-13", "2027-07-12", "2027-01-19")
    assert work.open("T21")  # the Panel's answer is still to come
    work.record("2027-01-20 10:00", "panel_replied", outcome="local")
    assert not work.open("T21")


def ungated(outcome: str) -> CaseWork:
    """Give a case on which the Executive has decided, where its decision is enough (A13)."""
    work = decided_under({"ambiguity.A13.reading": "no_gate"})
    work.record("2026-12-18 14:00", "rapid_review_started")
    work.record("2027-01-06 10:00", "recommendation_made", outcome=outcome, reason="given")
    assert not work.tasks("T15")
    work.record("2027-01-08 10:00", "executive_decided", outcome=outcome, reason="given")
    return work


def test_a13_without_the_gate_the_executive_begins_it_and_a_panel_that_agrees_asks_for_nothing_again() -> None:
    work = ungated("cspr")
    assert (work.due("T14"), work.due("T15"), work.open("T23")) == ("2027-01-11", "2027-07-08", True)
    for to in ("panel", "ofsted", "dfe"):
        work.record("2027-01-11 10:00", "local_review_notified", to=to)
    work.record("2027-01-11 11:00", "panel_submission_sent")
    work.record("2027-01-12 10:00", "commencement_action_done", action="1")
    work.record("2027-01-25 10:00", "panel_decided", outcome="local")
    assert [len(work.tasks(timer)) for timer in ("T14", "T15", "T22", "T23")] == [1, 1, 1, 1]
    assert (work.open("T22"), work.task("T23").ticks) == (True, ("1",))  # the letters are still to be written
    work.record("2027-01-26 10:00", "commencement_letters_sent")
    for action in "23456":
        work.record("2027-01-27 10:00", "commencement_action_done", action=action)
    assert work.stage == "cspr_in_progress"


def test_a13_without_the_gate_a_panel_that_wants_a_review_nobody_had_decided_on_begins_it() -> None:
    work = ungated("none")
    assert not work.tasks("T14")
    work.record("2027-01-11 11:00", "panel_submission_sent")
    work.record("2027-01-25 10:00", "panel_decided", outcome="local")
    assert [work.open(timer) for timer in ("T14", "T15", "T22", "T23")] == [True] * 4


def test_a14_the_co_ordinator_is_reminded_of_the_panels_reply_and_the_panel_never() -> None:
    work = submitted()
    assert work.due("T21") == "2027-01-25"
    work.until("2027-02-02 12:00")
    assert [rung[0] for rung in work.rungs("T21")] == ["2027-01-25 09:00", "2027-02-01 09:00"]
    assert {role for role, _, _ in work.seats("T21", 1)} == {"coordinator"}
    later = under(submitted(), {"timer.T21.length": 15, "ladder.panel_reply.overdue_every": 10})
    assert later.due("T21") == "2027-02-01"


@pytest.mark.parametrize(
    ("outcome", "stage"),
    [
        ("local", "cspr_commencing"),
        ("national", "national_review"),
        ("no_review_agreed", "actions_tracking"),
        ("disagrees", "executive_decision"),
        ("information_requested", "awaiting_panel"),
    ],
)
def test_a15_the_panel_can_answer_five_things(outcome: str, stage: str) -> None:
    work = submitted()
    work.record("2027-01-18 10:00", "panel_decided", outcome=outcome)
    assert work.stage == stage


def test_a15_a_partnership_may_word_another_answer_of_the_panel() -> None:
    six = "local|national|no_review_agreed|disagrees|information_requested|deferred"
    assert "must be one of" in submitted().refused("2027-01-18 10:00", "panel_decided", outcome="deferred")
    work = under(submitted(), {"event.panel_decided.fields.outcome": six})
    work.record("2027-01-18 10:00", "panel_decided", outcome="deferred")
    assert work.stage == "awaiting_panel"


def test_a16_six_months_run_from_the_decision_and_roll_back_or_on() -> None:
    assert commencing().due("T15") == "2027-07-16"  # 18 July is a Sunday
    assert under(commencing(), {"timer.T15.roll": "on"}).due("T15") == "2027-07-19"
    assert reported().due("publication-date") == "2027-07-16"


def test_a17_the_copy_goes_seven_working_days_before_publication_or_with_a_reason() -> None:
    assert copied().due("T16") == "2027-06-01"
    work = reported()
    assert "needs a reason" in work.refused("2027-05-11 10:00", "publication_date_set", date="2027-05-14")
    assert under(copied(), {"timer.T16.length": -10}).due("T16") == "2027-05-26"


def test_a18_a_looked_after_childs_death_has_its_own_five_days_whatever_is_suspected() -> None:
    work = referred(deceased="yes", abuse_or_neglect="no")
    work.record("2026-12-16 10:00", "sin_not_required", reason="given")
    assert (work.due("T5"), work.open("T5")) == ("2026-12-22", True)
    assert case_under({"timer.T5.length": 1}, deceased="yes").due("T5") == "2026-12-16"


def test_a19_deaths_that_are_referred_in_all_cases_are_considered_and_reasoned_and_not_forced_into_a_review() -> None:
    work = referred(deceased="yes")
    work.record("2026-12-16 10:00", "looked_after_known", answer="yes")
    work.record("2026-12-18 10:00", "subgroup_decided", rapid_review="no", reason="given")
    for name, fields in (
        ("looked_after_notified", {}),
        ("sin_not_required", {"reason": "given"}),
        ("partners_informed", {}),
        ("custody_known", {"answer": "no"}),
        ("detained_known", {"answer": "no"}),
    ):
        work.record("2026-12-18 11:00", name, **fields)
    assert "the child was looked after" in work.refused("2026-12-18 12:00", "closed")
    free = under(work, {"event.closed.guards": []})
    free.record("2026-12-18 12:00", "closed")
    assert free.stage == "closed"


def test_a20_what_the_form_does_not_ask_counts_as_possible_until_a_person_answers() -> None:
    flags = {"looked_after_unknown", "custody_unknown", "detained_unknown"}
    work = referred(deceased="unknown")
    assert flags <= work.case.flags
    for name in ("information_waived", "triage_confirmed", "note_added"):
        work.record("2026-12-16 10:00", name)
    assert flags <= work.case.flags
    for name in ("looked_after_known", "custody_known", "detained_known"):
        work.record("2026-12-16 11:00", name, answer="no")
    assert not flags & work.case.flags
    assert not flags & case_under({"event.referral_received.raises": []}, deceased="unknown").case.flags
    # Words in the form raise a flag also where it says that the child is alive, and nothing but an answer clears it.
    assert referred(says_custody="yes").case.flags & flags == {"custody_unknown"}
    assert not referred(says_custody="no").case.flags & flags


def test_a21_all_three_partners_are_told_and_not_only_the_referrers_own() -> None:
    told_roles = {role for _, role in referred().notices("N2")}
    assert {"police_review_team", "health_safeguarding", "assistant_director", "director"} <= told_roles
    fewer = case_under({"timer.receipt.roles": ["police_review_team"]})
    assert {role for _, role in fewer.notices("N2")} == {"police_review_team"}


def test_a22_the_assistant_director_decides_in_a_day_and_undecided_counts_as_referred() -> None:
    work = referred()
    work.record("2026-12-16 10:00", "disagreement_raised")
    assert (work.task("T19").roles, work.due("T19")) == (("assistant_director",), "2026-12-17")
    work.until("2026-12-17 17:30")
    assert (work.stage, work.open("T19"), work.open("T2")) == ("open", True, True)
    other = case_under({"timer.T19.owner": "director"})
    other.record("2026-12-16 10:00", "disagreement_raised")
    assert other.task("T19").roles == ("director",)


def test_a23_a_mail_without_the_form_is_held_and_the_clocks_run_where_one_may_be_in_it() -> None:
    for changes, form, runs in (
        ({}, "maybe", True),
        ({}, "no", False),
        ({"timer.T2.opened_by": ["referral_received"]}, "maybe", False),
    ):
        work = CaseWork(procedure_with(changes), provisional=True)
        work.record("2026-12-15 10:12", "mail_held", form=form)
        assert work.open("T2") is runs


def test_a24_missing_information_is_asked_for_at_once_and_stops_no_clock() -> None:
    work = referred(complete="no")
    assert (work.due("T20"), work.open("T2"), work.open("T6")) == ("2026-12-16", True, True)
    assert case_under({"timer.T20.length": 3}, complete="no").due("T20") == "2026-12-18"


def test_a25_the_service_leader_is_told_of_every_referral() -> None:
    assert "la_service_leader" in {role for _, role in referred().notices("N2")}
    fewer = case_under({"timer.receipt.roles": ["director"]})
    assert "la_service_leader" not in {role for _, role in fewer.notices("N2")}


def test_a26_a_working_day_ends_at_five_and_the_day_of_the_event_is_day_zero_at_any_hour() -> None:
    for at in ("2026-12-15 00:05", "2026-12-15 23:55"):
        work = referred(at)
        assert told(work.task("T2").due_at) == "2026-12-22 17:00"
    over_christmas = referred("2026-12-18 10:00")
    assert over_christmas.due("T2") == "2026-12-29"
    shut = WorkingCalendar(bank_holidays(), FIRST, LAST, HOURS, [date(2026, 12, day) for day in (24, 29, 30, 31)])
    work = CaseWork(calendar=shut)  # a council that is closed between the holidays
    work.record("2026-12-18 10:00", "referral_received", **COMPLETE)
    assert (work.due("T2"), work.due("T6")) == ("2026-12-29", "2027-01-05")  # the law waits for nobody
    work.record("2026-12-18 11:00", "subgroup_decided", rapid_review="yes", agencies="police")
    assert (work.due("T11"), work.due("T13"), work.due("T9")) == ("2027-01-13", "2027-01-13", "2027-01-05")


def test_a27_five_days_are_working_days_unless_they_are_read_as_calendar_days() -> None:
    calendar = {"ambiguity.A27.reading": "calendar"}
    for work, due in ((referred(), "2026-12-22"), (case_under(calendar), "2026-12-18")):
        assert work.due("T6") == due  # the twentieth is a Sunday, and rolls back
        assert work.due("T2") == "2026-12-22"
    shown = {name: strict_reading(work.task(name), shipped_procedure().timers[name]) for name in ("T2", "T6")}
    assert shown == {"T2": None, "T6": date(2026, 12, 20)}  # as `show --strict` has it, beside the day that counts


def test_a28_the_criteria_are_cited_where_they_really_stand() -> None:
    for event in ("custody_known", "detained_known", "looked_after_known"):
        assert "Appendix 3" in shipped_procedure().events[event].cite


def test_a29_a_role_is_called_what_the_partnership_calls_it() -> None:
    rules = shipped_rules()
    assert role_title("executive", rules) == "the Executive"
    renamed = procedure_with({"role_title.executive": "the Delegated Safeguarding Partners"})
    assert role_title("executive", replace(rules, procedure=renamed)) == "the Delegated Safeguarding Partners"


def test_a30_records_are_paper_and_electronic_and_each_agency_confirms() -> None:
    assert "paper and electronic" in shipped_procedure().timers["T18"].title
    work = decided()
    work.record("2026-12-18 12:00", "records_secured", agency="police")
    assert [task.is_open for task in work.tasks("T18")] == [False, True]
    own = under(decided(), {"timer.T18.length": 2, "timer.T18.title": "Secure all paper records"})
    assert (own.due("T18", "police"), own.procedure.timers["T18"].title) == ("2026-12-22", "Secure all paper records")


def test_a31_every_decision_is_written_of_and_families_are_nobodys_automatic_recipient() -> None:
    work = referred()
    work.record("2026-12-18 10:00", "subgroup_decided", rapid_review="no", reason="given")
    assert work.due("T22") == "2026-12-29"
    recipients = {role for notice in shipped_procedure().notices.values() for role in notice.to}
    assert not recipients & {"family", "national_panel", "ofsted", "dfe", "media"}
    assert under(work, {"timer.T22.length": 10}).due("T22") == "2027-01-06"
    silent = under(work, {"timer.T22.opened_by": ["panel_decided(outcome=local)"]})
    assert not silent.tasks("T22")


def test_a32_an_alternative_review_has_kinds_that_a_partnership_words_itself() -> None:
    kinds = shipped_procedure().events["alternative_review_planned"].field("kind")
    assert kinds is not None
    assert kinds.choices == ("local", "single_agency", "thematic", "other")
    own = under(alternative(), {"event.alternative_review_planned.fields.kind": "partnership|appreciative"})
    assert "must be one of" in own.refused("2027-01-20 10:00", PLANNED, kind="local", due="2027-04-30")
    own.record("2027-01-20 10:00", PLANNED, kind="appreciative", due="2027-04-30")
    assert own.due("alternative-review") == "2027-04-30"


def test_a33_several_children_of_one_incident_are_one_case_with_one_notification() -> None:
    work = referred()
    work.record("2026-12-15 12:00", "case_joined", **{"from": "NS-9G4M-3R", "received_on": "2026-12-15"})
    work.record("2026-12-15 12:05", "case_joined", **{"from": "NS-5K2L-8T", "received_on": "2026-12-15"})
    assert len(work.tasks("T2")) == 1


def test_a34_of_two_referrals_the_earliest_clocks_count() -> None:
    work = referred(incident_on="2026-12-14")
    joined = {"from": "NS-9G4M-3R", "received_on": "2026-12-11", "incident_on": "2026-12-09", "deceased": "yes"}
    decision = work.record("2026-12-15 12:00", "case_joined", **joined)
    assert (work.due("T2"), work.due("T6")) == ("2026-12-18", "2026-12-16")
    assert {duty.timer for duty in decision.moved} >= {"T2", "T3", "T6"}
    assert work.open("T5")
    assert work.notices("N3-dates")
    strict = under(referred(), {"event.case_joined.fields.incident_on": "date"})
    assert "needs incident_on" in strict.refused("2026-12-15 12:00", "case_joined", **NAMELESS)
    referred().record("2026-12-15 12:00", "case_joined", **NAMELESS)


def test_a35_a_day_to_come_is_accepted_and_counts_for_nothing() -> None:
    work = referred(incident_on="2027-03-01", submitted_on="2027-03-02")
    assert (work.stage, work.due("T6"), work.due("T1")) == ("open", "2026-12-22", "2026-12-16")


def test_a36_the_service_leader_tells_all_three_in_one_task() -> None:
    timer = shipped_procedure().timers["T14"]
    assert (timer.owner, timer.ticks) == ("la_service_leader", ("panel", "ofsted", "dfe"))
    other = under(determined(), {"timer.T14.owner": "coordinator"})
    assert (determined().task("T14").roles, other.task("T14").roles) == (("la_service_leader",), ("coordinator",))


def test_a37_no_rule_rests_on_the_missing_addendum_and_a_link_can_be_shown() -> None:
    linked = procedure_with({"timer.triage.guidance": "See the addendum on serious harm at guidance.example."})
    assert "guidance.example" not in triage_mail(shipped_procedure())
    assert "See the addendum on serious harm at guidance.example." in triage_mail(linked)


def triage_mail(procedure: Procedure) -> str:
    """Give what the co-ordinator reads of a new referral, under a procedure."""
    work = CaseWork(procedure)
    work.record("2026-12-15 10:12", "referral_received", **COMPLETE)
    rules = replace(shipped_rules(), procedure=procedure)
    order = next(mail for _, mail in work.mails if mail.notice == "N3")
    facts = letter_facts(order, work.case, rules, work.now, None)
    return " ".join(WRITER.render(letter("N3", facts)).text.split())


def test_a38_no_shipped_address_is_taken_for_a_live_one() -> None:
    file = read_file(CONFIG / "contacts.toml", "contacts.toml")
    read_contacts(file, Circumstances(date(2026, 11, 22), is_live=True))
    said = [str(problem) for problem in file.findings.problems if not problem.is_warning]
    assert any("nobody has confirmed" in line for line in said)
    text = (CONFIG / "contacts.toml").read_text("utf-8").replace("\nemail = ", "\nconfirmed = 2026-11-01\nemail = ")
    confirmed = read_text(text, Findings("contacts.toml"))
    read_contacts(confirmed, Circumstances(date(2026, 11, 22), is_live=True))
    assert not any("nobody has confirmed" in str(problem) for problem in confirmed.findings.problems)
