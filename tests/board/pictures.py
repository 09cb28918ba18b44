"""The pictures of docs/board.md: `python -m tests.board.pictures FOLDER` plays the demonstration, and looks at it.

Each picture holds the mark of the pages that it was made from, so that a test can tell when they have changed since.
"""

import sys
import tempfile
from contextlib import closing
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from cspr_bot.board.rendering import FOLDER
from cspr_bot.bootstrap.board.desk import OfficeDesk
from cspr_bot.bootstrap.board.door import make_link
from cspr_bot.bootstrap.defaults import defaults_folder
from cspr_bot.bootstrap.making import make_home
from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.rounds import note_round
from cspr_bot.bootstrap.taking_over import open_by_hand
from cspr_bot.demonstration.director import Director
from cspr_bot.demonstration.steps import Releases, steps
from cspr_bot.demonstration.story import BLANK_FORM, FIRST_MORNING
from cspr_bot.mail.folder import FolderMailbox
from tests.board.chromium import TELEPHONE, Screen, browser, served
from tests.cli.commands import SAMPLES

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
MARK = "pages"
UNTIL = "2027-01-05 12:00"
LATER_CASES = (("sample-2-word-controls.docx", "2026-12-22 10:00"), ("sample-6-pasted.html", "2027-01-05 09:30"))
SIZE = (1100, 820)
COLOURS = 128


def mark_of_pages() -> str:
    """Give what changes when a page of the board does."""
    digest = sha256()
    for path in sorted((*FOLDER.glob("*.html"), *(FOLDER.parent / "static").glob("*"))):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def mark_in(picture: Path) -> str:
    """Give the mark of the pages that a picture was made from."""
    with Image.open(picture) as image:
        return str(image.info.get(MARK, ""))


def make_story(folder: Path) -> None:
    """Make a home in the middle of the demonstration, with two cases more and a mail that is held."""
    make_home(folder)
    with closing(Office(folder)) as office:
        mailbox = office.mailbox
        assert isinstance(mailbox, FolderMailbox)
        director = Director(office, mailbox.deliver)
        office.turn(director.moment(FIRST_MORNING))
        story = steps((defaults_folder() / BLANK_FORM).read_bytes(), director.moment)
        for _ in director.play(tuple(step for step in story if step.at <= UNTIL and not isinstance(step, Releases))):
            pass
        office.turn(director.moment(UNTIL))
        for name, at in LATER_CASES:
            form = (SAMPLES / name).read_bytes()
            open_by_hand(office, form, director.moment(at), "Alex Clerk", is_quiet=True)
        office.run_once()
        note_round(folder, office.real_now())


def take(screen: Screen, name: str, *, whole: bool = False) -> None:
    """Take a picture, small enough to be kept."""
    taken = screen.page.screenshot(full_page=whole)
    image = Image.open(BytesIO(taken)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    told = PngInfo()
    told.add_text(MARK, mark_of_pages())
    PICTURES.mkdir(exist_ok=True)
    image.save(PICTURES / f"{name}.png", optimize=True, pnginfo=told)


def main(folder: Path) -> None:
    """Make every picture."""
    make_story(folder)
    with closing(OfficeDesk(folder)) as desk, browser() as chromium, served(desk) as address:
        screen = Screen(chromium.new_page(), address)
        screen.resize(SIZE)
        page = screen.page
        page.goto(f"{address}/sign-in?code={make_link(desk.office(), 'Alex Clerk')}")
        page.get_by_role("button", name="Sign in").click()
        take(screen, "board-cases")
        page.get_by_role("link", name=desk.office().store.reports.case_rows()[0].reference).click()
        take(screen, "board-case")
        page.goto(f"{address}/held")
        page.get_by_role("link", name="Mail ").first.click()
        page.get_by_label("Nothing for us").check()
        page.get_by_label("Why").fill("A school asked how to refer; it has the blank form by now")
        take(screen, "board-held", whole=True)
        page.goto(f"{address}/contacts/1")
        page.get_by_label("E-mail").fill("coordinator@nsscp,example")
        page.get_by_role("button", name="Check the change").click()
        take(screen, "board-contact")
        screen.resize(TELEPHONE)
        page.goto(f"{address}/")
        take(screen, "board-telephone")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        main(Path(sys.argv[1]) if sys.argv[1:] else Path(made) / "home")
