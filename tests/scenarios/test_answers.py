"""Who may close a task by mail, and with which words: everything else changes nothing, and a person reads it."""

import re
from collections.abc import Callable

import pytest

from cspr_bot.demonstration.post import answer, new_mail
from cspr_bot.pipeline.dossier import DIGEST
from tests.scenarios.partnership import Partnership
from tests.scenarios.people import (
    CHAIR,
    COMPLETE,
    COORDINATOR,
    DEPUTY_SERVICE_LEADER,
    MAILBOX,
    POLICE,
    SERVICE_LEADER,
    STRANGER,
    WITH_GAPS,
)

NEVER_SENT = "<0123456789abcdef@nsscp.example>"


@pytest.fixture
def case(home: Partnership) -> str:
    """A case that was opened on Tuesday 15 December 2026."""
    home.wait_until("2026-12-15 10:12")
    return home.refer(COMPLETE)


def code_of(home: Partnership, to: str, notice: str) -> str:
    """Give the answer code in the mail that went there."""
    found = re.search(r"Answer code: ([A-Z2-7]{26,})", home.sent(to=to, notice=notice)[-1].text)
    assert found is not None
    return found[1]


def test_done_by_the_owner_closes_the_task_and_is_confirmed(home: Partnership, case: str) -> None:
    row = home.answer(SERVICE_LEADER, "N4", "DONE REF 48213")
    assert (row.kind, row.status, row.case) == ("reply", "filed", case)
    assert home.task(case, "T2").status == "done"
    (confirmed,) = home.sent(to=SERVICE_LEADER, notice="N13-answer")
    assert confirmed.mail["In-Reply-To"] == row.message_id
    assert "undo" in confirmed.text
    (event,) = [event for event in home.case(case).events if event.name == "sin_sent"]
    assert event.fields["reference"] == "48213"
    assert event.source == "mail"


def test_done_by_the_owner_s_deputy_closes_it_too(home: Partnership, case: str) -> None:
    home.wait_until("2026-12-21 12:00")  # the day before it is due the deputy was told
    home.answer(DEPUTY_SERVICE_LEADER, "N4", "DONE")
    assert home.task(case, "T2").status == "done"


def test_done_by_the_co_ordinator_for_another_is_known_to_be_theirs(home: Partnership, case: str) -> None:
    home.wait_until("2026-12-21 12:00")
    home.answer(COORDINATOR, "N4", "DONE")
    (event,) = [event for event in home.case(case).events if event.name == "sin_sent"]
    assert event.by == COORDINATOR


def test_a_day_may_be_given_and_counts(home: Partnership, case: str) -> None:
    home.wait_until("2026-12-17 12:00")
    home.answer(SERVICE_LEADER, "N4", "DONE 2026-12-16")
    (event,) = [event for event in home.case(case).events if event.name == "sin_sent"]
    assert event.at.date().isoformat() == "2026-12-16"


def spoofed(home: Partnership) -> bytes:
    return home.an_answer(SERVICE_LEADER, "N4", "DONE").replace(b"dmarc=pass", b"dmarc=fail")


def of_a_colleague(home: Partnership) -> bytes:
    return home.an_answer(SERVICE_LEADER, "N4", "DONE").replace(b"service.leader@", b"colleague@")


def of_another_contact(home: Partnership) -> bytes:
    code = code_of(home, SERVICE_LEADER, "N4")
    return new_mail(POLICE, MAILBOX, "RE: your mail", f"DONE\n\nAnswer code: {code}\n", home.now)


def of_a_stranger(home: Partnership) -> bytes:
    code = code_of(home, SERVICE_LEADER, "N4")
    return new_mail(STRANGER, MAILBOX, "RE: your mail", f"DONE\n\nAnswer code: {code}\n", home.now)


def without_a_code(home: Partnership) -> bytes:
    reference = home.references()[0]
    return new_mail(SERVICE_LEADER, MAILBOX, f"RE: NSSCP {reference}", "DONE\n", home.now)


def with_an_invented_code(home: Partnership) -> bytes:
    reference = home.references()[0]
    text = f"DONE\n\nAnswer code: {'A' * 26}\n"
    raw = new_mail(SERVICE_LEADER, MAILBOX, f"RE: NSSCP {reference}", text, home.now)
    return raw.replace(b"Subject:", f"In-Reply-To: {NEVER_SENT}\r\nSubject:".encode(), 1)


def as_prose(home: Partnership) -> bytes:
    return home.an_answer(SERVICE_LEADER, "N4", "Done, I think, but let me check with the team.")


def only_quoted(home: Partnership) -> bytes:
    return home.an_answer(SERVICE_LEADER, "N4", "> DONE")


def below_the_first_line(home: Partnership) -> bytes:
    return home.an_answer(SERVICE_LEADER, "N4", "Thank you for the reminder.\n\nDONE")


def of_a_day_to_come(home: Partnership) -> bytes:
    return home.an_answer(SERVICE_LEADER, "N4", "DONE 2026-12-24")


