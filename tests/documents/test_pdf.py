"""PDFs, printed and fillable, as many programs write them."""

import io
from collections.abc import Callable, Iterable
from dataclasses import replace

import pikepdf
import pytest

from cspr_bot.documents.pdf_layout import Rule, Sheet, Word, lay_out
from cspr_bot.documents.refusal import Refused
from cspr_bot.referral.form import Reading, ReferralForm
from cspr_bot.referral.pages import TICKED, UNTICKED, Page, Table

OnlyForm = Callable[[bytes], ReferralForm]
Read = Callable[[bytes], Reading]
PageOf = Callable[[bytes], Page]
Sample = Callable[[str], bytes]
FILLABLE = "sample-5-fillable.pdf"


def changed(
    content: bytes, change: Callable[[pikepdf.Pdf], None], encryption: pikepdf.Encryption | None = None
) -> bytes:
    """Give a PDF after a change."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as pdf:
        change(pdf)
        pdf.save(target, encryption=encryption)
    return target.getvalue()


def widgets(pdf: pikepdf.Pdf) -> Iterable[pikepdf.Object]:
    return [widget for page in pdf.pages for widget in page.obj.get("/Annots", [])]


def printed(drawing: str) -> bytes:
    """Make a PDF of one page from what is drawn on it."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type1,
        BaseFont=pikepdf.Name.Helvetica,
        Encoding=pikepdf.Name.WinAnsiEncoding,
    )
    page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
    page.obj.Contents = pdf.make_stream(drawing.encode())
    target = io.BytesIO()
    pdf.save(target)
    return target.getvalue()


def words(text: str, left: float, bottom: float) -> str:
    return f"BT /F 10 Tf {left} {bottom} Td ({text}) Tj ET\n"


def table_texts(page: Page) -> list[list[str]]:
    return [[cell.text for cell in row] for block in page.blocks if isinstance(block, Table) for row in block.rows]


def test_names_of_fields_are_not_needed(sample: Sample, only_form: OnlyForm) -> None:
    def without_names(pdf: pikepdf.Pdf) -> None:
        for number, widget in enumerate(widgets(pdf)):
            widget.T = pikepdf.String(f"Text{number}")

    content = sample(FILLABLE)
    assert only_form(changed(content, without_names)) == only_form(content)


def test_what_a_program_filled_in_without_drawing_it_counts(sample: Sample, only_form: OnlyForm) -> None:
    def undrawn(pdf: pikepdf.Pdf) -> None:
        for widget in widgets(pdf):
            if widget.FT == "/Tx":
                del widget.AP
            else:
                del widget.AS

    content = sample(FILLABLE)
    assert only_form(changed(content, undrawn)) == only_form(content)


def test_a_box_whose_value_was_set_alone_is_ticked(sample: Sample, only_form: OnlyForm) -> None:
    def tick(pdf: pikepdf.Pdf) -> None:
        for widget in widgets(pdf):
            if str(widget.T) == "Irish":
                widget.V = pikepdf.Name("/Yes")

    form = only_form(changed(sample(FILLABLE), tick))
    assert form.child.ethnic_origin.codes == ("A2", "A3")


def test_a_box_without_a_value_is_what_is_drawn(sample: Sample, only_form: OnlyForm) -> None:
    def drop(pdf: pikepdf.Pdf) -> None:
        for widget in widgets(pdf):
            if widget.FT == "/Btn":
                del widget.V

    content = sample(FILLABLE)
    assert only_form(changed(content, drop)) == only_form(content)


def test_one_value_serves_a_group_of_boxes(sample: Sample, only_form: OnlyForm) -> None:
    def group(pdf: pikepdf.Pdf) -> None:
        plans = [widget for widget in widgets(pdf) if str(widget.T).startswith("CPP")]
        parent = pdf.make_indirect(
            pikepdf.Dictionary(
                FT=pikepdf.Name.Btn, Ff=1 << 15, T="Plan", V=pikepdf.Name("/2"), Kids=pikepdf.Array(plans)
            )
        )
        for number, widget in enumerate(plans):
            for key in ("/FT", "/V", "/T", "/Ff"):
                del widget[key]
            states = {f"/{number}": pdf.make_stream(b""), "/Off": pdf.make_stream(b"")}
            widget.AP = pikepdf.Dictionary(N=pikepdf.Dictionary(states))
            widget.AS = pikepdf.Name("/Off")
            widget.Parent = parent

    assert only_form(changed(sample(FILLABLE), group)).child.child_protection_plan == "has_been"


