"""Saves a form as Word does: controls, fields, revisions, links and boxes of every kind, strict or with macros."""

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Literal
from xml.sax.saxutils import escape

from tests.forms.paper import Block, Box, Cell, Control, Frame, Grid, Inline, Para, Row, Words

BoxKind = Literal[
    "w14", "legacy", "legacy_bare", "legacy_default", "sym", "wingdings", "glyph", "glyph_tick", "sdt_glyph_lies"
]

_NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'
    ' xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    ' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' mc:Ignorable="w14 w15"'
)
_STRICT = (
    (
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
    ),
    (
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "http://purl.oclc.org/ooxml/officeDocument/relationships",
    ),
    ("http://schemas.openxmlformats.org/drawingml/2006/main", "http://purl.oclc.org/ooxml/drawingml/main"),
)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_MACRO = "application/vnd.ms-word.document.macroEnabled.main+xml"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MADE = 'w:id="900" w:author="A Person" w:date="2026-05-11T09:00:00Z"'


@dataclass(frozen=True)
class Saved:
    """How the document is saved."""

    box: BoxKind = "w14"
    is_strict: bool = False
    has_macros: bool = False
    is_cut_in_runs: bool = False
    main: str = "word/document.xml"
    front: bytes = b""


SAVED = Saved()


def docx(blocks: Iterable[Block], saved: Saved = SAVED) -> bytes:
    """Give the bytes of a document."""
    writer = _Writer(saved)
    body = "".join(writer.block(block) for block in blocks)
    document = (
        f"{_HEAD}<w:document {_NAMES}><w:body>{body}<w:sectPr>"
        '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134"'
        ' w:header="708" w:footer="708" w:gutter="0"/></w:sectPr></w:body></w:document>'
    )
    rels = _relations((("rId1", "officeDocument", saved.main, ""),))
    folder, _, name = saved.main.rpartition("/")
    links = _relations((("rId9", "hyperlink", "mailto:someone@northmoor.example", ' TargetMode="External"'),))
    parts = {
        "[Content_Types].xml": _types(saved),
        "_rels/.rels": rels,
        saved.main: document,
        f"{folder}/_rels/{name}.rels": links,
        **({"word/vbaProject.bin": "\0\1\2not macros"} if saved.has_macros else {}),
    }
    return saved.front + packed(_strict(parts) if saved.is_strict else parts)


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """Zip some parts; the same parts give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _strict(parts: Mapping[str, str]) -> dict[str, str | bytes]:
    made: dict[str, str | bytes] = {}
    for name, text in parts.items():
        changed = text
        for old, new in _STRICT:
            changed = changed.replace(old, new)
        made[name] = changed.replace("<w:document ", '<w:document w:conformance="strict" ')
    return made


def _relations(rows: Sequence[tuple[str, str, str, str]]) -> str:
    inner = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"{mode}/>'
        for key, kind, target, mode in rows
    )
    return f'{_HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inner}</Relationships>'


def _types(saved: Saved) -> str:
    kind = _MACRO if saved.has_macros else _MAIN
    return (
        f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
        f'<Override PartName="/{saved.main}" ContentType="{kind}"/></Types>'
    )


class _Writer:
    """Writes block after block; `saved` says what boxes are made of."""

    def __init__(self, saved: Saved) -> None:
        self._saved = saved
        self._ids = count(1000)

    def block(self, block: Block) -> str:
        match block:
            case Para():
                style = '<w:pPr><w:pStyle w:val="Heading2"/></w:pPr>' if block.is_heading else ""
                return f"<w:p>{style}{''.join(self._inline(one) for one in block.inlines)}</w:p>"
            case Grid():
                return self._grid(block)
            case Frame():
                return self._frame("".join(self.block(inner) for inner in block.blocks))
            case Control():
                return self._control("".join(self.block(inner) for inner in block.blocks))

    def _frame(self, inner: str) -> str:
        """Word writes a text box twice: once for itself, once for programs that are older."""
        new = (
            '<mc:Choice Requires="wps"><w:drawing><wp:inline><a:graphic><a:graphicData'
            ' uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp><wps:txbx>'
            f"<w:txbxContent>{inner}</w:txbxContent></wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice>"
        )
        text = f"<w:txbxContent>{inner}</w:txbxContent>"
        old = f"<mc:Fallback><w:pict><v:shape><v:textbox>{text}</v:textbox></v:shape></w:pict></mc:Fallback>"
        return f"<w:p><w:r><mc:AlternateContent>{new}{old}</mc:AlternateContent></w:r></w:p>"

    def _control(self, inner: str, extra: str = "") -> str:
        return (
            f'<w:sdt><w:sdtPr><w:alias w:val="Answer"/><w:id w:val="{next(self._ids)}"/>{extra}</w:sdtPr>'
            f"<w:sdtContent>{inner}</w:sdtContent></w:sdt>"
        )

    def _grid(self, table: Grid) -> str:
        width = max(sum(cell.span for cell in row.cells) + sum(wide for _, wide in row.covered) for row in table.rows)
        columns = "".join(f'<w:gridCol w:w="{9600 // width}"/>' for _ in range(width))
        borders = "".join(
            f'<w:{side} w:val="single" w:sz="4"/>' for side in ("top", "left", "bottom", "right", "insideH", "insideV")
        )
        rows = "".join(self._row(row, 9600 // width) for row in table.rows)
        return (
            f'<w:tbl><w:tblPr><w:tblW w:w="9600" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders></w:tblPr>'
            f"<w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl>"
        )

    def _row(self, row: Row, unit: int) -> str:
        cells: list[str] = []
        column = 0
        left = list(row.cells)
        covered = dict(row.covered)
        while left or covered:
            if column in covered:
                wide = covered.pop(column)
                cells.append(self._tc("<w:p/>", wide, "<w:vMerge/>", unit))
                column += wide
                continue
            cells.append(self._cell(left[0], unit))
            column += left.pop(0).span
        mark = {"inserted": "ins", "deleted": "del"}.get(row.wrap)
        properties = f"<w:trPr><w:{mark} {_MADE}/></w:trPr>" if mark else ""
        made = f"<w:tr>{properties}{''.join(cells)}</w:tr>"
        return self._control(made, "<w15:repeatingSectionItem/>") if row.wrap == "control" else made

    def _cell(self, cell: Cell, unit: int) -> str:
        inner = "".join(self.block(block) for block in cell.blocks)
        if cell.wrap == "block":
            inner = self._control(inner)
        if not cell.blocks or not isinstance(cell.blocks[-1], Para) or cell.wrap == "block":
            inner += "<w:p/>"
        made = self._tc(inner, cell.span, '<w:vMerge w:val="restart"/>' if cell.height > 1 else "", unit)
        return self._control(made, "<w:text/>") if cell.wrap == "control" else made

    def _tc(self, inner: str, span: int, merged: str, unit: int) -> str:
        spanned = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
        return f'<w:tc><w:tcPr><w:tcW w:w="{unit * span}" w:type="dxa"/>{spanned}{merged}</w:tcPr>{inner}</w:tc>'

    def _inline(self, one: Inline) -> str:
        return self._box(one) if isinstance(one, Box) else self._words(one)

    def _words(self, one: Words) -> str:
        run = _run(one.text, _look(one), is_cut=self._saved.is_cut_in_runs)
        wraps: Mapping[str, Callable[[], str]] = {
            "control": lambda: self._control(run, "<w:text/>"),
            "placeholder": lambda: self._control(
                _run(one.text, '<w:rStyle w:val="PlaceholderText"/>'), "<w:showingPlcHdr/><w:text/>"
            ),
            "inserted": lambda: f"<w:ins {_MADE}>{run}</w:ins>",
            "deleted": lambda: (
                f"<w:del {_MADE}>{run.replace('<w:t ', '<w:delText ').replace('</w:t>', '</w:delText>')}</w:del>"
            ),
            "moved_away": lambda: f"<w:moveFrom {_MADE}>{run}</w:moveFrom>",
            "link": lambda: f'<w:hyperlink r:id="rId9" w:history="1">{run}</w:hyperlink>',
            "field": lambda: f'<w:fldSimple w:instr=" DOCPROPERTY Answer ">{run}</w:fldSimple>',
            "form_field": lambda: _text_field(run),
            "smart": lambda: f'<w:smartTag w:uri="urn:x" w:element="place">{run}</w:smartTag>',
            "split": lambda: _run(one.text, _look(one), is_cut=True),
        }
        return wraps.get(one.wrap, lambda: run)()

    def _box(self, box: Box) -> str:
        look = _look(box)
        glyph = "☒" if box.is_ticked else "☐"
        match self._saved.box:
            case "glyph":
                return _run(glyph, look)
            case "glyph_tick":
                return _run("✓" if box.is_ticked else "□", look)
            case "sym":
                code = "F0FE" if box.is_ticked else "F06F"
                return f'<w:r><w:rPr>{look}</w:rPr><w:sym w:font="Wingdings" w:char="{code}"/></w:r>'
            case "wingdings":
                font = '<w:rFonts w:ascii="Wingdings" w:hAnsi="Wingdings"/>'
                return _run("þ" if box.is_ticked else "¨", font + look)
            case "legacy":
                return _field(f'<w:default w:val="0"/><w:checked w:val="{int(box.is_ticked)}"/>')
            case "legacy_bare":
                return _field('<w:default w:val="0"/>' + ("<w:checked/>" if box.is_ticked else ""))
            case "legacy_default":
                return _field(f'<w:default w:val="{int(box.is_ticked)}"/>')
            case kind:
                shown = "☐" if kind == "sdt_glyph_lies" else glyph
                state = f'<w14:checked w14:val="{int(box.is_ticked)}"/>'
                if box.is_ticked and next(self._ids) % 2:
                    state = "<w14:checked/>" if kind == "sdt_glyph_lies" else '<w14:checked w14:val="true"/>'
                return self._control(
                    _run(shown, '<w:rFonts w:ascii="MS Gothic" w:hint="eastAsia"/>' + look),
                    f'<w14:checkbox>{state}<w14:checkedState w14:val="2612" w14:font="MS Gothic"/>'
                    '<w14:uncheckedState w14:val="2610" w14:font="MS Gothic"/></w14:checkbox>',
                )


def _look(one: Inline) -> str:
    bold = "<w:b/>" if isinstance(one, Words) and one.is_bold else ""
    struck = "<w:strike/>" if one.is_struck else ""
    return bold + struck + ('<w:highlight w:val="yellow"/>' if one.is_marked else "")


def _run(text: str, look: str, *, is_cut: bool = False) -> str:
    if is_cut and len(text) > 1 and "\n" not in text:
        middle = len(text) // 2
        gap = '<w:proofErr w:type="spellStart"/><w:bookmarkStart w:id="1" w:name="_Go"/><w:bookmarkEnd w:id="1"/>'
        return _run(text[:middle], look) + gap + _run(text[middle:], look)
    lines = [f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.split("\n")]
    return f"<w:r><w:rPr>{look}</w:rPr>{'<w:br/>'.join(lines)}</w:r>"


def _field(state: str) -> str:
    return (
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:name w:val="Check1"/><w:enabled/><w:checkBox>'
        f"<w:sizeAuto/>{state}</w:checkBox></w:ffData></w:fldChar></w:r>"
        '<w:r><w:instrText xml:space="preserve"> FORMCHECKBOX </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def _text_field(run: str) -> str:
    return (
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:name w:val="Text1"/><w:enabled/><w:textInput/></w:ffData>'
        '</w:fldChar></w:r><w:r><w:instrText xml:space="preserve"> FORMTEXT </w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
