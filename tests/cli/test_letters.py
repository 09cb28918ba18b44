"""`letter`: what a person is to write, as a draft in Word; and a template that is wrong, told by `check`."""

from io import BytesIO
from pathlib import Path

import docx

from tests.cli.commands import START, Type


def text_of(path: Path) -> str:
    return "\n".join(paragraph.text for paragraph in docx.Document(BytesIO(path.read_bytes())).paragraphs)


def test_the_letters_of_a_case_are_listed_and_written_for_their_owner_alone(
    at_home: Type, case: str, tmp_path: Path
) -> None:
    at_home("--now", START, "run", "--once")
    listed = at_home("letter", case, "--json").json
    assert {"N19-to-referrer", "N18-to-ofsted"} <= {row["letter"] for row in listed}
    assert {row["goes_with"] for row in listed if row["is_asked_now"]} == {"N5"}
    said = at_home("letter", case, "N27-to-referrer", "-o", tmp_path / "letter.docx")
    assert (said.status, "the program sends no letter" in said.out) == (0, True)
    assert case in text_of(tmp_path / "letter.docx")
    assert (tmp_path / "letter.docx").stat().st_mode & 0o077 == 0
    assert at_home("audit", "show", case, "--json").json[-1]["entry"]["what"] == "letters_drafted"


def test_several_letters_go_into_a_folder_and_nothing_is_written_over(at_home: Type, case: str, tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    said = at_home("letter", case, "N18", "-o", folder, "--json")
    assert sorted(Path(name).name for name in said.json["files"]) == [
        "N18-to-dfe.docx",
        "N18-to-ofsted.docx",
        "N18-to-panel.docx",
    ]
    again = at_home("letter", case, "N18", "-o", folder)
    assert (again.status, "nothing was written" in again.err) == (1, True)


def test_a_wrong_name_a_missing_place_and_a_missing_case_are_said(at_home: Type, case: str, tmp_path: Path) -> None:
    said = at_home("letter", case, "N99", "-o", tmp_path / "x.docx")
    assert (said.status, "there are: N10-to-panel" in said.err) == (1, True)
    said = at_home("letter", case, "N18")
    assert (said.status, "-o FILE.docx" in said.err) == (2, True)
    assert at_home("letter", "NS-0000-00", "N18", "-o", tmp_path / "x.docx").status == 1
    assert list(tmp_path.glob("*.docx")) == []


def test_a_letter_whose_template_is_wrong_is_told_by_check_and_by_whoever_wants_it(
    at_home: Type, case: str, home: Path, tmp_path: Path
) -> None:
    broken = docx.Document()
    broken.add_paragraph("Dear {{ refferer }}")
    broken.save(str(home / "mail_templates" / "letters" / "N19-to-referrer.docx"))
    said = at_home("check")
    assert said.status == 1
    assert "letters/N19-to-referrer.docx: there is no refferer; did you mean referrer?" in said.out + said.err
    said = at_home("letter", case, "N19-to-referrer", "-o", tmp_path / "x.docx")
    assert (said.status, "N19-to-referrer.docx: it wants a name that there is not" in said.err) == (1, True)
