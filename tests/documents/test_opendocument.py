"""What LibreOffice can do to a form."""

from collections.abc import Callable, Mapping

import pytest

from cspr_bot.referral.form import Reading
from cspr_bot.referral.pages import TICKED, UNTICKED, Page, Table

Odt = Callable[[str], bytes]
FirstText = Callable[[bytes], str]
PageOf = Callable[[bytes], Page]
Read = Callable[[bytes], Reading]


TICKED_FIELD = (
    '<field:fieldmark field:type="vnd.oasis.opendocument.field.FORMCHECKBOX">'
    '<field:param field:name="Help" field:value="x"/>'
    '<field:param field:name="Checkbox_Checked" field:value="true"/></field:fieldmark>'
)


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ('a<text:s text:c="3"/>b', "a   b"),
        ("a<text:s/>b", "a b"),
        ('a<text:s text:c="999999999"/>b', "a" + " " * 100 + "b"),
        ("a<text:tab/>b", "a\tb"),
        ("a<text:line-break/>b", "a\nb"),
        ("<text:span>a</text:span><text:a>b</text:a>c", "abc"),
        ("a<office:annotation><text:p>note</text:p></office:annotation>b", "ab"),
        ("a<text:note><text:p>foot</text:p></text:note>b", "ab"),
        ("a<text:placeholder>type here</text:placeholder>", "a"),
        ("<loext:content-control>typed</loext:content-control>", "typed"),
        ('<loext:content-control loext:showing-place-holder="true">type here</loext:content-control>', ""),
        ('<field:fieldmark-start field:type="vnd.oasis.opendocument.field.FORMTEXT"/>typed', "typed"),
    ],
)
def test_a_paragraph_says_what_it_shows(inner: str, text: str, odt: Odt, first_text: FirstText) -> None:
    assert first_text(odt(f"<text:p>{inner}</text:p>")) == text


@pytest.mark.parametrize(
    ("inner", "box"),
    [
        ('<loext:content-control loext:checkbox="true" loext:checked="true">☐</loext:content-control>', TICKED),
        ('<loext:content-control loext:checkbox="true">☒</loext:content-control>', UNTICKED),
        (TICKED_FIELD, TICKED),
        ('<field:fieldmark field:type="vnd.oasis.opendocument.field.FORMCHECKBOX"/>', UNTICKED),
        ("☑", TICKED),
    ],
)
def test_every_kind_of_box_is_one_kind(inner: str, box: str, odt: Odt, first_text: FirstText) -> None:
    assert first_text(odt(f"<text:p>{inner}</text:p>")) == box


def test_form_controls_show_what_they_hold(odt: Odt, page: PageOf) -> None:
    forms = (
        '<office:forms><form:form><form:checkbox form:id="c1" form:current-state="checked"/>'
        '<form:checkbox form:id="c2" form:state="unchecked"/><form:radio form:id="c3" form:current-selected="true"/>'
        '<form:text form:id="c4" form:current-value="typed"/><form:button form:id="c5"/></form:form></office:forms>'
    )
    controls = "".join(f'<draw:control draw:control="c{number}"/>' for number in range(1, 6))
    assert page(odt(f"{forms}<text:p>{controls}</text:p>")).blocks == (f"{TICKED}{UNTICKED}{TICKED}typed",)


def test_deleted_text_is_no_text(odt: Odt, page: PageOf) -> None:
    gone = (
        "<text:tracked-changes><text:changed-region><text:p>gone</text:p></text:changed-region></text:tracked-changes>"
    )
    assert page(odt(f"{gone}<text:section><text:p>kept<text:change/></text:p></text:section>")).blocks == ("kept",)


def test_a_text_box_is_read_behind_its_paragraph(odt: Odt, page: PageOf) -> None:
    box = "<draw:frame><draw:text-box><text:p>in it</text:p></draw:text-box></draw:frame>"
    assert page(odt(f"<text:p>outside{box}</text:p>")).blocks == ("outside", "in it")


def test_rows_and_spans_are_counted(odt: Odt, page: PageOf) -> None:
    first = (
        '<table:table-row><table:table-cell table:number-rows-spanned="2"><text:p>a</text:p></table:table-cell>'
        '<table:table-cell table:number-columns-spanned="2"><text:p>b</text:p></table:table-cell>'
        "<table:covered-table-cell/></table:table-row>"
    )
    second = (
        "<table:table-row><table:covered-table-cell/><table:table-cell><text:p>c</text:p></table:table-cell>"
        '<table:table-cell table:number-columns-repeated="2"/></table:table-row>'
    )
    third = "<table:table-row><table:table-cell><table:table><table:table-row><table:table-cell><text:p>in</text:p>"
    third += "</table:table-cell></table:table-row></table:table></table:table-cell></table:table-row>"
    body = f"<table:table><table:table-header-rows>{first}</table:table-header-rows>{second}{third}</table:table>"
    block = page(odt(body)).blocks[0]
    assert isinstance(block, Table)
    assert [[(cell.text, cell.column, cell.is_continued) for cell in row] for row in block.rows] == [
        [("a", 0, False), ("b", 1, False)],
        [("a", 0, True), ("c", 1, False), ("", 2, False)],
        [("in", 0, False)],
    ]
    assert block.rows[2][0].inner


def test_rows_without_end_are_cut_off(odt: Odt, page: PageOf) -> None:
    row = "<table:table-row><table:table-cell/></table:table-row>"
    block = page(odt(f"<table:table>{row * 20_010}</table:table>")).blocks[0]
    assert isinstance(block, Table)
    assert len(block.rows) == 20_000


def test_a_locked_document_is_encrypted(archive: Callable[[Mapping[str, str | bytes]], bytes], reading: Read) -> None:
    manifest = '<manifest:manifest xmlns:manifest="m"><manifest:encryption-data/></manifest:manifest>'
    assert reading(archive({"content.xml": "noise", "META-INF/manifest.xml": manifest})).verdict == "encrypted"


def test_pictures_without_words_need_a_person(
    archive: Callable[[Mapping[str, str | bytes]], bytes], reading: Read
) -> None:
    content = {"content.xml": "<document><body><text><p/></text></body></document>", "Pictures/1.png": "x"}
    assert reading(archive(content)).verdict == "needs_ocr"
