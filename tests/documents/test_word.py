"""What Word can do to a form, one trap after the other."""

from collections.abc import Callable

import pytest

from cspr_bot.referral.form import Reading, ReferralForm
from cspr_bot.referral.pages import TICKED, UNTICKED, Page, Table

OnlyForm = Callable[[bytes], ReferralForm]
FirstText = Callable[[bytes], str]
Docx = Callable[[str], bytes]
PageOf = Callable[[bytes], Page]


def paragraph(inner: str) -> str:
    return f"<w:p>{inner}</w:p>"


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def control(inner: str, properties: str = "") -> str:
    return f"<w:sdt><w:sdtPr>{properties}</w:sdtPr><w:sdtContent>{inner}</w:sdtContent></w:sdt>"


def cell(inner: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def table_texts(page: Page) -> list[list[str]]:
    table = next(block for block in page.blocks if isinstance(block, Table))
    return [[cell.text for cell in row] for row in table.rows]


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (run("one ") + run("answer"), "one answer"),
        (control(run("in a control")), "in a control"),
        (control(control(run("twice"))), "twice"),
        (control(run("Click or tap here"), "<w:showingPlcHdr/>"), ""),
        (control(run("typed over it"), '<w:showingPlcHdr w:val="0"/>'), "typed over it"),
        ("<w:hyperlink>" + run("a link") + "</w:hyperlink>", "a link"),
        ('<w:fldSimple w:instr="AUTHOR">' + run("a field") + "</w:fldSimple>", "a field"),
        ("<w:smartTag>" + run("a place") + "</w:smartTag>", "a place"),
        ("<w:ins>" + run("put in") + "</w:ins>", "put in"),
        ("<w:moveTo>" + run("moved here") + "</w:moveTo>", "moved here"),
        ("<w:moveFrom>" + run("moved away") + "</w:moveFrom>", ""),
        ("<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>" + run("kept"), "kept"),
        (run("seen") + run("hidden", "<w:vanish/>"), "seen"),
        (run("shown", '<w:vanish w:val="false"/>'), "shown"),
        ("<w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:cr/><w:t>c</w:t></w:r>", "a\nb\nc"),
        ("<w:r><w:t>a</w:t><w:noBreakHyphen/><w:t>b</w:t></w:r>", "a-b"),
        ("<w:r><w:instrText>FORMTEXT</w:instrText><w:fldChar w:fldCharType='end'/></w:r>" + run("words"), "words"),
    ],
)
def test_a_paragraph_says_what_it_shows(inner: str, text: str, docx: Docx, first_text: FirstText) -> None:
    assert first_text(docx(paragraph(inner))) == text


@pytest.mark.parametrize(
    ("inner", "box"),
    [
        (control(run("☐"), '<w14:checkbox><w14:checked w14:val="1"/></w14:checkbox>'), TICKED),
        (control(run("☒"), '<w14:checkbox><w14:checked w14:val="0"/></w14:checkbox>'), UNTICKED),
        (control(run("☐"), "<w14:checkbox><w14:checked/></w14:checkbox>"), TICKED),
        (control(run("þ"), '<w14:checkbox><w14:checked w14:val="true"/></w14:checkbox>'), TICKED),
        (control(run("☐"), "<w14:checkbox/>"), UNTICKED),
        (control(run("☐"), "<w:showingPlcHdr/><w14:checkbox><w14:checked/></w14:checkbox>"), TICKED),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>', TICKED),
        ('<w:r><w:sym w:font="Wingdings" w:char="F0A8"/></w:r>', UNTICKED),
        ('<w:r><w:sym w:font="Wingdings" w:char="F06F"/></w:r>', UNTICKED),
        ('<w:r><w:sym w:font="Wingdings 2" w:char="F052"/></w:r>', TICKED),
        ('<w:r><w:sym w:font="Wingdings" w:char="nonsense"/></w:r>', ""),
        (run("þ", '<w:rFonts w:ascii="Wingdings"/>'), TICKED),
        (run("¨", '<w:rFonts w:hAnsi="Wingdings"/>'), UNTICKED),
        (run("\uf0fe"), TICKED),
        (run("☑"), TICKED),
        (run("✔"), TICKED),
        (run("□"), UNTICKED),
        (run("[x]"), TICKED),
        (run("[ ]"), UNTICKED),
        (run("(X)"), TICKED),
    ],
)
def test_every_kind_of_box_is_one_kind(inner: str, box: str, docx: Docx, first_text: FirstText) -> None:
    assert first_text(docx(paragraph(inner))) == box


