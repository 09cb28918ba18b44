"""Reads the text of one Word paragraph as it shows on paper: boxes for controls and fields, no placeholders."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cspr_bot.documents.boxes import alike, in_symbol_font, is_symbol_font, symbol, with_brackets
from cspr_bot.documents.emphasis import emphasised
from cspr_bot.documents.markup import LocalNames, attribute
from cspr_bot.referral.pages import TICKED, UNTICKED

if TYPE_CHECKING:
    from lxml.etree import _Element

_NO_COLOUR = frozenset({None, "none", "white"})
_YELLOW = "FFFF00"
_STRIKES, _COLOURS = frozenset({"strike", "dstrike"}), frozenset({"highlight", "shd"})
_OFF = frozenset({"0", "false", "off", "none"})
# What the text of a paragraph does not hold, though it stands in it.
_SILENT = frozenset(
    {
        "pPr", "rPr", "sdtPr", "sdtEndPr", "del", "moveFrom", "delText", "instrText", "delInstrText", "fldData",
        "annotationRef", "commentReference", "footnoteReference", "endnoteReference", "rt", "ffData", "smartTagPr",
        "customXmlPr", "fldCharType",
    }
)  # fmt: skip
_SIGNS = {
    "tab": "\t",
    "ptab": "\t",
    "br": "\n",
    "cr": "\n",
    "noBreakHyphen": "-",
    "softHyphen": "",
    "lastRenderedPageBreak": "",
}


def is_on(element: "_Element") -> bool:
    """Say whether a switch is on: one without a value is."""
    value = attribute(element, "val")
    return value is None or value.lower() not in _OFF


def is_shown(element: "_Element", name: str) -> bool:
    """Say whether a part of a run's look matters: hidden, struck through, or of a colour that marks words."""
    match name:
        case "vanish" | "strike" | "dstrike":
            return is_on(element)
        case "highlight":
            return attribute(element, "val") not in _NO_COLOUR
        case "shd":
            return (attribute(element, "fill") or "").upper() == _YELLOW
    return False


def box_of_control(box: "_Element", names: LocalNames) -> str:
    """Give the box that a content control is. It is what its state says, whatever picture its makers chose for it."""
    state = child_of(box, "checked", names)
    return TICKED if state is not None and is_on(state) else UNTICKED


def box_of_field(box: "_Element", names: LocalNames) -> str:
    """Give the box of a form field of Word 97: `checked` without a value is ticked, `default` counts where it lacks."""
    state = child_of(box, "checked", names)
    if state is None:
        state = child_of(box, "default", names)
    return TICKED if state is not None and is_on(state) else UNTICKED


def child_of(element: "_Element", name: str, names: LocalNames) -> "_Element | None":
    """Give the first child with a name."""
    for child in element:
        if names[child.tag] == name:
            return child
    return None


@dataclass(slots=True)
class _Look:
    """How a run looks, as far as it matters."""

    font: str = ""
    is_hidden: bool = False
    is_struck: bool = False
    is_marked: bool = False