def test_a_field_that_is_hidden_or_a_button_says_nothing(sample: Sample, only_form: OnlyForm) -> None:
    def hide(pdf: pikepdf.Pdf) -> None:
        for widget in widgets(pdf):
            match str(widget.T):
                case "Role:":
                    widget.F = 2
                case "Irish":
                    widget.Ff = 1 << 16
                    widget.V = pikepdf.Name("/Yes")
                case "Tel:":
                    widget.FT = pikepdf.Name.Sig

    form = only_form(changed(sample(FILLABLE), hide))
    assert (form.referrer.role, form.referrer.tel, form.child.ethnic_origin.code) == ("", "", "A3")


def test_lines_typed_into_a_field_are_kept(sample: Sample, only_form: OnlyForm) -> None:
    def write(pdf: pikepdf.Pdf) -> None:
        for widget in widgets(pdf):
            if str(widget.T) == "Summary of events":
                widget.V = pdf.make_stream(b"One.\r\nTwo.\rThree.")
            if str(widget.T) == "Home address:":
                widget.FT = pikepdf.Name.Ch
                widget.V = pikepdf.Array([pikepdf.String("1 The Street"), pikepdf.String("ZZ99 1AA")])

    form = only_form(changed(sample(FILLABLE), write))
    assert (form.summary, form.child.home_address) == ("One.\nTwo.\nThree.", "1 The Street\nZZ99 1AA")


def test_a_fillable_form_without_answers_is_blank(sample: Sample, reading: Read) -> None:
    def clear(pdf: pikepdf.Pdf) -> None:
        for widget in widgets(pdf):
            widget.V = pikepdf.String("") if widget.FT == "/Tx" else pikepdf.Name.Off
            if widget.FT == "/Btn":
                widget.AS = pikepdf.Name.Off

    assert reading(changed(sample(FILLABLE), clear)).verdict == "blank_form"


def test_notes_over_a_print_are_answers(sample: Sample, only_form: OnlyForm) -> None:
    def note(pdf: pikepdf.Pdf) -> None:
        notes = [((480, 576, 529, 586), "and playground"), ((57, 536, 67, 546), "x"), ((57, 300, 67, 310), "")]
        pdf.pages[0].obj.Annots = pdf.make_indirect(
            pikepdf.Array(
                pikepdf.Dictionary(Subtype=pikepdf.Name.FreeText, Rect=pikepdf.Array(rect), Contents=text)
                for rect, text in notes
            )
        )

    form = only_form(changed(sample("sample-4-printed.pdf"), note))
    assert form.child.location_of_incident == "School field and playground"
    assert form.child.ethnic_origin.codes == ("A1", "D1")


@pytest.mark.parametrize("junk", [5, "x", [1, 2], [{"/Rect": "x"}], [{"/Rect": [1, 2], "/Subtype": "/FreeText"}]])
def test_nonsense_among_the_annotations_is_survived(junk: object, sample: Sample, reading: Read) -> None:
    def spoil(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].obj["/Annots"] = pikepdf.Array(map(_object, junk)) if isinstance(junk, list) else _object(junk)

    assert reading(changed(sample("sample-4-printed.pdf"), spoil)).verdict == "ok"


def _object(value: object) -> object:
    return pikepdf.Dictionary({key: _array(part) for key, part in value.items()}) if isinstance(value, dict) else value


def _array(value: object) -> object:
    if isinstance(value, list):
        return pikepdf.Array(value)
    text = str(value)
    return pikepdf.Name(text) if text.startswith("/") else pikepdf.String(text)


def test_a_locked_file_is_encrypted(sample: Sample, reading: Read) -> None:
    content = changed(
        sample("sample-4-printed.pdf"), lambda _: None, encryption=pikepdf.Encryption(owner="o", user="secret")
    )
    assert reading(content).verdict == "encrypted"


def test_a_file_that_only_its_owner_may_change_is_read(sample: Sample, only_form: OnlyForm) -> None:
    content = sample("sample-4-printed.pdf")
    guarded = changed(content, lambda _: None, encryption=pikepdf.Encryption(owner="o", user=""))
    assert only_form(guarded) == only_form(content)


def test_a_scan_needs_a_person(reading: Read) -> None:
    assert reading(printed("0 0 100 100 re f")).verdict == "needs_ocr"


def test_a_page_that_is_broken_leaves_the_others(sample: Sample, reading: Read) -> None:
    def spoil(pdf: pikepdf.Pdf) -> None:
        pdf.pages[1].obj.Type = pikepdf.Name.Nonsense

    form = reading(changed(sample("sample-4-printed.pdf"), spoil)).forms[0]
    assert (form.child.name, form.missing) == ("Jude Blackwood", ("summary",))


def test_a_field_that_is_its_own_parent_is_survived(sample: Sample, reading: Read) -> None:
    def circle(pdf: pikepdf.Pdf) -> None:
        for widget in list(widgets(pdf))[:1]:
            del widget["/V"]
            widget.Parent = widget

    assert reading(changed(sample(FILLABLE), circle)).forms[0].missing == ("referrer.name",)


