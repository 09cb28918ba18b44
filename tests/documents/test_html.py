"""Mail bodies and documents in HTML: what a mail program shows."""

import re
from collections.abc import Callable

import pytest

from cspr_bot.referral.form import ReferralForm
from cspr_bot.referral.pages import TICKED, UNTICKED, Page, Table

PageOf = Callable[[bytes | str], Page]
FirstText = Callable[[bytes | str], str]
OnlyForm = Callable[[bytes | str], ReferralForm]
START = "<html><body>"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one <b>answer</b></p>", "one answer"),
        ("<p>a<br>b</p>", "a\nb"),
        ("<p>split\nin the   source</p>", "split in the source"),
        ("<p>a<o:p></o:p></p>", "a"),
        ("<p>shown<span style='display: none'>hidden</span></p>", "shown"),
        ("<p>shown<span style='mso-hide:all'>hidden</span></p>", "shown"),
        ("<p>shown<span hidden>hidden</span></p>", "shown"),
        ("<p>kept<del>gone</del></p>", "kept"),
        ("<p>a&nbsp;b &amp; c</p>", "a b & c"),
        ("<style>p {color: red}</style><p>a</p>", "a"),
        ("<!-- a comment --><p>a</p>", "a"),
        ("<![if !supportLists]><p>a</p><![endif]>", "a"),
        ("<p><w:Sdt ShowingPlcHdr='t'>Click here</w:Sdt>answer</p>", "answer"),
        ("<p><w:Sdt>answer</w:Sdt></p>", "answer"),
        ("<p><input type=text value='typed'></p>", "typed"),
        ("<p><input type=hidden value='secret'>seen</p>", "seen"),
        ("<p><textarea>long\nanswer</textarea></p>", "long answer"),
        ("<p><select><option>one<option selected>two</select></p>", "two"),
        ("bare words", "bare words"),
        ("<p>\x00a\x08b</p>" + " " * 200, "ab"),
    ],
)
def test_html_says_what_it_shows(html: str, text: str, first_text: FirstText) -> None:
    assert first_text(START + html) == text


@pytest.mark.parametrize(
    ("html", "box"),
    [
        ('<w:Sdt CheckBox="t" CheckBoxIsChecked="t">☐</w:Sdt>', TICKED),
        ('<w:Sdt CheckBox="t" CheckBoxIsChecked="f">☒</w:Sdt>', UNTICKED),
        ('<w:Sdt CheckBox="t">☐</w:Sdt>', UNTICKED),
        ("<input type=checkbox checked>", TICKED),
        ("<input type=checkbox>", UNTICKED),
        ('<input type="radio" checked="checked">', TICKED),
        ("<span style='font-family:Wingdings'>þ</span>", TICKED),
        ('<span style="mso-fareast-font-family: X; font-family: &quot;Wingdings&quot;, serif">¨</span>', UNTICKED),
        ("<font face=Wingdings>o</font>", UNTICKED),
        ("<span style='font-family:\"Wingdings 2\"'>R</span>", TICKED),
        ("&#9745;", TICKED),
        ("[x]", TICKED),
    ],
)
def test_every_kind_of_box_is_one_kind(html: str, box: str, first_text: FirstText) -> None:
    assert first_text(f"{START}<p>{html}</p>") == box


def test_spans_of_cells_are_counted(page: PageOf) -> None:
    html = (
        f"{START}<table><tr><td rowspan=2>a</td><td colspan=2>b</td></tr><tr><td>c</td><td>d</td></tr>"
        "<tr><td>e</td></tr></table>"
    )
    block = page(html).blocks[0]
    assert isinstance(block, Table)
    assert [[(cell.text, cell.column, cell.span, cell.is_continued) for cell in row] for row in block.rows] == [
        [("a", 0, 1, False), ("b", 1, 2, False)],
        [("a", 0, 1, True), ("c", 1, 1, False), ("d", 2, 1, False)],
        [("e", 0, 1, False)],
    ]


def test_a_table_in_a_cell_is_kept_apart(page: PageOf) -> None:
    block = page(f"{START}<table><tr><td>before<table><tr><td>in</td></tr></table></td></tr></table>").blocks[0]
    assert isinstance(block, Table)
    cell = block.rows[0][0]
    assert cell.text == "before\nin"
    assert cell.inner == ("before", Table(((type(cell)("in"),),)))


def test_text_behind_a_table_is_read(page: PageOf) -> None:
    blocks = page(f"{START}<table><tbody><tr><th>a</th></tr></tbody></table>and more<div>below</div>").blocks
    assert blocks[1:] == ("and more", "below")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_any_encoding_that_word_saves_is_read(
    encoding: str, sample: Callable[[str], bytes], only_form: OnlyForm
) -> None:
    text = sample("sample-6-pasted.html").decode("utf-8")
    if encoding == "cp1252":
        text = re.sub("[☐☒]", lambda box: f"&#{ord(box.group())};", text)
    assert only_form(text.encode(encoding)).child.name == "Omar Farouk Jama"


def test_a_document_of_strict_html_is_read(sample: Callable[[str], bytes], only_form: OnlyForm) -> None:
    text = sample("sample-6-pasted.html").decode("utf-8")
    assert only_form('<?xml version="1.0" encoding="utf-16"?>\n' + text).child.ethnic_origin.code == "D2"


def test_a_body_may_begin_with_bare_words(page: PageOf) -> None:
    assert page("Dear all,<br>see below<p>Regards</p>").blocks == ("Dear all,\nsee below", "Regards")


def test_a_form_below_a_greeting_in_a_quoted_reply_is_read(sample: Callable[[str], bytes], only_form: OnlyForm) -> None:
    text = sample("sample-6-pasted.html").decode("utf-8")
    body = text[text.index("<div class=WordSection1>") : text.index("</body>")]
    form = only_form(f"<div>Please see below.</div><blockquote><div>From: A</div>{body}</blockquote><p>Regards</p>")
    assert (form.child.name, form.missing, form.doubts) == ("Omar Farouk Jama", (), ())


@pytest.mark.parametrize("html", ["<html></html>", "<!doctype html>", "<html><!-- nothing --></html>"])
def test_nothing_at_all_is_no_page(html: str, page: PageOf) -> None:
    assert page(html).blocks == ()


def test_a_cell_over_three_rows_is_there_in_each(page: PageOf) -> None:
    html = f"{START}<table><caption>c</caption><tr><td rowspan=3>a</td><td>b</td></tr><tr></tr>"
    html += "<tr><script></script><td>c</td></tr></table>"
    block = page(html).blocks[0]
    assert isinstance(block, Table)
    assert [[cell.text for cell in row] for row in block.rows] == [["a", "b"], ["a"], ["a", "c"]]


def test_rows_without_end_are_cut_off(page: PageOf) -> None:
    block = page(f"{START}<table>" + "<tr><td>a" * 20_010 + "</table>").blocks[0]
    assert isinstance(block, Table)
    assert len(block.rows) == 20_000
