"""Forms that LibreOffice printed to PDF are read as they were written."""

import shutil
import subprocess
from pathlib import Path

import pytest

from cspr_bot.documents.reading import read_document
from cspr_bot.referral.form_json import as_json
from cspr_bot.referral.rules import FormRules
from tests.forms.answers import Answers, expected
from tests.forms.blank import Manner, paper
from tests.forms.children import CHILDREN
from tests.forms.measure import Tally, add, table_of
from tests.forms.word_file import Saved, docx

OFFICE = shutil.which("soffice")
LEAST_RIGHT = 0.995
PRINTED: dict[str, tuple[Saved, Manner]] = {
    "boxes": (Saved("w14"), Manner()),
    "glyphs": (Saved("glyph"), Manner(has_hint=True, blank_rows=2)),
    "controls": (Saved("w14"), Manner(wrap="control", around="row")),
    "typed": (Saved("glyph"), Manner(choice="typed")),
}


def printed(forms: dict[str, bytes], folder: Path) -> dict[str, bytes]:
    """Let LibreOffice print them all at once, with a profile of its own."""
    for name, content in forms.items():
        (folder / f"{name}.docx").write_bytes(content)
    profile = (folder / "profile").as_uri()
    command = [
        str(OFFICE),
        f"-env:UserInstallation={profile}",
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(folder),
    ]
    files = sorted(str(path) for path in folder.glob("*.docx"))
    subprocess.run([*command, *files], check=True, capture_output=True, timeout=300)  # noqa: S603 - our own files
    return {name: (folder / f"{name}.pdf").read_bytes() for name in forms}


def in_latin_letters(answers: Answers) -> bool:
    """Whether every machine has letters for it; of others a bare machine prints boxes."""
    return all(
        char.isascii() or char.isspace() or "\u00c0" <= char <= "\u017f" for char in answers.name.replace("’", "")
    )


@pytest.mark.slow
@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_printed_forms_are_read_as_they_were_written(tmp_path: Path, rules: FormRules) -> None:
    children = [answers for answers in CHILDREN if in_latin_letters(answers)]
    made = {
        f"{kind}-{number}": (children[(3 * number + step) % len(children)], saved, manner)
        for step, (kind, (saved, manner)) in enumerate(PRINTED.items())
        for number in range(6)
    }
    files = printed(
        {name: docx(paper(answers, manner), saved) for name, (answers, saved, manner) in made.items()}, tmp_path
    )
    tallies: dict[str, Tally] = {}
    for name, content in files.items():
        tally = tallies.setdefault(name.partition("-")[0], Tally())
        reading = read_document(content, rules)
        if reading.verdict != "ok":
            tally.verdicts.append(f"{name}: {reading.verdict}")
        add(tally, name, (expected(made[name][0]),), tuple(dict(as_json(form)) for form in reading.forms))
    print(table_of(tallies))  # noqa: T201 - shown by `pytest -s`
    misses = [miss for tally in tallies.values() for miss in tally.misses]
    assert [wrong for tally in tallies.values() for wrong in tally.verdicts] == []
    assert [miss for miss in misses if miss.is_invented] == []
    assert len(misses) <= (1 - LEAST_RIGHT) * sum(tally.fields for tally in tallies.values()), misses
