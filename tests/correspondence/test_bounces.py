"""What did not arrive: permanent or not, whose, and which mail of ours it was."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.correspondence.bounces import Bounce, Failure, what_bounced
from cspr_bot.correspondence.message import Attachment, ParsedMail
from tests.correspondence.conftest import MakeMail

REPORT = "From: MAILER-DAEMON@mx.police.example\nContent-Type: multipart/report; report-type=delivery-status"


def status(*groups: str) -> Attachment:
    text = "Reporting-MTA: dns; mx.police.example\n\n" + "\n\n".join(groups) + "\n"
    return Attachment("", "message/delivery-status", text.encode())


def recipient(address: str, action: str, code: str) -> str:
    return f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {code}"


def bounce(mail: MakeMail, *attachments: Attachment, text: str = "", headers: str = REPORT) -> Bounce:
    found = what_bounced(mail(headers, text, attachments))
    assert found is not None
    return found


def test_a_failure_that_will_not_pass_is_permanent(mail: MakeMail) -> None:
    found = bounce(mail, status(recipient("A@police.example", "failed", "5.1.1")))
    assert (found.recipients, found.permanent) == (("a@police.example",), True)


def test_a_delay_and_a_full_mailbox_for_now_are_not(mail: MakeMail) -> None:
    assert not bounce(mail, status(recipient("a@police.example", "delayed", "4.4.1"))).permanent
    assert not bounce(mail, status(recipient("a@police.example", "failed", "4.2.2"))).permanent
    assert not bounce(mail, status(recipient("a@police.example", "delayed", "5.0.0"))).permanent


def test_each_recipient_is_told_of_by_itself(mail: MakeMail) -> None:
    found = bounce(
        mail,
        status(
            recipient("a@police.example", "delivered", "2.0.0"),
            recipient("b@police.example", "delayed", "4.4.7"),
            recipient("c@police.example", "failed (permanent)", "5.7.1"),
        ),
    )
    assert found.failures == (
        Failure("b@police.example", "delayed", "4.4.7"),
        Failure("c@police.example", "failed", "5.7.1"),
    )


def test_the_address_that_we_wrote_to_counts_and_not_where_it_was_forwarded(mail: MakeMail) -> None:
    group = f"Original-Recipient: rfc822;role@police.example\n{recipient('jane@x.example', 'failed', '5.0.0')}"
    assert bounce(mail, status(group)).recipients == ("role@police.example",)


def test_the_code_may_stand_in_the_diagnosis(mail: MakeMail) -> None:
    group = "Final-Recipient: rfc822; a@police.example\nAction: failed\nDiagnostic-Code: smtp; 550 5.7.129 refused"
    assert bounce(mail, status(group)).failures[0].status == "5.7.129"


def test_good_news_is_no_bounce(mail: MakeMail) -> None:
    assert what_bounced(mail(REPORT, "", (status(recipient("a@police.example", "relayed", "2.0.0")),))) is None


def test_a_report_without_a_word_about_anybody_is_a_bounce_of_we_know_not_what(mail: MakeMail) -> None:
    found = bounce(mail, text="sorry")
    assert (found.recipients, found.permanent) == ((), False)


def test_the_mail_that_came_back_is_known_by_its_effect_and_id(mail: MakeMail) -> None:
    returned = b"Message-ID: <1@nsscp.example>\r\nX-CSPR-Effect: KEY\r\n\r\nbody"
    for media_type in ("message/rfc822", "text/rfc822-headers"):
        found = bounce(
            mail, status(recipient("a@police.example", "failed", "5.1.1")), Attachment("", media_type, returned)
        )
        assert (found.effect, found.original_message_id) == ("KEY", "<1@nsscp.example>")


def test_prose_is_read_as_far_as_it_can_be(mail: MakeMail) -> None:
    returned = "> Message-ID: <1@x.example>\n> X-CSPR-Effect: KEY"
    text = f"I could not deliver to:\n<a@police.example>: 550 no such user\n\n{returned}"
    found = bounce(mail, text=text, headers="Return-Path: <>\nFrom: MAILER-DAEMON\nSubject: failure notice")
    assert found.recipients[0] == "a@police.example"
    assert found.permanent
    assert (found.effect, found.original_message_id) == ("KEY", "<1@x.example>")


@pytest.mark.parametrize(
    ("text", "action", "code"),
    [
        ("It could not be delivered.", "unknown", ""),
        ("User unknown", "failed", "5.0.0"),
        ("The mailbox is full.", "failed", "4.0.0"),
        ("The mailbox is full, we will keep trying.", "delayed", "4.0.0"),
        ("It is delayed.", "delayed", ""),
        ("It is delayed. We have given up.", "unknown", ""),
        ("452 we will retry", "delayed", "4.0.0"),
        ("552 we will retry", "failed", "5.0.0"),
        ("552 5.2.2 mailbox full", "failed", "5.2.2"),
    ],
)
def test_prose_is_weighed_by_its_numbers_and_else_by_its_words(
    mail: MakeMail, text: str, action: str, code: str
) -> None:
    headers = "From: postmaster@police.example\nSubject: Undeliverable\nX-Failed-Recipients: a@police.example"
    assert bounce(mail, text=text, headers=headers).failures == (Failure("a@police.example", action, code),)


def test_an_address_that_a_library_found_is_weighed_by_what_stands_beside_it(mail: MakeMail) -> None:
    text = "b@police.example: 550 no such user\nc@police.example: 451 busy, will retry\n"
    found = what_bounced(mail("From: x@y.example", text, failed=("b@police.example",), delayed=("c@police.example",)))
    assert found is not None
    assert found.failures == (
        Failure("c@police.example", "delayed", "4.0.0"),
        Failure("b@police.example", "failed", "5.0.0"),
    )


def test_a_service_that_challenges_strangers_reports_no_failure(mail: MakeMail) -> None:
    report = status("Final-Recipient: rfc822; a@police.example\nStatus: 4.7.0")
    headers = "From: noreply@guests.example\nContent-Type: multipart/report; report-type=delivery-status"
    text = "Your message has been waitlisted. Please add yourself to my Guest List."
    assert what_bounced(mail(headers, text, (report,))) is None
    assert what_bounced(mail(REPORT, text, (report,))) is not None


def test_a_person_who_speaks_of_a_failure_is_no_mail_system(mail: MakeMail) -> None:
    assert what_bounced(mail("From: jane@police.example\nSubject: Undeliverable: x", "550 5.1.1 user unknown")) is None


@given(st.binary())
def test_no_report_whatever_raises(content: bytes) -> None:
    report = Attachment("", "message/delivery-status", content)
    what_bounced(ParsedMail((), attachments=(report, Attachment("", "message/rfc822", content))))


@pytest.mark.parametrize("line", [b"no field at all\n", b"stray\nSubject: x\n", b"\n", b"\n\nAction: failed\n"])
def test_a_report_that_is_made_to_take_long_does_not(line: bytes) -> None:
    report = Attachment("", "message/delivery-status", line * 200_000)
    begun = time.process_time()
    what_bounced(ParsedMail((), attachments=(report,)))
    assert time.process_time() - begun < 5