def to_a_decision(home: Partnership) -> bytes:
    return home.an_answer(CHAIR, "N8", "DONE")


def with_an_agency_that_nobody_knows(home: Partnership) -> bytes:
    return home.an_answer(CHAIR, "N8", "RAPID REVIEW: YES police, the-circus")


def shown_otherwise_in_html(home: Partnership) -> bytes:
    plain = home.an_answer(SERVICE_LEADER, "N4", "DONE").decode()
    head, _, body = plain.partition("\r\n\r\n")
    head = re.sub(r"Content-Type: .*", 'Content-Type: multipart/alternative; boundary="b"', head)
    head = re.sub(r"\r\nContent-Transfer-Encoding: .*", "", head)
    parts = (
        f'--b\r\nContent-Type: text/plain; charset="utf-8"\r\n\r\n{body}',
        "--b\r\nContent-Type: text/html\r\n\r\n<p>NOT DONE</p>\r\n--b--\r\n",
    )
    return "\r\n".join((head, "", *parts)).encode()


@pytest.mark.parametrize(
    ("forged", "reason"),
    [
        (spoofed, "nobody can tell who wrote it"),
        (of_a_colleague, "the answer code in it was given to somebody else"),
        (of_another_contact, "the answer code in it was given to somebody else"),
        (of_a_stranger, "the answer code in it was given to somebody else"),
        (without_a_code, "it bears no answer code"),
        (with_an_invented_code, "it bears no answer code"),
        (as_prose, "its first line is none of the possible answers"),
        (only_quoted, "its first line is none of the possible answers"),
        (below_the_first_line, "its first line is none of the possible answers"),
        (of_a_day_to_come, "it gives a day that has not come yet"),
        (to_a_decision, "the task asks for something else"),
        (with_an_agency_that_nobody_knows, "its first line is none of the possible answers"),
        (shown_otherwise_in_html, "its plain text and what a reader sees begin differently"),
    ],
    ids=lambda item: getattr(item, "__name__", ""),
)
def test_a_forged_or_unclear_answer_changes_nothing_and_is_held_with_its_reason(
    home: Partnership, case: str, forged: Callable[[Partnership], bytes], reason: str
) -> None:
    home.wait_until("2026-12-16 14:30")
    before, mails = home.case(case).case, len(home.sent(case=case, status=""))
    raw = forged(home)
    row = home.receive(raw)
    assert (row.kind, row.status) == ("reply", "held")
    assert any(text.startswith(reason) for text in row.reasons), row.reasons
    assert home.case(case).case == before
    assert len(home.sent(case=case, status="")) == mails
    told = home.sent(case=f"held:{row.id}")
    assert {mail.to for mail in told} == {COORDINATOR}
    (own,) = re.findall(r"Answer code: ([A-Z2-7]{26})", told[0].text)  # to decide on it; never the one that came in it
    assert own.encode() not in raw


def test_done_on_a_task_that_asks_for_a_decision_lists_what_may_be_answered(home: Partnership, case: str) -> None:
    row = home.answer(CHAIR, "N8", "DONE")
    assert any("RAPID REVIEW: YES" in reason and "RAPID REVIEW: NO" in reason for reason in row.reasons)


@pytest.mark.parametrize("words", ["RAPID REVIEW: NO", "Rapid review: no.", "RAPID REVIEW: NO [write the reason here]"])
def test_a_decision_without_its_reason_is_held_and_asked_for_it(home: Partnership, case: str, words: str) -> None:
    row = home.answer(CHAIR, "N8", words)
    assert row.status == "held"
    assert row.reasons == (
        "it decides and does not say why: the reason belongs behind RAPID REVIEW: NO, on the same line",
    )
    assert home.stage(case) == "open"
    home.answer(CHAIR, "N8", "RAPID REVIEW: NO the criteria are not met")
    assert home.stage(case) == "no_rapid_review"


def test_an_answer_given_twice_changes_nothing_the_second_time(home: Partnership, case: str) -> None:
    answer = home.an_answer(SERVICE_LEADER, "N4", "DONE")
    first, same = home.receive(answer), home.receive(answer)
    assert same.reasons == (f"copy of {first.id}",)
    history = home.case(case).case.history
    home.wait_until("2026-12-15 11:00")
    again = home.answer(SERVICE_LEADER, "N4", "DONE")
    assert again.status == "held"
    assert again.reasons == ("the task it answers is closed already",)
    assert home.case(case).case.history == history
    assert len(home.sent(to=SERVICE_LEADER, notice="N13-answer")) == 1


def test_a_code_is_good_for_its_own_case_only(home: Partnership, case: str) -> None:
    other = home.refer(WITH_GAPS)
    answer = home.an_answer(SERVICE_LEADER, "N4", "DONE", case=case).replace(case.encode(), other.encode())
    home.receive(answer)
    assert home.task(case, "T2").status == "done"
    assert home.task(other, "T2").is_open


