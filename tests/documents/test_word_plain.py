"""The quick way through a Word document gives what the walk gives."""

import io
import zipfile
from collections.abc import Callable

import pytest

from cspr_bot.documents.markup import LocalNames, parse_xml
from cspr_bot.documents.word import walked_blocks
from cspr_bot.documents.word_plain import NotPlainError, may_be_plain, plain_blocks
from cspr_bot.referral.pages import Block, Page, squeeze, text_of
from tests.documents.conftest import WORD

Build = Callable[[str], bytes]


def both_ways(xml: bytes) -> tuple[tuple[Block, ...], tuple[Block, ...]]:
    root, names = parse_xml(xml), LocalNames()
    body = next((child for child in root if names[child.tag] == "body"), root)
    return plain_blocks(body, names, 100), walked_blocks(body, names)


@pytest.mark.parametrize("name", ["sample-1-word.docx", "sample-2-word-controls.docx", "blank-referral-form.docx"])
def test_both_ways_give_the_same(name: str, sample: Callable[[str], bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(sample(name))) as archive:
        xml = archive.read("word/document.xml")
    assert may_be_plain(xml)
    quick, whole = both_ways(xml)
    assert [squeeze(text_of((block,))) for block in quick] == [squeeze(text_of((block,))) for block in whole]


ASKING_CELL = (
    "<w:tbl><w:tr><w:tc><w:p/></w:tc><w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:tc><w:p><w:r>"
    "<w:t>ask</w:t></w:r></w:p></w:tc></w:sdtContent></w:sdt></w:tr></w:tbl>"
)
RUN = "<w:p><w:r><w:rPr>{}</w:rPr><w:t>x</w:t></w:r></w:p>"
FIELD = "<w:p><w:r><w:fldChar><w:ffData><w:checkBox>{}</w:checkBox></w:ffData></w:fldChar></w:r></w:p>"


@pytest.mark.parametrize(
    "body",
    [
        RUN.format('<w:strike w:val="0"/>'),
        RUN.format('<w:highlight w:val="none"/>'),
        RUN.format('<w:shd w:val="clear" w:fill="EEEEEE"/>'),
        RUN.format("<w:rPrChange><w:rPr><w:strike/></w:rPr></w:rPrChange>"),
        '<w:tbl><w:tr><w:tc><w:tcPr><w:shd w:val="clear" w:fill="FFFF00"/></w:tcPr><w:p/></w:tc></w:tr></w:tbl>',
        "<w:tbl/>",
        "<w:tbl><w:tr/></w:tbl><w:p/><w:tbl><w:tr><w:tc/></w:tr></w:tbl><w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>",
        FIELD.format("<w:checked/>"),
        FIELD.format('<w:default w:val="1"/>'),
        FIELD.format('<w:default w:val="1"/><w:checked w:val="0"/>'),
        "<w:p><w:checkBox/></w:p>",
        ASKING_CELL,
        "<w:customXml><w:p><w:r><w:t>a</w:t></w:r></w:p></w:customXml>",
    ],
)
def test_what_looks_odd_and_is_plain_is_read_the_same_way(body: str) -> None:
    quick, whole = both_ways(f"<w:document {WORD}><w:body>{body}</w:body></w:document>".encode())
    assert quick == whole


@pytest.mark.parametrize(
    "body",
    [
        "<w:p><w:del><w:r><w:t>x</w:t></w:r></w:del></w:p>",
        RUN.format("<w:strike/>"),
        RUN.format("<w:vanish/>"),
        RUN.format('<w:highlight w:val="yellow"/>'),
        RUN.format('<w:shd w:fill="ffff00"/>'),
        "<w:tbl><w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc></w:tr></w:tbl>",
        "<w:tbl><w:tr><w:tc><w:tbl/></w:tc></w:tr></w:tbl>",
        "<w:tbl><w:p/></w:tbl>",
        "<w:tr/>",
        "<w:tbl><w:tc/></w:tbl>",
        "<w:p><w:r><w:p/></w:r></w:p>",
        "<w:p><w14:checkbox/></w:p>",
        "<w:tbl>" + "<w:tr/>" * 101 + "</w:tbl>",
        "<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:p/></w:sdtContent></w:sdt>",
        "<w:sdt><w:sdtPr><w14:checkbox/></w:sdtPr><w:sdtContent><w:p/></w:sdtContent></w:sdt>",
    ],
)
def test_what_needs_a_closer_look_is_not_plain(body: str) -> None:
    with pytest.raises(NotPlainError):
        both_ways(f"<w:document {WORD}><w:body><w:p/>{body}</w:body></w:document>".encode())


def test_wide_characters_and_symbol_fonts_are_not_plain() -> None:
    assert not may_be_plain(f"<w:document {WORD}><w:body/></w:document>".encode("utf-16"))
    assert not may_be_plain(RUN.format('<w:rFonts w:ascii="Wingdings"/>').encode())


CONTROL = "<w:p><w:sdt><w:sdtPr>{}</w:sdtPr><w:sdtContent><w:r><w:t>ask</w:t></w:r></w:sdtContent></w:sdt>{}</w:p>"
CELL = "<w:tbl><w:tr><w:tc>{}</w:tc></w:tr></w:tbl>"
A = "<w:r><w:t>a</w:t></w:r>"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>", "a b\nc"),
        (f'<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>{A}</w:p>', "a"),
        ("<w:p><w:r><w:noBreakHyphen/><w:t>a</w:t></w:r></w:p>", "-a"),
        (CONTROL.format("<w:showingPlcHdr/>", A), "a"),
        (CONTROL.format('<w:showingPlcHdr w:val="0"/>', A), "aska"),
        (CELL.format(f"<w:p/>{CELL.format(f'<w:p>{A}</w:p>')}"), "a"),
    ],
)
def test_the_quick_way_reads(body: str, text: str, docx: Build, page: Callable[[bytes | str], Page]) -> None:
    assert text_of(page(docx(body)).blocks) == text


def test_a_file_with_such_a_box_is_read_all_the_same(docx: Build, page: Callable[[bytes | str], Page]) -> None:
    block = f"<w:sdt><w:sdtPr><w14:checkbox/></w:sdtPr><w:sdtContent><w:p>{A}</w:p></w:sdtContent></w:sdt>"
    assert text_of(page(docx(CELL.format(block))).blocks) == "a"
    assert text_of(page(docx("<w:p><w14:checkbox/><w:r><w:t>a</w:t></w:r></w:p>")).blocks) == "a"
