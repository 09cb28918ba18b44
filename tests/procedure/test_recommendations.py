"""The recommendations of a case: red, amber or green by what is known, and told of again while any is late."""

from datetime import date

from cspr_bot.procedure.recommendations import Recommendation, recommendations
from tests.procedure.casework import CaseWork, copied, decided, english_calendar, in_progress, shipped_procedure

AGREED = "2027-05-21 10:00"  # a Friday


def with_recommendation(due: str = "2027-09-30") -> CaseWork:
    work = copied()
    work.record(AGREED, "action_added", action="1", agency="health", due=due, note="given")
    return work


def stands(work: CaseWork, on: str) -> Recommendation:
    found = recommendations(work.case, shipped_procedure(), english_calendar(), date.fromisoformat(on))
    return found[0]


def told(work: CaseWork, on: str) -> tuple[str, str]:
    item = stands(work, on)
    return item.rag, item.status


def test_a_recommendation_that_nobody_has_begun_is_amber_ten_working_days_before_its_day_and_red_after() -> None:
    work = with_recommendation()
    days = ("2027-09-15", "2027-09-16", "2027-09-30", "2027-10-01")
    assert [told(work, on)[0] for on in days] == ["green", "amber", "amber", "red"]
    assert (stands(work, "2027-10-01").days_left, stands(work, "2027-10-01").needs_attention) == (-1, True)


def test_what_its_agency_says_decides_between_amber_and_green_until_the_day_has_passed() -> None:
    work = with_recommendation()
    work.record("2027-06-01 10:00", "action_updated", action="1", status="at_risk")
    assert told(work, "2027-06-02") == ("amber", "at_risk")
    work.record("2027-07-01 10:00", "action_updated", action="1", status="on_track", agency="health")
    assert told(work, "2027-09-29") == ("green", "on_track")
    assert told(work, "2027-10-01") == ("red", "on_track")
    assert stands(work, "2027-07-02").updated_on == date(2027, 7, 1)


def test_what_is_carried_out_and_lacks_its_evidence_is_amber_and_never_red() -> None:
    work = with_recommendation()
    work.record("2027-09-01 10:00", "action_updated", action="1", status="awaiting_evidence")
    assert [told(work, on)[0] for on in ("2027-09-29", "2027-10-04")] == ["green", "amber"]


def test_a_recommendation_ends_as_carried_out_or_as_not_accepted_with_a_reason() -> None:
    work = with_recommendation()
    assert "needs its reason" in work.refused("2027-06-01 10:00", "action_closed", action="1", outcome="not_accepted")
    work.record("2027-06-01 10:00", "action_closed", action="1", outcome="not_accepted", reason="given")
    assert told(work, "2027-10-04") == ("closed", "not_accepted")
    done = with_recommendation()
    done.record("2027-06-01 10:00", "action_closed", action="1")
    assert told(done, "2027-10-04") == ("closed", "done")


def test_an_update_of_one_agency_says_nothing_of_anothers_share() -> None:
    work = with_recommendation()
    work.record("2027-05-21 11:00", "action_added", action="1.2", agency="police", due="2027-09-30")
    work.record("2027-06-01 10:00", "action_updated", action="1", status="at_risk", agency="health")
    found = recommendations(work.case, shipped_procedure(), english_calendar(), date(2027, 6, 2))
    assert [(item.key, item.agency, item.rag) for item in found] == [
        ("1", "health", "amber"),
        ("1.2", "police", "green"),
    ]


def test_late_and_endangered_recommendations_are_told_of_every_twenty_working_days_until_they_end() -> None:
    work = with_recommendation("2027-06-30")
    work.record("2027-06-10 10:00", "published")
    work.until("2027-09-30 12:00")
    days = sorted({at for at, _ in work.notices("N26-digest")})
    # Counted from 21 May over the bank holidays: 21 June (amber), 19 July, 16 August and 14 September (red).
    assert days == ["2027-06-21 09:00", "2027-07-19 09:00", "2027-08-16 09:00", "2027-09-14 09:00"]
    assert {role for _, role in work.notices("N26-digest")} == {
        "coordinator",
        "subgroup_chair",
        "subgroup",
        "executive",
    }
    work.record("2027-09-30 13:00", "action_closed", action="1")
    work.until("2028-02-01 12:00")
    assert sorted({at for at, _ in work.notices("N26-digest")}) == days


def test_a_turn_at_which_all_is_on_track_is_passed_over_in_silence() -> None:
    work = with_recommendation()
    work.record("2027-05-24 10:00", "action_updated", action="1", status="on_track")
    work.until("2027-09-20 12:00")
    assert work.notices("N26-digest") == []
    assert any(what.startswith("notice_due notice=N26-digest") for what in work.happened)


def test_after_an_outage_only_the_last_turn_is_told_of_and_never_twice() -> None:
    work = with_recommendation("2027-06-30")
    work.after_an_outage("2027-09-20 12:00")
    assert {at for at, _ in work.notices("N26-digest")} == {"2027-09-20 12:00"}
    number = len(work.mails)
    work.after_an_outage("2027-09-20 12:00")
    assert len(work.mails) == number


def test_a_recommendation_that_is_taken_back_and_entered_again_brings_no_turn_a_second_time() -> None:
    work = with_recommendation("2027-06-14")
    added = work.last
    work.until("2027-06-21 10:00")
    assert len(work.notices("N26-digest")) == 4
    work.undo("2027-06-21 11:00", added)
    work.record("2027-06-21 12:00", "action_added", action="1", agency="health", due="2027-06-22")
    work.until("2027-07-18 12:00")
    assert len(work.notices("N26-digest")) == 4
    work.until("2027-07-19 12:00")
    assert len(work.notices("N26-digest")) == 8


def test_the_lead_reviewer_is_asked_each_month_while_the_review_is_in_progress() -> None:
    work = in_progress()
    work.until("2027-03-20 12:00")
    assert work.notices("N21-progress") == [
        ("2027-02-15 09:00", "lead_reviewer"),
        ("2027-03-15 09:00", "lead_reviewer"),
    ]


def test_the_pointer_to_other_areas_waits_for_a_person_and_for_there_to_be_any() -> None:
    work = decided()
    assert "several areas" in work.refused("2026-12-18 12:00", "pointer_released")
    work.record("2026-12-18 12:00", "areas_known", answer="several")
    assert work.notices("N5-pointer") == []
    work.record("2026-12-18 13:00", "pointer_released")
    assert work.notices("N5-pointer") == [("2026-12-18 13:00", "other_area_partners")]
    assert work.open("T4")  # the pointer does not take the place of the report