def test_what_a_mail_program_quotes_without_marks_is_not_an_answer(home: Partnership, case: str) -> None:
    ours = home.sent(to=SERVICE_LEADER, notice="N4")[-1]
    quoted = f"From: {MAILBOX}\nSent: 15 December 2026 10:12\nTo: {SERVICE_LEADER}\nSubject: {ours.subject}\n\nDONE\n"
    text = f"Please see below.\n\n{quoted}\nAnswer code: {code_of(home, SERVICE_LEADER, 'N4')}\n"
    row = home.mail_from(SERVICE_LEADER, f"RE: {ours.subject}", text)
    assert row.status == "held"
    assert home.task(case, "T2").is_open


def test_received_stops_the_question_and_nothing_else(home: Partnership, case: str) -> None:
    home.answer(POLICE, "N2", "RECEIVED")
    receipts = {task.id.split(".")[1]: task.status for task in home.case(case).case.tasks if task.timer == "receipt"}
    assert receipts["police_review_team"] == "done"
    assert list(receipts.values()).count("open") == 4


def test_status_tells_the_sender_their_own_open_tasks_and_nothing_else(home: Partnership, case: str) -> None:
    home.answer(SERVICE_LEADER, "N4", "STATUS")
    (told,) = home.sent(to=SERVICE_LEADER, notice="N13-status")
    assert "Notify the National Panel" in told.text
    assert "Convene the Sub-Group" not in told.text


def test_a_note_is_kept_with_the_case_and_said_to_nobody_in_a_mail(home: Partnership, case: str) -> None:
    home.answer(SERVICE_LEADER, "N4", "NOTE the file of Jacoby is with legal")
    (event,) = [event for event in home.case(case).events if event.name == "note_added"]
    assert "Jacoby" in event.fields["note"]


def test_who_is_away_is_stood_in_for_until_they_are_back(home: Partnership, case: str) -> None:
    home.answer(SERVICE_LEADER, "N4", "AWAY UNTIL 2026-12-18")
    home.wait_until("2026-12-17 12:00")
    (confirmed,) = home.sent(to=SERVICE_LEADER, notice="N13-answer")
    assert "Away until: Friday 18 December 2026" in confirmed.text
    reminded = [mail for mail in home.sent(case=case, since="2026-12-17 09:00") if mail.timer == "T2"]
    assert {mail.to for mail in reminded} == {DEPUTY_SERVICE_LEADER}
    home.answer(DEPUTY_SERVICE_LEADER, "N4", "DONE")
    assert home.task(case, "T2").status == "done"


def test_one_answer_that_ticks_all_three_is_confirmed_once(home: Partnership, case: str) -> None:
    home.record(case, "subgroup_decided", {"rapid_review": "yes", "agencies": "police"})
    for event, fields in (
        ("rapid_review_started", {}),
        ("recommendation_made", {"outcome": "cspr"}),
        ("executive_decided", {"outcome": "cspr"}),
        ("panel_submission_sent", {}),
        ("panel_decided", {"outcome": "local"}),
    ):
        home.record(case, event, fields)
    home.answer(SERVICE_LEADER, "N18", "DONE")
    assert home.task(case, "T14").status == "done"
    assert len(home.sent(to=SERVICE_LEADER, notice="N13-answer")) == 1


@pytest.mark.parametrize("day", ["2006-12-15", "0001-01-01", "2025-12-14"])
def test_a_day_that_cannot_be_meant_closes_nothing_and_stops_no_later_round(
    home: Partnership, case: str, day: str
) -> None:
    home.wait_until("2026-12-16 14:30")
    row = home.answer(SERVICE_LEADER, "N4", f"DONE {day}", case=case)
    assert (row.status, row.reasons) == ("held", ("it gives a day of more than a year ago: is the year right?",))
    assert home.task(case, "T2").is_open
    home.wait_until("2026-12-17 09:00")
    assert home.sent(case=DIGEST)[-1].at == "2026-12-17 09:00"


def test_only_from_the_address_itself_can_it_be_said_that_its_holder_is_away(home: Partnership, case: str) -> None:
    home.wait_until("2026-12-16 14:30")
    asked = [mail for mail in home.sent(to=SERVICE_LEADER, case=case) if mail.notice == "N4"][-1]
    row = home.receive(answer(asked.raw, DEPUTY_SERVICE_LEADER, "AWAY UNTIL 2026-12-31", home.now))
    assert row.status == "held"
    assert row.reasons[0].startswith("only from the address itself")
    home.wait_until("2026-12-18 09:00")
    assert SERVICE_LEADER in {mail.to for mail in home.sent(case=case) if mail.at >= "2026-12-17"}


def test_who_is_away_until_a_day_that_has_passed_means_another_day(home: Partnership, case: str) -> None:
    row = home.answer(SERVICE_LEADER, "N4", "AWAY UNTIL 2006-12-31", case=case)
    assert (row.status, row.reasons[0]) == ("held", "it gives a day that has passed")
