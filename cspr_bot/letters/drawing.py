"""A drawing as values: lines, areas and words at their places, for whoever puts it on a screen or in a file."""

from dataclasses import dataclass
from typing import Literal

Anchor = Literal["start", "middle", "end"]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line; a dashed one says "expected"."""

    start: Point
    end: Point
    colour: str
    width: float = 1
    is_dashed: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """A filled shape, by its corners."""

    corners: tuple[Point, ...]
    colour: str


@dataclass(frozen=True, slots=True)
class Disc:
    """A filled circle."""

    centre: Point
    radius: float
    colour: str


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text; `at` is on its baseline."""

    at: Point
    text: str
    size: float
    colour: str
    anchor: Anchor = "start"
    is_bold: bool = False


Piece = Line | Area | Disc | Words


@dataclass(frozen=True, slots=True)
class Drawing:
    """A whole picture, and what it shows in words, for whoever cannot see it."""

    width: float
    height: float
    pieces: tuple[Piece, ...]
    title: str
    in_words: str


def box(x: float, y: float, width: float, height: float, colour: str) -> Area:
    """Give an upright rectangle by its upper left corner."""
    return Area(((x, y), (x + width, y), (x + width, y + height), (x, y + height)), colour)
