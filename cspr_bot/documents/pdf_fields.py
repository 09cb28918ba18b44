"""Reads what was filled into a PDF: form fields by their values, and notes that were written over the print."""

import io
import zlib
from collections.abc import Iterator
from itertools import islice, takewhile
from typing import Any

import pikepdf

from cspr_bot.documents.pdf_layout import Word
from cspr_bot.documents.refusal import DAMAGED, ENCRYPTED, HOSTILE, Refused
from cspr_bot.referral.pages import TICKED, UNTICKED

MOST_PAGES = 200
_MOST_FIELDS = 1_000  # on one page
_DEEPEST = 20
_MOST_OBJECTS = 100_000
_LARGEST_STREAM, _MOST_UNPACKED = 8 * 1024 * 1024, 32 * 1024 * 1024  # a page of a form draws a hundred kilobytes
_HIDDEN, _NO_VIEW = 0x2, 0x20
_RADIO, _PUSH = 1 << 15, 1 << 16


def read_fields(content: bytes) -> list[list[Word]]:
    """Give the filled-in words of each page. Raise `Refused` for a locked or broken file."""
    try:
        with pikepdf.open(io.BytesIO(content), suppress_warnings=True) as pdf:
            _check_streams(pdf)
            pages = list(pdf.pages)[:MOST_PAGES]
            return [list(_page_words(page.obj)) for page in pages]
    except pikepdf.PasswordError:
        raise Refused("encrypted", ENCRYPTED) from None
    except (pikepdf.PikepdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, NotImplementedError):
        raise Refused("unreadable", DAMAGED) from None


def _check_streams(pdf: pikepdf.Pdf) -> None:
    """Refuse a file whose drawings unpack to very much: whoever draws them unpacks them whole.

    Pictures are left out, for nobody here draws them. Other ways of packing than Deflate gain little.
    """
    total = 0
    for item in islice(pdf.objects, _MOST_OBJECTS):
        if isinstance(item, pikepdf.Stream) and str(item.get("/Subtype", "")) != "/Image":
            total += _unpacked(item)
            if total > _MOST_UNPACKED:
                raise Refused("hostile", HOSTILE)


def _unpacked(stream: pikepdf.Stream) -> int:
    """Say to how many bytes a stream unpacks. Raise `Refused` for one that goes on and on."""
    filters = stream.get("/Filter")
    names = [str(name) for name in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
    content = stream.read_raw_bytes()
    for _ in takewhile("/FlateDecode".__eq__, names):
        unpacker = zlib.decompressobj()
        try:
            content = unpacker.decompress(content, _LARGEST_STREAM)
        except zlib.error:
            return len(content)
        if unpacker.unconsumed_tail:
            raise Refused("hostile", HOSTILE)
    return len(content)


def _page_words(page: Any) -> Iterator[Word]:  # noqa: ANN401 - pikepdf's objects have no useful type
    annotations = page.get("/Annots")
    if not isinstance(annotations, pikepdf.Array):
        return
    for annotation in list(annotations)[:_MOST_FIELDS]:
        if isinstance(annotation, pikepdf.Dictionary) and not int(annotation.get("/F", 0)) & (_HIDDEN | _NO_VIEW):
            text = _shown(annotation)
            rectangle = annotation.get("/Rect")
            if text is not None and isinstance(rectangle, pikepdf.Array) and len(rectangle) == 4:
                left, bottom, right, top = (float(number) for number in rectangle)
                yield Word(text, min(left, right), min(bottom, top), max(left, right), max(bottom, top), is_field=True)


def _shown(annotation: Any) -> str | None:  # noqa: ANN401
    """Give what an annotation shows, "" for an empty field, None for what is no answer (links, buttons)."""
    match str(annotation.get("/Subtype", "")):
        case "/FreeText":
            return str(annotation.get("/Contents", "")).replace("\r", "\n").strip() or None
        case "/Widget":
            return _field(annotation)
        case _:
            return None


def _field(widget: Any) -> str | None:  # noqa: ANN401
    value = _inherited(widget, "/V")
    match str(_inherited(widget, "/FT")):
        case "/Btn":
            flags = int(_inherited(widget, "/Ff") or 0)
            return None if flags & _PUSH else _box(widget, value, is_radio=bool(flags & _RADIO))
        case "/Tx" | "/Ch":
            values = list(value) if isinstance(value, pikepdf.Array) else [value]
            return "\n".join(_words(one) for one in values)
        case _:
            return None


def _words(value: object) -> str:
    if isinstance(value, pikepdf.Stream):
        return value.read_bytes()[:100_000].decode("utf-8", "replace")
    return "" if value is None else str(value).replace("\r\n", "\n").replace("\r", "\n").strip()


def _box(widget: Any, value: object, *, is_radio: bool) -> str:  # noqa: ANN401
    """A box is ticked if its value says so, even where the program that filled it drew nothing.

    One value serves all boxes of a group: each is ticked only if the value names its own state.
    """
    chosen, drawn = str(value or "/Off"), str(widget.get("/AS", "/Off"))
    kids = _inherited(widget, "/Kids")
    if is_radio or (isinstance(kids, pikepdf.Array) and len(kids) > 1):
        states = _states(widget)
        return TICKED if chosen != "/Off" and (chosen in states if states else chosen == drawn) else UNTICKED
    if value is None:
        return TICKED if drawn != "/Off" else UNTICKED
    return TICKED if chosen != "/Off" else UNTICKED


def _states(widget: Any) -> list[str]:  # noqa: ANN401
    appearance = widget.get("/AP")
    normal = appearance.get("/N") if isinstance(appearance, pikepdf.Dictionary) else None
    return [str(key) for key in normal.keys()] if isinstance(normal, pikepdf.Dictionary) else []  # noqa: SIM118


def _inherited(widget: Any, key: str) -> Any:  # noqa: ANN401
    """Give a key of a field, else of the field that it is a part of."""
    node = widget
    for _ in range(_DEEPEST):
        found = node.get(key)
        if found is not None:
            return found
        node = node.get("/Parent")
        if not isinstance(node, pikepdf.Dictionary):
            return None
    return None