@pytest.mark.parametrize(
    ("state", "box"),
    [
        ("<w:checked/>", TICKED),
        ('<w:checked w:val="1"/>', TICKED),
        ('<w:checked w:val="0"/>', UNTICKED),
        ('<w:default w:val="1"/>', TICKED),
        ('<w:default w:val="1"/><w:checked w:val="0"/>', UNTICKED),
        ('<w:default w:val="0"/><w:checked/>', TICKED),
        ("", UNTICKED),
    ],
)
@pytest.mark.parametrize(
    "holder", ['<w:r><w:fldChar w:fldCharType="begin">{}</w:fldChar></w:r>', "<w:fldSimple>{}</w:fldSimple>"]
)
def test_a_form_field_of_word_97_is_a_box(holder: str, state: str, box: str, docx: Docx, first_text: FirstText) -> None:
    field = f"<w:ffData><w:checkBox><w:sizeAuto/>{state}</w:checkBox></w:ffData>"
    assert first_text(docx(paragraph(holder.format(field)))) == box


def test_a_text_field_of_word_97_is_no_box(docx: Docx, first_text: FirstText) -> None:
    field = "<w:ffData><w:textInput/></w:ffData>"
    inner = f'<w:r><w:fldChar w:fldCharType="begin">{field}</w:fldChar></w:r>{run("words")}'
    assert first_text(docx(paragraph(inner))) == "words"


def test_a_text_box_is_read_once(docx: Docx, page: PageOf) -> None:
    box = f"<w:txbxContent>{paragraph(run('in the box'))}</w:txbxContent>"
    inner = (
        f"<mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent>"
    )
    assert page(docx(paragraph(f"<w:r>{inner}</w:r>"))).blocks == ("", "in the box")


def test_a_fallback_without_a_choice_is_read(docx: Docx, page: PageOf) -> None:
    content = docx(f"<mc:AlternateContent><mc:Fallback>{paragraph(run('old'))}</mc:Fallback></mc:AlternateContent>")
    assert page(content).blocks == ("old",)


def test_controls_may_wrap_rows_cells_and_blocks(docx: Docx, page: PageOf) -> None:
    first = f"<w:tr>{control(cell(paragraph(run('a'))))}{cell(control(paragraph(run('b'))))}</w:tr>"
    second = control(f"<w:tr>{cell(paragraph(run('c')))}{cell(paragraph(control(run('d'))))}</w:tr>")
    assert table_texts(page(docx(f"<w:tbl>{first}{control(second)}</w:tbl>"))) == [["a", "b"], ["c", "d"]]


def test_a_placeholder_block_says_nothing(docx: Docx, page: PageOf) -> None:
    assert page(docx(control(paragraph(run("Click here")), "<w:showingPlcHdr/>"))).blocks == ()


def test_a_placeholder_around_a_cell_is_no_answer(docx: Docx, page: PageOf) -> None:
    marked = cell(paragraph(run("Name:", '<w:highlight w:val="yellow"/>')))  # so that the document is not plain
    asking = control(cell(paragraph(run("Write your name here"))), "<w:showingPlcHdr/>")
    answered = control(cell(paragraph(run("a"))), '<w:showingPlcHdr w:val="0"/>')
    assert table_texts(page(docx(f"<w:tbl><w:tr>{marked}{asking}{answered}</w:tr></w:tbl>"))) == [["Name:", "", "a"]]


def test_a_deleted_row_and_a_deleted_cell_are_gone(docx: Docx, page: PageOf) -> None:
    kept = f"<w:tr>{cell(paragraph(run('a')))}{cell(paragraph(run('x')), '<w:cellDel/>')}</w:tr>"
    gone = f"<w:tr><w:trPr><w:del/></w:trPr>{cell(paragraph(run('b')))}</w:tr>"
    assert table_texts(page(docx(f"<w:tbl>{kept}{gone}</w:tbl>"))) == [["a"]]


def test_an_inserted_row_is_there(docx: Docx, page: PageOf) -> None:
    row = f"<w:tr><w:trPr><w:ins/></w:trPr>{cell(paragraph(run('a')))}</w:tr>"
    assert table_texts(page(docx(f"<w:tbl>{row}</w:tbl>"))) == [["a"]]


def test_merged_cells_repeat_what_is_above_them(docx: Docx, page: PageOf) -> None:
    begun = '<w:vMerge w:val="restart"/>'
    first = f"<w:tr>{cell(paragraph(run('a')))}{cell(paragraph(run('b')), begun)}</w:tr>"
    second = f"<w:tr>{cell(paragraph(run('c')))}{cell(paragraph(''), '<w:vMerge/>')}</w:tr>"
    block = page(docx(f"<w:tbl>{first}{second}</w:tbl>")).blocks[0]
    assert isinstance(block, Table)
    assert [(cell.text, cell.is_continued) for cell in block.rows[1]] == [("c", False), ("b", True)]


def test_columns_count_what_is_spanned_and_skipped(docx: Docx, page: PageOf) -> None:
    wide = cell(paragraph(run("a")), '<w:gridSpan w:val="2"/>')
    row = f'<w:tr><w:trPr><w:gridBefore w:val="1"/></w:trPr>{wide}{cell(paragraph(run("b")))}</w:tr>'
    block = page(docx(f"<w:tbl>{row}</w:tbl>")).blocks[0]
    assert isinstance(block, Table)
    assert [(cell.column, cell.span) for cell in block.rows[0]] == [(1, 2), (3, 1)]


