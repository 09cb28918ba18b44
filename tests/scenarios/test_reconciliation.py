"""Every night the mailbox is held against the database, and once a week the mails must add up."""

from pathlib import Path

from cspr_bot.pipeline.digest_facts import Reconciled
from cspr_bot.pipeline.dossier import DIGEST
from cspr_bot.pipeline.reconciling import LOOKS_BACK
from tests.scenarios.partnership import Partnership, Sent
from tests.scenarios.people import COMPLETE, POLICE, STRANGER


def last(home: Partnership) -> Reconciled | None:
    return home.office.store.reconciliation.last_reconciled()


def page(home: Partnership) -> Sent:
    return home.sent(case=DIGEST)[-1]


def nights(home: Partnership) -> list[str]:
    """Give the local moments at which it was compared."""
    zone = home.office.home.settings.office.hours.zone
    rows = home.office.store.installation.audit_of()
    return [f"{row.entry.at.astimezone(zone):%Y-%m-%d %H:%M}" for row in rows if row.entry.what == "reconciled"]


def files_of(home: Partnership, folder: str) -> list[Path]:
    return [file for room in ("new", "cur") for file in (home.folder / "var" / "mailbox" / folder / room).iterdir()]


def test_a_mail_that_was_moved_out_of_the_inbox_unread_is_told_of_every_morning_until_it_is_back(
    home: Partnership,
) -> None:
    home.wait_until("2026-12-15 18:00")
    home.refer(COMPLETE)
    [form] = files_of(home, ".Processed")
    unread = home.folder / "var" / "mailbox" / ".Processed" / "cur" / "1797400000.M1P1.hand:2,S"
    unread.write_bytes(form.read_bytes().replace(b"Message-ID: <", b"Message-ID: <x"))
    home.sleep_until("2026-12-16 09:00")
    assert last(home) == Reconciled(home.local("2026-12-16 02:00").date(), strangers=1)
    assert "mails lay in Processed or Held that the program has never seen: 1." in page(home).text
    unread.rename(home.folder / "var" / "mailbox" / "cur" / unread.name)
    home.sleep_until("2026-12-17 09:00")
    assert last(home) == Reconciled(home.local("2026-12-17 02:00").date())
    assert "never seen" not in page(home).text


def test_it_is_done_once_a_night_not_before_two_and_by_one_of_two(home: Partnership) -> None:
    home.sleep_until("2026-12-16 01:59")
    home.sleep_until("2026-12-16 02:00")
    home.sleep_until("2026-12-16 02:01")
    home.reopen()
    home.work()
    home.sleep_until("2026-12-20 13:00")  # off for four nights: once, as soon as it works again
    home.work()
    assert nights(home)[-2:] == ["2026-12-16 02:00", "2026-12-20 13:00"]


def test_what_was_deleted_after_it_was_filed_is_counted_for_thirty_days_and_told_of_once_a_week(
    home: Partnership,
) -> None:
    home.wait_until("2026-12-15 10:00")
    home.refer(COMPLETE)
    files_of(home, ".Processed")[0].unlink()
    home.sleep_until("2026-12-21 09:00")
    assert last(home) == Reconciled(home.local("2026-12-21 02:00").date(), missing=1)
    assert "No longer in Processed or Held, of the last thirty days: 1;" in page(home).text
    home.sleep_until(f"{(home.local('2026-12-15 10:00') + LOOKS_BACK):%Y-%m-%d} 12:00")
    assert last(home) == Reconciled(home.now.date())


def test_the_first_page_of_a_week_counts_what_was_received_and_it_adds_up(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:00")
    case = home.refer(COMPLETE)
    home.mail_from(STRANGER, "A question", "Is there a form for this?\n")
    home.answer(POLICE, "N2", "RECEIVED", case=case)
    home.sleep_until("2026-12-18 09:00")
    assert "The week before" not in page(home).text
    home.sleep_until("2026-12-21 09:00")
    said = page(home).text
    assert "Mails received from Mon 14 Dec 2026 to Sun 20 Dec 2026: 3. Of these with a form and on a case: 1; " in said
    assert "others on a case: 1; held: 1; passed over with a reason: 0; not yet read: 0. Sent: " in said
    assert "It adds up." in said


def test_a_mail_that_the_inbox_has_lost_does_not_add_up(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:00")
    home.refer(COMPLETE)
    home.office.store.installation.note(home.office.clock.now(), "intake", "mail_kept")  # as if its row were gone
    home.sleep_until("2026-12-21 09:00")
    assert "This does not add up (1): please tell the administrator today." in page(home).text


def test_where_no_daily_page_is_wanted_the_first_of_the_week_comes_all_the_same(home: Partnership) -> None:
    home.edit("config/bot.toml", "digest = true", "digest = false")
    home.reopen()
    home.wait_until("2026-12-15 10:00")
    home.refer(COMPLETE)
    for day in (16, 21, 22):
        home.sleep_until(f"2026-12-{day} 09:00")
    assert [mail.at for mail in home.sent(case=DIGEST) if mail.notice == "N28-digest"] == ["2026-12-21 09:00"]
