"""The partnership's form as printed, filled in by hand: every part of it, in each manner in which people answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from tests.forms.answers import ETHNIC, PLAN, Answers
from tests.forms.paper import (
    Block,
    Box,
    Cell,
    Control,
    Frame,
    Grid,
    Inline,
    Para,
    Row,
    Words,
    Wrap,
    cell,
    grid,
    heading,
    paras,
    words,
)

TITLE = "APPENDIX 2:  Request for a Child Safeguarding Practice Review"
BEFORE = (
    "Before submitting the referral please check the criteria in appendix 3 of this form. Once completed, please send"
    " this form to….."
)
CRITERIA = (
    "Please demonstrate how you believe the criteria for a Rapid Review to be met. The criteria can be found in"
    " Appendix 1."
)
EVENTS = (
    "Please provide a summary of the events leading to the death or harm caused to the child, making clear why you"
    " believe that these circumstances meet the criteria for SCR."
)
AGENCIES = "If you are aware of any other agencies involved in the care of this child please list below:"
PROCESSES = (
    "If you aware of any other processes that this case is currently subject to, ie. Coroner’s inquest, Child Death"
    " Overview Panel, criminal proceedings, etc. please list below:"
)
BEHIND = (
    "Appendix 3 ",
    "Criteria for referring cases to the NSSCP",
    "Statutory guidance from Working Together to Safeguard Children 2018",
    "• Abuse or neglect is known or suspected AND",
    "• The child has died or been seriously harmed",
)
QUESTIONS: Mapping[str, str] = {
    "deceased": "Is the child deceased? ",
    "harmed": "Is the child seriously harmed (please describe below)?",
    "abuse": "Is abuse or neglect known or suspected to be a cause of the death or harm to the child? ",
    "concern": "Is there a cause for concern as to the way in which agencies or other relevant persons have worked"
    " together to safeguard the child?",
}
GROUPS = (
    (
        ("(A) White", ("A1", "A2", "A3")),
        ("(B) Mixed", ("B1", "B2", "B3", "B4")),
        ("(C) Asian or Asian British", ("C1", "C2", "C3", "C4", "C5")),
    ),
    (
        ("(D) Black  or Black British", ("D1", "D2", "D3")),
        ("(E) Other Ethnic Groups", ("E1",)),
        ("(F) Not Declared", ("F1",)),
    ),
)

# How one of several options is chosen.
Choice = Literal["box", "x", "brackets", "over", "beside", "only", "lone_box", "struck", "marked", "typed"]
Place = Literal["beside", "behind", "under", "below"]


@dataclass(frozen=True)
class Manner:
    """In what manner a form is filled in. Labels not named here are those of the printed form."""

    choice: Choice = "box"
    wrap: Wrap = ""
    around: Literal["", "cell", "row", "block"] = ""
    place: Place = "beside"
    labels: Mapping[str, str] = field(default_factory=dict)
    headings: Mapping[str, str] = field(default_factory=dict)
    title: str = TITLE
    front: tuple[Block, ...] = ()
    has_hint: bool = False
    blank_rows: int = 0
    is_one_table: bool = False
    is_nested: bool = False
    is_framed: bool = False
    is_split: bool = False
    is_revised: bool = False
    placeholders: bool = False
    colon: str = ""


def paper(answers: Answers, manner: Manner) -> tuple[Block, ...]:
    """Give the filled form."""
    writer = _Writer(answers, manner)
    blocks: tuple[Block, ...] = (
        *manner.front,
        *((heading(manner.title),) if manner.title else ()),
        words(BEFORE),
        *writer.section("1. Referrer", writer.referrer()),
        *writer.section("2. Details of child or young person", *writer.child()),
        *writer.section("3. Composition of family and significant others", writer.family()),
        *writer.section("4. Rapid Review criteria", words(CRITERIA), writer.criteria()),
        *writer.section("5. Summary of events", words(EVENTS), *writer.summary()),
        *writer.section("6. Other information", words(AGENCIES), writer.agencies()),
        words(PROCESSES),
        writer.processes(),
        *(words(line) for line in BEHIND),
    )
    if manner.is_one_table:
        return (Grid((Row((Cell(blocks),)),)),)
    if manner.is_nested:
        return (Grid((Row((Cell((heading("North Somerset"),)), Cell(blocks))),)),)
    return (Control(blocks),) if manner.around == "block" else blocks


@dataclass(frozen=True)
class _Writer:
    answers: Answers
    manner: Manner

    def section(self, title: str, *blocks: Block) -> tuple[Block, ...]:
        return (heading(self.manner.headings.get(title, title)), *blocks)

    def referrer(self) -> Grid:
        a = self.answers
        return self._pairs(
            (("Name: ", a.referrer), ("Email:", a.email)),
            (("Role:", a.role), ("Tel:", a.tel)),
            (("Agency:", a.agency), ("Date submitted:", a.submitted.raw)),
        )

    def child(self) -> tuple[Block, ...]:
        a = self.answers
        return (
            self._pairs(
                (("Name of child: ", a.name), ("Date of birth: ", a.dob.raw)),
                (("Home address:", a.address), ("Date of death or critical incident:", a.incident.raw)),
                (("Carer:", a.carer), ("Location of incident:", a.location)),
            ),
            self.ethnic(),
            self._pairs((("Faith:", a.faith), ("Disability:", a.disability))),
            self.plan(),
        )

    def _label(self, printed: str) -> str:
        label = self.manner.labels.get(printed, printed)
        return label if self.manner.colon == "" else label.rstrip(": ") + self.manner.colon

    def _pairs(self, *rows: Sequence[tuple[str, str]]) -> Grid:
        if self.manner.place == "below":
            both: list[Row] = []
            for row in rows:
                both.append(Row(tuple(cell(self._label(label)) for label, _ in row)))
                both.append(Row(tuple(self._answer(text) for _, text in row)))
            return Grid(tuple(both))
        made = [Row(tuple(one for pair in row for one in self._pair(*pair)), self._row()) for row in rows]
        if self.manner.is_split:
            made = [replace(row, cells=tuple(_wide(one, place) for place, one in enumerate(row.cells))) for row in made]
        return Grid(tuple(made))

    def _row(self) -> Literal["", "control"]:
        return "control" if self.manner.around == "row" else ""

    def _pair(self, printed: str, text: str) -> tuple[Cell, ...]:
        label = self._label(printed)
        match self.manner.place:
            case "behind":
                space = "" if label.endswith(" ") else " "
                return (Cell((Para((Words(label + space, is_bold=True), *self._words(text))),)),)
            case "under":
                return (Cell((Para((Words(label),)), Para(self._words(text)))),)
            case _:
                return (cell(label), self._answer(text))

    def _words(self, text: str) -> tuple[Inline, ...]:
        if not text and self.manner.placeholders:
            return (Words("Click or tap here to enter text.", "placeholder"),)
        made: tuple[Inline, ...] = (Words(text, self.manner.wrap),) if text else ()
        return (Words("Old words", "deleted"), *made) if self.manner.is_revised else made

    def _answer(self, text: str) -> Cell:
        around: Literal["", "control", "block"] = ""
        if self.manner.around == "cell":
            around = "control"
        return Cell((Para(self._words(text)),), wrap=around)

    def ethnic(self) -> Grid:
        rows = [Row((cell(self._label("Ethnic origin:"), span=3),))]
        for groups in GROUPS:
            rows.append(Row(tuple(Cell((Para((Words(title, is_bold=True),)),)) for title, _ in groups)))
            rows.append(Row(tuple(Cell(self._group(codes)) for _, codes in groups)))
        return Grid(tuple(rows))

    def _group(self, codes: Sequence[str]) -> tuple[Block, ...]:
        if codes == ("E1",):
            specify = f"Please specify: {self.answers.specify}" if self.answers.specify else "Please specify"
            return (words(specify),)
        chosen = [code for code in codes if code in self.answers.ethnic]
        made = [option(ETHNIC[code], self.manner.choice, is_chosen=code in chosen) for code in codes]
        # E1 has no box: where it is the answer, nothing of the others was struck or deleted.
        if self.answers.ethnic in {("E1",), ()} and self.manner.choice in {"only", "lone_box", "struck"}:
            made = [(Box(), Words(f" {ETHNIC[code]}")) for code in codes]
        return tuple(Para(inlines) for inlines in made if inlines) or (Para(),)

    def plan(self) -> Grid:
        chosen = {"conflict": ("yes", "no"), None: ()}.get(self.answers.plan, (self.answers.plan,))
        if self.manner.choice in {"typed", "over"}:
            text = PLAN.get(self.answers.plan or "", "")
            return grid((self._label("Child protection plan:"), text))
        inlines: list[Inline] = []
        for value, name in PLAN.items():
            choice = "x_behind" if self.manner.choice == "beside" else self.manner.choice
            made = option(name, choice, is_chosen=value in chosen)
            if made:
                inlines += [*made, Words("  ")]
        return Grid((Row((cell(self._label("Child protection plan:")), Cell((Para(tuple(inlines)),))), self._row()),))

    def criteria(self) -> Grid:
        if self.manner.choice in {"struck", "marked", "only", "lone_box"}:
            return Grid(tuple(Row((cell(QUESTIONS[name]), Cell((self._yes_or_no(name),)))) for name in QUESTIONS))
        rows = [Row((cell("Criterion "), cell("Yes"), cell("no")))]
        for name, question in QUESTIONS.items():
            rows.append(Row((cell(self._label(question)), self._yes_cell(name), self._no_cell(name)), self._row()))
        return Grid(tuple(rows))

    def _given(self, name: str) -> tuple[str, ...]:
        given = getattr(self.answers, name)
        if given == "conflict":
            return ("known", "suspected") if name == "abuse" else ("yes", "no")
        return (given,) if given else ()

    def _yes_or_no(self, name: str) -> Para:
        """One cell in which the wrong words are to be struck out: "Yes / No"."""
        options = ("Known", "Suspected", "No") if name == "abuse" else ("Yes", "No")
        given = self._given(name)
        inlines: list[Inline] = []
        for text in options:
            made = _bare(text, self.manner.choice, is_chosen=text.lower() in given)
            inlines += [*([Words(" / ")] if inlines and made else []), *made]
        return Para(tuple(inlines))

    def _yes_cell(self, name: str) -> Cell:
        given = self._given(name)
        if name == "abuse":
            options = ("Known", "Suspected")
            both = tuple(Para(option(text, self.manner.choice, is_chosen=text.lower() in given)) for text in options)
            return Cell(both)
        return Cell((Para(_box(self.manner.choice, "Yes", is_chosen="yes" in given)),))

    def _no_cell(self, name: str) -> Cell:
        return Cell((Para(_box(self.manner.choice, "No", is_chosen="no" in self._given(name))),))

    def _list(self, heads: Sequence[str], rows: Sequence[Sequence[str]], hint: str) -> Grid:
        made = [Row(tuple(Cell((Para((Words(self.manner.labels.get(head, head), is_bold=True),)),)) for head in heads))]
        made += [Row(tuple(self._answer(text) for text in row), self._row()) for row in rows]
        if self.manner.is_revised:
            made[1:1] = [Row(tuple(cell(f"Old {head}") for head in heads), "deleted")]
            made = [*made[:2], *(replace(row, wrap="inserted") for row in made[2:])]
        if self.manner.has_hint or not rows:
            made.append(Row((cell(hint), *(cell() for _ in heads[1:]))))
        made += [Row(tuple(cell() for _ in heads)) for _ in range(self.manner.blank_rows)]
        return Grid(tuple(made))

    def family(self) -> Grid:
        heads = ("Name", "Relationship to child", "DoB", "Address", "Ethnic origin")
        return self._list(heads, [row.cells for row in self.answers.family], "Add rows as needed")

    def agencies(self) -> Grid:
        heads = ("Name", "Agency", "Contact details", "Are they still involved?")
        return self._list(heads, self.answers.agencies, "Please add rows as needed")

    def processes(self) -> Grid:
        return self._list(("Process", "Current status"), self.answers.processes, "")

    def summary(self) -> tuple[Block, ...]:
        text = paras(self.answers.summary, self.manner.wrap)
        if self.manner.is_framed:
            return (Frame(text),)
        return (Grid((Row((Cell(text, wrap="block" if self.manner.around in {"cell", "block"} else ""),)),)),)


def _wide(one: Cell, place: int) -> Cell:
    return replace(one, span=(1, 2, 2, 1)[place % 4])


def option(name: str, choice: str, *, is_chosen: bool) -> tuple[Inline, ...]:
    """Give one option with its box, chosen or not; nothing where it was deleted."""
    text = Words(f" {name}")
    if not is_chosen:
        others: Mapping[str, tuple[Inline, ...]] = {
            "brackets": (Words(f"[ ] {name}"),),
            "only": (),
            "lone_box": (),
            "struck": (Box(is_struck=True), Words(f" {name}", is_struck=True)),
        }
        return others.get(choice, (Box(), text))
    chosen: Mapping[str, tuple[Inline, ...]] = {
        "x": (Words(f"x {name}"),),
        "brackets": (Words(f"[x] {name}"),),
        "over": (Words(f"Yes {name}"),),
        "beside": (Box(), Words(f" {name} Yes")),
        "x_behind": (Box(), Words(f" {name} x")),
        "only": (Words(name),),
        "lone_box": (Box(), text),
        "struck": (Box(), text),
        "marked": (Box(is_marked=True), Words(f" {name}", is_marked=True)),
    }
    return chosen.get(choice, (Box(is_ticked=True), text))


def _bare(name: str, choice: str, *, is_chosen: bool) -> tuple[Inline, ...]:
    """Give one option of "Yes / No"."""
    match choice:
        case "struck":
            return (Words(name, is_struck=not is_chosen),)
        case "marked":
            return (Words(name, is_marked=is_chosen),)
        case _:
            return (Words(name),) if is_chosen else ()


def _box(choice: str, name: str, *, is_chosen: bool) -> tuple[Inline, ...]:
    """Give a box that stands alone under its column's title."""
    match choice:
        case "x" | "brackets" | "over" | "typed" if is_chosen:
            return (Words({"x": "x", "brackets": "[x]", "over": name, "typed": name}[choice]),)
        case "brackets":
            return (Words("[ ]"),)
        case "typed":
            return ()
        case "beside" if is_chosen:
            return (Box(), Words(f" {name}"))
        case _:
            return (Box(is_ticked=choice == "box" and is_chosen),)
