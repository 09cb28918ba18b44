"""The Word files that ship are what their texts say, to the byte."""

from tests.letters.making import TEMPLATES, made


def test_the_files_that_ship_are_made_of_their_texts() -> None:
    """Where it fails: `python -m tests.letters.making`."""
    assert [place for place, content in made().items() if (TEMPLATES / place).read_bytes() != content] == []
