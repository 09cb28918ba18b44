"""The database is lost, and yesterday's copy put back: nothing is lost, and nobody gets a mail twice."""

from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from cspr_bot.cli import main
from cspr_bot.demonstration.post import new_mail, newsletter
from cspr_bot.pipeline.ports import PermanentFailure
from tests.fakes.mailbox import FakeMailbox
from tests.fakes.postgresql import Server  # noqa: TC001
from tests.scenarios.conftest import NewHome, move_to_server
from tests.scenarios.partnership import LETTER, Partnership
from tests.scenarios.people import (
    CHAIR,
    COMPLETE,
    COORDINATOR,
    HEALTH,
    MAILBOX,
    POLICE,
    STRANGER,
    WITH_GAPS,
    another_child,
    word_file,
)


def in_sent(home: Partnership) -> Counter[tuple[str, ...]]:
    """Count what lies in Sent, by what its reader would call the same mail."""
    mails: Counter[tuple[str, ...]] = Counter()
    for file in (home.folder / "var/mailbox/.Sent").glob("[nc]*/*"):
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        mails[tuple(str(mail[name]) for name in ("To", "X-CSPR-Case", "X-CSPR-Notice", "Subject"))] += 1
    return mails


def a_day(home: Partnership, case: str) -> None:
    """Live through a day of which the copy knows nothing: answers, referrals, noise, a forgery, reminders."""
    home.wait_until("2026-12-16 09:30")
    home.answer(COORDINATOR, "N3", "DONE", case=case)
    home.answer(POLICE, "N2", "RECEIVED", case=case)
    second = home.refer(WITH_GAPS)
    home.receive(newsletter(MAILBOX, home.now))
    forged = new_mail(STRANGER, MAILBOX, "Referral", LETTER, home.now, word_file(another_child(COMPLETE)))
    home.receive(forged.replace(b"dmarc=pass", b"dmarc=fail"))
    home.wait_until("2026-12-17 16:00")
    home.answer(HEALTH, "N2", "DONE", case=second)
    home.wait_until("2026-12-18 11:00")
    home.answer(CHAIR, "N8", "RAPID REVIEW: YES police, health", case=case)
    home.wait_until("2026-12-18 12:00")


def test_where_the_mailbox_cannot_list_what_was_filed_a_person_says_that_it_lies_in_the_inbox_again(
    home: Partnership,
) -> None:
    home.wait_until("2026-12-15 10:12")
    home.office.store.installation.restored(home.now)
    home.reopen()
    home.office.mailbox = FakeMailbox()
    with pytest.raises(PermanentFailure, match="run --moved-back"):
        home.work()
    home.office.moved_back()
    home.work()
    home.office.moved_back()  # a second time it says nothing new
    assert not home.office.store.installation.must_look_again()


@pytest.mark.parametrize("database", ["file", "server"])
def test_after_yesterdays_copy_was_put_back_nothing_is_lost_and_nothing_doubled(
    new_home: NewHome, tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    home = new_home()
    if database == "server":
        server: Server = request.getfixturevalue("postgresql")
        home.close()
        move_to_server(home.folder, server)
        home.reopen()
        home.sleep_until("2026-12-15 09:00")
    home.wait_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    copy = tmp_path / "copy.zip"
    assert main(["--home", str(home.folder), "backup", str(copy)]) == 0
    a_day(home, case)
    sent, inbox, stages = in_sent(home), shape_of_inbox(home), shape_of_cases(home)
    home.close()

    lose_database(home, request)
    assert main(["--home", str(home.folder), "restore", str(copy)]) == 0
    home.reopen()
    home.sleep_until("2026-12-18 12:00")
    assert shape_of_inbox(home) == inbox
    assert shape_of_cases(home) == stages
    again = in_sent(home)
    doubled = {mail: count for mail, count in again.items() if count > sent[mail]}
    assert doubled == {}
    assert again == sent
    assert home.office.store.installation.verify_audit() is None
    home.work()
    assert in_sent(home) == sent


def lose_database(home: Partnership, request: pytest.FixtureRequest) -> None:
    for path in (home.folder / "var").glob("cspr-bot.db*"):
        path.unlink()
    schema = home.office.home.settings.database.schema
    if schema:
        request.getfixturevalue("postgresql").run_sql(f"DROP SCHEMA {schema} CASCADE")


def shape_of_inbox(home: Partnership) -> Counter[tuple[object, ...]]:
    return Counter((row.sha256, row.kind, row.status, row.case) for row in home.office.store.reports.inbox_rows())


def shape_of_cases(home: Partnership) -> dict[str, tuple[object, ...]]:
    return {
        row.reference: (repr(row.stages), row.flags, row.next_due)
        for row in home.office.store.reports.case_rows()
        if not row.is_provisional
    }
