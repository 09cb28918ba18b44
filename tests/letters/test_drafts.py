"""Draft letters: what is known is filled in, what is not is a marked blank, and what is wrong is told."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from io import BytesIO
from pathlib import Path

import docx
import pytest
from docx.document import Document
from docx.enum.text import WD_COLOR_INDEX
from hypothesis import given, settings
from hypothesis import strategies as st

from cspr_bot.bootstrap.defaults import defaults_folder
from cspr_bot.letters.blanks import blanks_in, mark_blanks
from cspr_bot.letters.draft_facts import Told
from cspr_bot.letters.drafts import LetterDrafter
from cspr_bot.letters.paper import empty_document, packed
from cspr_bot.mail.template_folder import letter_environment
from cspr_bot.pipeline.ports import PermanentFailure
from cspr_bot.procedure.case import Case
from cspr_bot.procedure.engine import new_case
from cspr_bot.procedure.rehearsal import opening_event, rehearse_course
from tests.pipeline.world import shipped_rules

SHIPPED = defaults_folder() / "mail_templates" / "letters"
NOW = datetime(2027, 2, 1, 9, tzinfo=UTC)
REFERENCE = "NS-7F3K-2Q"
TOLD = Told("Verity Lockhart", "Health Visitor", "Community Health", "48213")
RULES = shipped_rules()
START = RULES.calendar.moment(date(2026, 12, 15), time(10, 12))
WHOLE = rehearse_course(opening_event(START), RULES.procedure, RULES.calendar).case


def a_case(stage: str = "cspr_commencing") -> Case:
    return replace(WHOLE, reference=REFERENCE, stages={**WHOLE.stages, "main": stage})


def drafter(folder: Path = SHIPPED) -> LetterDrafter:
    return LetterDrafter(folder, RULES, letter_environment(RULES.calendar.hours.zone), "OFFICIAL-SENSITIVE")


def opened(content: bytes) -> Document:
    return docx.Document(BytesIO(content))


def words(content: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in opened(content).paragraphs)


def marked(document: Document) -> str:
    """Give everything that is marked, in the order in which it stands there."""
    return "".join(
        run.text
        for paragraph in document.paragraphs
        for run in paragraph.runs
        if run.font.highlight_color == WD_COLOR_INDEX.YELLOW
    )


def template(folder: Path, *paragraphs: str, name: str = "N19-to-referrer.docx") -> LetterDrafter:
    document = empty_document()
    for text in paragraphs:
        document.add_paragraph(text)
    (folder / name).write_bytes(packed(document))
    return drafter(folder)


def problems(found: LetterDrafter) -> list[str]:
    return list(found.problems(a_case(), NOW))


# ---------------------------------------------------------------------------------------------------------------------
# The letters that ship


def test_a_letter_says_what_the_program_knows_and_marks_what_it_does_not() -> None:
    (letter,) = drafter().letters(a_case(), NOW, "N19-to-referrer", TOLD)
    text = words(letter.content)
    assert "Verity Lockhart\nHealth Visitor\nCommunity Health" in text
    assert "which reached us on 15 December 2026" in text
    assert "It was determined on 29 January 2027" in text
    assert "to be complete by 29 July 2027" in text
    assert "Chair of the CSPR Sub-Group\nNSSCP Co-ordinator" in text
    assert opened(letter.content).sections[0].header.paragraphs[0].text == "OFFICIAL-SENSITIVE"
    assert "[date on which it is sent]" in marked(opened(letter.content))
    assert "[name of the lead reviewer, or: has not been appointed yet]" in marked(opened(letter.content))


def test_a_letter_that_goes_along_with_a_mail_names_no_person_of_the_case() -> None:
    (letter,) = (draft for draft in drafter().drafts("N19", a_case(), NOW) if draft.name == "N19-to-referrer.docx")
    assert "[name of the referrer][role of the referrer]" in marked(opened(letter.content))


def test_each_agency_that_takes_part_has_a_letter_of_its_own() -> None:
    names = {draft.name: words(draft.content) for draft in drafter().drafts("N19", a_case(), NOW)}
    assert set(names) == {
        "N19-to-referrer.docx",
        "N19-to-police.docx",
        "N19-to-health.docx",
        "N19-to-local_authority.docx",
    }
    assert "Avon and Somerset Police" in names["N19-to-police.docx"]
    assert "Integrated Care Board" not in names["N19-to-police.docx"]
    (one,) = drafter().letters(a_case(), NOW, "N19-to-health")
    assert one.name == "N19-to-health.docx"


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("no_rapid_review", "On 22 December 2026 the Sub-Group decided that there will be no rapid review"),
        ("alternative_review", "The partnership carries out an alternative review instead"),
        ("national_review", "On 29 January 2027 the National Panel decided that it will carry out a national review"),
        ("actions_tracking", "On 29 January 2027 the National Panel agreed that there will be no review beyond"),
    ],
)
def test_a_letter_about_an_outcome_tells_of_that_outcome_and_of_no_other(stage: str, said: str) -> None:
    (letter,) = drafter().letters(a_case(stage), NOW, "N27-to-executive")
    assert said in words(letter.content)
    assert sum(part in words(letter.content) for part in ("no rapid review", "alternative review", "national")) <= 1


def test_every_letter_can_be_written_where_nothing_is_known_yet_and_nothing_prints_as_none() -> None:
    empty = new_case(REFERENCE, RULES.procedure)
    for one in drafter().templates:
        for letter in drafter().letters(empty, NOW, one.path.stem):
            assert "None" not in words(letter.content)
            assert "{" not in words(letter.content)


def test_nothing_is_wrong_with_the_letters_that_ship_and_every_mail_of_the_catalogue_has_its_own() -> None:
    notices = {"N5", "N10", "N10-withdrawal", "N16", "N16-copy", "N18", "N19", "N20", "N23", "N27"}
    assert problems(drafter()) == []
    assert {one.notice for one in drafter().templates} == notices
    families_panel_and_offices = {"family", "panel", "ofsted", "dfe"}
    assert families_panel_and_offices <= {one.to for one in drafter().templates}


def test_the_same_letter_is_the_same_to_the_byte() -> None:
    assert drafter().drafts("N18", a_case(), NOW) == drafter().drafts("N18", a_case(), NOW)


# ---------------------------------------------------------------------------------------------------------------------
# A partnership's own templates


def test_a_field_that_word_has_cut_in_pieces_is_filled_in(tmp_path: Path) -> None:
    document = empty_document()
    paragraph = document.add_paragraph("Our reference: {")
    for piece in ("{ refer", "ence }", "} [wri", "te more]."):
        paragraph.add_run(piece).bold = piece == "ence }"
    (tmp_path / "N19-to-referrer.docx").write_bytes(packed(document))
    (letter,) = drafter(tmp_path).drafts("N19", a_case(), NOW)
    assert words(letter.content) == f"Our reference: {REFERENCE} [write more]."
    assert marked(opened(letter.content)) == "[write more]"


def test_what_is_filled_in_cannot_break_the_file(tmp_path: Path) -> None:
    (letter,) = template(tmp_path, "Dear {{ referrer }}").letters(a_case(), NOW, "N19", Told("A <w:p> & {{ b }}"))
    assert words(letter.content) == "Dear A <w:p> & {{ b }}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (("Dear {{ refferer }}",), "N19-to-referrer.docx: there is no refferer; did you mean referrer?"),
        (("Dear {{ referrer",), 'near "Dear {{ referrer"'),
        (("Dear { referrer }}",), 'a field is not whole, near "Dear { referrer }}"'),
        (("First", "{%p if decision %}", "Second"), "'endif'"),
        (("{%p if decision == 'x' %}", "One", "{% endif %} two"), "paragraph of their own"),
        (("{{ reference.__class__.__mro__ }}",), "it cannot be filled in (SecurityError)"),
        (("{{ reference|days }}",), "days"),
        (("{{ 1 // 0 }}",), "it cannot be filled in (ZeroDivisionError)"),
    ],
)
def test_what_is_wrong_with_a_template_is_told_with_its_place(tmp_path: Path, text: tuple[str, ...], told: str) -> None:
    found = template(tmp_path, *text)
    (problem,) = problems(found)
    assert "letters/N19-to-referrer.docx" in problem or "N19-to-referrer.docx" in problem
    assert told in problem


@pytest.mark.parametrize("content", [b"", b"no Word file at all", b"PK\x03\x04 cut short"])
def test_a_file_that_is_no_word_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "N19-to-referrer.docx").write_bytes(content)
    (problem,) = problems(drafter(tmp_path))
    assert "it is no Word file (.docx) that can be opened" in problem
    with pytest.raises(PermanentFailure):
        drafter(tmp_path).drafts("N19", a_case(), NOW)


@pytest.mark.parametrize("name", ["N91-to-panel.docx", "panel.docx", "N19-to-referrer.odt", "N19.docx"])
def test_a_file_that_no_mail_would_bear_is_told(tmp_path: Path, name: str) -> None:
    template(tmp_path, "Dear colleagues")
    found = template(tmp_path, "Dear colleagues", name=name)
    assert list(found.unused({"N19", "N10"})) == [name]
    assert problems(found) == []


def test_a_home_without_letters_has_none(tmp_path: Path) -> None:
    found = drafter(tmp_path / "letters")
    assert list(found.unused({"N19"})) == problems(found) == []
    assert not found.has_letters("N19")


def test_letters_that_are_too_large_for_a_mail_go_along_with_none(tmp_path: Path) -> None:
    document = empty_document()
    document.add_paragraph("{{ reference }}")
    (tmp_path / "N19-to-referrer.docx").write_bytes(packed(document))
    small = drafter(tmp_path)
    assert small.drafts("N19", a_case(), NOW)
    large = LetterDrafter(tmp_path, RULES, small.sandbox, "", most_bytes=1000)
    with pytest.raises(PermanentFailure, match="too large"):
        large.drafts("N19", a_case(), NOW)


# ---------------------------------------------------------------------------------------------------------------------
# Blanks


@pytest.mark.parametrize(
    ("text", "blanks"),
    [
        ("Dear [name],", ["[name]"]),
        ("[told on [date] / not told yet] and [more]", ["[told on [date] / not told yet]", "[more]"]),
        ("a ] b [ c [d] e", ["[d]"]),
        ("none", []),
    ],
)
def test_a_blank_is_what_stands_in_square_brackets_with_all_that_is_in_it(text: str, blanks: list[str]) -> None:
    assert [text[first:last] for first, last in blanks_in(text)] == blanks


@settings(max_examples=60, deadline=None, derandomize=True)
@given(pieces=st.lists(st.text("ab [].", max_size=6), max_size=6))
def test_marking_changes_no_word_and_marks_whole_blanks_and_nothing_else(pieces: list[str]) -> None:
    document = docx.Document()
    paragraph = document.add_paragraph()
    for number, piece in enumerate(pieces):
        paragraph.add_run(piece).italic = bool(number % 2)
    text = paragraph.text
    mark_blanks(document)
    assert paragraph.text == text
    yellow = [run.font.highlight_color == WD_COLOR_INDEX.YELLOW for run in paragraph.runs for _ in run.text]
    blank = {place for first, last in blanks_in(text) for place in range(first, last)}
    assert [place for place, is_yellow in enumerate(yellow) if is_yellow] == sorted(blank)
