"""The same thing a second time: the same mail, the same form, the same child."""

from dataclasses import replace

from cspr_bot.bootstrap.taking_over import open_by_hand
from cspr_bot.demonstration.post import Enclosure, new_mail
from cspr_bot.referral.form import ReferralForm
from tests.scenarios.partnership import LETTER, Partnership
from tests.scenarios.people import COMPLETE, COORDINATOR, MAILBOX, NURSE, another_child, word_file

POLICEWOMAN = "dc.harrow@police.example"


def of_the_police(form: ReferralForm) -> ReferralForm:
    """Give what the police would write of the same child: other words, the name in another order."""
    child = replace(form.child, name="THISTLEWOOD, Jacoby", carer="unknown", home_address="")
    return replace(
        form,
        child=child,
        summary="Officers attended at 15:20.",
        referrer=replace(form.referrer, name="Dee Harrow", email=POLICEWOMAN),
    )


def refer(home: Partnership, form: ReferralForm, sender: str, *, message_id: str = "") -> str:
    raw = new_mail(sender, MAILBOX, "Referral", LETTER, home.now, word_file(form))
    if message_id:
        own = next(line for line in raw.split(b"\r\n") if line.startswith(b"Message-ID:"))
        raw = raw.replace(own, f"Message-ID: {message_id}".encode())
    row = home.receive(raw)
    assert (row.status, row.case is None) == ("filed", False), row.reasons
    return row.case or ""


def test_one_child_by_two_agencies_is_two_cases_and_the_co_ordinator_is_told(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    first = refer(home, COMPLETE, NURSE)
    home.wait_until("2026-12-15 11:00")
    second = refer(home, of_the_police(COMPLETE), POLICEWOMAN)
    assert first != second
    assert "possible_duplicate" not in home.case(first).row.flags
    assert "possible_duplicate" in home.case(second).row.flags
    (told,) = home.sent(case=second, to=COORDINATOR, notice="N3")
    assert "referred before" in told.text
    # Neither agency learns of the other.
    for mail in (*home.sent(to=NURSE), *home.sent(to=POLICEWOMAN)):
        assert "referred before" not in mail.text
    assert not {mail.case for mail in home.sent(to=NURSE)} & {mail.case for mail in home.sent(to=POLICEWOMAN)}


def test_the_same_form_saved_again_is_filed_on_its_case(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    first = refer(home, COMPLETE, NURSE)
    file = word_file(COMPLETE)
    again = Enclosure("again.docx", file.kind, file.content + b"\0")
    row = home.receive(new_mail(NURSE, MAILBOX, "Referral", LETTER, home.now, again))
    assert (row.status, row.case, row.reasons) == ("filed", first, ("copy of 1",))
    assert len(home.sent(to=NURSE)) == 1


def test_a_message_id_that_is_used_twice_hides_nothing(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    first = refer(home, COMPLETE, NURSE, message_id="<one@nhs.example>")
    second = refer(home, another_child(COMPLETE), NURSE, message_id="<one@nhs.example>")
    assert first != second
    assert len(home.references()) == 2


def test_a_held_form_that_is_released_is_no_duplicate_of_itself(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    raw = new_mail(NURSE, MAILBOX, "Referral", LETTER, home.now, word_file(COMPLETE))
    row = home.receive(raw.replace(b"dmarc=pass", b"dmarc=fail"))
    home.release(row, "referral")
    (case,) = home.references()
    assert "possible_duplicate" not in home.case(case).row.flags


def test_a_form_that_is_new_beside_one_that_is_known_is_never_filed_as_a_copy(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    refer(home, COMPLETE, NURSE)
    home.wait_until("2026-12-15 11:00")
    both = (word_file(COMPLETE), word_file(another_child(COMPLETE)))
    row = home.receive(new_mail(NURSE, MAILBOX, "Referral", LETTER, home.now, *both))
    assert row.status == "held"
    assert home.sent(to=COORDINATOR, case=f"held:{row.id}", notice="N28-held")
    assert home.due(f"held:{row.id}", "T2").isoformat() == "2026-12-22"


def test_two_forms_that_are_both_known_are_a_copy(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    both = (word_file(COMPLETE), word_file(another_child(COMPLETE)))
    first = home.receive(new_mail(NURSE, MAILBOX, "Referral", LETTER, home.now, *both))
    home.release(first, "referral")
    home.wait_until("2026-12-15 11:00")
    again = home.receive(new_mail(NURSE, MAILBOX, "The same again", LETTER, home.now, *both))
    assert (again.status, again.reasons) == ("filed", (f"copy of {first.id}",))
    assert len(home.references()) == 2


def opened_by_hand(home: Partnership, form: ReferralForm) -> str:
    (case,) = open_by_hand(home.office, word_file(form).content, home.now, COORDINATOR, is_quiet=False).references
    home.work()
    return case


def test_a_form_that_a_person_opened_is_known_when_it_comes_by_mail(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = opened_by_hand(home, COMPLETE)
    file = word_file(COMPLETE)
    for content in (file.content, file.content + b"\0"):
        row = home.receive(
            new_mail(NURSE, MAILBOX, "Referral", LETTER, home.now, Enclosure("x.docx", file.kind, content))
        )
        assert (row.status, row.case) == ("filed", case)
        assert row.reasons == ("copy of the form that the case was opened from by hand",)
    assert home.references() == [case]


def test_a_child_whose_case_a_person_opened_is_flagged_when_an_agency_refers_it(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    first = opened_by_hand(home, COMPLETE)
    second = refer(home, of_the_police(COMPLETE), POLICEWOMAN)
    assert first != second
    assert "possible_duplicate" not in home.case(first).row.flags
    assert "possible_duplicate" in home.case(second).row.flags


def test_a_child_who_was_referred_is_flagged_when_a_person_opens_a_case(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    refer(home, COMPLETE, NURSE)
    assert "possible_duplicate" in home.case(opened_by_hand(home, of_the_police(COMPLETE))).row.flags
