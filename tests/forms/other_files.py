"""Saves a form as LibreOffice does, as mail programs do in HTML, and as text."""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Literal
from xml.sax.saxutils import escape

from tests.forms.paper import Block, Box, Cell, Frame, Grid, Inline, Para, Row, Words, text_of
from tests.forms.word_file import packed

OdtBox = Literal["control", "field", "glyph", "form"]
Html = Literal["outlook", "gmail", "inputs", "webmail"]

_ODF = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "form": "form",
        "style": "style",
        "fo": "xsl-fo-compatible",
    }.items()
) + (
    ' xmlns:loext="urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"'
    ' xmlns:field="urn:openoffice:names:experimental:ooo-ms-interop:xmlns:field:1.0"'
    ' xmlns:xlink="http://www.w3.org/1999/xlink"'
)
_LOOKS = {
    "T1": 'fo:font-weight="bold"',
    "T2": 'style:text-line-through-style="solid" style:text-line-through-type="single"',
    "T3": 'fo:background-color="#ffff00"',
}
_STYLES = "".join(
    f'<style:style style:name="{name}" style:family="text"><style:text-properties {look}/></style:style>'
    for name, look in _LOOKS.items()
)


def odt(blocks: Iterable[Block], box: OdtBox = "control") -> bytes:
    """Give the bytes of an OpenDocument text."""
    writer = _Odt(box)
    body = "".join(writer.block(block) for block in blocks)
    revisions = (
        '<text:tracked-changes><text:changed-region text:id="ct1"><text:deletion><text:p>Old words</text:p>'
        "</text:deletion></text:changed-region></text:tracked-changes>"
    )
    forms = (
        f'<office:forms><form:form form:name="Form">{"".join(writer.forms)}</form:form></office:forms>'
        if writer.forms
        else ""
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content {_ODF} office:version="1.3">'
        f"<office:automatic-styles>{_STYLES}</office:automatic-styles>"
        f"<office:body><office:text>{forms}{revisions}{body}</office:text></office:body></office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry'
        ' manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/></manifest:manifest>'
    )
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": content,
            "META-INF/manifest.xml": manifest,
        }
    )


class _Odt:
    def __init__(self, box: OdtBox) -> None:
        self._box_kind = box
        self._ids = count(1)
        self.forms: list[str] = []

    def block(self, block: Block) -> str:
        match block:
            case Para():
                inner = "".join(self._inline(one) for one in block.inlines)
                return (
                    f'<text:h text:outline-level="2">{inner}</text:h>'
                    if block.is_heading
                    else f"<text:p>{inner}</text:p>"
                )
            case Grid():
                width = max(
                    sum(cell.span for cell in row.cells) + sum(wide for _, wide in row.covered) for row in block.rows
                )
                rows = "".join(self._row(row) for row in block.rows if row.wrap != "deleted")
                return f'<table:table><table:table-column table:number-columns-repeated="{width}"/>{rows}</table:table>'
            case Frame():
                inner = "".join(self.block(one) for one in block.blocks)
                return f"<text:p><draw:frame><draw:text-box>{inner}</draw:text-box></draw:frame></text:p>"
            case _:
                return "".join(self.block(one) for one in block.blocks)

    def _row(self, row: Row) -> str:
        cells: list[str] = []
        column, covered, left = 0, dict(row.covered), list(row.cells)
        while left or covered:
            wide = covered.pop(column, 0)
            if not wide:
                one = left.pop(0)
                wide = one.span
                cells.append(self._cell(one))
                cells += ["<table:covered-table-cell/>"] * (wide - 1)
            else:
                cells += ["<table:covered-table-cell/>"] * wide
            column += wide
        return f"<table:table-row>{''.join(cells)}</table:table-row>"

    def _cell(self, cell: Cell) -> str:
        spans = f' table:number-columns-spanned="{cell.span}"' if cell.span > 1 else ""
        spans += f' table:number-rows-spanned="{cell.height}"' if cell.height > 1 else ""
        inner = "".join(map(self.block, cell.blocks))
        return f'<table:table-cell{spans} office:value-type="string">{inner}</table:table-cell>'

    def _inline(self, one: Inline) -> str:
        if isinstance(one, Box):
            return _styled(self._box(one), one)
        text = escape(one.text).replace("\n", "<text:line-break/>").replace("  ", ' <text:s text:c="1"/>')
        wraps = {
            "control": f"<loext:content-control>{text}</loext:content-control>",
            "placeholder": f'<loext:content-control loext:showing-place-holder="true">{text}</loext:content-control>',
            "inserted": f'<text:change-start text:change-id="ct2"/>{text}<text:change-end text:change-id="ct2"/>',
            "deleted": '<text:change text:change-id="ct1"/>',
            "moved_away": "",
            "link": f'<text:a xlink:type="simple" xlink:href="mailto:x@northmoor.example">{text}</text:a>',
            "field": f"<text:user-field-get>{text}</text:user-field-get>",
        }
        return _styled(wraps.get(one.wrap, text), one)

    def _box(self, box: Box) -> str:
        glyph = "☒" if box.is_ticked else "☐"
        match self._box_kind:
            case "glyph":
                return glyph
            case "control":
                state = "true" if box.is_ticked else "false"
                return (
                    f'<loext:content-control loext:checkbox="true" loext:checked="{state}" loext:checked-state="☒"'
                    f' loext:unchecked-state="☐">{glyph}</loext:content-control>'
                )
            case "field":
                state = "true" if box.is_ticked else "false"
                return (
                    '<field:fieldmark text:name="Check" field:type="vnd.oasis.opendocument.field.FORMCHECKBOX">'
                    f'<field:param field:name="Checkbox_Checked" field:value="{state}"/></field:fieldmark>'
                )
            case "form":
                key = f"control{next(self._ids)}"
                state = ' form:current-state="checked"' if box.is_ticked else ""
                self.forms.append(f'<form:checkbox form:id="{key}" xml:id="{key}"{state}/>')
                return f'<draw:control draw:control="{key}"/>'


