"""The power goes at any moment: whatever was acknowledged is there when it is back, and the database is whole."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from cspr_bot.pipeline.ports import PermanentFailure
from cspr_bot.store import Store
from tests.fakes.store import RAW_MAIL, new_store
from tests.power.recorder import Asked, Disk, Model, put, record

SEED = 20261218
MODELS: tuple[Model, ...] = ("dropped", "kept", "torn", "torn")

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> list[Asked]:
    folder = tmp_path_factory.mktemp("recorded")
    return record(folder, "FULL")


@pytest.mark.parametrize("share", [35, pytest.param(1, marks=pytest.mark.slow)])
def test_cut_at_any_call_to_the_disk_nothing_acknowledged_is_lost(
    recorded: list[Asked], share: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    found = list(_cuts(recorded, share, tmp_path))
    lost = [what for missing in found for what in missing]
    record_property("crash", ("SQLite", "C18  power cut at a call to the disk", len(found), len(lost), 0))
    assert len(found) >= 50
    assert lost == []


def test_without_waiting_for_the_disk_this_would_lose_something(tmp_path: Path) -> None:
    """The harness sees what it is there to see: `synchronous = OFF` acknowledges what a cut takes away."""
    folder = tmp_path / "recorded"
    folder.mkdir()
    assert any(_cuts(record(folder, "OFF"), 20, tmp_path))


def _cuts(recorded: list[Asked], share: int, tmp_path: Path) -> Iterator[list[str]]:
    """Cut the power after every so-manieth call since the store was opened; give what was lost in each cut."""
    chance, disk, said = Random(SEED), Disk(), set[str]()  # noqa: S311 - to be repeated is what is wanted
    for place, asked in enumerate(recorded):
        disk.ask(asked)
        if asked.call == "said":
            said.add(asked.name)
        if "opened" in said and place % share == 0:
            for model in MODELS:
                folder = put(disk.after_a_cut(model, chance), tmp_path / "image")
                yield [f"{model} after call {place}: {what}" for what in _missing(folder, said)]


def _missing(folder: Path, said: set[str]) -> list[str]:
    """Give what was acknowledged and is not there."""
    try:
        with closing(new_store(folder)) as store:
            whole = store.check_integrity() == () and store.installation.verify_audit() is None
            return (
                []
                if whole and all(_is_there(store, what) for what in said)
                else ["it is not whole, or lacks something"]
            )
    except (PermanentFailure, LookupError) as failure:
        return [str(failure)]


def _is_there(store: Store, what: str) -> bool:
    kind, _, name = what.partition(" ")
    match kind:
        case "kept":
            return store.reports.original(int(name)) == RAW_MAIL
        case "case":
            return store.registration.has_case(name)
        case "sent":
            return any(row.id == int(name) and row.status == "sent" for row in store.reports.outbox_rows())
        case _:
            return True
