"""Saves a form as a fillable PDF: fields with names or without, with what they show or without, ruled or not."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from tests.forms.answers import ETHNIC, PLAN, Answers
from tests.forms.blank import AGENCIES, BEHIND, CRITERIA, EVENTS, GROUPS, PROCESSES, QUESTIONS, TITLE

_LEFT, _TOP, _LOW = 40.0, 800.0, 60.0


@dataclass(frozen=True)
class Fillable:
    """How the fields are made."""

    is_named: bool = True
    has_appearances: bool = True
    is_ruled: bool = False
    is_radio: bool = False
    is_locked_by_owner: bool = False
    password: str = ""


@dataclass
class _Sheet:
    drawn: list[str] = field(default_factory=list)
    widgets: list[pikepdf.Object] = field(default_factory=list)


class _Writer:
    """Writes from the top of a sheet downwards."""

    def __init__(self, pdf: pikepdf.Pdf, manner: Fillable) -> None:
        self.pdf, self.manner = pdf, manner
        self.sheets = [_Sheet()]
        self.y = _TOP
        self.fields: list[pikepdf.Object] = []

    def down(self, by: float) -> None:
        self.y -= by
        if self.y < _LOW:
            self.sheets.append(_Sheet())
            self.y = _TOP - by

    def text(self, x: float, text: str, size: float = 9) -> None:
        plain = (
            text.replace("’", "'").replace("…", "...").replace("•", "-").encode("latin-1", "replace").decode("latin-1")
        )
        safe = plain.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        self.sheets[-1].drawn.append(f"BT /F1 {size} Tf {x:.1f} {self.y:.1f} Td ({safe}) Tj ET")

    def line(self, text: str, size: float = 9) -> None:
        """Write a paragraph, wrapped."""
        words, line = text.split(), ""
        for word in words:
            if len(line) + len(word) > 95:
                self.down(13)
                self.text(_LEFT, line, size)
                line = ""
            line = f"{line} {word}".strip()
        self.down(13)
        self.text(_LEFT, line, size)
        self.down(8)

    def answer(self, name: str, value: str, left: float, right: float, height: float = 15) -> None:
        low = self.y - 4
        rectangle = [left, low, right, low + height]
        widget = Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, Rect=Array(rectangle), F=4, DA=String("/F1 9 Tf 0 g"),
            V=String(value), T=String(name if self.manner.is_named else f"Text{len(self.fields) + 1}"),
            Ff=4096 if height > 20 else 0,
        )  # fmt: skip
        if self.manner.has_appearances and value.isascii():
            shown = value.split("\n", maxsplit=1)[0].replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
            stream = self.pdf.make_stream(f"/Tx BMC BT /F1 9 Tf 2 4 Td ({shown}) Tj ET EMC".encode("latin-1"))
            stream.stream_dict.Type, stream.stream_dict.Subtype = Name.XObject, Name.Form
            stream.stream_dict.BBox = Array([0, 0, right - left, height])
            widget.AP = Dictionary(N=stream)
        self._place(widget)
        if self.manner.is_ruled:
            self.sheets[-1].drawn.append(f"0.5 w {left} {low} {right - left} {height} re S")

    def box(self, name: str, x: float, *, is_ticked: bool) -> None:
        state = Name.Yes if is_ticked else Name.Off
        widget = Dictionary(
            Type=Name.Annot, Subtype=Name.Widget, FT=Name.Btn, Rect=Array([x, self.y - 1, x + 9, self.y + 8]), F=4,
            V=state, T=String(name if self.manner.is_named else f"Check{len(self.fields) + 1}"),
        )  # fmt: skip
        if self.manner.has_appearances:
            widget.AS = state
            on, off = self.pdf.make_stream(b"0 0 m 9 9 l S"), self.pdf.make_stream(b" ")
            for stream in (on, off):
                stream.stream_dict.Type, stream.stream_dict.Subtype = Name.XObject, Name.Form
                stream.stream_dict.BBox = Array([0, 0, 9, 9])
            widget.AP = Dictionary(N=Dictionary(Yes=on, Off=off))
        self._place(widget)

    def _place(self, widget: Dictionary) -> None:
        made = self.pdf.make_indirect(widget)
        self.sheets[-1].widgets.append(made)
        self.fields.append(made)


FILLABLE = Fillable()


def fillable(answers: Answers, manner: Fillable = FILLABLE) -> bytes:
    """Give the bytes of a form with fields, filled in."""
    pdf = pikepdf.new()
    writer = _Writer(pdf, manner)
    _write(writer, answers)
    font = pdf.make_indirect(
        Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    )
    for sheet in writer.sheets:
        page = pdf.add_blank_page(page_size=(595, 842))
        page.obj.Resources = Dictionary(Font=Dictionary(F1=font))
        page.obj.Contents = pdf.make_stream("\n".join(sheet.drawn).encode("latin-1"))
        page.obj.Annots = Array(sheet.widgets)
    pdf.Root.AcroForm = Dictionary(
        Fields=Array(writer.fields), DA=String("/F1 9 Tf 0 g"), DR=Dictionary(Font=Dictionary(F1=font)),
        NeedAppearances=not manner.has_appearances,
    )  # fmt: skip
    target = io.BytesIO()
    if manner.is_locked_by_owner or manner.password:
        lock = pikepdf.Encryption(owner="owner", user=manner.password, allow=pikepdf.Permissions(extract=False))
        pdf.save(target, encryption=lock)
    else:
        pdf.save(target, deterministic_id=True)
    return target.getvalue()


def _write(w: _Writer, a: Answers) -> None:
    w.line(TITLE, 13)
    w.line("1. Referrer", 11)
    _pair(w, ("Name:", a.referrer), ("Email:", a.email))
    _pair(w, ("Role:", a.role), ("Tel:", a.tel))
    _pair(w, ("Agency:", a.agency), ("Date submitted:", a.submitted.raw))
    w.line("2. Details of child or young person", 11)
    _pair(w, ("Name of child:", a.name), ("Date of birth:", a.dob.raw))
    _pair(w, ("Home address:", a.address), ("Date of death or critical incident:", a.incident.raw))
    _pair(w, ("Carer:", a.carer), ("Location of incident:", a.location))
    w.line("Ethnic origin:")
    for groups in GROUPS:
        _groups(w, groups, a)
    _pair(w, ("Faith:", a.faith), ("Disability:", a.disability))
    w.down(20)
    w.text(_LEFT, "Child protection plan:")
    for place, (value, name) in enumerate(PLAN.items()):
        w.box(f"plan_{value}", 160 + 90 * place, is_ticked=a.plan == value or (a.plan == "conflict" and place < 2))
        w.text(172 + 90 * place, name)
    w.down(10)
    w.line("3. Composition of family and significant others", 11)
    _list(
        w,
        "family",
        ("Name", "Relationship to child", "DoB", "Address", "Ethnic origin"),
        [row.cells for row in a.family],
    )
    w.line("4. Rapid Review criteria", 11)
    w.line(CRITERIA)
    _criteria(w, a)
    w.line("5. Summary of events", 11)
    w.line(EVENTS)
    w.down(110)
    w.answer("summary", a.summary, _LEFT, 555, 100)
    w.down(16)
    w.line("6. Other information", 11)
    w.line(AGENCIES)
    _list(w, "agencies", ("Name", "Agency", "Contact details", "Are they still involved?"), a.agencies)
    w.line(PROCESSES)
    _list(w, "processes", ("Process", "Current status"), a.processes)
    for line in BEHIND:
        w.line(line)


def _pair(w: _Writer, *pairs: tuple[str, str]) -> None:
    w.down(22)
    for place, (label, value) in enumerate(pairs):
        x = _LEFT + 265 * place
        w.text(x, label)
        left = x + max(75, 5 * len(label))
        w.answer(label, value, left, x + 255)


def _groups(w: _Writer, groups: Sequence[tuple[str, Sequence[str]]], a: Answers) -> None:
    w.down(16)
    for place, (title, _) in enumerate(groups):
        w.text(_LEFT + 175 * place, title)
    for number in range(max(len(codes) for _, codes in groups)):
        w.down(14)
        for place, (_, codes) in enumerate(groups):
            x = _LEFT + 175 * place
            if number >= len(codes):
                continue
            if codes[number] == "E1":
                w.text(x, "Please specify")
                w.answer("specify", a.specify, x + 70, x + 165, 12)
                continue
            w.box(f"ethnic_{codes[number]}", x, is_ticked=codes[number] in a.ethnic)
            w.text(x + 13, ETHNIC[codes[number]])


def _criteria(w: _Writer, a: Answers) -> None:
    w.down(14)
    w.text(_LEFT, "Criterion")
    w.text(400, "Yes")
    w.text(500, "no")
    for name, question in QUESTIONS.items():
        given = {"conflict": ("known", "suspected") if name == "abuse" else ("yes", "no"), None: ()}.get(
            getattr(a, name), (getattr(a, name),)
        )
        w.down(24)
        cut = question.find(" to be ") if len(question) > 60 else -1
        cut = question.find(" agencies") if name == "concern" else cut
        w.text(_LEFT, question if cut < 0 else question[:cut])
        if name == "abuse":
            w.box("abuse_known", 400, is_ticked="known" in given)
            w.text(413, "Known")
            w.box("abuse_no", 500, is_ticked="no" in given)
            w.down(13)
            w.text(_LEFT, question[cut:].strip())
            w.box("abuse_suspected", 400, is_ticked="suspected" in given)
            w.text(413, "Suspected")
            continue
        w.box(f"{name}_yes", 400, is_ticked="yes" in given)
        w.box(f"{name}_no", 500, is_ticked="no" in given)
        rest = question[cut:].strip() if cut >= 0 else ""
        while rest:
            piece = rest[:70] if len(rest) <= 70 else rest[:70].rpartition(" ")[0]
            w.down(12)
            w.text(_LEFT, piece)
            rest = rest[len(piece) :].strip()
    w.down(10)


def _list(w: _Writer, name: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    width = 515 / len(heads)
    w.down(14)
    for place, head in enumerate(heads):
        w.text(_LEFT + width * place + 2, head)
    for number in range(max(len(rows), 3)):
        w.down(17)
        for place in range(len(heads)):
            text = rows[number][place] if number < len(rows) else ""
            w.answer(f"{name}_{number}_{place}", text, _LEFT + width * place, _LEFT + width * (place + 1) - 3)
    w.down(8)


def scan() -> bytes:
    """Give a PDF whose only page is a picture."""
    pdf = pikepdf.new()
    picture = pdf.make_stream(b"\xff" * 100 * 100)
    picture.stream_dict.Type, picture.stream_dict.Subtype = Name.XObject, Name.Image
    picture.stream_dict.Width = picture.stream_dict.Height = 100
    picture.stream_dict.ColorSpace, picture.stream_dict.BitsPerComponent = Name.DeviceGray, 8
    page = pdf.add_blank_page(page_size=(595, 842))
    page.obj.Resources = Dictionary(XObject=Dictionary(P=picture))
    page.obj.Contents = pdf.make_stream(b"595 0 0 842 0 0 cm /P Do")
    target = io.BytesIO()
    pdf.save(target, deterministic_id=True)
    return target.getvalue()
