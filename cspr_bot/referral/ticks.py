"""Reads tick boxes in a text: which are ticked, struck out or highlighted, and which words each belongs to."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from cspr_bot.referral.pages import MARKED, STRUCK, TICKED, UNTICKED

_BOX = re.compile(f"[{TICKED}{UNTICKED}{MARKED}{STRUCK}]")
_PARTED = re.compile(r"\s*[/|,;\n]\s*|\s+or\s+", re.IGNORECASE)
_REMARK = re.compile(r"(?P<option>[^\W\d_]+(?: [^\W\d_]+)?)\s*(?:[,.;:(]|[-–—]\s|\n)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_TAKES_BACK = re.compile(
    r"\b(?:not|never|later|now|again|correction|wait|until|unless|if|unsure|uncertain)\b|n['’]t\b", re.IGNORECASE
)
_MARKS = frozenset({"x", "xx", "√", "tick", "ticked"})
_YES_MARKS = _MARKS | {"yes", "y"}
_MARKS_BEGIN = frozenset("(.[") | {mark[0] for mark in _YES_MARKS}
_LONE_TICK = _YES_MARKS | {"true", "✓", "✔", "✗", "✘", "1", TICKED}
_LONGEST = 300  # of a line in which somebody may have typed a mark

Names = Callable[[str], str | None]


class Tick(NamedTuple):
    """One box: its state, and the words that belong to it ("" for a box that stands alone).

    One that nobody ticked may be chosen in another way: highlighted, or left over where the others are struck out.
    """

    is_ticked: bool
    words: str = ""
    is_marked: bool = False
    is_struck: bool = False


def has_box(text: str) -> bool:
    """Say whether there is any box in a text."""
    return _BOX.search(text) is not None


def chosen(ticks: Sequence[Tick]) -> list[Tick]:
    """Give the boxes that somebody chose: ticked, else highlighted among others, else left when others are struck."""
    if found := [tick for tick in ticks if tick.is_ticked]:
        return found
    marked = [tick for tick in ticks if tick.is_marked]
    if marked:
        return marked if 2 * len(marked) <= len(ticks) or len(ticks) == 1 else []
    left = [tick for tick in ticks if not tick.is_struck]
    return left if len(left) == 1 < len(ticks) else []


def read_ticks(text: str, name_of: Names, *, may_say_yes: bool = True) -> list[Tick]:
    """Read every box of a text; `name_of` knows the boxes that the form has.

    Words stand behind their box, unless a line begins with a box's name and so has each name in front. A mark typed
    over a box or beside it ticks it; `may_say_yes`: "Yes" is such a mark, for it is no box's name.
    """
    if text[:1].casefold() not in _MARKS_BEGIN and not has_box(text) and "\n" not in text:
        return []
    marks = _YES_MARKS if may_say_yes else _MARKS
    return [tick for line in text.splitlines() for tick in _line(line, name_of, marks)]


def _line(line: str, name_of: Names, marks: frozenset[str]) -> Iterable[Tick]:
    boxes = list(_BOX.finditer(line))
    words = [part.strip(" \t,;/|") for part in _BOX.split(line)]
    if not boxes:
        return _over(words[0], name_of, marks)
    states = [match.group() for match in boxes]
    in_front = bool(words[0]) and (not words[-1] or name_of(words[0]) is not None)
    if in_front:
        return [_tick(state, name) for state, name in zip(states, words[:-1], strict=True)]
    ticks = list(_over(words[0], name_of, marks))
    for state, name in zip(states, words[1:], strict=True):
        for tick in _beside(_tick(state, name), name_of, marks):
            # A tick behind the words of a box that is not ticked was typed there for it.
            if tick.is_ticked and not tick.words and ticks and ticks[-1].words and not ticks[-1].is_ticked:
                ticks[-1] = ticks[-1]._replace(is_ticked=True)
            else:
                ticks.append(tick)
    return ticks


def _tick(state: str, words: str) -> Tick:
    return Tick(state == TICKED, words, is_marked=state == MARKED, is_struck=state == STRUCK)


def _over(words: str, name_of: Names, marks: frozenset[str]) -> Sequence[Tick]:
    """Read a mark that was typed over a box, so that none is left: "x British"."""
    if len(words) > _LONGEST:
        return ()
    first, _, rest = words.partition(" ")
    if first.casefold().strip(".()[]") in marks and name_of(rest):
        return (Tick(is_ticked=True, words=rest.strip()),)
    return ()


def _beside(tick: Tick, name_of: Names, marks: frozenset[str]) -> Sequence[Tick]:
    """Read a mark that was typed among the words of a box: behind them, before them, or over the next box."""
    if tick.is_ticked or not tick.words or len(tick.words) > _LONGEST or name_of(tick.words):
        return (tick,)
    tokens = tick.words.split(" ")
    for place, token in enumerate(tokens):
        if token.casefold().strip(".,()[]") not in marks:
            continue
        before, behind = " ".join(tokens[:place]), " ".join(tokens[place + 1 :])
        if not behind and (not before or name_of(before)):
            return (Tick(is_ticked=True, words=before),)
        if not before and name_of(behind):
            return (Tick(is_ticked=True, words=behind),)
        if name_of(before) and name_of(behind):
            return tick._replace(words=before), Tick(is_ticked=True, words=behind)
    return (tick,)


def options_in(words: str, name_of: Names) -> list[str]:
    """Give the options of which a text consists, and of nothing else: "Yes / No" has two. Else none."""
    parts = [part for part in _PARTED.split(words.strip(" /|,;*")) if part]
    names = [name_of(part) for part in parts]
    if not parts or None in names:
        names = [name_of(part) for part in words.split()]
    found = [name for name in names if name]
    return found if len(found) == len(names) else []


def option_before(words: str, name_of: Names) -> str | None:
    """Give the option with which a remark begins: "Yes - died in hospital". A sign must part them: "No one" is none.

    None where the remark may take it back or names another ("No - not at the time; died later"): a person reads it.
    """
    match = _REMARK.match(words)
    option = name_of(match["option"]) if match else None
    if match is None or option is None:
        return None
    remark = words[match.end() :]
    names_another = any(name_of(word) not in {None, option} for word in _WORD.findall(remark))
    return None if names_another or _TAKES_BACK.search(remark) else option


def is_lone_tick(text: str) -> bool:
    """Say whether somebody typed a tick where there is no box: "X" in the column "Yes"."""
    return text.strip(" .()[]").casefold() in _LONE_TICK