def _styled(inner: str, one: Inline) -> str:
    style = "T2" if one.is_struck else "T3" if one.is_marked else "T1" if isinstance(one, Words) and one.is_bold else ""
    return f'<text:span text:style-name="{style}">{inner}</text:span>' if style else inner


def html(blocks: Iterable[Block], flavour: Html = "outlook") -> str:
    """Give the body of a mail."""
    inner = "\n".join(_html_block(block, flavour) for block in blocks)
    match flavour:
        case "outlook":
            return (
                '<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
                ' xmlns:w="urn:schemas-microsoft-com:office:word" xmlns="http://www.w3.org/TR/REC-html40"><head>'
                "<style><!-- p.MsoNormal {margin:0cm;} --></style></head><body lang=EN-GB><div class=WordSection1>"
                f"{inner}</div></body></html>"
            )
        case "gmail":
            return f'<div dir="ltr"><div>Hi, please see below.<br></div><div><br></div>{inner}<div><br></div></div>'
        case "webmail":
            return (
                f"<!DOCTYPE html><html><body><p>Dear all,</p><p>see below.</p><hr>{inner}<p>Regards</p></body></html>"
            )
        case "inputs":
            return f"<!doctype html><html><body><form>{inner}</form></body></html>"


def quoted_html(inner: str) -> str:
    """Give a mail that forwards another."""
    return (
        '<html><body><div>FYI - please log this one.</div><div style="border-top:solid #E1E1E1 1.0pt"><p><b>From:</b>'
        " A Person &lt;a.person@northmoor.example&gt;<br><b>Sent:</b> 11 May 2026<br><b>To:</b> Us<br><b>Subject:</b>"
        f' Referral</p></div><blockquote type="cite">{inner}</blockquote></body></html>'
    )


def _html_block(block: Block, flavour: Html) -> str:
    match block:
        case Para():
            inner = "".join(_html_inline(one, flavour) for one in block.inlines)
            if flavour == "outlook":
                return f"<p class=MsoNormal><span lang=EN-GB>{inner or '&nbsp;'}<o:p></o:p></span></p>"
            return f"<div>{inner or '<br>'}</div>" if flavour == "gmail" else f"<p>{inner}</p>"
        case Grid():
            rows = "\n".join(_html_row(row, flavour) for row in block.rows if row.wrap != "deleted")
            return f"<table border=1 cellspacing=0 cellpadding=0><tbody>{rows}</tbody></table>"
        case _:
            return "".join(_html_block(one, flavour) for one in block.blocks)


