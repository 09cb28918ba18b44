"""Reads the four questions of section 4: boxes in the columns "Yes" and "no", or words that say the same."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cspr_bot.referral.draft import Draft
from cspr_bot.referral.memory import remembered
from cspr_bot.referral.pages import Cell
from cspr_bot.referral.rows import Row
from cspr_bot.referral.scalars import overlap
from cspr_bot.referral.ticks import Tick, chosen, has_box, is_lone_tick, option_before, options_in, read_ticks
from cspr_bot.referral.wording import SHORTEST_QUESTION, Label, Wording

ABUSE = "criteria.abuse_or_neglect"
_ORDER = ("yes", "no")  # of boxes that have neither words nor a column's title

_Columns = Sequence[tuple[Cell, str]]


@dataclass(frozen=True, slots=True)
class _Said:
    """What a cell says: one of its boxes, or (`tick` None) words of which `marked` are highlighted."""

    column: str | None
    tick: Tick | None = None
    words: str = ""
    marked: str = ""


@dataclass(slots=True)
class _Asked:
    """A question, and all that was found beside it."""

    label: Label
    said: list[_Said] = field(default_factory=list)


def read_criteria(rows: Sequence[Row], wording: Wording, draft: Draft) -> None:
    """Read question after question. What stands in the rows below one, up to the next, belongs to it."""
    if not any(_asked_at(row, wording) for row in rows):
        return
    asked = list(_questions(rows, wording))
    # Where one box stands without words they all are printed so: "Yes" beside another was typed there.
    is_bare = any(said.tick and not said.tick.words for question in asked for said in question.said)
    for question in asked:
        _conclude(question, wording, draft, is_bare=is_bare)


def _questions(rows: Sequence[Row], wording: Wording) -> Iterator[_Asked]:
    columns: _Columns = ()
    asked: _Asked | None = None
    for row in rows:
        columns = _columns(row, wording) or columns
        found = _asked_at(row, wording)
        if found:
            if asked:
                yield asked
            label = found[1]
            asked = _Asked(label)
            if label.rest:
                asked.said += _said(label.rest, "", None, wording)
        if asked is None:
            continue
        start = found[0] + 1 if found else 0
        for cell, text in zip(row.cells[start:], row.texts[start:], strict=True):
            if text and not cell.is_continued:
                asked.said += _said(text, cell.marked, _column(cell, columns) if row.table else None, wording)
    if asked:
        yield asked


def _asked_at(row: Row, wording: Wording) -> tuple[int, Label] | None:
    """Give the place of a row's first question, and the question."""
    for place, text in enumerate(row.texts):
        if len(text) >= SHORTEST_QUESTION and not has_box(text[0]) and (label := wording.question(text)):
            return place, label
    return None


def _columns(row: Row, wording: Wording) -> _Columns:
    """Give the titles of the columns, if this row has them: "Criterion | Yes | no"."""
    if row.table == 0:
        return ()
    found = ((cell, wording.box(text, "criteria")) for cell, text in zip(row.cells, row.texts, strict=True) if text)
    titles = tuple((cell, choice) for cell, choice in found if choice)
    return titles if {choice for _, choice in titles} >= {"yes", "no"} else ()


def _column(cell: Cell, columns: _Columns) -> str | None:
    over: Mapping[str, int] = {choice: overlap(head, cell) for head, choice in columns}
    best = max(over, key=lambda choice: over[choice], default=None)
    return best if best and over[best] > 0 else None


def _said(text: str, marked: str, column: str | None, wording: Wording) -> Iterable[_Said]:
    ticks = _boxes(wording, text)
    if ticks is not None:
        return [_Said(column, tick) for tick in ticks]
    words = "" if wording.is_part_of_question(text) else wording.answer(text)
    return [_Said(column, None, words, marked)] if words else []


@remembered
def _boxes(wording: Wording, text: str) -> tuple[Tick, ...] | None:
    """Give the boxes in a text; None where there is none, and words may say the same."""
    ticks = tuple(read_ticks(text, lambda words: wording.box(words, "criteria")))
    return ticks if ticks or has_box(text) else None


def _conclude(asked: _Asked, wording: Wording, draft: Draft, *, is_bare: bool) -> None:
    path = asked.label.path
    draft.seen.add(path)
    named = [(choice, tick) for choice, tick in _named(asked.said, wording, is_bare=is_bare) if tick]
    picked = chosen([tick for _, tick in named])
    for choice, tick in named:
        if tick not in picked:
            continue
        if choice:
            draft.tick(path, choice, tick.words)
        else:
            draft.write(path, tick.words)
    loose = [tick.words for choice, tick in named if not choice and tick.words]
    for said in asked.said:
        if said.tick is None:
            loose += _note_words(said, path, wording, draft)
    if path not in draft.ticks:
        for words in loose:
            draft.write(path, words)


def _note_words(said: _Said, path: str, wording: Wording, draft: Draft) -> list[str]:
    """Tick what words say, and give those that say nothing. "Yes / No" is printed, and says nothing too."""

    def name_of(words: str) -> str | None:
        return wording.box(words, "criteria")

    options = options_in(said.words, name_of)
    if len(options) > 1:
        options = options_in(said.marked, name_of)
    elif not options:
        option = said.column if said.column and is_lone_tick(said.words) else option_before(said.words, name_of)
        if option is None:
            return [said.words]
        options = [option]
    for option in options:
        draft.tick(path, option, said.words)
    return []


def _named(said: Sequence[_Said], wording: Wording, *, is_bare: bool) -> Iterator[tuple[str | None, Tick | None]]:
    """Name each box by its words, by its column, or by its order: the first is Yes, the next no."""
    boxes = [one for one in said if one.tick]
    names = {one.tick.words: wording.box(one.tick.words, "criteria") for one in boxes if one.tick and one.tick.words}
    order = _ORDER[1:] if set(names.values()) & {"known", "suspected", "yes"} else _ORDER
    # "Yes ☐ | No ☐" are printed; "☐ Yes | ☐" has one word too many, and that was typed.
    is_bare = is_bare and not set(names.values()) >= {"yes", "no"}
    alone = 0
    for one in boxes:
        tick = one.tick
        if tick and tick.words:
            name = names[tick.words]
            is_typed = is_bare and name is not None and name == one.column
            yield (name or one.column if tick.is_ticked else name), tick._replace(is_ticked=True) if is_typed else tick
            continue
        yield one.column or order[min(alone, len(order) - 1)], tick
        alone += 1
