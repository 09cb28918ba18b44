"""Tables on terminals of every width: nothing is folded inside a word, and what does not fit is not lost."""

from io import StringIO

import pytest
from rich.console import Console

from cspr_bot.cli.output import laid_out

COLUMNS = ("due", "case", "duty", "for", "next reminder", "level", "clause")
ROWS = (
    (
        "Fri 22 May 2026 17:00",
        "NS-7F3K-2Q",
        "Notify the National Panel of the serious incident",
        "Local Authority Service Leader",
        "Wed 23 Dec 2026 09:00",
        "L3",
        "NSSCP/001 s5; Children Act 2004 s16C(1)",
    ),
    ("Wed 23 Dec 2026 17:00", "held:12", "Decide on it", "co-ordinator", "", "", ""),
)


def due_at(width: int) -> str:
    console = Console(width=width, file=StringIO())
    return laid_out(console, "Due", COLUMNS, ROWS, folds=("duty", "for", "clause"), spares=("level", "clause"))


@pytest.mark.parametrize("width", [60, 80, 100, 110, 130, 200])
def test_no_word_is_folded_and_no_line_runs_over(width: int) -> None:
    shown = due_at(width)
    assert all(len(line) <= width for line in shown.splitlines())
    words = set(shown.split())
    assert {word for row in ROWS for word in row[2].split()} <= words
    assert {"Authority", "NS-7F3K-2Q", "next", "reminder"} <= words


@pytest.mark.parametrize("width", [80, 100, 200])
def test_what_does_not_fit_beside_the_rest_stands_below_it(width: int) -> None:
    shown = due_at(width)
    assert "L3" in shown
    assert "Children Act 2004" in " ".join(shown.split())


def test_on_a_narrow_terminal_a_row_is_a_block_without_what_is_empty() -> None:
    assert due_at(80).endswith(
        "due            Wed 23 Dec 2026 17:00\ncase           held:12\nduty           Decide on it\nfor            "
        "co-ordinator"
    )
