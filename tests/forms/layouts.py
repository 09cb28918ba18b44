"""The form laid out otherwise than printed: as people rebuild it, cut it down, and write past its boxes."""

from dataclasses import replace

from tests.forms.answers import Answers, Relative
from tests.forms.blank import EVENTS, QUESTIONS, TITLE, Manner, paper
from tests.forms.paper import Block, Cell, Grid, Para, Row, cell, grid, heading, paras, text_of, words

_WIDTH = 60


def one_big_table(answers: Answers) -> tuple[Block, ...]:
    """Everything is rows of a single table, headings too, merged over its width."""
    rows: list[Row] = []
    for block in paper(answers, Manner()):
        match block:
            case Grid():
                rows += [replace(row, cells=_spread(row.cells)) for row in block.rows]
            case Para():
                rows.append(Row((Cell((block,), _WIDTH),)))
            case _:
                pass
    return (words(TITLE), Grid(tuple(rows[1:])))


def _spread(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    total = sum(one.span for one in cells)
    return tuple(replace(one, span=one.span * _WIDTH // total) for one in cells)


def headings_in_tables(answers: Answers) -> tuple[Block, ...]:
    """Each heading is the first row of its table."""
    made: list[Block] = []
    waiting: list[Para] = []
    for block in paper(answers, Manner()):
        if isinstance(block, Para):
            waiting.append(block)
        elif isinstance(block, Grid):
            titles = [one for one in waiting if one.is_heading and text_of(one) != TITLE]
            made += [one for one in waiting if one not in titles]
            width = sum(one.span for one in block.rows[0].cells)
            heads = tuple(Row((Cell((one,), width),)) for one in titles)
            made.append(Grid((*heads, *block.rows)))
            waiting = []
    return (*made, *waiting)


def without_tables(answers: Answers) -> tuple[Block, ...]:
    """Nothing but paragraphs, an answer behind each label; the lists keep their tables."""
    a = answers
    pairs = (
        ("Name of referrer", a.referrer), ("Email", a.email), ("Role", a.role), ("Tel", a.tel), ("Agency", a.agency),
        ("Date submitted", a.submitted.raw),
    )  # fmt: skip
    child = (
        ("Name of child", a.name), ("Date of birth", a.dob.raw), ("Home address", a.address),
        ("Date of death or critical incident", a.incident.raw), ("Carer", a.carer),
        ("Location of incident", a.location),
        ("Faith", a.faith), ("Disability", a.disability),
    )  # fmt: skip
    rest = paper(answers, Manner())
    tail = rest[next(place for place, block in enumerate(rest) if _is_heading(block, "3. Comp")) :]
    boxes = [
        block for block in rest if isinstance(block, Grid) and _begins(block, ("Ethnic origin:", "Child protection"))
    ]
    return (
        heading(TITLE),
        heading("1. Referrer"),
        *(words(f"{label}: {text}") for label, text in pairs),
        heading("2. Details of child or young person"),
        *(words(f"{label}:\t{text}") for label, text in child),
        *boxes,
        *tail,
    )


def _is_heading(block: Block, begun: str) -> bool:
    return isinstance(block, Para) and text_of(block).startswith(begun)


def _begins(block: Grid, texts: tuple[str, ...]) -> bool:
    first = block.rows[0].cells[0].blocks[0]
    return isinstance(first, Para) and text_of(first).startswith(texts)


def merged_addresses(answers: Answers) -> tuple[Block, ...]:
    """One address is written for the whole family, in a cell merged over all its rows."""
    heads = ("Name", "Relationship to child", "DoB", "Address", "Ethnic origin")
    rows = [Row(tuple(cell(text) for text in heads))]
    for number, one in enumerate(answers.family):
        name, relationship, dob, address, ethnic = (cell(text) for text in one.cells)
        if number == 0:
            rows.append(Row((name, relationship, dob, replace(address, height=len(answers.family)), ethnic)))
        else:
            rows.append(Row((name, relationship, dob, ethnic), covered=((3, 1),)))
    return _with_table(answers, "Relationship to child", Grid(tuple(rows)))


def same_address(answers: Answers) -> Answers:
    return answers.but(family=tuple(replace(one, address=answers.address) for one in answers.family))


def fewer_columns(answers: Answers) -> tuple[Block, ...]:
    """A column of the family is deleted, and the others stand in another order."""
    rows = [(one.relationship, one.name, one.address, one.dob.raw) for one in answers.family]
    return _with_table(answers, "Relationship to child", grid(("Relationship", "Name", "Address", "DoB"), *rows))


def without_ethnic(answers: Answers) -> Answers:
    return answers.but(family=tuple(replace(one, ethnic="") for one in answers.family))


def partial_rows(answers: Answers) -> Answers:
    """Rows of which only some cells are filled in."""
    first, blank = (
        answers.family[0],
        Relative("", "Father", replace(answers.dob, raw="", iso=None, is_doubtful=False), "", ""),
    )
    named = Relative("Tamsin Vale", "", blank.dob, "", "")
    return answers.but(family=(first, blank, named), agencies=(("", "School", "", ""), ("Ms Gill", "", "", "No")))


def _with_table(answers: Answers, head: str, table: Grid) -> tuple[Block, ...]:
    """Give the form with the table that has this head exchanged."""
    return tuple(
        table if isinstance(block, Grid) and any(_shows(one, head) for one in block.rows[0].cells) else block
        for block in paper(answers, Manner())
    )


def _shows(one: Cell, text: str) -> bool:
    return any(isinstance(block, Para) and text_of(block) == text for block in one.blocks)


def summary_below(answers: Answers) -> tuple[Block, ...]:
    """The box for the summary is left empty, and the text written below it."""
    return _with_summary(answers, (Grid((Row((cell(),)),)), *paras(answers.summary)))


def summary_with_table(answers: Answers) -> tuple[Block, ...]:
    """In the box for the summary there is a chronology, itself a table."""
    first, *others = answers.summary.split("\n")
    rows = [tuple(line.split(" | ")) for line in others]
    return _with_summary(answers, (Grid((Row((Cell((words(first), grid(*rows), Para())),)),)),))


def chronology(answers: Answers) -> Answers:
    return answers.but(
        summary="What happened:\nDate | Event\n01/05/2026 | Admitted to hospital\n02/05/2026 | Name: not given"
    )


def as_read(answers: Answers) -> Answers:
    return answers.but(summary=answers.summary.replace(" | ", " "))


def _with_summary(answers: Answers, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
    made = paper(answers, Manner())
    place = next(number for number, block in enumerate(made) if isinstance(block, Para) and text_of(block) == EVENTS)
    return (*made[: place + 1], *blocks, *made[place + 2 :])


def with_remarks(answers: Answers) -> tuple[Block, ...]:
    """Answers are explained where a tick was asked for."""
    died = answers.deceased == "yes"
    said = {
        "deceased": ("Yes – died in hospital" if died else "", "" if died else "No, but critical"),
        "harmed": _remark(answers.harmed),
        "abuse": _abuse(answers.abuse),
        "concern": _remark(answers.concern),
    }
    rows = (("Criterion", "Yes", "no"), *((QUESTIONS[name], *both) for name, both in said.items()))
    return _with_table(answers, "Criterion ", grid(*rows))


def _remark(answer: str | None) -> tuple[str, str]:
    return ("☒ (see the summary)", "☐") if answer == "yes" else ("☐", "☒ not at present")


def _abuse(answer: str | None) -> tuple[str, str]:
    return ("", "No.") if answer == "no" else (f"{(answer or '').capitalize()} (police agree)", "")


def described_below(answers: Answers) -> tuple[Block, ...]:
    """The harm is described in a row of its own below its question."""
    made: list[Block] = []
    for block in paper(answers, Manner()):
        if isinstance(block, Grid) and any(_shows(one, "Criterion ") for one in block.rows[0].cells):
            note = Row((cell("Fracture of the skull; no one could say how. Yes, it is serious.", span=3),))
            made.append(Grid((*block.rows[:3], note, *block.rows[3:])))
        else:
            made.append(block)
    return tuple(made)


def in_order_of_others(answers: Answers) -> tuple[Block, ...]:
    """The parts stand in another order: the reasons in front, the referrer at the end of them."""
    made = list(paper(answers, Manner()))
    starts = [
        place
        for place, block in enumerate(made)
        if isinstance(block, Para) and block.is_heading and text_of(block)[0].isdigit()
    ]
    parts = [made[start:end] for start, end in zip(starts, [*starts[1:], len(made) - 5], strict=True)]
    order = (0, 3, 4, 1, 2, 5)
    return (*made[: starts[0]], *(block for number in order for block in parts[number]), *made[-5:])
