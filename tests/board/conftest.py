"""A board over a desk that is invented, and somebody who is signed in to it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest

from cspr_bot.board.application import Board
from cspr_bot.board.guard import LOOPBACK_NAMES, Guard
from cspr_bot.board.rendering import Renderer
from cspr_bot.board.sessions import Sessions
from cspr_bot.board.sign_in import OneTimeLink
from tests.board.browser import Browser, Reply
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