def test_words_written_over_each_other_are_two(page: PageOf) -> None:
    drawing = "BT /F 10 Tf 50 700 Td (above) Tj 0 -30 Td (below) Tj -20 0 Td (left) Tj ET"
    assert sorted(" ".join(map(str, page(printed(drawing)).blocks)).split()) == ["above", "below", "left"]


def test_a_letter_of_a_symbol_font_is_a_box(page: PageOf) -> None:
    content = printed(words("\\376", 50, 700) + words("Yes", 65, 700))
    with_wingdings = content.replace(b"/Helvetica", b"/Wingdings")
    assert "☒" in str(page(with_wingdings).blocks)


def test_several_lines_may_be_one_drawing(page: PageOf) -> None:
    drawing = "50 650 m 350 650 l 50 680 m 350 680 l 50 650 m 50 680 l 150 650 m 150 680 l 350 650 m 350 680 l S\n"
    assert table_texts(page(printed(drawing + words("Name:", 55, 660) + words("Isaac", 155, 660)))) == [
        ["Name:", "Isaac"]
    ]


def test_rules_without_end_are_cut_off(page: PageOf) -> None:
    drawing = "".join(f"50 {100 + number / 10} m 350 {100 + number / 10} l S " for number in range(4_500))
    assert "Name:" in str(page(printed(drawing + words("Name:", 55, 660))).blocks)


def test_hundreds_of_pages_are_too_large(reading: Read) -> None:
    pdf = pikepdf.new()
    for _ in range(201):
        pdf.add_blank_page()
    target = io.BytesIO()
    pdf.save(target)
    assert reading(target.getvalue()).verdict == "too_large"


def test_a_tree_of_pages_that_counts_wrongly_is_refused(page: PageOf) -> None:
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [7 3 0 R 4 0 R] /Count 1 >>",
        *2 * ("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>",),
    )
    body = "".join(f"{number} 0 obj\n{text}\nendobj\n" for number, text in enumerate(objects, 1))
    with pytest.raises(Refused):
        page(f"%PDF-1.7\n{body}trailer\n<< /Root 1 0 R /Size 5 >>\n%%EOF\n".encode())


def test_a_name_that_breaks_at_its_hyphen_stays_in_order(page: PageOf) -> None:
    drawing = words("Dr Saoirse O'Hara-", 50, 700) + words("Quill of the north", 50, 688)
    (text,) = page(printed(drawing)).blocks
    assert isinstance(text, str)
    assert text.startswith("Dr Saoirse O'Hara-")
    assert text.endswith("Quill of the north")


def test_columns_without_rules_are_told_by_their_gaps(page: PageOf) -> None:
    drawing = words("Name:", 50, 700) + words("Isaac", 150, 700) + words("Carer: Mother", 50, 680)
    drawing += words("A line of its own", 50, 600)
    blocks = page(printed(drawing)).blocks
    assert isinstance(blocks[0], Table)
    assert [cell.text for cell in blocks[0].rows[0]] == ["Name:", "Isaac"]
    assert blocks[-1] == "A line of its own"


def test_a_box_to_write_in_is_an_answer(page: PageOf) -> None:
    drawing = words("Name:", 50, 700) + words("Isaac", 155, 700) + words("Fairbourne", 155, 688)
    drawing += "150 682 200 30 re S\n" + words("Email:", 50, 650) + "150 645 200 15 re S\n"
    assert table_texts(page(printed(drawing)))[0] == ["Name:", "Isaac\nFairbourne"]


def test_a_grid_drawn_as_thin_bars_is_a_table(page: PageOf) -> None:
    drawing = "".join(f"50 {y} 300 0.5 re f\n" for y in (650, 680, 710))
    drawing += "".join(f"{x} 650 0.5 60 re f\n" for x in (50, 150, 349.5))
    drawing += words("Name:", 55, 690) + words("Isaac", 155, 690) + words("Carer:", 55, 660)
    assert table_texts(page(printed(drawing))) == [["Name:", "Isaac"], ["Carer:"]]


# ---------------------------------------------------------------------------------------------------------------------
# The layout by itself


def grid(*, columns: Iterable[float], rows: Iterable[float]) -> Sheet:
    across, down = list(rows), list(columns)
    return Sheet(
        [],
        [Rule(y, min(down), max(down)) for y in across],
        [Rule(x, min(across), max(across)) for x in down],
    )