@dataclass(slots=True)
class Paragraphs:
    """Reads paragraph after paragraph; a text box in one is handed back, for it holds paragraphs of its own."""

    names: LocalNames
    _parts: list[str] = field(default_factory=list)
    _boxes: list["_Element"] = field(default_factory=list)
    _signs: dict[str, Callable[["_Element"], None]] = field(init=False)

    def __post_init__(self) -> None:
        self._signs = {
            "t": self._text,
            "sdt": self._control,
            "sym": self._symbol,
            "fldChar": self._field,
            "fldSimple": self._simple_field,
            "r": self._run,
            "AlternateContent": self._alternatives,
            "txbxContent": self._boxes.append,
        }

    def read(self, paragraph: "_Element") -> tuple[str, list["_Element"]]:
        """Give the text of a paragraph, and the contents of the text boxes in it."""
        self._parts.clear()
        self._boxes.clear()
        self._walk(paragraph)
        return with_brackets(alike("".join(self._parts))), list(self._boxes)

    def is_placeholder(self, control: "_Element") -> bool:
        """Say whether a control shows only what it asks for."""
        properties = self._child(control, "sdtPr")
        shown = None if properties is None else self._child(properties, "showingPlcHdr")
        return shown is not None and is_on(shown)

    def alternative(self, element: "_Element") -> Iterable["_Element"]:
        """Choose one of several ways to say the same: what is there twice is read once."""
        return next(([child] for child in element if self.names[child.tag] == "Choice"), list(element)[:1])

    def _walk(self, parent: "_Element") -> None:
        for child in parent:
            name = self.names[child.tag]
            read = self._signs.get(name)
            if read:
                read(child)
            elif name in _SIGNS:
                self._parts.append(_SIGNS[name])
            elif name not in _SILENT:
                self._walk(child)

    def _text(self, element: "_Element") -> None:
        if element.text:
            self._parts.append(element.text)

    def _run(self, run: "_Element") -> None:
        """Read a run: hidden text does not show, and the letters of a symbol font are pictures."""
        properties = self._child(run, "rPr")
        if properties is None or not len(properties):
            self._walk(run)
            return
        look = self._look(properties)
        if look.is_hidden:
            return
        before = len(self._parts)
        self._walk(run)
        if look.font and is_symbol_font(look.font):
            self._parts[before:] = [in_symbol_font("".join(self._parts[before:]), look.font)]
        self._emphasise(before, look)

    def _look(self, properties: "_Element") -> "_Look":
        look = _Look()
        for item in properties:
            name = self.names[item.tag]
            if name == "rFonts":
                look.font = attribute(item, "ascii") or attribute(item, "hAnsi") or ""
            elif is_shown(item, name):
                look.is_hidden = look.is_hidden or name == "vanish"
                look.is_struck = look.is_struck or name in _STRIKES
                look.is_marked = look.is_marked or name in _COLOURS
        return look

    def _emphasise(self, before: int, look: "_Look") -> None:
        """Say of what was read since then that it is struck through or highlighted."""
        if (look.is_struck or look.is_marked) and len(self._parts) > before:
            text = "".join(self._parts[before:])
            self._parts[before:] = [emphasised(text, is_struck=look.is_struck, is_marked=look.is_marked)]

    def _symbol(self, element: "_Element") -> None:
        code = attribute(element, "char") or ""
        try:
            self._parts.append(symbol(int(code, 16), attribute(element, "font") or ""))
        except ValueError:
            return

    def _control(self, control: "_Element") -> None:
        properties = self._child(control, "sdtPr")
        box = None if properties is None else self._child(properties, "checkbox")
        if box is not None:
            before = len(self._parts)
            self._parts.append(box_of_control(box, self.names))
            self._emphasise(before, self._look_of_content(control))
        elif not self.is_placeholder(control):
            self._walk(control)

    def _look_of_content(self, control: "_Element") -> "_Look":
        """Give how the picture of a box looks: it may be struck through as words are."""
        found: _Element | None = control
        for name in ("sdtContent", "r", "rPr"):
            found = None if found is None else self._child(found, name)
        return _Look() if found is None else self._look(found)

    def _field(self, element: "_Element") -> None:
        found = self._child(element, "ffData")
        if found is not None:
            self._form_field(found)

    def _simple_field(self, element: "_Element") -> None:
        found = self._child(element, "ffData")
        if found is not None:
            self._form_field(found)
        self._walk(element)

    def _form_field(self, element: "_Element") -> None:
        box = self._child(element, "checkBox")
        if box is not None:
            self._parts.append(box_of_field(box, self.names))

    def _alternatives(self, element: "_Element") -> None:
        for chosen in self.alternative(element):
            self._walk(chosen)

    def _child(self, element: "_Element", name: str) -> "_Element | None":
        return child_of(element, name, self.names)
