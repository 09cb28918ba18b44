"""What is wrong with an administrator's file: where, what and how to mend it, one line each, all of them at once."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from difflib import get_close_matches

ALIKE = 0.65  # of 1: a slip of the finger, and not only some letters in common
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `place` is the key's path; entries of a list count from 1. A warning stops nothing."""

    file: str
    place: str
    what: str
    remedy: str
    line: int | None = None
    is_warning: bool = False

    def __str__(self) -> str:
        """Say it in one line: file, place, what, how to mend."""
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        parts = (where, "warning" if self.is_warning else "", self.place, f"{self.what}; {self.remedy}")
        return ": ".join(part for part in parts if part)


@dataclass(slots=True)
class Findings:
    """What was found wrong in one file so far.

    `locate` tells on which line each key stands. It is asked once, and only where there is a problem to point at: to
    follow the text a second time takes as long as reading it.
    """

    file: str
    locate: Callable[[], Mapping[Place, int]] = dict
    problems: list[Problem] = field(default_factory=list)
    _lines: Mapping[Place, int] | None = None

    def error(self, place: Place, what: str, remedy: str) -> None:
        """Note something that must be mended before the program runs."""
        self.problems.append(self.problem(place, what, remedy))

    def warn(self, place: Place, what: str, remedy: str) -> None:
        """Note something that should be looked at; the program runs with it."""
        self.problems.append(replace(self.problem(place, what, remedy), is_warning=True))

    def problem(self, place: Place, what: str, remedy: str) -> Problem:
        """Say where it is, as whoever wrote the file finds it."""
        return Problem(self.file, spell(place), what, remedy, self.line(place))

    def where(self, place: Place) -> str:
        """Say in words where another entry stands that a problem speaks of."""
        line = self.line(place)
        return "above" if line is None else f"in line {line}"

    def error_at(self, line: int, what: str, remedy: str) -> None:
        """Note what is wrong with a line before anybody can say which key it is."""
        self.problems.append(Problem(self.file, "", what, remedy, line))

    def line(self, place: Place) -> int | None:
        """Give the line of a key, or of the nearest thing around it."""
        lines = self.locate() if self._lines is None else self._lines
        self._lines = lines
        return next((lines[place[:length]] for length in range(len(place), 0, -1) if place[:length] in lines), None)


def spell(place: Place) -> str:
    """Write a key's path as an administrator reads it: `contact[2].email`, the first entry of a list being 1."""
    words = ""
    for step in place:
        if isinstance(step, int):
            words += f"[{step + 1}]"
        else:
            name = step if step.replace("-", "").replace("_", "").isalnum() else show(step)
            words += f".{name}" if words else name
    return words


def show(value: object) -> str:
    """Show an administrator's own value in one line, cut where it is long, with escapes for what does not show."""
    match value:
        case Mapping():
            return "a table"
        case list() | tuple():
            return "a list"
        case date() | time():
            return value.isoformat()
        case bool() | float():
            return str(value).lower()
        case int():
            return str(value) if abs(value) < 10**18 else "a number of many digits"
        case _:
            text = json.dumps(str(value))
    return text if len(text) <= 80 else f"{text[:77]}..."


def nearest(word: str, known: Iterable[str]) -> str:
    """Give the word that somebody who mistyped must have meant; "" where none is like it enough."""
    return next(iter(get_close_matches(word.lower(), sorted(known), n=1, cutoff=ALIKE)), "")


def suggest(word: str, known: Iterable[str]) -> str:
    """Give the remedy for a word that is not known: the nearest that is, else all there are."""
    choices = sorted({choice for choice in known if choice})
    if meant := nearest(word, choices):
        return f'did you mean "{meant}"?'
    if not choices:
        return "leave it out"
    return "write one of " + ", ".join(choices[:40]) + (" ..." if len(choices) > 40 else "")
