"""A held mail is told of at once, and again each working hour until somebody has decided."""

from collections import Counter
from datetime import timedelta

from cspr_bot.pipeline.dossier import DIGEST
from cspr_bot.pipeline.held_alarm import NOTICE
from tests.scenarios.partnership import Partnership, Sent
from tests.scenarios.people import COMPLETE, COORDINATOR, DEPUTY_COORDINATOR, STRANGER, word_file

QUARTER = timedelta(minutes=15)


def alarms(home: Partnership) -> list[Sent]:
    return [mail for mail in home.sent(case=DIGEST) if mail.notice == NOTICE]


def poll_until(home: Partnership, moment: str) -> None:
    """Let the stations work every quarter of an hour, as the daemon does more often."""
    end = home.local(moment)
    while (then := home.now + QUARTER) < end:
        home.office.turn(then)
        home.work()
    home.sleep_until(moment)


def test_the_first_word_goes_at_once_at_any_hour_and_the_next_ones_each_working_hour(home: Partnership) -> None:
    home.wait_until("2026-12-17 22:40")
    row = home.mail_from(STRANGER, "A question", "Is there a form for this?\n")
    (first,) = home.sent(to=COORDINATOR, notice="N28-held-other")
    assert first.at == "2026-12-17 22:40"
    poll_until(home, "2026-12-18 16:45")  # after nine the page of the morning tells of it, to the co-ordinator
    for who in (COORDINATOR, DEPUTY_COORDINATOR):
        assert [mail.at[-5:] for mail in alarms(home) if mail.to == who] == [f"{hour}:10" for hour in range(10, 17)]
    poll_until(home, "2026-12-21 08:45")  # the weekend is quiet
    assert len({mail.at for mail in alarms(home)}) == 7
    home.release(row, "ignore")
    poll_until(home, "2026-12-21 13:00")
    assert len({mail.at for mail in alarms(home)}) == 7
    assert not any(mail.text.count("Answer code") for mail in alarms(home))


def test_one_mail_an_hour_tells_of_all_and_says_nothing_of_whom_they_are_about(home: Partnership) -> None:
    home.wait_until("2026-12-17 10:00")
    question = home.mail_from(STRANGER, "About Mabel Thistlewood", "Is there a form for this?\n")
    other = home.mail_from(STRANGER, "Another", "Hello?\n")
    home.sleep_until("2026-12-17 11:00")
    (mail,) = alarms(home)
    assert mail.subject.endswith("2 held mails still wait for somebody to decide")
    assert f"Mail {question.id}, received at 10:00 on Thursday 17 December 2026" in mail.text
    assert f"Mail {other.id}, received at" in mail.text
    assert "Thistlewood" not in mail.text
    assert mail.mail["Auto-Submitted"] == "auto-generated"
    assert mail.mail["X-CSPR-Case"] == "held"


def test_the_clock_that_runs_with_a_held_form_stands_beside_it(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    row = home.mail_from(STRANGER, "Referral", "See.\n", word_file(COMPLETE))
    home.sleep_until("2026-12-15 11:12")
    assert f"Mail {row.id}, received at 10:12 on Tuesday 15 December 2026. A clock ends on " in alarms(home)[0].text


def test_what_dies_and_runs_twice_tells_once(home: Partnership) -> None:
    home.wait_until("2026-12-17 10:00")
    home.mail_from(STRANGER, "A question", "Is there a form for this?\n")
    home.office.turn(home.local("2026-12-17 11:00"))
    other = Partnership(home.folder, home.office.reader)
    assert [home.office.held_alarm.step(), other.office.held_alarm.step()] == [True, False]
    home.close()
    other.work()
    other.reopen()
    other.sleep_until("2026-12-17 11:30")
    assert Counter(mail.at for mail in alarms(other)) == {"2026-12-17 11:00": 1}
    other.close()


def test_while_the_coordinator_is_away_the_deputy_gets_it(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    home.answer(COORDINATOR, "N3", "AWAY UNTIL 2026-12-18", case=case)
    home.wait_until("2026-12-17 10:00")
    home.mail_from(STRANGER, "A question", "Is there a form for this?\n")
    home.sleep_until("2026-12-17 11:00")
    assert [mail.to for mail in alarms(home)] == [DEPUTY_COORDINATOR]


def test_an_alarm_that_did_not_leave_is_not_written_anew_a_day_later(home: Partnership) -> None:
    """What was true of its hour is not told two days later: the next one tells what is true then."""
    home.wait_until("2026-12-15 10:00")
    home.mail_from(STRANGER, "A question", "Is there a form for this?\n")
    home.office.turn(home.local("2026-12-15 11:00"))
    assert home.office.held_alarm.step()
    home.sleep_until("2026-12-18 11:00")
    assert alarms(home) == []
    home.sleep_until("2026-12-18 12:00")
    assert {mail.at for mail in alarms(home)} == {"2026-12-18 12:00"}
