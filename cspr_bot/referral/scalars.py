"""Reads the answers that stand beside, behind or below their labels."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from cspr_bot.referral.draft import Draft
from cspr_bot.referral.memory import remembered
from cspr_bot.referral.pages import INVISIBLE, Cell
from cspr_bot.referral.rows import Row
from cspr_bot.referral.ticks import Tick, chosen, has_box, option_before, options_in, read_ticks
from cspr_bot.referral.wording import SPECIFY, Label, Wording

_ASKS_AND_ANSWERS = re.compile(r"[A-Z][\w/()'’-]*(?: [\w/()'’-]+){0,4} ?:\s+\S")  # "School: Oak Primary", no "10:30"
PLAN = "child.child_protection_plan"
ETHNIC = "child.ethnic_origin"
MOST_TYPED = 2  # ethnic groups that somebody may name for an answer; a form prints more of them on a line
OTHERS_GONE = "the other boxes are gone, and the one that is left is not ticked"


class Piece(NamedTuple):
    """A cell, or one line of it where it holds several labels; `label` if it begins with one."""

    text: str
    cell: Cell
    label: Label | None


def read_scalars(rows: Sequence[Row], section: str | None, wording: Wording, draft: Draft) -> str | None:
    """Read label after label, and give the section that the last one belongs to: a form may have no headings."""
    grid = 0  # the table that the ethnic boxes stand in
    for place, row in enumerate(rows):
        if row.is_empty:
            continue
        section, pieces = _placed(rows, place, section, wording)
        if any(piece.label and piece.label.path == ETHNIC for piece in pieces):
            grid = row.table
        elif grid and row.table == grid:
            _read_left(row, wording, draft)
        _read_ethnic(row, wording, draft)
        for number, piece in enumerate(pieces):
            if piece.label:
                answer = _answer(rows, place, pieces, number, section, wording)
                marked = "\n".join(other.cell.marked for other in pieces[number:] if other.cell.marked)
                _note(piece.label, answer, marked, wording, draft)
    return section


def _placed(rows: Sequence[Row], place: int, section: str | None, wording: Wording) -> tuple[str | None, list[Piece]]:
    """Take a row apart. A label that only one section has ("Name of child") says where we are, heading or not."""
    row = rows[place]
    pieces = pieces_of(row, section, wording)
    own = [piece.label.section for piece in pieces if piece.label and piece.label.section in {"referrer", "child"}]
    if own and section not in own:
        section = own[0]
        pieces = pieces_of(row, section, wording)
    if all(piece.label for piece in pieces) and _is_head(rows, place, section, wording):
        return section, pieces
    pieces = _without_false_labels(pieces)
    fused = _with_fused_labels(pieces, section, wording)
    return section, pieces if fused is pieces or _stands_under_labels(rows, place, section, wording) else fused


def _stands_under_labels(rows: Sequence[Row], place: int, section: str | None, wording: Wording) -> bool:
    if not place or rows[place - 1].table != rows[place].table:
        return False
    before = pieces_of(rows[place - 1], section, wording)
    return bool(before) and all(piece.label and not piece.label.rest for piece in before)


def _with_fused_labels(pieces: list[Piece], section: str | None, wording: Wording) -> list[Piece]:
    """Part labels from answers where no sign does, in a row of which every cell has its answer behind its label."""
    if len(pieces) < 2 or all(piece.label or not piece.text for piece in pieces):
        return pieces
    found = [piece.label or wording.fused_label(piece.text, section) for piece in pieces]
    for label, behind in zip(found, [*pieces[1:], None], strict=True):
        # A label without an answer has it in the next cell, whatever that begins with.
        if label is None or (not label.rest and behind is not None and behind.label is None):
            return pieces
    return [Piece(piece.text, piece.cell, label) for piece, label in zip(pieces, found, strict=True)]


def _is_head(rows: Sequence[Row], place: int, section: str | None, wording: Wording) -> bool:
    """Whether a row may be one of labels over their answers: there is a row below, and it begins with none."""
    if place + 1 >= len(rows) or rows[place + 1].table != rows[place].table:
        return False
    row, below = rows[place], rows[place + 1]
    first = next((text for text in below.texts if text), "")
    if wording.label(first, section) is not None:
        return False
    # "Location: | Home address" is a label with its answer, unless below both there is room for theirs.
    is_mixed = row.texts[0].endswith(":") and not all(text.endswith((":", "?")) for text in row.texts)
    return not is_mixed or (
        len(row.cells) == len(below.cells)
        and not any(has_box(text) or wording.label(text, section) for text in below.texts if text)
    )


def pieces_of(row: Row, section: str | None, wording: Wording) -> list[Piece]:
    """Take a row apart into labels and answers; a repeated cell of a merge is neither."""
    find = wording.label if row.table else wording.marked_label
    pieces: list[Piece] = []
    for cell, text in zip(row.cells, row.texts, strict=True):
        if cell.is_continued:
            continue
        if "\n" in text and (several := _several(text, cell, section, wording)):
            pieces += several
        else:
            pieces.append(Piece(text, cell, find(text, section)))
    return pieces


def _several(text: str, cell: Cell, section: str | None, wording: Wording) -> list[Piece]:
    """Take a cell apart that holds several labels; nothing where it does not."""
    found = [Piece(line, cell, wording.marked_label(line, section)) for line in text.split("\n")]
    return found if sum(piece.label is not None for piece in found) > 1 else []


def _without_false_labels(pieces: list[Piece]) -> list[Piece]:
    """Take a word such as "Home address" for the answer that it is, where it stands in an answer's place.

    It does behind a label that has a colon when it has none itself, or at the end of a row with no room for an answer.
    """
    if not any(piece.label and not piece.label.is_marked for piece in pieces):
        return pieces
    kept: list[Piece] = []
    for piece in pieces:
        before = kept[-1].label if kept else None
        is_answer = (
            before is not None
            and not before.rest
            and piece.label is not None
            and not piece.label.is_marked
            and (before.is_marked or piece is pieces[-1])
        )
        kept.append(Piece(piece.text, piece.cell, None) if is_answer else piece)
    return kept


def _answer(
    rows: Sequence[Row], place: int, pieces: Sequence[Piece], number: int, section: str | None, wording: Wording
) -> str:
    """Find the answer to a label: behind it in its cell, else in the cells to its right, else below."""
    piece = pieces[number]
    label = piece.label
    rest = label.rest if label else ""
    beside: list[str] = []
    for other in pieces[number + 1 :]:
        if other.label or _is_unknown_label(other, pieces):
            break
        beside.append(other.text)
    if rest or any(beside):
        lines = [rest, *beside]
        if rows[place].table == 0:
            lines += _lines_below(rows, place, section, wording, is_begun=True)
        return "\n".join(line for line in lines if line)
    if rows[place].table == 0:
        return "\n".join(_lines_below(rows, place, section, wording, is_begun=False))
    heads_a_grid = len(pieces) == 1 and label is not None and label.path == ETHNIC
    if heads_a_grid or any(other.label is None for other in pieces):
        return ""
    return _cell_below(rows, place, piece.cell, section, wording)


def _is_unknown_label(piece: Piece, pieces: Sequence[Piece]) -> bool:
    """Whether a piece asks for what we do not know, with its answer behind it: neither is an answer of ours."""
    is_asking = piece.text.rstrip(INVISIBLE).endswith((":", "\uff1a"))
    return is_asking and piece is not pieces[-1] and not has_box(piece.text)


def _lines_below(
    rows: Sequence[Row], place: int, section: str | None, wording: Wording, *, is_begun: bool
) -> list[str]:
    """Give the paragraphs that answer a label above them: up to an empty one once the answer has begun.

    A line that asks for something else and answers it ("NHS number: 943 476 5919") is no answer to the label above it,
    also where its question is none of ours.
    """
    lines: list[str] = []
    for row in rows[place + 1 :]:
        text = row.alone
        if row.table or (row.is_empty and is_begun) or (text and _is_printed(text, section, wording)):
            break
        if _ASKS_AND_ANSWERS.match(text):
            break
        if text:
            lines.append(text)
            is_begun = True
    return lines


def _is_printed(text: str, section: str | None, wording: Wording) -> bool:
    return bool(
        wording.marked_label(text, section) or wording.heading(text) or wording.sentence(text) or wording.is_title(text)
    )


def _cell_below(rows: Sequence[Row], place: int, cell: Cell, section: str | None, wording: Wording) -> str:
    """Give the answer under a label, where a row of labels stands over a row of answers."""
    if place + 1 >= len(rows) or rows[place + 1].table != rows[place].table:
        return ""
    below = rows[place + 1]
    if any(_is_printed(text, section, wording) for text in below.texts if text):
        return ""
    return "\n".join(
        text for text, other in zip(below.texts, below.cells, strict=True) if text and overlap(cell, other) > 0
    )


def overlap(one: Cell, other: Cell) -> int:
    """Say how far two cells of a table lie over each other."""
    return min(one.column + one.span, other.column + other.span) - max(one.column, other.column)


def _note(label: Label, answer: str, marked: str, wording: Wording, draft: Draft) -> None:
    if label.path == PLAN:
        _note_plan(answer, marked, wording, draft)
    elif label.path == ETHNIC:
        draft.seen.add(ETHNIC)
        if answer and not has_box(answer):
            _note_option(ETHNIC, wording.answer(answer), marked, wording, draft)
    elif label.path == SPECIFY:
        _note_group_e(label, answer, wording, draft)
    elif label.path == "summary":
        draft.seen.add("summary")
        draft.summary.extend(line for line in wording.answer(answer).split("\n") if line)
    elif not label.path.startswith("criteria."):
        draft.answer(label.path, wording.answer(answer))


def _note_plan(answer: str, marked: str, wording: Wording, draft: Draft) -> None:
    draft.seen.add(PLAN)
    ticks = read_ticks(answer, lambda words: wording.box(words, "child_protection_plan"), may_say_yes=False)
    if has_box(answer) or ticks:
        for tick in ticks:
            choice = wording.box(tick.words, "child_protection_plan")
            if choice:
                draft.boxes.setdefault(PLAN, []).append((choice, tick))
            elif tick.is_ticked or tick.words:
                draft.write(PLAN, tick.words or "a box without words")
        return
    _note_option(PLAN, wording.answer(answer), marked, wording, draft)


def _note_option(path: str, words: str, marked: str, wording: Wording, draft: Draft) -> None:
    """Tick what words say. Options that are all there are printed: the highlighted one counts."""
    choice = path.rpartition(".")[2]
    options = options_in(words, lambda name: wording.box(name, choice))
    if len(options) > 1:
        several, options = options, options_in(marked, lambda name: wording.box(name, choice))
        if path == ETHNIC and not options and len(several) <= MOST_TYPED:
            draft.write(path, words)  # "Indian or Pakistani": nobody prints two, and a person has to ask
    elif not options:
        remark = option_before(words, lambda name: wording.box(name, choice)) if path == PLAN else None
        options = [remark] if remark else []
        if not options:
            draft.write(path, words)
    for option in options:
        draft.tick(path, option, words)


def _read_ethnic(row: Row, wording: Wording, draft: Draft) -> None:
    """Note the ethnic boxes of a row. They are known by their own words, wherever they stand."""
    for text in row.texts:
        boxes = _ethnic_boxes(wording, text)
        if not boxes:
            continue
        draft.seen.add(ETHNIC)
        draft.boxes.setdefault(ETHNIC, []).extend(boxes)
        for code, tick in boxes:
            specified = tick.words.partition(":")[2]
            if code == "E1" and specified:
                _note_specify(specified, wording, draft)


@remembered
def _ethnic_boxes(wording: Wording, text: str) -> tuple[tuple[str, Tick], ...]:
    """Give the ethnic boxes in a text, and none where most are others: a box "Other" may be of another question."""
    ticks = read_ticks(text, lambda words: _ethnic_code(words, wording)) if text else []
    known = tuple((code, tick) for tick in ticks if (code := _ethnic_code(tick.words, wording)))
    return () if 2 * len(known) < len(ticks) else known


def _ethnic_code(words: str, wording: Wording) -> str | None:
    if wording.box(words, "child_protection_plan") is not None:
        return None
    return wording.box(words, "ethnic_origin") or wording.box(words.partition(":")[0], "ethnic_origin")


def _read_left(row: Row, wording: Wording, draft: Draft) -> None:
    """Note the names of ethnic groups that stand in the grid without a box: all others may have been deleted."""
    for line in (line for text in row.texts for line in text.split("\n") if line and not has_box(line)):
        code = None if line.startswith("(") else wording.box(line, "ethnic_origin")
        if code and code != "E1":
            draft.left.append(code)


def _note_group_e(label: Label, answer: str, wording: Wording, draft: Draft) -> None:
    """Beside group E there may be nothing but the name of the next group's box, without the box."""
    beside = answer.removeprefix(label.rest).split("\n")
    kept = [line for line in beside if not wording.box(line, "ethnic_origin")]
    _note_specify("\n".join([label.rest, *kept]), wording, draft)


