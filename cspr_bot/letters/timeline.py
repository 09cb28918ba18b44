"""A case as a timeline: its duties as bars on an axis of working days, readable without colour."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, assert_never

from cspr_bot.letters.drawing import Area, Disc, Drawing, Line, Piece, Words, box
from cspr_bot.procedure.calendar import WorkingCalendar

State = Literal["late", "soon", "later", "done", "cancelled"]

INK, QUIET, FAINT, GRID = "#1d2129", "#4a5361", "#c5cdd8", "#e3e8ef"
COLOURS: dict[State, str] = {
    "late": "#a3260f",
    "soon": "#945600",
    "later": "#1f6b3a",
    "done": "#4a5361",
    "cancelled": "#5b6472",
}
IN_WORDS: dict[State, str] = {
    "late": "late",
    "soon": "due soon",
    "later": "in time",
    "done": "done",
    "cancelled": "cancelled",
}
MARGIN, TOP, ROW, BAR, MARK, BOTTOM = 12.0, 56.0, 40.0, 8.0, 7.0, 34.0
SIZE, SMALL = 13.0, 11.5
OF_A_SIGN = 0.53  # how wide a sign is on the average, in units of its size
LABEL_ROOM = 74.0  # the least between the middles of two days that are named on the axis
TODAY_ROOM = 94.0  # the same to the middle of today, whose name is longer
LEAST_STEP = 6.0  # below this a line for each day would be a wall
SHORT_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SHORT_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Bar:
    """One duty, or one that several have alike: from when, until when, how it stands, and that in words."""

    title: str
    begins_on: date
    due_on: date
    state: State
    said: str
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a picture shows. `today` is None where it is of an imagined case."""

    title: str
    bars: tuple[Bar, ...]
    first: date
    last: date
    today: date | None = None


def window(
    bars: Sequence[Bar], today: date, calendar: WorkingCalendar, *, back: int = 8, ahead: int = 15
) -> tuple[date, date]:
    """Choose the days to show: so many working days before today and after it, fewer where nothing is there."""
    first = max(min((bar.begins_on for bar in bars), default=today), calendar.add(today, -back))
    last = min(max((bar.due_on for bar in bars), default=today), calendar.add(today, ahead))
    return min(first, today), max(last, calendar.add(today, 5))


def drawn(timeline: Timeline, calendar: WorkingCalendar, width: float = 600) -> Drawing:
    """Lay a timeline out. A bar that goes beyond the days that are shown ends in an arrow at the edge."""
    axis = _Axis(timeline, calendar, width)
    height = TOP + ROW * len(timeline.bars) + BOTTOM
    pieces: list[Piece] = [Words((MARGIN, 18), _cut(timeline.title, width - 2 * MARGIN, 15), 15, INK, is_bold=True)]
    pieces += axis.days(height - BOTTOM)
    pieces += axis.present(height - BOTTOM)
    for place, bar in enumerate(timeline.bars):
        pieces += _bar(bar, TOP + place * ROW, axis, width)
    if timeline.today is not None:  # of an imagined case nothing is late or done
        pieces += _key(timeline, height - 12)
    return Drawing(width, height, tuple(pieces), timeline.title, in_words(timeline))


def in_words(timeline: Timeline) -> str:
    """Say what the picture shows, one sentence a duty: for who hears it, and for who sees no pictures."""
    said = (f"{bar.title}: {bar.said}." for bar in timeline.bars)
    return f"{timeline.title}. {' '.join(said)}" if timeline.bars else f"{timeline.title}. Nothing is open."


def short(on: date) -> str:
    """Give a day as the axis names it, such as "Mon 14 Dec"."""
    return f"{SHORT_DAYS[on.weekday()]} {on.day} {SHORT_MONTHS[on.month - 1]}"


