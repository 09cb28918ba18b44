"""Word files in the manner of the house: A4, a plain face, a marking at the head, pages numbered at the foot."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

FACE = "Arial"
LOUD = "LATE"  # a cell that ends so is written in bold
LEFTOVERS = frozenset({"thumbnail", "stylesWithEffects", "customXml"})
TABLE_STYLES = frozenset({"Normal Table", "Table Grid"})
ZIP_BEGINS = (1980, 1, 1, 0, 0, 0)


class Paper:
    """One Word file in the making. What stands in its properties is the same for all, and nobody's name."""

    def __init__(self, title: str, marking: str, *, is_wide: bool = False) -> None:
        from docx.enum.section import WD_ORIENT  # noqa: PLC0415
        from docx.shared import Cm, Pt  # noqa: PLC0415

        self._document: Document = empty_document()
        section = self._document.sections[0]
        short, long = Cm(21), Cm(29.7)
        section.page_width, section.page_height = (long, short) if is_wide else (short, long)
        section.orientation = WD_ORIENT.LANDSCAPE if is_wide else WD_ORIENT.PORTRAIT
        section.left_margin = section.right_margin = Cm(2)
        section.top_margin = section.bottom_margin = Cm(2)
        style = self._document.styles["Normal"]
        style.font.name, style.font.size = FACE, Pt(10.5)
        for level in range(3):
            name = "Title" if level == 0 else f"Heading {level}"
            heading = self._document.styles[name]
            heading.font.name, heading.font.size = FACE, Pt((18, 14, 12)[level])
            _face_everywhere(heading.element)
        properties = self._document.core_properties
        properties.title, properties.author, properties.last_modified_by = title, "cspr-bot", "cspr-bot"
        properties.comments = ""
        if marking:
            section.header.paragraphs[0].text = marking
        self._number_pages(section.footer.paragraphs[0])
        self._document.add_heading(title, 0)

    def heading(self, text: str) -> None:
        """Begin a part."""
        self._document.add_heading(_clean(text), 1)

    def paragraph(self, text: str, *, is_bold: bool = False) -> None:
        """Write a paragraph."""
        self._document.add_paragraph().add_run(_clean(text)).bold = is_bold

    def table(self, columns: Sequence[str], widths: Sequence[float], rows: Iterable[Sequence[str]]) -> None:
        """Write a table with its head on every page; `widths` are centimetres."""
        from docx.shared import Cm, Pt  # noqa: PLC0415

        table = self._document.add_table(rows=1, cols=len(columns), style="Table Grid")
        table.autofit = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(width)
        listed = [tuple(columns), *(tuple(row) for row in rows)]
        for number, row in enumerate(listed):
            cells = table.rows[0].cells if number == 0 else table.add_row().cells
            for cell, width, text in zip(cells, widths, row, strict=True):
                cell.width = Cm(width)
                run = cell.paragraphs[0].add_run(_clean(text))
                run.bold, run.font.size = number == 0 or text.endswith(LOUD), Pt(9)
        _mark_row(table.rows[0]._tr, "w:tblHeader")  # noqa: SLF001 - the library has no word for it
        for line in table.rows:
            _mark_row(line._tr, "w:cantSplit")  # noqa: SLF001
        self._document.add_paragraph()

    def content(self) -> bytes:
        """Give the bytes of the file."""
        return packed(self._document)

    def _number_pages(self, paragraph: "Paragraph") -> None:
        from docx.oxml import OxmlElement  # noqa: PLC0415
        from docx.oxml.ns import qn  # noqa: PLC0415

        for text, field in (("Page ", "PAGE"), (" of ", "NUMPAGES")):
            paragraph.add_run(text)
            simple = OxmlElement("w:fldSimple")
            simple.set(qn("w:instr"), field)
            paragraph._p.append(simple)  # noqa: SLF001


def empty_document() -> "Document":
    """Give an empty Word file without what the library's own brings along: most of its size."""
    import docx  # noqa: PLC0415 - 0.2 s, and only for who makes a document
    from docx.enum.style import WD_STYLE_TYPE  # noqa: PLC0415

    document: Document = docx.Document()
    for relations in (document.part.package.rels, document.part.rels):
        for key in [key for key, one in relations.items() if one.reltype.rpartition("/")[2] in LEFTOVERS]:
            del relations[key]
    for style in list(document.styles):
        if style.type == WD_STYLE_TYPE.TABLE and style.name not in TABLE_STYLES:
            style.delete()
    return document


def packed(document: "Document") -> bytes:
    """Give the bytes of a Word file: the same file, the same bytes, whatever the machine's clock says."""
    saved, written = BytesIO(), BytesIO()
    document.save(saved)
    with ZipFile(saved) as source, ZipFile(written, "w", ZIP_DEFLATED, compresslevel=9) as target:
        for name in source.namelist():
            target.writestr(ZipInfo(name, ZIP_BEGINS), source.read(name), ZIP_DEFLATED)
    return written.getvalue()


def _mark_row(row: "object", mark: str) -> None:
    """Let the head of a table stand on every page, or a row lie across none."""
    from docx.oxml import OxmlElement  # noqa: PLC0415

    row.get_or_add_trPr().append(OxmlElement(mark))  # type: ignore[attr-defined]


def _face_everywhere(style: "object") -> None:
    """Take the theme's own face out of a heading, or Word prefers it to ours."""
    from docx.oxml.ns import qn  # noqa: PLC0415

    fonts = style.rPr.rFonts  # type: ignore[attr-defined]
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{name}"), None)


def _clean(text: str) -> str:
    """Leave out the signs that XML cannot hold."""
    return "".join(sign for sign in text if sign in "\n\t" or sign.isprintable())
