"""Homes for scenarios, and the sweep: whatever a scenario did, nothing personal may have left or lie readable after."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cspr_bot.bootstrap.making import make_home
from cspr_bot.bootstrap.office import Office, confined_reader
from cspr_bot.confinement.reader import ConfinedReader
from tests.fakes.postgresql import Server
from tests.scenarios.partnership import Partnership
from tests.scenarios.sweeping import COUNTED, swept

NewHome = Callable[..., Partnership]


@pytest.fixture(scope="session")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConfinedReader]:
    """One bounded child for all scenarios: it keeps nothing from one mail to the next."""
    folder = tmp_path_factory.mktemp("reader")
    make_home(folder)
    shared = confined_reader(folder)
    yield shared
    shared.close()


@pytest.fixture(scope="session")
def made_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that has been made and opened once, to be copied."""
    folder = tmp_path_factory.mktemp("made") / "home"
    make_home(folder)
    office = Office(folder)
    office.store.close()
    return folder


@pytest.fixture
def new_home(
    made_home: Path,
    reader: ConfinedReader,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> Iterator[NewHome]:
    """Make homes, each with what an administrator has changed in its files; sweep them all when the story is told."""
    homes: list[Partnership] = []
    on_server = request.config.getoption("--database") == "postgresql"
    server: Server | None = request.getfixturevalue("postgresql") if on_server else None

    def make(*edits: tuple[str, str, str], at: str = "2026-12-15 09:00") -> Partnership:
        folder = copied(made_home, tmp_path / f"home-{len(homes) + 1}")
        for edit in edits:
            change(folder, *edit)
        if server is not None:
            move_to_server(folder, server)
        home = Partnership(folder, reader)
        homes.append(home)
        home.sleep_until(at)
        return home

    yield make
    found = [finding for home in homes for finding in swept(home.office, log=caplog.text)]
    for home in homes:
        home.close()
    assert found == []


@pytest.fixture
def home(new_home: NewHome) -> Partnership:
    """A home with the files as they ship, on the morning of Tuesday 15 December 2026."""
    return new_home()


def copied(home: Path, to: Path) -> Path:
    """Copy a home. Its templates, which no story changes, are shared: sixty files fewer to write and to remove."""
    shutil.copytree(home, to, ignore=shutil.ignore_patterns("mail_templates"))
    (to / "mail_templates").symlink_to((home / "mail_templates").resolve())
    return to


def change(folder: Path, name: str, old: str, new: str) -> None:
    """Change one place in one of the administrator's files."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def move_to_server(folder: Path, server: Server) -> None:
    """Let a home keep everything in a new schema of a server, and nothing in a file; one that does so stays there."""
    if 'url = "postgresql' in (folder / "config" / "bot.toml").read_text(encoding="utf-8"):
        return
    address = f'url = "{server.url()}"\nschema = "{server.new_schema()}"'
    change(folder, "config/bot.toml", 'url = "sqlite:///var/cspr-bot.db"', address)
    for path in (folder / "var").glob("cspr-bot.db*"):
        path.unlink()


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Say what was counted, on the terminal of whoever runs the tests."""

    def say(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n  {text}\n")

    return say


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much was swept."""
    if COUNTED:
        counted = ", ".join(f"{number} {name}" for name, number in sorted(COUNTED.items()))
        terminalreporter.write_line(f"swept for personal data: {counted}")