def test_rows_may_stand_in_an_alternative(docx: Docx, page: PageOf) -> None:
    row = f"<w:tr>{cell(paragraph(run('a')))}</w:tr>"
    content = docx(f"<w:tbl><mc:AlternateContent><mc:Choice>{row}</mc:Choice></mc:AlternateContent></w:tbl>")
    assert table_texts(page(content)) == [["a"]]


def test_a_main_part_by_another_name_is_found(archive: Callable[[dict[str, str]], bytes], page: PageOf) -> None:
    relations = (
        '<Relationships><Relationship Type="http://x/core-properties" Target="docProps/core.xml"/>'
        '<Relationship Type="http://x/officeDocument" Target="/word/document3.xml"/></Relationships>'
    )
    parts = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": relations,
        "word/document3.xml": f"<document><body>{'<p><r><t>a</t></r></p>'}</body></document>",
    }
    assert page(archive(parts)).blocks == ("a",)
    del parts["_rels/.rels"]
    parts["word/document2.xml"] = parts.pop("word/document3.xml")
    parts["_rels/.rels"] = "<Relationships/>"
    assert page(archive(parts)).blocks == ("a",)


# ---------------------------------------------------------------------------------------------------------------------
# Whole forms


def test_a_tracked_change_counts_as_it_shows(altered: Callable[..., bytes], only_form: OnlyForm) -> None:
    old = '<w:t xml:space="preserve">Isaac Fairbourne</w:t></w:r>'
    new = (
        '<w:t xml:space="preserve">Isaac </w:t></w:r><w:del><w:r><w:delText>Farbone</w:delText></w:r></w:del>'
        "<w:ins><w:r><w:t>Fairbourne</w:t></w:r></w:ins>"
    )
    assert only_form(altered((old, new))).child.name == "Isaac Fairbourne"


def test_the_strict_form_of_the_format_is_read(altered: Callable[..., bytes], only_form: OnlyForm) -> None:
    strict = altered(
        (
            "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            "http://purl.oclc.org/ooxml/wordprocessingml/main",
        )
    )
    assert only_form(strict).child.name == "Isaac Fairbourne"


def test_a_document_with_macros_is_read_and_they_are_not(altered: Callable[..., bytes], only_form: OnlyForm) -> None:
    plain = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    macros = "application/vnd.ms-word.document.macroEnabled.main+xml"
    assert only_form(altered((plain, macros), part="[Content_Types].xml")).child.name == "Isaac Fairbourne"


def test_bytes_before_the_archive_do_not_matter(sample: Callable[[str], bytes], only_form: OnlyForm) -> None:
    assert only_form(b"-- banner --\r\n" + sample("sample-1-word.docx")).child.name == "Isaac Fairbourne"


def test_the_main_part_is_found_by_its_relation(altered: Callable[..., bytes], only_form: OnlyForm) -> None:
    content = altered(("word/document.xml", "Word/Document.xml"), part="_rels/.rels")
    assert only_form(content).child.name == "Isaac Fairbourne"


def test_a_form_in_a_frame_of_tables_is_read(altered: Callable[..., bytes], only_form: OnlyForm) -> None:
    content = altered(
        ("<w:body>", "<w:body><w:tbl><w:tr><w:tc><w:tbl><w:tr><w:tc>"),
        ("</w:body>", "</w:tc></w:tr></w:tbl><w:p/></w:tc></w:tr></w:tbl></w:body>"),
        ("<w:sectPr", "<w:notSectPr"),
        ("</w:sectPr>", "</w:notSectPr>"),
    )
    form = only_form(content)
    assert (form.child.name, form.criteria.deceased, len(form.family)) == ("Isaac Fairbourne", "no", 2)
    assert form.missing == ()


def test_a_table_in_the_summary_belongs_to_it(altered: Callable[..., bytes], only_form: OnlyForm) -> None:
    words = "The injury was estimated at seven to ten days old."
    inner = f"<w:tbl><w:tr>{cell(paragraph(run('Monday')))}{cell(paragraph(run('seen')))}</w:tr></w:tbl>"
    form = only_form(altered((f"{words}</w:t></w:r></w:p>", f"{words}</w:t></w:r></w:p>{inner}<w:p/>")))
    assert form.summary.endswith("days old.\nMonday seen")


def test_pictures_without_words_need_a_person(
    archive: Callable[[dict[str, str]], bytes], reading: Callable[[bytes], Reading]
) -> None:
    parts = {"word/document.xml": "<document><body><p/></body></document>", "word/media/image1.png": "x"}
    assert reading(archive(parts)).verdict == "needs_ocr"


def test_a_word_file_without_a_main_part_is_unreadable(
    archive: Callable[[dict[str, str]], bytes], reading: Callable[[bytes], Reading]
) -> None:
    assert reading(archive({"[Content_Types].xml": "<Types/>"})).verdict == "unreadable"
