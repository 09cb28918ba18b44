"""A board over a desk that is invented, and somebody who is signed in to it; and a desk over a real home."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from cspr_bot.board.application import Board
from cspr_bot.board.guard import LOOPBACK_NAMES, Guard
from cspr_bot.board.rendering import Renderer
from cspr_bot.board.sessions import Sessions
from cspr_bot.board.sign_in import OneTimeLink
from cspr_bot.bootstrap.board.desk import OfficeDesk
from cspr_bot.bootstrap.office import Office
from tests.board.browser import Browser, Reply
from tests.cli.commands import SAMPLES
from tests.cli.conftest import made_case as made_case  # noqa: PLC0414 - fixtures
from tests.cli.conftest import made_home as made_home  # noqa: PLC0414
from tests.cli.conftest import type_ as type_  # noqa: PLC0414
from tests.cli.test_mails import STRANGER, deliver, mail
from tests.fakes.desk import FakeDesk, FakeDoor, HandClock

RENDERER = Renderer()  # to compile the templates takes longer than any test


@dataclass(slots=True)
class World:
    """Everything around one board."""

    desk: FakeDesk = field(default_factory=FakeDesk)
    door: FakeDoor = field(default_factory=FakeDoor)
    clock: HandClock = field(default_factory=HandClock)
    tokens: Iterator[str] = field(default_factory=lambda: (f"token-{number}" for number in count(1)))
    application: Guard = field(init=False)

    def __post_init__(self) -> None:
        sessions = Sessions(lambda: next(self.tokens))
        board = Board(self.desk, self.door, OneTimeLink(self.door), sessions, self.clock, RENDERER)
        self.application = board.application(LOOPBACK_NAMES)

    def browser(self) -> Browser:
        return Browser(self.application)

    def signed_in(self, code: str = "good") -> Browser:
        browser = self.browser()
        assert enter(browser, code).status == 303
        return browser


def enter(browser: Browser, code: str) -> Reply:
    """Open a link and press its button."""
    assert browser.get(f"/sign-in?code={code}").status == 200
    return browser.send("/sign-in/finish", {"code": code})


@pytest.fixture
def world() -> World:
    """A board of this test's own."""
    return World()


@pytest.fixture
def alex(world: World) -> Browser:
    """Somebody who is signed in."""
    browser = world.signed_in()
    browser.get("/")
    return browser


# ---------------------------------------------------------------------------------------------------------------------
# Over a real home


@pytest.fixture(scope="session")
def made_board(made_case: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, int]:
    """A home with a case and a held mail that has a form; to be copied."""
    made, reference = made_case
    folder = shutil.copytree(made, tmp_path_factory.mktemp("board") / "home")
    deliver(folder, mail(STRANGER, form=SAMPLES / "sample-2-word-controls.docx").as_bytes())
    with closing(Office(folder)) as office:
        office.run_once()
        [row] = office.store.reports.inbox_rows(held_only=True)
    return folder, reference, row.id


@pytest.fixture
def board_home(made_board: tuple[Path, str, int], tmp_path: Path) -> Path:
    """Such a home of this test's own."""
    return shutil.copytree(made_board[0], tmp_path / "home")


@pytest.fixture
def reference(made_board: tuple[Path, str, int]) -> str:
    """The reference of its case."""
    return made_board[1]


@pytest.fixture
def held(made_board: tuple[Path, str, int]) -> int:
    """The number of its held mail."""
    return made_board[2]


@pytest.fixture
def desk(board_home: Path) -> Iterator[OfficeDesk]:
    """The desk of that home."""
    opened = OfficeDesk(board_home)
    yield opened
    opened.close()
