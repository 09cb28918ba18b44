"""A mail that does not arrive: who hears of it, and when."""

from cspr_bot.store import InboxRow
from tests.post.absences import absences
from tests.post.bounces import DELAYS, FAILURES
from tests.scenarios.partnership import Partnership, Sent
from tests.scenarios.people import (
    COMPLETE,
    COORDINATOR,
    DEPUTY_COORDINATOR,
    DEPUTY_SERVICE_LEADER,
    SERVICE_LEADER,
)

DEAD = "550 5.1.1 The email account that you tried to reach does not exist"


def asked(home: Partnership) -> Sent:
    """Give the statutory request that went to the Service Leader for a new case."""
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    return home.sent(case=case, to=SERVICE_LEADER, notice="N4")[-1]


def bounced(home: Partnership, mail: Sent, dialect: str = "Exchange Online", status: str = "5.1.1") -> InboxRow:
    home.wait_until("2026-12-15 10:20")
    return home.receive(FAILURES[dialect](mail.raw, mail.to, status, DEAD))


def test_a_statutory_notice_that_bounced_goes_to_the_deputy_and_a_person_hears_of_it_at_once(home: Partnership) -> None:
    mail = asked(home)
    row = bounced(home, mail)
    assert (row.kind, row.status, row.case) == ("bounce", "filed", mail.case)
    (to_deputy,) = home.sent(case=mail.case, to=DEPUTY_SERVICE_LEADER)
    assert (to_deputy.notice, to_deputy.at, to_deputy.task) == ("N4", "2026-12-15 10:20", mail.task)
    assert "whom no mail can reach now" in to_deputy.text
    told = home.sent(case=mail.case, notice="N28-undeliverable")
    assert {item.to for item in told} == {COORDINATOR, DEPUTY_COORDINATOR}
    assert "contact_undeliverable" in home.case(mail.case).row.flags
    # The deputy may answer it, and that closes the task.
    home.answer(DEPUTY_SERVICE_LEADER, "N4", "DONE")
    assert not home.task(mail.case, "T2").is_open


def test_one_that_was_given_up_for_a_reason_that_may_pass_is_told_of_too(home: Partnership) -> None:
    mail = asked(home)
    home.wait_until("2026-12-15 10:20")
    row = home.receive(FAILURES["Postfix"](mail.raw, mail.to, "4.4.7", "450 4.4.7 Message expired"))
    assert row.bounce is not None
    assert not row.bounce.permanent
    assert home.sent(case=mail.case, to=DEPUTY_SERVICE_LEADER, notice="N4")


def test_a_delay_is_no_failure(home: Partnership) -> None:
    mail = asked(home)
    home.wait_until("2026-12-15 10:20")
    row = home.receive(DELAYS["Exchange Online"](mail.raw, mail.to, "4.4.7", "450 4.4.7 Message delayed"))
    assert (row.kind, row.status) == ("bounce", "filed")
    assert not home.sent(notice="N28-undeliverable")
    assert "contact_undeliverable" not in home.case(mail.case).row.flags


def test_a_bounce_without_our_mark_touches_nobody(home: Partnership) -> None:
    mail = asked(home)
    forged = mail.raw.replace(b"X-CSPR-Effect:", b"X-Other:").replace(b"Message-ID: <", b"Message-ID: <0")
    row = bounced(home, Sent(**{**{name: getattr(mail, name) for name in Sent.__dataclass_fields__}, "raw": forged}))
    assert (row.kind, row.status) == ("bounce", "ignored")
    assert not home.sent(to=DEPUTY_SERVICE_LEADER)


def test_a_bounce_of_the_alarm_about_a_bounce_is_the_end_of_it(home: Partnership) -> None:
    bounced(home, asked(home))
    written = len(home.written())
    for alarm in home.sent(notice="N28-undeliverable"):
        assert bounced(home, alarm).status == "filed"
    assert len(home.written()) == written


def test_whoever_is_away_is_stood_in_for_and_no_clock_waits(home: Partnership) -> None:
    mail = asked(home)
    due = home.task(mail.case, "T2").due_at
    home.wait_until("2026-12-15 10:20")
    (reply, *_) = absences(SERVICE_LEADER, str(mail.mail["Message-ID"]), "> DONE")
    row = home.receive(reply.raw)
    assert (row.kind, row.status, row.case) == ("auto_reply", "filed", mail.case)
    (to_deputy,) = home.sent(case=mail.case, to=DEPUTY_SERVICE_LEADER)
    assert (to_deputy.notice, to_deputy.at, to_deputy.task) == ("N4", "2026-12-15 10:20", mail.task)
    task = home.task(mail.case, "T2")
    assert (task.is_open, task.due_at) == (True, due)
    assert [event.name for event in home.case(mail.case).events].count("contact_away") == 1
    assert len(home.sent(case=mail.case, to=SERVICE_LEADER, since="2026-12-15 10:13")) == 0
