"""The timeline as a picture: everything within its edges, every state by its shape, the same in words."""

import io
import xml.etree.ElementTree as ET
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cspr_bot.letters.drawing import Area, Disc, Drawing, Line, Piece, Words
from cspr_bot.letters.raster import SCALE, as_png
from cspr_bot.letters.timeline import COLOURS, Bar, State, Timeline, drawn, mark, window
from cspr_bot.letters.vector import as_svg
from tests.procedure.casework import english_calendar

CALENDAR = english_calendar()
TODAY = date(2026, 12, 23)
BARS = (
    Bar("Notify the National Panel", date(2026, 12, 15), date(2026, 12, 22), "late", "1 working day late"),
    Bar("Decide on a rapid review", date(2026, 12, 15), TODAY, "soon", "today, Wed 23 Dec"),
    Bar("Return the template: police", date(2026, 12, 18), date(2027, 1, 6), "later", "8 working days left"),
    Bar("Complete the review", date(2026, 12, 18), date(2027, 6, 4), "later", "Fri 4 Jun 2027"),
    Bar("Secure records", date(2026, 12, 18), date(2026, 12, 21), "done", "done Mon 21 Dec"),
)
STATES: tuple[State, ...] = tuple(COLOURS)
DAYS = st.integers(-400, 400).map(lambda days: TODAY + timedelta(days=days))
ANY_BAR = st.builds(
    lambda title, begin, due, state, said: Bar(title, min(begin, due), due, state, said),
    st.text(max_size=120),
    DAYS,
    DAYS,
    st.sampled_from(STATES),
    st.text(max_size=40),
)


def picture(bars: tuple[Bar, ...] = BARS, title: str = "NS-7F3K-2Q: rapid review gathering") -> Drawing:
    first, last = window(bars, TODAY, CALENDAR)
    return drawn(Timeline(title, bars, first, last, TODAY), CALENDAR)


def points(piece: Piece) -> list[tuple[float, float]]:
    match piece:
        case Line(start, end):
            return [start, end]
        case Area(corners):
            return list(corners)
        case Disc((x, y), radius):
            return [(x - radius, y - radius), (x + radius, y + radius)]
        case Words(at):
            return [at]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(bars=st.lists(ANY_BAR, max_size=8).map(tuple), title=st.text(max_size=200))
def test_nothing_is_drawn_beyond_the_edges_whatever_the_days(bars: tuple[Bar, ...], title: str) -> None:
    drawing = picture(bars, title)
    for piece in drawing.pieces:
        for x, y in points(piece):
            assert 0 <= x <= drawing.width
            assert 0 <= y <= drawing.height


@settings(max_examples=40, deadline=None, derandomize=True)
@given(bars=st.lists(ANY_BAR, max_size=4).map(tuple))
def test_what_the_picture_shows_is_said_in_words(bars: tuple[Bar, ...]) -> None:
    said = picture(bars).in_words
    for bar in bars:
        assert f"{bar.title}: {bar.said}." in said


def test_every_state_has_a_shape_of_its_own_so_that_none_needs_its_colour() -> None:
    shapes = {
        state: tuple((type(piece).__name__, tuple(points(piece))) for piece in mark(state, 0, 0)) for state in STATES
    }
    assert len(set(shapes.values())) == len(STATES)


@pytest.mark.parametrize("state", STATES)
def test_words_in_the_colour_of_a_state_can_be_read_on_white(state: State) -> None:
    """WCAG 2.2, 1.4.3: a contrast of 4.5 to 1 for text (3 to 1 for large and bold; ours is neither on a telephone)."""
    channels = [int(COLOURS[state][place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert 1.05 / (luminance + 0.05) >= 4.5


def test_days_off_have_no_room_on_the_axis() -> None:
    """From Thursday to Tuesday over Christmas is one step, as from Monday to Tuesday."""
    bars = tuple(
        Bar("x", day, day, "later", "") for day in (date(2026, 12, 24), date(2026, 12, 29), date(2026, 12, 30))
    )
    drawing = drawn(Timeline("x", bars, date(2026, 12, 21), date(2027, 1, 8)), CALENDAR)
    xs = [piece.centre[0] for piece in drawing.pieces if isinstance(piece, Disc)]
    assert xs[1] - xs[0] == pytest.approx(xs[2] - xs[1])


def test_a_deadline_beyond_the_edge_ends_in_an_arrow_and_not_in_a_mark() -> None:
    (far,) = (bar for bar in BARS if bar.due_on == date(2027, 6, 4))
    near = Bar("y", TODAY, date(2026, 12, 24), "soon", "")
    drawing = picture((far, near))
    own = [piece for piece in drawing.pieces if isinstance(piece, Disc) and piece.centre[1] < drawing.height - 34]
    assert own == []


def test_the_svg_is_one_whole_document_that_fetches_nothing_and_says_what_it_shows() -> None:
    evil = (Bar("<script>alert('x')</script> & \"y\"", TODAY, TODAY, "soon", "today"),)
    content = as_svg(picture(evil))
    root = ET.fromstring(content)  # noqa: S314 - our own
    assert root.get("role") == "img"
    assert {item.tag.rpartition("}")[2] for item in root.iter()} <= {
        "svg",
        "title",
        "desc",
        "rect",
        "line",
        "polygon",
        "circle",
        "text",
    }
    assert b"href" not in content


def test_the_png_is_sharp_small_and_the_same_every_time() -> None:
    drawing = picture()
    content = as_png(drawing)
    with Image.open(io.BytesIO(content)) as image:
        assert image.format == "PNG"
        assert image.size == (round(drawing.width * SCALE), round(drawing.height * SCALE))
    assert len(content) < 60_000
    assert as_png(drawing) == content
