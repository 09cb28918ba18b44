from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from cspr_bot.pipeline.ports import PermanentFailure
from cspr_bot.store import Store, WrongHomeError, WrongKeyError
from tests.fakes.store import LATER, NOW, RAW_MAIL, keep, new_store, open_a_case

NEW_KEY = b"n" * 32


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path)
    yield opened
    opened.close()


def test_a_database_takes_its_name_from_the_first_home(store: Store) -> None:
    store.installation.bind("nsscp-live")
    store.installation.bind("nsscp-live")
    with pytest.raises(WrongHomeError, match="belongs to installation 'nsscp-live', the home says 'nsscp-test'"):
        store.installation.bind("nsscp-test")


def test_a_clock_that_nobody_turned_is_not_turned(store: Store) -> None:
    assert store.installation.turned_clock() is None


def test_the_clock_is_turned_forwards_and_remembered(store: Store, tmp_path: Path) -> None:
    assert store.installation.turn_clock(NOW - timedelta(days=999))  # a fresh home accepts any moment
    assert store.installation.turn_clock(NOW)
    assert store.installation.turn_clock(NOW)
    with closing(new_store(tmp_path)) as again:
        assert again.installation.turned_clock() == NOW


def test_the_clock_is_never_turned_backwards(store: Store) -> None:
    store.installation.turn_clock(LATER)
    assert not store.installation.turn_clock(NOW)
    assert store.installation.turned_clock() == LATER
    assert len(store.installation.audit_of()) == 1


def test_a_clock_that_was_turned_can_follow_the_machine_again(store: Store) -> None:
    store.installation.forget_turned_clock(NOW)
    store.installation.turn_clock(LATER)
    store.installation.forget_turned_clock(NOW)
    assert store.installation.turned_clock() is None
    assert [row.entry.what for row in store.installation.audit_of()] == ["clock_turned", "clock_released"]


def test_a_master_key_is_changed_while_the_program_runs(store: Store, tmp_path: Path) -> None:
    inbox_id = keep(store)
    with closing(new_store(tmp_path)) as other:
        other.installation.add_master_key(NEW_KEY, NOW)
        other.installation.add_master_key(NEW_KEY, NOW)
    with closing(new_store(tmp_path)), closing(new_store(tmp_path, master_key=NEW_KEY)) as renewed:  # both are good
        assert renewed.installation.drop_other_master_keys(NEW_KEY, LATER) == 1
        assert renewed.installation.drop_other_master_keys(NEW_KEY, LATER) == 0
        open_a_case(store)  # it was never told, and goes on
        assert renewed.progression.load_case("NS-7F3K-2Q").form is not None
        assert renewed.reports.original(inbox_id) == RAW_MAIL
        assert renewed.installation.verify_audit() is None
    with pytest.raises(WrongKeyError):
        new_store(tmp_path)


def test_the_last_good_key_is_never_dropped(store: Store) -> None:
    with pytest.raises(PermanentFailure, match="nothing was dropped"):
        store.installation.drop_other_master_keys(NEW_KEY, NOW)
