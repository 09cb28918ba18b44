"""A referral with gaps: what is missing is asked for by name, and the clocks run all the same."""

from dataclasses import replace
from datetime import date

from cspr_bot.referral.form import FormDate, ReferralForm
from tests.scenarios.partnership import Partnership
from tests.scenarios.people import (
    COMPLETE,
    COORDINATOR,
    DEPUTY_COORDINATOR,
    SERVICE_LEADER,
    SOCIAL_WORKER,
    WITH_GAPS,
    word_file,
)


def test_what_is_missing_is_asked_for_by_the_names_of_the_fields(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(WITH_GAPS)
    assert home.stage(case) == "incomplete"
    (asked,) = home.sent(to=SOCIAL_WORKER)
    assert asked.notice == "N1-incomplete"
    assert "Date of birth" in asked.text
    assert "deceased" in asked.text
    assert asked.mail["Auto-Submitted"] == "auto-replied"


def test_the_clocks_of_a_referral_with_gaps_run_from_its_receipt_or_before(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(WITH_GAPS)
    # The council's own referrer knew on Sunday 6 December, when the form was written: five working days from there.
    assert home.due(case, "T2") == date(2026, 12, 11)
    assert home.due(case, "T20") == date(2026, 12, 16)
    # The form does not say whether the child died, so a looked-after child's death is possible.
    assert home.task(case, "T5").is_open
    flags = home.case(case).case.flags
    assert {"incomplete", "looked_after_unknown", "custody_unknown", "detained_unknown"} <= flags


def test_two_reminders_without_an_answer_and_the_co_ordinator_rings(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(WITH_GAPS)
    home.wait_until("2026-12-21 12:00")
    assert [(mail.notice, mail.at) for mail in home.sent(to=SOCIAL_WORKER)] == [
        ("N1-incomplete", "2026-12-15 10:12"),
        ("N1-reminder", "2026-12-16 09:00"),
        ("N1-reminder", "2026-12-17 09:00"),
    ]
    telephone = home.sent(to=COORDINATOR, notice="N3-telephone")
    assert [mail.at for mail in telephone] == ["2026-12-18 09:00"]
    # Friday's call was not made: on Monday, its due day, the deputy hears of it too.
    assert home.due(case, "T20-telephone") == date(2026, 12, 21)
    chased = home.sent(notice="N3-telephone-reminder") or [
        mail for mail in home.sent(since="2026-12-21 09:00") if mail.timer == "T20-telephone"
    ]
    assert {COORDINATOR, DEPUTY_COORDINATOR} <= {mail.to for mail in chased}


def test_the_corrected_form_in_a_reply_joins_the_case_and_ends_the_questions(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(WITH_GAPS)
    home.wait_until("2026-12-16 14:00")
    row = home.answer(SOCIAL_WORKER, "N1-incomplete", "Here is the rest.", word_file(corrected()))
    assert (row.status, row.case) == ("filed", case)
    assert home.references() == [case]
    assert home.stage(case) == "open"
    assert home.task(case, "T20").status == "done"


def test_the_corrected_form_of_somebody_else_waits_for_a_person(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(WITH_GAPS)
    raw = home.an_answer(SOCIAL_WORKER, "N1-incomplete", "Here is the rest.", word_file(corrected()))
    row = home.receive(raw.replace(SOCIAL_WORKER.encode(), b"somebody.else@council.example"))
    assert row.status == "held"
    assert home.stage(case) == "incomplete"


FACTS = """Hello,

Date of birth: 07/02/2021
{more}
Kind regards
"""
DECEASED = "Is the child deceased? No\n"


def test_the_missing_facts_in_a_reply_join_the_case_and_the_co_ordinator_is_shown_the_difference(
    home: Partnership,
) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(WITH_GAPS)
    home.wait_until("2026-12-16 14:00")
    row = home.answer(SOCIAL_WORKER, "N1-incomplete", FACTS.format(more=DECEASED))
    assert (row.status, row.case, row.reasons) == ("filed", case, ("some of what was missing",))
    assert home.stage(case) == "open"
    assert home.task(case, "T20").status == "done"
    report = home.case(case)
    assert report.referral is not None
    assert report.referral.child == replace(WITH_GAPS.child, dob=FormDate("07/02/2021", date(2021, 2, 7)))
    assert report.referral.criteria.deceased == "no"
    assert report.referral.missing == ()
    (event,) = [event for event in report.events if event.name == "information_supplied"]
    assert event.fields["changed"] == "child.dob: blank -> 07/02/2021\ncriteria.deceased: blank -> no"
    (told,) = home.sent(to=COORDINATOR, notice="N3-corrected")
    assert "Date of birth" in told.text
    assert "2021" not in told.text  # the field is named, and what it says stands on the case
    # What the reply says besides is not lost with what was understood of it.
    (note,) = [event.fields["note"] for event in report.events if event.name == "note_added"]
    assert note.startswith("Hello,")


def test_what_is_still_missing_is_asked_for_again(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(WITH_GAPS)
    row = home.answer(SOCIAL_WORKER, "N1-incomplete", FACTS.format(more=""))
    assert (row.status, row.case) == ("filed", case)
    assert home.stage(case) == "incomplete"
    assert "Is the child deceased?" in home.sent(to=COORDINATOR, notice="N3-corrected")[-1].text
    home.wait_until("2026-12-16 12:00")
    reminder = home.sent(to=SOCIAL_WORKER, notice="N1-reminder")[-1].text
    assert "deceased" in reminder
    assert "Date of birth" not in reminder


def test_two_replies_that_come_together_are_both_joined(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(WITH_GAPS)
    for words in (FACTS.format(more=""), DECEASED):
        home.put_in_mailbox(home.an_answer(SOCIAL_WORKER, "N1-incomplete", words))
    home.work()
    form = home.case(case).referral
    assert form is not None
    assert (form.child.dob.raw, form.criteria.deceased, form.missing) == ("07/02/2021", "no", ())


def test_a_blank_in_a_corrected_form_takes_away_nothing(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(WITH_GAPS)
    thinner = replace(corrected(), referrer=replace(corrected().referrer, tel=""), summary="It was worse.")
    home.answer(SOCIAL_WORKER, "N1-incomplete", "Here is the rest.", word_file(thinner))
    form = home.case(case).referral
    assert form is not None
    assert (form.referrer.tel, form.summary) == (WITH_GAPS.referrer.tel, "It was worse.")


def test_doubtful_facts_and_prose_wait_for_a_person(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(WITH_GAPS)
    for words in ("Date of birth: 31/02/2021", "She was born last winter."):
        row = home.answer(SOCIAL_WORKER, "N1-incomplete", words)
        assert (row.status, row.case) == ("held", case)
    assert home.stage(case) == "incomplete"


def test_a_form_about_another_child_is_not_joined(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(WITH_GAPS)
    sibling = replace(corrected(), child=replace(corrected().child, name="Peregrine Thistlewood"))
    row = home.answer(SOCIAL_WORKER, "N1-incomplete", "And here is his brother.", word_file(sibling))
    assert (row.status, row.kind) == ("held", "referral")
    assert "another child" in row.reasons[0]
    form = home.case(case).referral
    assert form is not None
    assert form.child == WITH_GAPS.child
    assert home.task(f"held:{row.id}", "T2").is_open


def corrected() -> ReferralForm:
    """Fill the gaps of the form with which it began."""
    dob = FormDate("07/02/2021", date(2021, 2, 7))
    child = replace(WITH_GAPS.child, dob=dob, faith="Zoroastrian", disability="Profound hearing loss")
    family = COMPLETE.family[:1]
    criteria = replace(WITH_GAPS.criteria, deceased="no")
    return replace(WITH_GAPS, child=child, family=family, criteria=criteria)


def test_what_is_supplied_ends_the_questions(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(WITH_GAPS)
    home.wait_until("2026-12-15 16:00")
    home.record(case, "information_supplied", {"deceased": "no"})
    assert home.stage(case) == "open"
    assert home.task(case, "T20").status == "done"
    assert home.task(case, "T5").status == "done"
    assert not home.case(case).case.flags & {"incomplete", "looked_after_unknown", "custody_unknown"}
    home.wait_until("2026-12-18 18:00")
    assert [mail.notice for mail in home.sent(to=SOCIAL_WORKER)] == ["N1-incomplete"]
    assert not [mail for mail in home.sent(to=SERVICE_LEADER, since="2026-12-15 16:01") if mail.timer == "T5"]


def test_a_siblings_form_in_the_reply_is_held_and_overwrites_nothing(home: Partnership) -> None:
    """The first form has no date of birth, which was asked for: the surname alone does not make them one child."""
    home.wait_until("2026-12-15 10:12")
    case = home.refer(WITH_GAPS)
    child = replace(WITH_GAPS.child, name="Peregrine Farquharson", dob=FormDate("11/09/2017", date(2017, 9, 11)))
    row = home.answer(
        SOCIAL_WORKER, "N1-incomplete", "And here is his form.", word_file(replace(WITH_GAPS, child=child))
    )
    assert row.status == "held"
    assert "another child" in row.reasons[0]
    assert home.due(f"held:{row.id}", "T2") == date(2026, 12, 22)
    report = home.case(case)
    assert report.referral is not None
    assert report.referral.child.name == WITH_GAPS.child.name
