"""What every store owes the four stations."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from cspr_bot.pipeline.kept import CaseAttachment, NewCase, NewEvent, Progress, Registration, WrittenMail
from cspr_bot.pipeline.ports import CaseMoved, Draft, OutgoingMail, TemporaryFailure
from cspr_bot.procedure.case import Case, Event, Notification
from cspr_bot.store import AskedAddress, Store
from cspr_bot.store.contact_lists import ListChange
from cspr_bot.store.database import begin
from cspr_bot.store.tables import event_queue, outbox
from tests.fakes.postgresql import Server  # noqa: TC001 - pytest reads the annotation
from tests.fakes.store import (
    CODE,
    CONTACT,
    FORM,
    LATER,
    NOW,
    RAW_MAIL,
    REFERENCE,
    a_mail,
    a_new_case,
    a_referral,
    a_task,
    an_event,
    keep,
    new_store,
    open_a_case,
    step,
    with_tasks,
)

if TYPE_CHECKING:
    from cspr_bot.pipeline.stores import DispatchStore, IntakeStore, ProgressionStore, RegistrationStore


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        opened = new_store(tmp_path)
    else:
        server: Server = request.getfixturevalue("postgresql")
        opened = server.emptied_store()
    yield opened
    opened.close()


@pytest.fixture
def case(store: Store) -> int:
    return open_a_case(store)


Mark = Callable[[Store, int], None]


def _sending_another(store: Store) -> int:
    step(store, a_mail(2))
    return _sending(store)


def _after_unknown(name: str) -> Mark:
    """Let a person decide on a mail of which nobody can tell."""

    def mark(store: Store, mail: int) -> None:
        store.dispatch.mark_unknown(mail, NOW)
        getattr(store.dispatch, name)(mail, LATER)

    return mark


def _mark(name: str, *what: object) -> Mark:
    return lambda store, mail: getattr(store.dispatch, name)(mail, *what)


def test_each_door_is_what_its_station_asks_for(store: Store) -> None:
    intake: IntakeStore = store.intake
    registration: RegistrationStore = store.registration
    progression: ProgressionStore = store.progression
    dispatch: DispatchStore = store.dispatch
    assert all((intake, registration, progression, dispatch))


# --- intake


def test_a_mail_is_kept_to_the_byte(store: Store) -> None:
    inbox_id = keep(store)
    assert store.reports.original(inbox_id) == RAW_MAIL


def test_a_delivery_is_known_again_and_kept_once(store: Store) -> None:
    assert not store.intake.has_mail("server-folder-name-1")
    first = keep(store)
    assert store.intake.has_mail("server-folder-name-1")
    assert keep(store) == first
    assert len(store.reports.inbox_rows()) == 1


def test_the_same_bytes_delivered_twice_are_two_mails(store: Store) -> None:
    assert keep(store, "one") != keep(store, "two")


def test_a_server_id_may_be_any_text_a_file_system_holds(store: Store) -> None:
    inbox_id = keep(store, "name-\udcff-\u202e")
    store.registration.register(inbox_id, Registration("enquiry", "ignored"), NOW)
    assert store.intake.mails_to_move() == [(inbox_id, "name-\udcff-\u202e", "Processed")]


def test_a_mail_is_moved_only_when_its_fate_is_known(store: Store) -> None:
    inbox_id = keep(store)
    assert store.intake.mails_to_move() == []
    store.registration.register(inbox_id, Registration("enquiry", "held"), NOW)
    assert store.intake.mails_to_move() == [(inbox_id, "server-folder-name-1", "Held")]
    store.intake.mark_moved(inbox_id, "Held")
    assert store.intake.mails_to_move() == []


# --- registration


def test_mails_are_claimed_oldest_first_and_each_attempt_is_counted(store: Store) -> None:
    first, second = keep(store, "one"), keep(store, "two")
    claimed = store.registration.claim_mail()
    assert claimed is not None
    assert (claimed.id, claimed.raw, claimed.taken_at, claimed.attempts) == (first, RAW_MAIL, NOW, 1)
    again = store.registration.claim_mail()
    assert again is not None
    assert (again.id, again.attempts) == (first, 2)
    store.registration.register(first, Registration("list", "ignored"), NOW)
    after = store.registration.claim_mail()
    assert after is not None
    assert after.id == second


def test_nothing_is_claimed_where_nothing_is_new(store: Store) -> None:
    assert store.registration.claim_mail() is None


def test_a_mail_is_registered_once(store: Store) -> None:
    inbox_id = keep(store)
    store.registration.register(inbox_id, a_referral(), NOW)
    store.registration.register(inbox_id, a_referral("NS-OTHER-1"), LATER)
    assert not store.registration.has_case("NS-OTHER-1")
    assert store.reports.inbox_rows()[0].case == REFERENCE


def test_a_referral_opens_its_case_with_form_people_and_first_mail(store: Store, case: int) -> None:
    file = store.progression.load_case(REFERENCE)
    assert file.form == FORM
    assert file.parties == a_new_case().parties
    assert file.first_message_id == "<message-id-of-theirs@nhs.example>"
    assert (file.opened_at, file.version, file.case.reference) == (NOW, 1, REFERENCE)
    assert store.registration.has_case(REFERENCE)


def test_a_mail_counts_as_received_when_its_headers_say_so(store: Store) -> None:
    received_at = NOW - timedelta(days=3)
    store.registration.register(keep(store), replace(a_referral(), received_at=received_at), NOW)
    row = store.reports.inbox_rows()[0]
    assert (row.received_at, row.taken_at) == (received_at, NOW)


def test_the_events_of_a_mail_wait_for_the_rules_in_order(store: Store) -> None:
    events = (an_event(name="referral_received"), an_event(name="looked_after_known"))
    store.registration.register(keep(store), replace(a_referral(), events=events), NOW)
    pending = store.progression.next_event(NOW)
    assert pending is not None
    assert (pending.event, pending.known_at) == (events[0], NOW)


def test_a_copy_of_a_form_is_known_by_its_digest(store: Store, case: int) -> None:
    assert store.registration.find_form(["other", "digest-of-the-form"]) == (REFERENCE, case)
    assert store.registration.find_form(["other"]) is None
    assert store.registration.find_form([]) is None


def test_a_copy_is_known_by_its_bytes_once_the_first_is_registered(store: Store) -> None:
    first, second = keep(store, "one"), keep(store, "two")
    sha256 = store.reports.inbox_rows()[0].sha256
    assert store.registration.find_copy(second, sha256) is None
    store.registration.register(first, a_referral(), NOW)
    assert store.registration.find_copy(second, sha256) == (first, "filed", REFERENCE)
    assert store.registration.find_copy(first, sha256) is None
    assert store.registration.find_copy(second, "0" * 64) is None


def test_a_form_stays_with_the_case_that_it_opened_first(store: Store, case: int) -> None:
    open_a_case(store, "NS-SECOND-1")
    assert store.registration.find_form(["digest-of-the-form"]) == (REFERENCE, case)


def test_a_form_that_came_by_no_mail_is_known_again(store: Store) -> None:
    store.progression.open_cases([a_new_case()], [an_event(name="referral_received")], NOW)
    assert store.registration.find_form(["digest-of-the-form"]) == (REFERENCE, None)
    open_a_case(store, "NS-SECOND-1")
    assert store.registration.find_form(["digest-of-the-form"]) == (REFERENCE, None)


def test_a_form_that_a_mail_brought_too_is_known_by_the_mail(store: Store) -> None:
    mine = replace(a_new_case(), digests=("mark-of-the-child",))
    store.progression.open_cases([mine], [an_event(name="referral_received")], NOW)
    inbox_id = open_a_case(store, "NS-SECOND-1")
    known = store.registration.find_form(["mark-of-the-child", "digest-of-the-form"])
    assert known == ("NS-SECOND-1", inbox_id)


def test_an_erased_case_takes_its_mails_with_it_though_another_came_by_no_mail(store: Store, case: int) -> None:
    mine = replace(a_new_case("NS-SECOND-1"), digests=("another",))
    store.progression.open_cases([mine], [], NOW)
    assert store.installation.erase_case(REFERENCE, LATER, by=("A Person", "Another Person"))
    assert store.reports.original(case) is None


def test_a_case_opened_from_a_held_mail_takes_its_form_over(store: Store) -> None:
    inbox_id = keep(store)
    held = a_new_case(f"held:{inbox_id}", provisional=True)
    store.registration.register(inbox_id, Registration("referral", "held", ("not authenticated",), cases=(held,)), NOW)
    assert store.registration.find_form(["digest-of-the-form"]) == (f"held:{inbox_id}", inbox_id)
    assert store.registration.release(inbox_id, a_referral(), LATER, by="Casey Writer")
    assert store.registration.find_form(["digest-of-the-form"]) == (REFERENCE, inbox_id)


def test_a_form_that_is_held_and_filed_is_known_by_its_case(store: Store) -> None:
    first = keep(store)
    held = replace(a_new_case(f"held:{first}", provisional=True), digests=("digest-of-the-copy",))
    store.registration.register(first, Registration("referral", "held", ("not authenticated",), cases=(held,)), NOW)
    second = open_a_case(store, "NS-SECOND-1")
    assert store.registration.find_form(["digest-of-the-copy", "digest-of-the-form"]) == ("NS-SECOND-1", second)


def test_a_reference_that_is_taken_is_tried_again_with_another(store: Store, case: int) -> None:
    inbox_id = keep(store)
    with pytest.raises(TemporaryFailure):
        store.registration.register(inbox_id, a_referral(), NOW)
    again = store.registration.claim_mail()
    assert again is not None
    assert again.id == inbox_id


def test_a_provisional_case_that_runs_already_is_left_as_it_is(store: Store) -> None:
    inbox_id = keep(store)
    held = Registration("referral", "held", cases=(a_new_case("held:1", provisional=True),))
    store.registration.register(inbox_id, held, NOW)
    file = store.progression.load_case("held:1")
    other = replace(held, cases=(replace(a_new_case("held:1", provisional=True), form=None),))
    store.registration.register(keep(store, "two"), other, LATER)
    assert store.progression.load_case("held:1") == file


def test_what_came_with_an_answer_is_kept_with_the_case(store: Store, case: int) -> None:
    file = CaseAttachment("template.docx", "application/x-invented", b"a return")
    store.registration.register(keep(store), Registration("reply", "filed", case=REFERENCE, attachments=(file,)), NOW)
    report = store.reports.case_report(REFERENCE)
    assert report is not None
    (kept,) = report.attachments
    assert (kept.name, kept.media_type) == ("template.docx", "application/x-invented")
    assert store.reports.attachment(kept.id) == b"a return"


def test_the_form_of_a_referral_is_kept_with_the_case_that_it_opens(store: Store) -> None:
    file = CaseAttachment("template.docx", "application/x-invented", b"a form")
    store.registration.register(keep(store), replace(a_referral(), case=None, attachments=(file,)), NOW)
    report = store.reports.case_report(REFERENCE)
    assert report is not None
    assert len(report.attachments) == 1


def test_a_bounce_marks_the_mail_that_came_back(store: Store, case: int) -> None:
    step(store, a_mail())
    given = store.registration.find_message("<message-id-of-ours-1@nsscp.example>")
    assert given is not None
    bounce = Registration("bounce", "filed", case=REFERENCE, bounced=(given.outbox_id,), bounce_permanent=True)
    store.registration.register(keep(store), bounce, NOW)
    row = store.reports.inbox_rows()[0]
    assert row.bounce is not None
    assert (row.bounce.recipients, row.bounce.permanent) == (("chair@council.example",), True)
    report = store.reports.case_report(REFERENCE)
    assert report is not None
    assert report.mails[0].bounced == "permanent"


def test_a_person_decides_on_a_held_mail_once_and_the_reasons_stay(store: Store) -> None:
    inbox_id = keep(store)
    store.registration.register(inbox_id, Registration("enquiry", "held", ("prose",), sender="a@b.example"), NOW)
    decided = Registration("enquiry", "ignored", ("nothing to do",))
    assert store.registration.release(inbox_id, decided, LATER, by="Casey Writer")
    assert not store.registration.release(inbox_id, decided, LATER, by="Casey Writer")
    row = store.reports.inbox_rows()[0]
    assert (row.status, row.reasons, row.released_by) == ("ignored", ("prose", "nothing to do"), "Casey Writer")
    assert row.sender == "a@b.example"


def test_a_mail_that_is_not_held_cannot_be_released(store: Store) -> None:
    assert not store.registration.release(keep(store), Registration("enquiry", "ignored"), NOW, by="Casey Writer")


def test_any_kept_mail_can_be_read_again(store: Store) -> None:
    inbox_id = keep(store)
    kept = store.registration.kept_mail(inbox_id)
    assert kept is not None
    assert (kept.raw, kept.attempts) == (RAW_MAIL, 0)
    assert store.registration.kept_mail(99) is None


# --- answer codes


def test_a_code_stands_for_its_task_and_contact(store: Store, case: int) -> None:
    step(store, a_mail(code=CODE), case=with_tasks(a_task()))
    given = store.registration.find_code(CODE)
    assert given is not None
    assert (given.case, given.task, given.contact, given.is_spent) == (REFERENCE, "T2", CONTACT, False)
    assert store.registration.find_code("ANOTHERCODE") is None


def test_a_mail_of_ours_is_known_by_its_message_id_and_its_effect(store: Store, case: int) -> None:
    step(store, a_mail(contact=None))
    by_message = store.registration.find_message("<message-id-of-ours-1@nsscp.example>")
    assert by_message is not None
    assert by_message.contact == ""
    assert store.registration.find_effect("effect-of-ours-1") == by_message
    assert store.registration.find_effect("<message-id-of-ours-1@nsscp.example>") is None


def test_the_answer_that_closes_a_task_spends_all_its_codes(store: Store, case: int) -> None:
    step(store, a_mail(1, code="CODEONE"), a_mail(2, code="CODETWO"), case=with_tasks(a_task()))
    step(store, case=with_tasks(a_task(status="done", closed_at=NOW)))
    for code in ("CODEONE", "CODETWO"):
        given = store.registration.find_code(code)
        assert given is not None
        assert given.is_spent
    given = store.registration.find_message("<message-id-of-ours-1@nsscp.example>")
    assert given is not None
    assert given.is_spent


def test_a_withdrawn_answer_gives_the_codes_back(store: Store, case: int) -> None:
    step(store, a_mail(code=CODE), case=with_tasks(a_task()))
    step(store, case=with_tasks(a_task(status="done", closed_at=NOW)))
    step(store, case=with_tasks(a_task()))
    given = store.registration.find_code(CODE)
    assert given is not None
    assert not given.is_spent


def test_a_task_that_is_withdrawn_altogether_spends_its_codes(store: Store, case: int) -> None:
    step(store, a_mail(code=CODE), case=with_tasks(a_task()))
    step(store, case=with_tasks())
    given = store.registration.find_code(CODE)
    assert given is not None
    assert given.is_spent
    assert store.registration.task_timer(REFERENCE, "T2") is None


def test_a_task_tells_whether_it_is_open_and_whose_it_is(store: Store, case: int) -> None:
    step(store, case=with_tasks(a_task("T10:police", agency="police"), a_task(status="cancelled")))
    assert store.registration.task_is_open(REFERENCE, "T10:police")
    assert store.registration.task_timer(REFERENCE, "T10:police") == ("T10", "police")
    assert not store.registration.task_is_open(REFERENCE, "T2")
    assert not store.registration.task_is_open(REFERENCE, "T99")


# --- progression


def test_an_event_leaves_the_queue_with_the_step_that_took_it(store: Store, case: int) -> None:
    pending = store.progression.next_event(NOW)
    assert pending is not None
    applied = Event(1, "referral_received", NOW, NOW)
    step(store, case=with_tasks(), pending_id=pending.id, applied=applied, recorded=pending.event)
    assert store.progression.next_event(NOW) is None
    report = store.reports.case_report(REFERENCE)
    assert report is not None
    (told,) = report.events
    assert (told.id, told.name, told.by, told.source) == (1, "referral_received", "Casey Writer", "mail")
    assert told.fields == {"text": "spoke to the family"}
    assert not told.is_withdrawn


def test_an_event_is_told_from_the_queue_where_the_step_does_not_repeat_it(store: Store, case: int) -> None:
    pending = store.progression.next_event(NOW)
    assert pending is not None
    step(store, case=with_tasks(), pending_id=pending.id, applied=Event(1, "referral_received", NOW, NOW))
    report = store.reports.case_report(REFERENCE)
    assert report is not None
    assert report.events[0].by == "Casey Writer"


def test_what_time_did_is_told_of_the_clock(store: Store, case: int) -> None:
    step(store, case=with_tasks(), applied=Event(1, "time_reached", NOW, NOW))
    report = store.reports.case_report(REFERENCE)
    assert report is not None
    assert (report.events[0].by, report.events[0].source) == ("clock", "clock")


def test_an_event_that_left_the_history_is_shown_as_withdrawn(store: Store, case: int) -> None:
    step(store, case=with_tasks(), applied=Event(1, "referral_received", NOW, NOW))
    step(store, case=replace(with_tasks(), history=()))
    report = store.reports.case_report(REFERENCE)
    assert report is not None
    assert report.events[0].is_withdrawn


def test_two_steps_from_one_version_cannot_both_be_written(store: Store, case: int) -> None:
    file = step(store, case=with_tasks(a_task()))
    with pytest.raises(CaseMoved):
        store.progression.commit(file.version - 1, _progress(store, case=with_tasks()), NOW)
    assert store.progression.load_case(REFERENCE) == file


def test_two_steps_cannot_take_one_event(store: Store, case: int) -> None:
    pending = store.progression.next_event(NOW)
    assert pending is not None
    file = step(store, case=with_tasks(), pending_id=pending.id)
    with pytest.raises(CaseMoved):
        store.progression.commit(file.version, _progress(store, a_mail(), pending_id=pending.id), NOW)
    assert store.reports.outbox_rows() == ()


def test_a_case_comes_back_as_it_was_written(store: Store, case: int) -> None:
    written = replace(
        with_tasks(a_task(), a_task("T10:police", agency="police")),
        agency_stages={"records": {"police": "requested"}},
        dates={"aware_on": date(2026, 11, 20)},
        flags=frozenset({"awareness_assumed"}),
        quiet_until=NOW,
    )
    assert step(store, case=written).case == written


def test_a_reminder_that_went_moves_its_task_and_nothing_else(store: Store, case: int) -> None:
    step(store, a_mail(code=CODE), case=with_tasks(a_task(), a_task("T6")))
    step(store, case=with_tasks(a_task(rung=1, is_overdue=True), a_task("T6")))
    assert [(row.task, row.rung, row.is_overdue) for row in store.reports.due_rows()] == [
        ("T2", 1, True),
        ("T6", 0, False),
    ]
    given = store.registration.find_code(CODE)
    assert given is not None
    assert not given.is_spent


def test_a_case_may_have_no_form_at_all(store: Store) -> None:
    store.registration.register(
        keep(store), replace(a_referral(), cases=(NewCase(REFERENCE, NOW, quiet_until=LATER),)), NOW
    )
    file = store.progression.load_case(REFERENCE)
    assert (file.form, file.parties, file.case.quiet_until) == (None, (), LATER)


def test_the_case_whose_moment_came_first_is_next(store: Store, case: int) -> None:
    open_a_case(store, "NS-SECOND-1")
    step(store, case=with_tasks(), next_moment=LATER + timedelta(minutes=1))
    step(store, case=with_tasks(reference="NS-SECOND-1"), next_moment=LATER)
    assert store.progression.next_due_case(NOW) is None
    assert store.progression.next_due_case(LATER) == "NS-SECOND-1"
    assert store.progression.next_due_case(LATER + timedelta(days=1)) == "NS-SECOND-1"


def test_a_case_with_nothing_to_come_is_never_due(store: Store, case: int) -> None:
    step(store, case=with_tasks(), next_moment=None)
    assert store.progression.next_due_case(NOW + timedelta(days=9999)) is None


def test_an_event_that_is_put_off_blocks_no_other_case(store: Store, case: int) -> None:
    first = store.progression.next_event(NOW)
    open_a_case(store, "NS-SECOND-1")
    second = first.id + 1 if first else 0
    assert first is not None
    store.progression.postpone_event(first.id, LATER, "a template is wrong")
    store.progression.postpone_event(99, LATER, "there is no such event")
    after = store.progression.next_event(NOW)
    assert after is not None
    assert after.id == second
    outcome = store.progression.outcome(first.id)
    assert outcome is not None
    assert (outcome.status, outcome.reason) == ("waiting", "a template is wrong")
    again = store.progression.next_event(LATER)
    assert again is not None
    assert again.id == first.id


def test_what_happens_on_one_case_stays_in_order_where_the_first_of_it_is_put_off(store: Store, case: int) -> None:
    first = store.progression.next_event(NOW)
    assert first is not None
    second = store.progression.put_event(an_event(), NOW)
    stale = store.progression.put_event(an_event(name="mail_stale"), NOW)
    assert store.progression.first_failing(LATER) is store.progression.failing_event(REFERENCE) is None
    store.progression.postpone_event(first.id, LATER, "a template is wrong")
    found = store.progression.next_event(NOW)
    assert found is not None
    assert found.id == stale  # it has no place in that order
    assert store.progression.next_event(NOW, REFERENCE) is None
    assert store.progression.failing_event(REFERENCE) == "a template is wrong"
    assert store.progression.first_failing(NOW) == f"{REFERENCE}: a template is wrong"
    report = store.reports.case_report(REFERENCE)
    assert report is not None
    assert report.trouble == "a template is wrong"
    step(store, pending_id=first.id)
    after = store.progression.next_event(NOW, REFERENCE)
    assert after is not None
    assert after.id == second
    assert store.progression.first_failing(LATER) is None


def test_a_case_that_is_put_off_says_why_until_its_next_step(store: Store, case: int) -> None:
    step(store, case=with_tasks(), next_moment=NOW)
    store.progression.postpone_case(REFERENCE, LATER, "the table of bank holidays ends")
    assert store.progression.next_due_case(NOW) is None
    report = store.reports.case_report(REFERENCE)
    assert report is not None
    assert report.trouble == "the table of bank holidays ends"
    assert store.progression.first_failing(LATER) == f"{REFERENCE}: the table of bank holidays ends"
    assert store.progression.first_failing(NOW) is None
    step(store, case=with_tasks())
    report = store.reports.case_report(REFERENCE)
    assert report is not None
    assert report.trouble is None


def test_whose_calendar_has_a_task_is_known_from_the_mails_that_have_left_or_may_yet(store: Store, case: int) -> None:
    first, second = (a_mail(number, calendar="chair@council.example") for number in (1, 2))
    step(store, first, second, a_mail(3), case=with_tasks(a_task()))
    claimed = store.dispatch.claim_outgoing(NOW)
    assert claimed is not None
    store.dispatch.mark_sent(claimed.id, NOW)
    given = store.progression.entries_given(REFERENCE, ["T2", "T3"])
    assert [(entry.task, entry.address, entry.may_have_left) for entry in given] == [
        ("T2", "chair@council.example", True),
        ("T2", "chair@council.example", False),
    ]
    assert list(store.progression.entries_given(REFERENCE, ["T3"])) == []
    assert list(store.progression.entries_given(REFERENCE, [])) == []


def test_an_entry_of_a_calendar_has_one_name_for_each_task_and_address(store: Store) -> None:
    names = {
        store.progression.calendar_uid(reference, task, address)
        for reference in ("NS-7F3K-2Q", "NS-9G4M-3R")
        for task in ("T2.1", "T3.1")
        for address in ("chair@council.example", "CHAIR@council.example", "deputy@council.example")
    }
    assert len(names) == 8
    assert not any("chair" in name or "T2" in name or "7F3K" in name for name in names)


def test_a_week_is_counted_by_what_became_of_its_mails(store: Store, case: int) -> None:
    keep(store, "another")
    week = store.digest.week_book(NOW - timedelta(days=1), NOW + timedelta(days=1))
    assert (week.forms, week.waiting, week.held) == (1, 1, 0)


def test_a_case_that_does_not_exist_is_not_loaded(store: Store) -> None:
    with pytest.raises(LookupError):
        store.progression.load_case("NS-NONE-1")
    with pytest.raises(LookupError):
        store.progression.put_event(an_event("NS-NONE-1"), NOW)


def test_a_refused_answer_holds_its_mail_and_runs_provisional_clocks(store: Store, case: int) -> None:
    inbox_id = keep(store)
    answer = an_event(name="subgroup_decided", inbox_id=inbox_id)
    filed = Registration("reply", "filed", ("an answer",), case=REFERENCE, events=(answer,))
    store.registration.register(inbox_id, filed, NOW)
    taken = store.progression.next_event(NOW)
    assert taken is not None
    file = step(store, case=with_tasks(a_task()), pending_id=taken.id)
    refused = store.progression.next_event(NOW)
    assert refused is not None
    held = NewEvent("held:2", "mail_held", NOW, "mail", "registration")
    progress = _progress(
        store,
        next_moment=None,
        pending_id=refused.id,
        refused="the stages do not allow it",
        warnings=("look again",),
        new_cases=(a_new_case("held:2", provisional=True),),
        new_events=(held,),
    )
    store.progression.commit(file.version, progress, NOW)
    row = store.reports.inbox_rows(held_only=True)[0]
    assert (row.id, row.reasons) == (inbox_id, ("an answer", "the stages do not allow it"))
    assert (inbox_id, "server-folder-name-1", "Held") in store.intake.mails_to_move()
    after = store.progression.load_case(REFERENCE)
    assert after.case == file.case
    assert store.progression.next_due_case(LATER) == REFERENCE  # its clock was not touched
    outcome = store.progression.outcome(refused.id)
    assert outcome is not None
    assert (outcome.status, outcome.reason, outcome.warnings) == (
        "refused",
        "the stages do not allow it",
        ("look again",),
    )
    provisional = store.progression.next_event(NOW)
    assert provisional is not None
    assert provisional.event == held


def test_a_refused_event_that_no_mail_brought_holds_nothing(store: Store, case: int) -> None:
    pending = store.progression.next_event(NOW)
    assert pending is not None
    step(store, pending_id=pending.id, refused="not now")
    assert store.reports.inbox_rows(held_only=True) == ()


def test_an_event_recorded_by_a_person_waits_like_any_other(store: Store) -> None:
    store.progression.open_cases([a_new_case()], [an_event(name="referral_received")], NOW)
    pending = store.progression.next_event(NOW)
    assert pending is not None
    outcome = store.progression.outcome(pending.id)
    assert outcome is not None
    assert outcome.status == "waiting"
    assert store.progression.outcome(99) is None


def test_a_contact_is_away_to_the_last_day_and_a_later_word_replaces_the_first(store: Store, case: int) -> None:
    step(store, absent=((CONTACT, date(2026, 12, 1)),))
    assert store.progression.absences(date(2026, 12, 1)) == {CONTACT}
    assert store.progression.absences(date(2026, 12, 2)) == frozenset()
    step(store, absent=((CONTACT, date(2026, 12, 4)),))
    assert store.progression.absences(date(2026, 12, 2)) == {CONTACT}


# --- the outbox


def test_one_mail_a_key_and_recipient_for_ever_and_its_second_code_is_worth_nothing(store: Store, case: int) -> None:
    step(store, a_mail(1, key="same"), case=with_tasks(a_task()))
    step(store, a_mail(2, key="same", code=CODE), case=with_tasks(a_task()))
    assert len(store.reports.outbox_rows()) == 1
    assert store.registration.find_code(CODE) is None


def test_the_same_key_to_another_recipient_is_another_mail(store: Store, case: int) -> None:
    other = a_mail(2, key="same")
    step(store, a_mail(1, key="same"), replace(other, mail=replace(other.mail, recipient="b@council.example")))
    assert len(store.reports.outbox_rows()) == 2


def test_a_mail_is_claimed_once_and_leaves_as_it_was_written(store: Store, case: int) -> None:
    step(store, a_mail())
    claimed = store.dispatch.claim_outgoing(LATER)
    assert claimed is not None
    assert claimed.mail == a_mail().mail
    assert (claimed.case, claimed.notice, claimed.attempts) == (REFERENCE, "N2", 1)
    assert (claimed.queued_at, claimed.claimed_at, claimed.is_listed) == (NOW, LATER, True)
    assert store.dispatch.claim_outgoing(LATER) is None
    assert store.dispatch.interrupted_mails() == [claimed]


def test_a_mail_that_is_put_off_waits_for_its_moment_behind_the_others(store: Store, case: int) -> None:
    step(store, a_mail(1), a_mail(2))
    first = store.dispatch.claim_outgoing(NOW)
    assert first is not None
    store.dispatch.mark_waiting(first.id, LATER, "the mailbox is away")
    second = store.dispatch.claim_outgoing(LATER)
    assert second is not None
    assert second.id != first.id
    assert store.dispatch.claim_outgoing(NOW) is None
    again = store.dispatch.claim_outgoing(LATER)
    assert again is not None
    assert (again.id, again.attempts) == (first.id, 2)
    assert store.reports.outbox_rows()[0].reason == "the mailbox is away"


def test_a_mail_that_left_is_counted_by_recipient_and_by_list(store: Store, case: int) -> None:
    step(store, a_mail(1), a_mail(2, is_listed=False))
    for _ in range(2):
        claimed = store.dispatch.claim_outgoing(NOW)
        assert claimed is not None
        store.dispatch.mark_sent(claimed.id, LATER)
    assert store.dispatch.count_sent(NOW) == 2
    assert store.dispatch.count_sent(LATER + timedelta(seconds=1)) == 0
    assert store.dispatch.count_sent(NOW, recipient="Chair@Council.example") == 2
    assert store.dispatch.count_sent(NOW, recipient="b@council.example") == 0
    assert store.dispatch.count_sent(NOW, listed=False) == 1
    assert store.dispatch.count_sent(NOW, recipient="chair@council.example", listed=True) == 1


def test_a_mail_that_is_given_up_tells_its_case(store: Store, case: int) -> None:
    claimed = _sending(store)
    store.dispatch.mark_failed(claimed, NOW, "550 chair@council.example unknown")
    event = _last_event(store)
    assert (event.name, event.case, event.source) == ("contact_undeliverable", REFERENCE, "clock")
    assert event.fields == {"role": "subgroup_chair", "notice": "N2", "outbox": str(claimed)}
    assert store.reports.outbox_rows()[0].status == "failed"


def test_a_mail_of_which_nobody_can_tell_tells_its_case_and_is_never_claimed_again(store: Store, case: int) -> None:
    claimed = _sending(store)
    store.dispatch.mark_unknown(claimed, NOW)
    assert _last_event(store).name == "mail_unknown"
    assert store.dispatch.claim_outgoing(LATER) is None
    assert store.dispatch.interrupted_mails() == []


def test_what_is_prepared_is_known_after_a_crash_and_forgotten_when_nothing_left(store: Store, case: int) -> None:
    claimed = _sending(store)
    store.dispatch.note_draft(claimed, Draft("first"))
    store.dispatch.note_draft(claimed, Draft("second"))
    assert [mail.draft for mail in store.dispatch.interrupted_mails()] == [Draft("second")]
    store.dispatch.mark_waiting(claimed, NOW, "it is a draft still", keeps_draft=True)
    again = store.dispatch.claim_outgoing(NOW)
    assert again is not None
    assert again.draft == Draft("second")
    store.dispatch.mark_waiting(claimed, NOW, "nothing left")
    assert [mail.draft for mail in [store.dispatch.claim_outgoing(NOW)] if mail] == [None]


def test_a_mail_is_known_by_the_message_id_that_the_server_gave_it(store: Store, case: int) -> None:
    claimed = _sending(store)
    store.dispatch.note_draft(claimed, Draft("draft", "<other@server.example>"))
    given = store.registration.find_message("<other@server.example>")
    assert given is not None
    assert given.outbox_id == claimed


def test_what_a_person_sends_again_is_asked_about_no_more(store: Store, case: int) -> None:
    claimed = _sending(store)
    store.dispatch.note_draft(claimed, Draft("draft"))
    store.dispatch.mark_unknown(claimed, NOW)
    store.dispatch.retry(claimed, NOW)
    assert [mail.draft for mail in [store.dispatch.claim_outgoing(NOW)] if mail] == [None]


def test_a_mark_that_comes_twice_or_late_changes_nothing(store: Store, case: int) -> None:
    claimed = _sending(store)
    store.dispatch.mark_sent(claimed, NOW)
    store.dispatch.mark_sent(claimed, LATER)
    store.dispatch.mark_failed(claimed, LATER, "late")
    store.dispatch.mark_unknown(claimed, LATER)
    store.dispatch.mark_waiting(claimed, LATER, "late")
    store.dispatch.send_back(claimed, LATER, "late")
    row = store.reports.outbox_rows()[0]
    assert (row.status, row.sent_at, row.reason) == ("sent", NOW, None)


def test_a_person_may_send_again_what_failed_or_may_have_left(store: Store, case: int) -> None:
    claimed = _sending(store)
    assert not store.dispatch.retry(claimed, NOW)
    store.dispatch.mark_unknown(claimed, NOW)
    assert store.dispatch.retry(claimed, NOW)
    again = store.dispatch.claim_outgoing(NOW)
    assert again is not None
    assert again.id == claimed


def test_a_person_may_cancel_what_has_not_left(store: Store, case: int) -> None:
    step(store, a_mail())
    (row,) = store.reports.outbox_rows()
    assert store.dispatch.cancel(row.id, NOW)
    assert not store.dispatch.cancel(row.id, NOW)
    assert store.dispatch.claim_outgoing(LATER) is None


def test_a_closed_task_takes_its_waiting_reminders_back_but_not_its_request(store: Store, case: int) -> None:
    reminder = Notification("T2/1", "N2-reminder", "subgroup_chair", task="T2", rung=1, level="L0")
    step(store, a_mail(1), a_mail(2, order=reminder), a_mail(3, order=reminder), case=with_tasks(a_task()))
    sent = _sending(store)
    store.dispatch.mark_sent(sent, NOW)
    step(store, case=with_tasks(a_task(status="done", closed_at=NOW)))
    assert [row.status for row in store.reports.outbox_rows()] == ["sent", "cancelled", "cancelled"]


def test_what_waits_for_a_whole_group_happens_once_when_the_last_has_left(store: Store, case: int) -> None:
    order = Notification("N9", "N9", "agency", event=1, when_all_sent="partners_informed")
    step(store, a_mail(1, order=order), a_mail(2, order=order))
    first, second = _sending(store), _sending(store)
    store.dispatch.mark_sent(first, NOW)
    assert _names(store) == ["referral_received"]
    store.dispatch.mark_sent(second, NOW)
    assert _names(store) == ["referral_received", "partners_informed"]
    step(store, a_mail(3, order=order))
    store.dispatch.mark_sent(_sending(store), LATER)
    assert _names(store) == ["referral_received", "partners_informed"]


def test_a_group_waits_for_a_person_where_one_of_it_failed(store: Store, case: int) -> None:
    order = Notification("N9", "N9", "agency", event=1, when_all_sent="partners_informed")
    step(store, a_mail(1, order=order), a_mail(2, order=order))
    first, second = _sending(store), _sending(store)
    store.dispatch.mark_failed(first, NOW, "unknown")
    store.dispatch.mark_sent(second, NOW)
    assert "partners_informed" not in _names(store)
    assert store.dispatch.cancel(first, NOW)
    assert "partners_informed" in _names(store)


def test_a_group_of_which_nothing_left_has_not_happened(store: Store, case: int) -> None:
    order = Notification("N9", "N9", "agency", event=1, when_all_sent="partners_informed")
    step(store, a_mail(1, order=order))
    assert store.dispatch.cancel(store.reports.outbox_rows()[0].id, NOW)
    assert "partners_informed" not in _names(store)


def test_a_mail_sent_back_frees_its_key_when_it_is_written_anew(store: Store, case: int) -> None:
    step(store, a_mail(1, key="same"), case=with_tasks(a_task()))
    stale = _sending(store)
    store.dispatch.send_back(stale, NOW, "its contact has changed")
    event = _last_event(store)
    assert (event.name, event.fields["outbox"]) == ("mail_stale", str(stale))
    assert store.progression.ordered(stale) == (a_mail().order, a_mail().mail.recipient)
    step(store, a_mail(2, key="same"), case=with_tasks(), resent=stale, next_moment=None)
    assert [row.status for row in store.reports.outbox_rows()] == ["cancelled", "waiting"]
    assert store.progression.load_case(REFERENCE).case == with_tasks(a_task())  # only a mail was written
    assert store.progression.next_due_case(LATER) == REFERENCE


def test_a_group_is_not_whole_while_one_of_it_is_to_be_written_anew(store: Store, case: int) -> None:
    order = Notification("N9", "N9", "agency", event=1, when_all_sent="partners_informed")
    step(store, a_mail(1, order=order), a_mail(2, order=order))
    first, second = _sending(store), _sending(store)
    store.dispatch.send_back(first, NOW, "stale")
    store.dispatch.mark_sent(second, NOW)
    assert "partners_informed" not in _names(store)
    step(store, resent=first)  # it is not wanted any more
    assert "partners_informed" in _names(store)


def _progress(store: Store, *mails: WrittenMail, case: Case | None = None, **changes: object) -> Progress:
    progress = Progress(case or store.progression.load_case(REFERENCE).case, next_moment=LATER, mails=mails)
    return replace(progress, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mark", "actor", "what", "status"),
    [
        (_mark("mark_sent", LATER), "dispatch", "mail_sent", "sent"),
        (_mark("mark_slowed", LATER, LATER, "slow"), "dispatch", "mail_slowed", "waiting"),
        (_mark("mark_unknown", LATER), "dispatch", "mail_unknown", "unknown"),
        (_mark("mark_failed", LATER, "no"), "dispatch", "mail_failed", "failed"),
        (_mark("send_back", LATER, "old"), "dispatch", "mail_sent_back", "cancelled"),
        (_after_unknown("retry"), "person", "mail_retried", "waiting"),
        (_after_unknown("cancel"), "person", "mail_cancelled", "cancelled"),
    ],
)
def test_what_becomes_of_a_mail_stands_in_the_log_and_in_its_row(
    store: Store, case: int, mark: Mark, actor: str, what: str, status: str
) -> None:
    sending = _sending(store)
    mark(store, sending)
    (entry,) = [row.entry for row in store.installation.audit_of(REFERENCE) if row.entry.what == what]
    assert (entry.actor, entry.at, entry.reference) == (actor, LATER, REFERENCE)
    assert dict(entry.details) == {"outbox": sending, "notice": "N2"}
    with begin(store.engine) as connection:
        row = connection.execute(select(outbox.c.status, outbox.c.settled_at)).one()
    assert row.status == status
    assert row.settled_at == (None if status == "waiting" else LATER)


@pytest.mark.parametrize("name", ["mark_slowed", "mark_failed", "send_back", "mark_waiting"])
def test_why_a_mail_did_not_leave_is_kept_with_that_mail(store: Store, case: int, name: str) -> None:
    first, second = _sending(store), _sending_another(store)
    moments = {"mark_slowed": (LATER, LATER), "mark_waiting": (LATER,)}.get(name, (LATER,))
    getattr(store.dispatch, name)(first, *moments, "because \udcff of it")
    reasons = {row.id: row.reason for row in store.reports.outbox_rows()}
    assert reasons == {first: "because ? of it", second: None}


@pytest.mark.parametrize("name", ["mark_slowed", "mark_unknown", "mark_failed", "send_back"])
def test_the_case_hears_which_mail_it_was_and_from_whom(store: Store, case: int, name: str) -> None:
    sending = _sending(store)
    moments = {"mark_slowed": (LATER, LATER, "slow"), "mark_unknown": (LATER,)}.get(name, (LATER, "why"))
    getattr(store.dispatch, name)(sending, *moments)
    event = _last_event(store)
    assert event.fields == {"role": "subgroup_chair", "notice": "N2", "outbox": str(sending)}
    assert (event.source, event.by, event.at) == ("clock", "cspr-bot", LATER)


def test_what_turns_up_in_sent_after_all_was_sent(store: Store, case: int) -> None:
    sending = _sending(store)
    store.dispatch.mark_unknown(sending, NOW)
    store.dispatch.mark_sent(sending, LATER)
    assert (store.reports.outbox_rows()[0].status, store.reports.outbox_rows()[0].sent_at) == ("sent", LATER)


@pytest.mark.parametrize("status", ["unknown", "failed", "waiting"])
def test_a_person_may_send_at_once_or_cancel_whatever_has_not_left(store: Store, case: int, status: str) -> None:
    mail = _sending(store)
    if status == "unknown":
        store.dispatch.mark_unknown(mail, NOW)
    elif status == "failed":
        store.dispatch.mark_failed(mail, NOW, "550")
    else:
        store.dispatch.mark_waiting(mail, NOW + timedelta(days=1), "later")
    assert store.dispatch.retry(mail, NOW)
    assert store.reports.outbox_rows()[0].not_before == NOW
    assert store.dispatch.cancel(mail, NOW)
    assert store.reports.outbox_rows()[0].status == "cancelled"
    assert not store.dispatch.retry(mail, NOW)
    assert not store.dispatch.cancel(mail, NOW)


@pytest.mark.parametrize("status", ["unknown", "failed"])
def test_a_person_may_cancel_what_failed_or_may_have_left(store: Store, case: int, status: str) -> None:
    mail = _sending(store)
    if status == "unknown":
        store.dispatch.mark_unknown(mail, NOW)
    else:
        store.dispatch.mark_failed(mail, NOW, "550")
    assert store.dispatch.cancel(mail, NOW)


def _sending(store: Store) -> int:
    """Claim the next mail, writing one where none waits."""
    if not any(row.status == "waiting" for row in store.reports.outbox_rows()):
        step(store, a_mail())
    claimed = store.dispatch.claim_outgoing(NOW)
    assert claimed is not None
    return claimed.id


def _names(store: Store) -> list[str]:
    """Name every event that was ever queued, in order."""
    with store.engine.begin() as connection:
        return list(connection.execute(select(event_queue.c.name).order_by(event_queue.c.id)).scalars())


def _last_event(store: Store) -> NewEvent:
    """Give the event that was queued last, by settling those before it."""
    pending = store.progression.next_event(NOW)
    assert pending is not None
    while len(_names(store)) > pending.id:
        step(store, pending_id=pending.id)
        pending = store.progression.next_event(NOW)
        assert pending is not None
    return pending.event


# --- the contact list


def a_question() -> WrittenMail:
    mail = OutgoingMail("p@nsscp.example", "new@nhs.example", "<ask@nsscp.example>", "ask", b"Do you read this?")
    return WrittenMail("digest/address/1", mail, Notification("address/1", "N28-address", "executive"), "executive")


def test_an_address_is_asked_once_confirmed_once_and_forgotten_when_it_is_awaited_no_more(store: Store) -> None:
    doors = store.asked_addresses
    assert doors.forget_but(["new@nhs.example", "other@nhs.example"]) == ["new@nhs.example", "other@nhs.example"]
    doors.put_question(NOW, "New@nhs.example", a_question())
    assert doors.forget_but(["new@nhs.example", "other@nhs.example"]) == ["other@nhs.example"]
    assert doors.states(["new@nhs.example"]) == {"new@nhs.example": AskedAddress(NOW, None)}
    word = Registration("reply", "filed", confirmed="new@nhs.example")
    for later in range(2):
        store.registration.register(keep(store, str(later)), word, NOW + timedelta(days=later))
    assert doors.states(["new@nhs.example"]) == {"new@nhs.example": AskedAddress(NOW, NOW)}
    assert doors.confirmed(["new@nhs.example", "other@nhs.example"]) == {"new@nhs.example"}
    assert doors.forget_but([]) == []
    assert doors.states(["new@nhs.example"]) == {}


def test_who_put_a_list_in_force_is_kept_sealed_and_the_log_has_the_checksums(store: Store) -> None:
    store.contact_lists.note_change(NOW, "A. Clerk", "ab", "cd", {"added": 1})
    assert store.contact_lists.changes() == (ListChange(NOW, "A. Clerk", "ab", "cd"),)
    (row,) = (row for row in store.installation.audit_of() if row.entry.what == "contacts_changed")
    assert row.entry.details == {"before": "ab", "after": "cd", "added": 1}


def test_a_mail_that_was_refused_is_the_last_bounce_of_its_address(store: Store) -> None:
    store.notices.put_notices(NOW, [a_question()])
    claimed = store.dispatch.claim_outgoing(NOW)
    assert claimed is not None
    store.dispatch.mark_failed(claimed.id, NOW, "550 no such user")
    assert store.contact_lists.last_bounces(["New@nhs.example", "other@nhs.example"]) == {"New@nhs.example": NOW}
