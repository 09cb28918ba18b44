"""A real browser, Debian's own, and the board served to it; neither has a way out of this machine."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from cspr_bot.bootstrap.board.desk import OfficeDesk
from cspr_bot.bootstrap.board.serving import Place, listen_at, server_of

SCREENS = Path(__file__).parents[2] / "build" / "board"  # not kept by git; for people to look at
DESK, TELEPHONE, ENLARGED = (1280, 900), (360, 740), (640, 450)  # the last is the first at 200 %
HERE_ONLY = ("--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--disable-background-networking")


def chromium_path() -> str:
    """Give where the browser is; without one the tests that need it are skipped."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("chromium is not there")
    return found


@contextmanager
def browser() -> Iterator[Browser]:
    """Start the browser."""
    path = chromium_path()
    expect.set_options(timeout=60_000)  # far more than anything takes on a busy machine
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=list(HERE_ONLY))
        yield opened
        opened.close()


@contextmanager
def served(desk: OfficeDesk) -> Iterator[str]:
    """Serve the board of a desk as the command does, and give its address."""
    taken, place = listen_at(Place("127.0.0.1", 0))
    server = server_of(desk, place)
    thread = Thread(target=server.run, kwargs={"sockets": [taken]})
    thread.start()
    try:
        yield place.address
    finally:
        server.should_exit = True
        thread.join(timeout=30)
        taken.close()


class Screen:
    """One page of the browser, and everything that it asked for or complained of."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def heading(self) -> Locator:
        """Give the heading of the page."""
        return self.page.get_by_role("heading", level=1)

    def keep(self, name: str) -> None:
        """Keep a picture of the whole page."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENS / f"{name}.png", full_page=True)

    def shut_out(self) -> list[str]:
        """Give what axe-core finds that would shut somebody out."""
        found = Axe().run(self.page).response["violations"]
        return [f"{item['id']}: {node['html'][:200]}" for item in found for node in item["nodes"]]

    def is_too_wide(self) -> bool:
        """Say whether one would have to scroll sideways."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"))

    def resize(self, size: tuple[int, int]) -> None:
        """Make the window larger or smaller."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
