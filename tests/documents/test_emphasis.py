"""What is struck through is not chosen, what is highlighted is."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.documents.emphasis import cell_of, emphasised, settled
from cspr_bot.referral.pages import MARKED, STRUCK, Page, Table

Build = Callable[[str], bytes]
PageOf = Callable[[bytes | str], Page]


def struck(text: str) -> str:
    return emphasised(text, is_struck=True, is_marked=False)


def marked(text: str) -> str:
    return emphasised(text, is_struck=False, is_marked=True)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", ("plain", "")),
        (f"Yes / {struck('No')}", ("Yes / ", "")),
        (f"☐ Yes ☐ {struck('No')}", (f"☐ Yes {STRUCK} No", "")),
        (f"☐ Yes {struck('☐ No')}", (f"☐ Yes {STRUCK} No", "")),
        (f"☐ Yes {marked('☐ No')}", (f"☐ Yes {MARKED} No", "No")),
        (f"☐ Yes ☐ {marked('No')}", (f"☐ Yes {MARKED} No", "No")),
        (f"☒ {struck('Yes')}", (f"{STRUCK} Yes", "")),
        (f"☒ {marked('Yes')}", ("☒ Yes", "")),
        (f"{struck('Yes')} ☐ No ☐", (f"Yes {STRUCK} No ☐", "")),
        (f"Yes / {marked('No')}", ("Yes / No", "No")),
        (marked("all of it"), ("all of it", "")),
        (f"{struck('old')} new", (" new", "")),
        (f"one\n{marked('two')}", ("one\ntwo", "two")),
        ("☐\x10", ("☐", "")),
    ],
)
def test_emphasis_is_understood(text: str, shown: tuple[str, str]) -> None:
    assert settled(text) == shown


def test_a_cell_keeps_what_is_highlighted_in_it() -> None:
    cell = cell_of((f"Yes / {marked('No')}",), 2, 1)
    assert (cell.text, cell.marked, cell.column) == ("Yes / No", "No", 2)


def test_a_cell_with_a_table_has_no_signs_left() -> None:
    cell = cell_of((struck("old"), Table(())), 0, 1)
    assert cell.inner == ("", Table(()))


@given(st.text(st.sampled_from("☒☐ Yesno\n\x0e\x0f\x10\x11")))
def test_no_sign_is_left_in_a_text(text: str) -> None:
    assert not set("".join(settled(text))) & set("\x0e\x0f\x10\x11")


WORD_CELL = "<w:tbl><w:tr><w:tc><w:p>{}</w:p></w:tc></w:tr></w:tbl>"


@pytest.mark.parametrize(
    ("look", "text"),
    [
        ("<w:strike/>", f"☐ Yes {STRUCK} No"),
        ("<w:dstrike/>", f"☐ Yes {STRUCK} No"),
        ('<w:strike w:val="0"/>', "☐ Yes ☐ No"),
        ('<w:highlight w:val="yellow"/>', f"☐ Yes {MARKED} No"),
        ('<w:highlight w:val="none"/>', "☐ Yes ☐ No"),
        ('<w:shd w:val="clear" w:fill="FFFF00"/>', f"☐ Yes {MARKED} No"),
        ('<w:shd w:val="clear" w:fill="DDDDDD"/>', "☐ Yes ☐ No"),
    ],
)
def test_word_says_how_words_look(look: str, text: str, docx: Build, page: PageOf) -> None:
    runs = f"<w:r><w:t>☐ Yes ☐ </w:t></w:r><w:r><w:rPr>{look}</w:rPr><w:t>No</w:t></w:r>"
    table = page(docx(WORD_CELL.format(runs))).blocks[0]
    assert isinstance(table, Table)
    assert table.rows[0][0].text == text


def test_the_picture_of_a_word_box_may_be_struck_through(docx: Build, page: PageOf) -> None:
    box = (
        '<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="0"/></w14:checkbox></w:sdtPr><w:sdtContent><w:r><w:rPr>'
        "<w:strike/></w:rPr><w:t>☐</w:t></w:r></w:sdtContent></w:sdt>"
    )
    table = page(docx(WORD_CELL.format(box))).blocks[0]
    assert isinstance(table, Table)
    assert table.rows[0][0].text == STRUCK


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<s>☐ No</s>", f"{STRUCK} No"),
        ("<span style='text-decoration: line-through'>☐ No</span>", f"{STRUCK} No"),
        ("<mark>☐ No</mark>", f"{MARKED} No"),
        ("<span style='background:yellow;mso-highlight:yellow'>☐ No</span>", f"{MARKED} No"),
        ("<span style='background: white'>☐ No</span>", "☐ No"),
        ("<td style='background:yellow'>☐ No</td>", "☐ No"),
    ],
)
def test_html_says_how_words_look(html: str, text: str, page: PageOf) -> None:
    table = page(f"<table><tr><td>{html}</td></tr></table>").blocks[0]
    assert isinstance(table, Table)
    assert table.rows[0][-1].text == text


STRUCK_STYLE = (
    '<style:style style:name="X1" style:family="text"><style:text-properties style:text-line-through-style="solid"/>'
    "</style:style></office:automatic-styles>"
)


def test_opendocument_says_how_words_look(altered: Callable[..., bytes], page: PageOf) -> None:
    content = altered(
        (
            "</office:automatic-styles>",
            STRUCK_STYLE,
        ),
        ("☐ Irish", '<text:span text:style-name="X1">☐ Irish</text:span>'),
        name="sample-3-libreoffice.odt",
        part="content.xml",
    )
    texts = [
        cell.text for block in page(content).blocks if isinstance(block, Table) for row in block.rows for cell in row
    ]
    assert any(f"{STRUCK} Irish" in text for text in texts)
