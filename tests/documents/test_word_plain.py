"""The quick way through a Word document gives what the walk gives."""

import io
import zipfile
from collections.abc import Callable

import pytest

from cspr_bot.documents.markup import LocalNames, parse_xml
from cspr_bot.documents.word import _Walk
from cspr_bot.documents.word_plain import NotPlainError, Plain, is_plain
from cspr_bot.referral.pages import Page, squeeze, text_of
from tests.documents.conftest import WORD

Build = Callable[[str], bytes]


@pytest.mark.parametrize("name", ["sample-1-word.docx", "sample-2-word-controls.docx", "blank-referral-form.docx"])
def test_both_ways_give_the_same(name: str, sample: Callable[[str], bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(sample(name))) as archive:
        xml = archive.read("word/document.xml")
    root = parse_xml(xml)
    assert is_plain(root, xml)
    names = LocalNames()
    body = next(child for child in root if names[child.tag] == "body")
    quick = tuple(_Walk(names, Plain(names)).blocks(body))
    whole = tuple(_Walk(names, None).blocks(body))
    assert [squeeze(text_of((block,))) for block in quick] == [squeeze(text_of((block,))) for block in whole]
    assert text_of(quick) == text_of(whole)


@pytest.mark.parametrize(
    "body",
    [
        "<w:p><w:del><w:r><w:t>x</w:t></w:r></w:del></w:p>",
        "<w:p><w:r><w:rPr><w:strike/></w:rPr><w:t>x</w:t></w:r></w:p>",
        '<w:p><w:r><w:rPr><w:rFonts w:ascii="Wingdings"/></w:rPr><w:t>x</w:t></w:r></w:p>',
        "<w:tbl><w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc></w:tr></w:tbl>",
    ],
)
def test_what_needs_a_closer_look_is_not_plain(body: str) -> None:
    xml = f"<w:document {WORD}><w:body>{body}</w:body></w:document>".encode()
    assert not is_plain(parse_xml(xml), xml)


def test_wide_characters_are_not_plain() -> None:
    xml = f"<w:document {WORD}><w:body/></w:document>".encode("utf-16")
    assert not is_plain(parse_xml(xml), xml)


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


@pytest.mark.parametrize(
    "body",
    [
        "<w:p><w14:checkbox/></w:p>",
        "<w:sdt><w:sdtPr><w14:checkbox/></w:sdtPr><w:sdtContent><w:p/></w:sdtContent></w:sdt>",
    ],
)
def test_a_box_in_an_unknown_place_is_left_to_the_walk(body: str) -> None:
    root = parse_xml(f"<w:document {WORD}><w:tbl><w:tr><w:tc>{body}</w:tc></w:tr></w:tbl></w:document>".encode())
    with pytest.raises(NotPlainError):
        list(Plain(LocalNames()).rows(root[0]))


def test_a_file_with_such_a_box_is_read_all_the_same(docx: Build, page: Callable[[bytes | str], Page]) -> None:
    block = f"<w:sdt><w:sdtPr><w14:checkbox/></w:sdtPr><w:sdtContent><w:p>{A}</w:p></w:sdtContent></w:sdt>"
    assert text_of(page(docx(CELL.format(block))).blocks) == "a"
    assert text_of(page(docx("<w:p><w14:checkbox/><w:r><w:t>a</w:t></w:r></w:p>")).blocks) == "a"
