"""The co-ordinator's page for the day: once each working morning, whatever happened to the machine."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from cspr_bot.pipeline.dossier import DIGEST
from cspr_bot.pipeline.ports import PermanentFailure
from tests.post.bounces import FAILURES
from tests.scenarios.conftest import NewHome
from tests.scenarios.partnership import Partnership, Sent
from tests.scenarios.people import (
    COMPLETE,
    COORDINATOR,
    DEPUTY_COORDINATOR,
    EDUCATION,
    POLICE,
    SERVICE_LEADER,
    STRANGER,
    WITH_GAPS,
)


def digests(home: Partnership) -> list[Sent]:
    return [mail for mail in home.sent(case=DIGEST) if mail.notice == "N28-digest"]


def page(mail: Sent) -> str:
    body = mail.mail.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def test_it_comes_once_each_working_morning_and_on_no_other_day(home: Partnership) -> None:
    """From Thursday before Christmas to the Wednesday after it: 25 and 28 December are bank holidays."""
    home.refer(COMPLETE)
    home.sleep_until("2026-12-24 08:59")
    before = len(digests(home))
    for day in range(24, 31):
        for hour in ("08:30", "09:00", "09:01", "13:00", "23:30"):
            if (day, hour) > (24, "08:30"):
                home.sleep_until(f"2026-12-{day} {hour}")
    found = [mail.at for mail in digests(home)[before:]]
    assert found == [f"2026-12-{day} 09:00" for day in (24, 29, 30)]
    assert {mail.to for mail in digests(home)} == {COORDINATOR}


def test_a_home_in_which_nothing_has_come_yet_is_quiet_and_the_first_page_comes_the_morning_after(
    home: Partnership,
) -> None:
    home.sleep_until("2026-12-16 12:00")
    home.refer(COMPLETE)
    home.wait_until("2026-12-16 18:00")
    assert digests(home) == []
    home.wait_until("2026-12-17 09:00")
    assert [mail.at for mail in digests(home)] == ["2026-12-17 09:00"]


def test_after_an_outage_there_is_one_page_and_it_tells_of_all_the_days(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    home.wait_until("2026-12-16 09:00")
    home.sleep_until("2026-12-21 14:30")
    assert [mail.at for mail in digests(home)] == ["2026-12-16 09:00", "2026-12-21 14:30"]
    text = digests(home)[-1].text
    assert "What the program did since 09:00 on Wednesday 16 December 2026" in text
    assert f"{case}: Sent 3 mails: Reminder: Notify the National Panel" in text


def test_two_who_run_at_once_write_it_once(home: Partnership) -> None:
    home.refer(COMPLETE)
    home.office.turn(home.local("2026-12-16 09:00"))
    other = Partnership(home.folder, home.office.reader)
    assert [home.office.morning.step(), other.office.morning.step(), home.office.morning.step()] == [True, False, False]
    home.work()
    home.close()  # on a server one leads, and who comes second waits until the first has gone
    other.work()
    assert Counter(mail.at for mail in digests(other))["2026-12-16 09:00"] == 1
    other.close()


def test_it_says_what_must_be_done_what_is_held_what_was_done_and_what_comes(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    held = home.mail_from(STRANGER, "A question", "Is there a form for this?\n")
    home.wait_until("2026-12-16 08:00")
    home.answer(POLICE, "N2", "RECEIVED", case=case)
    home.wait_until("2026-12-16 09:00")
    text = digests(home)[-1].text
    first = f"{case}: Check the referral and confirm the triage. Wed 16 Dec 2026, today. Whose: yours"
    assert f"Must be done today: - {first}" in text
    assert f"{case}: Confirm that the notice was received. Wed 16 Dec 2026, today. Whose: the health" in text
    assert f"Mail {held.id}, received at 10:12 on Tuesday 15 December 2026" in text
    assert f"{case}: Recorded by mail at 08:00: " in text
    assert f"{case}: Notify the National Panel of the serious incident. Tue 22 Dec 2026, 4 working days left" in text
    assert "a duty in law. Whose: the Local Authority Service Leader" in text


def test_every_case_has_its_picture_in_the_mail_itself_and_the_same_in_words(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    cases = [home.refer(COMPLETE), home.refer(WITH_GAPS)]
    home.wait_until("2026-12-17 09:00")
    mail = digests(home)[-1]
    pictures = {
        str(part["Content-ID"]).strip("<>"): part for part in mail.mail.walk() if part.get_content_type() == "image/png"
    }
    shown = re.findall(r'<img src="cid:([^"]+)"[^>]* alt="([^"]+)"', page(mail))
    assert {name for name, _ in shown} == set(pictures)
    assert len(shown) == len(cases)
    for case in cases:
        (words,) = (words for _, words in shown if words.startswith(f"{case}: "))
        assert "Notify the National Panel of the serious incident: " in words
    assert all(bytes(part.get_content()).startswith(b"\x89PNG") for part in pictures.values())
    assert mail.attachments == []
    assert "http" not in re.sub(r"<!DOCTYPE[^>]*>", "", page(mail))


def test_a_held_mail_that_may_be_a_referral_is_there_with_its_clock(home: Partnership) -> None:
    row = home.mail_from(f"X <{STRANGER}>", "Referral", "See.\n")
    home.wait_until("2026-12-16 09:00")
    assert f"Mail {row.id}, received" in digests(home)[-1].text


def test_while_the_coordinator_is_away_the_deputy_gets_it(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    home.wait_until("2026-12-16 12:00")
    home.answer(COORDINATOR, "N3", "AWAY UNTIL 2026-12-17", case=case)
    home.wait_until("2026-12-18 09:00")
    to = {mail.at[:10]: mail.to for mail in digests(home)}
    assert (to["2026-12-16"], to["2026-12-17"], to["2026-12-18"]) == (COORDINATOR, DEPUTY_COORDINATOR, COORDINATOR)


def test_a_page_that_cannot_be_written_keeps_no_other_mail_waiting_and_comes_when_it_is_mended(
    new_home: NewHome,
) -> None:
    home = new_home(at="2026-12-15 08:00")
    templates = home.folder / "mail_templates"
    real = templates.resolve()
    templates.unlink()
    templates.mkdir()
    for path in real.iterdir():
        (templates / path.name).symlink_to(path)
    (templates / "N28-digest.txt").unlink()
    (templates / "N28-digest.txt").write_text("Your day\n\n{{ nonsense }}\n", encoding="utf-8")
    home.reopen()
    home.refer(COMPLETE)
    home.office.turn(home.local("2026-12-16 09:00"))
    with pytest.raises(PermanentFailure, match=r"N28-digest\.txt, line 3: .*nonsense"):
        home.work()
    assert home.sent(to=SERVICE_LEADER, since="2026-12-16 09:00")
    assert digests(home) == []
    (templates / "N28-digest.txt").unlink()
    (templates / "N28-digest.txt").symlink_to(real / "N28-digest.txt")
    home.reopen()
    home.sleep_until("2026-12-16 10:30")
    assert [mail.at for mail in digests(home)] == ["2026-12-16 10:30"]


def test_an_answer_to_the_page_changes_nothing_and_waits_for_a_person(home: Partnership) -> None:
    home.refer(COMPLETE)
    home.wait_until("2026-12-16 10:12")
    row = home.receive(home.an_answer(COORDINATOR, "N28-digest", "DONE", case=DIGEST))
    assert (row.kind, row.status) == ("reply", "held")


def test_a_page_is_for_nobody_but_the_coordinator_and_asks_for_nothing(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    home.refer(COMPLETE)
    home.wait_until("2026-12-18 09:00")
    found = digests(home)
    assert {mail.to for mail in found} == {COORDINATOR}
    for mail in found:
        assert mail.mail["X-CSPR-Case"] == DIGEST
        assert mail.mail["Auto-Submitted"] == "auto-generated"
        assert "Answer code" not in mail.text


def test_a_page_that_did_not_arrive_is_told_of_and_not_written_again_without_what_belongs_on_it(
    home: Partnership,
) -> None:
    home.wait_until("2026-12-15 10:12")
    home.refer(COMPLETE)
    home.wait_until("2026-12-16 09:00")
    page = digests(home)[-1]
    before = len(digests(home))
    row = home.receive(FAILURES["Exchange Online"](page.raw, page.to, "5.1.1", "550 5.1.1 There is no such account"))
    assert (row.kind, row.status) == ("bounce", "filed")
    assert len(digests(home)) == before
    assert {mail.to for mail in home.sent(case=DIGEST, notice="N28-undeliverable")} == {COORDINATOR, DEPUTY_COORDINATOR}


def test_in_the_last_days_of_the_table_of_holidays_the_page_looks_as_far_as_it_goes(home: Partnership) -> None:
    last = home.office.home.calendar.last
    moment = datetime(last.year, last.month, last.day - 4, 9, tzinfo=UTC)
    home.refer(COMPLETE)
    assert home.office.morning.page(moment).until == last


def test_it_can_be_switched_off(new_home: NewHome) -> None:
    home = new_home(("config/bot.toml", "digest = true ", "digest = false"))
    home.refer(COMPLETE)
    home.wait_until("2026-12-17 12:00")
    assert digests(home) == []


def test_the_command_prints_the_same_at_any_hour_and_writes_nothing(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    home.office.turn(home.local("2026-12-19 20:00"))
    rows = len(home.office.store.reports.outbox_rows())
    found = home.office.morning.page(home.now)
    assert found.on == date(2026, 12, 19)
    assert {line.case for line in found.coming} == {case}
    assert len(home.office.store.reports.outbox_rows()) == rows


def test_agencies_that_owe_the_same_stand_on_one_line(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    home.record(case, "triage_confirmed")
    home.record(case, "subgroup_decided", {"rapid_review": "yes", "agencies": "police,education"})
    lines = [line for line in home.office.morning.page(home.now).coming if line.title.startswith("Secure all records")]
    assert len(lines) == 1
    assert "Police" in lines[0].whose
    assert ", " in lines[0].whose
    assert EDUCATION not in lines[0].whose


def test_while_testing_it_goes_to_ourselves_and_says_so(new_home: NewHome) -> None:
    home = new_home(("config/contacts.toml", "testing = false", "testing = true"))
    home.refer(COMPLETE)
    home.wait_until("2026-12-16 09:00")
    mail = digests(home)[-1]
    assert mail.to == "partnership@nsscp.example"
    assert "TEST" in mail.subject
    assert replace(mail, raw=b"").status == "sent"