def word(text: str, left: float, bottom: float, **more: bool) -> Word:
    return Word(text, left, bottom, left + 5.0 * len(text), bottom + 10, **more)


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        (word("a-very-long-word-in-it", 5, 30), word("Secondary", 5, 18), "a-very-long-word-in-it Secondary"),
        (word("olwen.hargreaves@scho", 5, 30), word("ol.example", 5, 18), "olwen.hargreaves@school.example"),
        (word("olwen@scho.example.e", 5, 30), word("xample", 5, 18), "olwen@scho.example.example"),
        (word("Maya-Anna-Thornbury-", 5, 30), word("Singh-Brown", 5, 18), "Maya-Anna-Thornbury-Singh-Brown"),
        (
            word("see-page-four-or-five-", 5, 30, is_spaced=True),
            word("seventeen", 5, 18),
            "see-page-four-or-five- seventeen",
        ),
        (word("short", 5, 30), word("line", 5, 18), "short\nline"),
        (word("a-very-long-word-in-it", 5, 30), word(UNTICKED, 5, 18), f"a-very-long-word-in-it\n{UNTICKED}"),
    ],
)
def test_lines_of_a_cell_are_joined_as_they_were_broken(first: Word, second: Word, joined: str) -> None:
    sheet = grid(columns=(0, 120, 200), rows=(0, 50))
    sheet.words = [first, second, word("other", 130, 30)]
    (block,) = lay_out(sheet)
    assert isinstance(block, Table)
    assert block.rows[0][0].text == joined


def test_a_blank_cell_between_two_is_there() -> None:
    sheet = grid(columns=(0, 50, 100, 150), rows=(0, 20, 40))
    sheet.words = [word("a", 5, 25), word("c", 105, 25), word("b", 5, 5), word("d", 105, 5)]
    (block,) = lay_out(sheet)
    assert isinstance(block, Table)
    assert [[(cell.text, cell.column) for cell in row] for row in block.rows] == [
        [("a", 0), ("", 50), ("c", 100)],
        [("b", 0), ("", 50), ("d", 100)],
    ]


def test_a_cell_between_blank_ones_is_no_box_of_its_own() -> None:
    sheet = grid(columns=(0, 50, 100, 150), rows=(0, 20, 40, 60))
    sheet.words = [word("a", 5, 45), word("b", 55, 45), word("q", 5, 25), word("No", 105, 25), word("r", 5, 5)]
    (block,) = lay_out(sheet)
    assert isinstance(block, Table)
    assert [[cell.text for cell in row] for row in block.rows] == [["a", "b"], ["q", "", "No"], ["r"]]


def test_words_in_a_frame_around_the_sheet_are_free() -> None:
    sheet = grid(columns=(0, 500), rows=(0, 800))
    sheet.words = [word("Heading", 50, 700), word("below", 50, 600)]
    assert "Heading" in str(lay_out(sheet))


def test_rules_that_do_not_meet_make_no_cell() -> None:
    sides = [Rule(0, 0, 20), Rule(100, 0, 20)]
    for across, down in (
        ([Rule(0, 40, 60), Rule(20, 40, 60)], sides),
        ([Rule(0, 0, 100), Rule(20, 0, 100)], [Rule(0, 5, 15), Rule(100, 5, 15)]),
    ):
        assert lay_out(Sheet([word("a", 48, 5)], across, down)) == ["a"]


def test_tables_that_do_not_touch_are_two() -> None:
    upper, lower = grid(columns=(0, 50, 100), rows=(80, 100)), grid(columns=(0, 50, 100), rows=(0, 20))
    sheet = Sheet(
        [word("a", 5, 85), word("b", 55, 85), word("c", 5, 5), word("d", 55, 5)],
        upper.across + lower.across,
        upper.down + lower.down,
    )
    assert len(lay_out(sheet)) == 2


def test_a_box_goes_with_the_words_close_to_it() -> None:
    behind = Sheet([word(UNTICKED, 50, 10), word("Yes", 60, 10), word(TICKED, 120, 10), word("No", 130, 10)])
    in_front = Sheet([word("Yes", 50, 10), word(UNTICKED, 70, 10), word("No", 120, 10), word(TICKED, 135, 10)])
    for sheet, texts in ((behind, ["☐ Yes", "☒ No"]), (in_front, ["Yes ☐", "No ☒"])):
        (block,) = lay_out(sheet)
        assert isinstance(block, Table)
        assert [cell.text for cell in block.rows[0]] == texts


def test_paragraphs_are_parted_by_space_between_them() -> None:
    long = "a-line-that-is-full"
    sheet = Sheet([word(long, 0, 100), word(long, 0, 88), word(long, 0, 50)])
    assert lay_out(sheet) == [f"{long} {long}", long]


def test_a_mark_beside_a_box_is_not_on_it() -> None:
    box = word(UNTICKED, 50, 10)
    beside = replace(word("x", 200, 10, is_field=True))
    assert "☐" in str(lay_out(Sheet([box, beside])))
    assert "☒" in str(lay_out(Sheet([box, word("X", 50, 10, is_field=True)])))