def _note_specify(answer: str, wording: Wording, draft: Draft) -> None:
    """The typed text of group E; beside its label there may be nothing but the next group's box."""
    kept = (line for line in answer.split("\n") if not has_box(line) and not _is_ethnic_tick(line, wording))
    draft.answer(SPECIFY, wording.answer("\n".join(kept)))


def _is_ethnic_tick(line: str, wording: Wording) -> bool:
    return bool(read_ticks(line, lambda words: wording.box(words, "ethnic_origin")))


def conclude_boxes(draft: Draft) -> None:
    """Tick what was chosen, once all boxes of a question are known.

    Where all others were deleted the one that is left is taken, though it is not ticked; that is said as a doubt.
    """
    for path, boxes in draft.boxes.items():
        picked = chosen([tick for _, tick in boxes])
        for code, tick in boxes:
            if tick in picked:
                draft.tick(path, code, tick.words)
        is_answered = path in draft.ticks or path in draft.typed or (path == ETHNIC and SPECIFY in draft.answers)
        if len(boxes) == 1 and not is_answered:
            code, tick = boxes[0]
            draft.tick(path, code, tick.words)
            draft.doubt(path, OTHERS_GONE, tick.words)
    if len(set(draft.left)) == 1 and not {ETHNIC} & (draft.ticks.keys() | draft.boxes.keys() | draft.typed.keys()):
        draft.tick(ETHNIC, draft.left[0])
