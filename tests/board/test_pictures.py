"""The pictures in the handbook are of the pages as they are."""

import re
from pathlib import Path

from tests.board.pictures import PICTURES, mark_in, mark_of_pages

HANDBOOK = PICTURES.parent / "board.md"


def test_every_picture_is_of_the_pages_as_they_are() -> None:
    shown = re.findall(r"!\[([^\]]+)\]\(pictures/([^)]+)\)", HANDBOOK.read_text(encoding="utf-8"))
    assert {name for _, name in shown} == {path.name for path in PICTURES.glob("board-*.png")}
    assert all(len(said) > 20 for said, _ in shown)  # what it shows, for who cannot see it
    old = [name for _, name in shown if mark_in(PICTURES / name) != mark_of_pages()]
    assert old == [], "a page has changed since: make pictures"
    assert all(Path(PICTURES / name).stat().st_size < 100_000 for _, name in shown)