def _html_row(row: Row, flavour: Html) -> str:
    cells = ""
    for one in row.cells:
        spans = (f" colspan={one.span}" if one.span > 1 else "") + (f" rowspan={one.height}" if one.height > 1 else "")
        cells += f"<td{spans} valign=top>{''.join(_html_block(block, flavour) for block in one.blocks)}</td>"
    return f"<tr>{cells}</tr>"


def _html_inline(one: Inline, flavour: Html) -> str:
    made = _html_box(one, flavour) if isinstance(one, Box) else _html_words(one, flavour)
    if one.is_struck:
        made = f"<s>{made}</s>"
    if one.is_marked:
        made = f"<span style='background:yellow;mso-highlight:yellow'>{made}</span>"
    return f"<b>{made}</b>" if isinstance(one, Words) and one.is_bold else made


def _html_words(one: Words, flavour: Html) -> str:
    text = escape(one.text).replace("  ", " &nbsp;").replace("\n", "<br>")
    match one.wrap:
        case "deleted" | "moved_away":
            return f"<del>{text}</del>"
        case "inserted":
            return f"<ins>{text}</ins>"
        case "link":
            return f'<a href="mailto:x@northmoor.example">{text}</a>'
        case "placeholder":
            return f'<w:Sdt ShowingPlcHdr="t" ID="1"><span>{text}</span></w:Sdt>'
        case "control" if flavour == "outlook":
            return f'<w:Sdt ID="2"><span lang=EN-GB>{text}</span></w:Sdt>'
        case _:
            return text


def _html_box(box: Box, flavour: Html) -> str:
    glyph = "☒" if box.is_ticked else "☐"
    match flavour:
        case "outlook":
            state = "t" if box.is_ticked else "f"
            shown = f"<span style='font-family:\"MS Gothic\"'>{glyph}</span>"
            return f'<w:Sdt CheckBox="t" CheckBoxIsChecked="{state}" ID="-12">{shown}</w:Sdt>'
        case "inputs":
            return f"<input type=checkbox{' checked' if box.is_ticked else ''}>"
        case "webmail":
            return f'<span style="font-family:Wingdings">{"þ" if box.is_ticked else "¨"}</span>'
        case "gmail":
            return glyph


def text_tabs(blocks: Sequence[Block]) -> str:
    """Give the text of a mail into which tables were pasted: a tab between cells."""
    return _text(blocks, lambda row: "\t".join(_cell_text(one, " " if row.cells[1:] else "\n") for one in row.cells))


def text_lines(blocks: Sequence[Block]) -> str:
    """Give it as Outlook does for a text mail: each cell on a line of its own."""
    return _text(blocks, lambda row: "\n".join(text for one in row.cells if (text := _cell_text(one, "\n"))))


def text_bars(blocks: Sequence[Block]) -> str:
    """Give it as tables drawn with bars."""
    return _text(blocks, lambda row: "\n".join(f"| {line} |" for line in _bars(row)))


def _bars(row: Row) -> list[str]:
    if len(row.cells) == 1:
        return _cell_text(row.cells[0], "\n").split("\n")
    return [" | ".join(_cell_text(one, " ") for one in row.cells)]


def linked_text(text: str) -> str:
    """Give a text mail as Outlook writes addresses that are links."""
    return re.sub(r"[\w.]+@[\w.]+\.example", lambda match: f"{match[0]}<mailto:{match[0]}>", text)


def quoted_text(text: str) -> str:
    """Give a text mail that quotes another."""
    return "Please see below.\n\nOn 11 May 2026, A Person wrote:\n" + "\n".join(
        f"> {line}" for line in text.split("\n")
    )


def _text(blocks: Sequence[Block], write: Callable[[Row], str]) -> str:
    parts: list[str] = []
    for block in blocks:
        match block:
            case Para():
                parts.append(text_of(block))
            case Grid():
                parts.append("\n".join(write(row) for row in block.rows if row.wrap != "deleted"))
            case _:
                parts.append(_text(block.blocks, write))
    return "\n\n".join(parts)


def _cell_text(cell: Cell, joint: str) -> str:
    return joint.join(text_of(block) for block in cell.blocks if isinstance(block, Para)).strip()