class _Axis:
    """Where a day stands: every working day has the same room, and days off have none."""

    def __init__(self, timeline: Timeline, calendar: WorkingCalendar, width: float) -> None:
        self.timeline = timeline
        self.calendar = calendar
        self.left, self.right = MARGIN + MARK, width - MARGIN - MARK
        self._steps = max(1, calendar.working_days_between(timeline.first, timeline.last))

    def at(self, on: date) -> float:
        """Give the place of a day, held within the axis."""
        return min(max(self.raw(on), self.left), self.right)

    def raw(self, on: date) -> float:
        """Give the place of a day, wherever it lies."""
        steps = self.calendar.working_days_between(self.timeline.first, on)
        return self.left + (self.right - self.left) * steps / self._steps

    def days(self, bottom: float) -> Iterator[Piece]:
        """Draw a faint line for each working day, or each week where they are many, and name the weeks."""
        step, today = (self.right - self.left) / self._steps, self.timeline.today
        taken = [] if today is None else [(self.at(today), TODAY_ROOM)]
        week = None
        for number in range(self._steps + 1):
            day = self.calendar.add(self.timeline.first, number)
            is_week = day.isocalendar().week != week
            week = day.isocalendar().week
            x = self.at(day)
            if step >= LEAST_STEP or is_week:
                yield Line((x, TOP - 10), (x, bottom), FAINT if is_week else GRID)
            if is_week and all(abs(x - other) >= room for other, room in taken):
                yield Words((self._held(x, LABEL_ROOM), TOP - 15), short(day), SMALL, QUIET, "middle")
                taken.append((x, LABEL_ROOM))

    def present(self, bottom: float) -> Iterator[Piece]:
        """Draw the line of today, and name it."""
        if self.timeline.today is not None:
            x, name = self.at(self.timeline.today), f"today, {short(self.timeline.today)}"
            yield Line((x, TOP - 12), (x, bottom), INK, 2)
            yield Words((self._held(x, 100), TOP - 15), name, SMALL, INK, "middle", is_bold=True)

    def _held(self, x: float, wide: float) -> float:
        """Keep the middle of words that are so wide where they do not run over the edge."""
        return min(max(x, self.left - MARK + wide / 2), self.right + MARK - wide / 2)


def _bar(bar: Bar, top: float, axis: _Axis, width: float) -> Iterator[Piece]:
    """Draw what it is and how it stands above, and the bar with its mark below."""
    colour, said_room = COLOURS[bar.state], len(bar.said) * SIZE * OF_A_SIGN
    room = width - 2 * MARGIN - said_room - 10
    yield box(MARGIN, top + 3, width - 2 * MARGIN, 16, "#ffffff")  # the days' lines do not run through the words
    yield Words((MARGIN, top + 15), _cut(bar.title, room, SIZE), SIZE, INK)
    yield Words((width - MARGIN, top + 15), bar.said, SIZE, colour, "end", is_bold=True)
    y, begin, end = top + 28, axis.at(bar.begins_on), axis.at(bar.due_on)
    yield box(begin, y - BAR / 2, max(end - begin, 1), BAR, _pale(colour))
    if bar.state == "late" and axis.timeline.today is not None:
        yield Line((end, y), (axis.at(axis.timeline.today), y), colour, 3, is_dashed=True)
    raw = axis.raw(bar.due_on)
    if raw > axis.right + 0.5:
        yield Area(((end - 6, y - 7), (end + MARK, y), (end - 6, y + 7)), colour)
    elif raw < axis.left - 0.5:
        yield Area(((begin + 6, y - 7), (begin - MARK, y), (begin + 6, y + 7)), colour)
    else:
        yield from mark(bar.state, end, y)


def mark(state: State, x: float, y: float) -> Iterator[Piece]:
    """Draw the mark of a state: each has a shape of its own, so that none needs its colour."""
    colour, white = COLOURS[state], "#ffffff"
    match state:
        case "late":
            yield box(x - MARK, y - MARK, 2 * MARK, 2 * MARK, colour)
            yield box(x - 1.25, y - 4.5, 2.5, 5.5, white)
            yield box(x - 1.25, y + 2.5, 2.5, 2.5, white)
        case "soon":
            yield Area(((x, y - MARK - 1), (x + MARK + 1, y + MARK - 1), (x - MARK - 1, y + MARK - 1)), colour)
        case "later":
            yield Disc((x, y), MARK - 1, colour)
        case "done":
            yield Disc((x, y), MARK, colour)
            yield Line((x - 3.5, y), (x - 1, y + 3), white, 2)
            yield Line((x - 1, y + 3), (x + 3.5, y - 3), white, 2)
        case "cancelled":
            yield Line((x - 4, y - 4), (x + 4, y + 4), colour, 2)
            yield Line((x - 4, y + 4), (x + 4, y - 4), colour, 2)
        case _:
            assert_never(state)


def _key(timeline: Timeline, y: float) -> Iterator[Piece]:
    """Say what the marks mean, those that are there."""
    x = MARGIN + MARK
    for state in _states(timeline.bars):
        yield from mark(state, x, y - 4)
        yield Words((x + 12, y), IN_WORDS[state], SMALL, QUIET)
        x += 28 + len(IN_WORDS[state]) * SMALL * OF_A_SIGN


def _states(bars: Iterable[Bar]) -> tuple[State, ...]:
    there = {bar.state for bar in bars}
    return tuple(state for state in COLOURS if state in there)


def _pale(colour: str) -> str:
    """Mix a colour with white, four to one for white."""
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{255 - (255 - part) // 4:02x}" for part in parts)


def _cut(text: str, room: float, size: float) -> str:
    """Shorten a text to the room that it has."""
    most = max(8, int(room / (size * OF_A_SIGN)))
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
