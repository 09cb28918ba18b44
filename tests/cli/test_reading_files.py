"""`read`, `classify` and `rehearse`: they look, and touch nothing."""

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from cspr_bot.correspondence.references import make_reference
from tests.cli.commands import FORM, SAMPLES, START, Type
from tests.cli.test_looking import DUE_KEYS, FORM_KEYS
from tests.cli.test_mails import KNOWN, STRANGER, mail


def holds(found: Any, wanted: Any) -> bool:  # noqa: ANN401 - JSON
    """Say whether everything wanted is found."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(holds(found.get(key), value) for key, value in wanted.items())
    return bool(found == wanted)


@pytest.mark.parametrize("answers", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_sample_gives_its_expected_answers(type_: Type, answers: Path, tmp_path: Path) -> None:
    [file] = (path for path in SAMPLES.glob(f"{answers.stem}.*") if path.suffix != ".json")
    said = type_("--home", tmp_path / "nowhere", "read", file, "--json")
    [row] = said.json
    expected = json.loads(answers.read_text(encoding="utf-8"))
    assert (said.status, row["file"], row["verdict"]) == (0, file.name, "ok")
    assert row["forms"][0].keys() == FORM_KEYS
    assert all(holds(form, wanted) for form, wanted in zip(row["forms"], expected["forms"], strict=True))


def test_a_form_is_shown_to_people(type_: Type) -> None:
    said = type_("read", FORM)
    assert said.status == 0
    assert said.out.startswith("sample-1-word.docx: ok\n")
    assert "Isaac Fairbourne" in said.out


def test_each_of_several_forms_in_one_file_is_shown_under_its_own_number(type_: Type, tmp_path: Path) -> None:
    both = tmp_path / "both.zip"
    with ZipFile(both, "w") as archive:
        for name in ("sample-1-word.docx", "sample-2-word-controls.docx"):
            archive.write(SAMPLES / name, name)
    shown = type_("read", both).out
    assert shown.index("Form 1 of 2 in both.zip: what was understood") < shown.index("Isaac Fairbourne")
    assert "Form 2 of 2 in both.zip: what was understood" in shown
    assert "What was understood" in type_("read", FORM).out


def test_what_holds_no_form_is_a_no_with_a_reason(type_: Type, tmp_path: Path) -> None:
    (tmp_path / "empty.docx").touch()
    (tmp_path / "cut.docx").write_bytes(FORM.read_bytes()[:3000])
    (tmp_path / "\x1b[2J.txt").write_text("nothing of a form", encoding="utf-8")
    files = sorted(tmp_path.iterdir())
    said = type_("read", SAMPLES / "blank-referral-form.docx", *files)
    assert said.status == 1
    assert "blank form" in said.out
    assert "\x1b" not in said.out
    rows = type_("read", *files, "--json").json
    assert all(row["verdict"] in {"unreadable", "not_a_form"} and row["reason"] for row in rows)
    assert all(row["forms"] == [] for row in rows)


@pytest.mark.parametrize("command", ["read", "classify"])
def test_a_file_that_cannot_be_read_is_one_line(type_: Type, command: str, tmp_path: Path) -> None:
    missing = type_(command, tmp_path / "no.docx")
    assert (missing.status, missing.out) == (1, "")
    assert missing.problems == [f"{tmp_path / 'no.docx'}: there is no such file"]
    assert type_(command, tmp_path).problems == [f"{tmp_path}: it is a folder; name a file in it"]


def test_a_home_that_was_named_and_is_not_there_is_mentioned(type_: Type, tmp_path: Path) -> None:
    said = type_("--home", tmp_path, "rehearse", "--json")
    assert said.status == 0
    assert said.json
    assert "the files that ship with the program are used" in said.err


def classify(type_: Type, path: Path, content: bytes) -> dict[str, Any]:
    path.write_bytes(content)
    [row] = type_("classify", path, "--json").json
    assert row.keys() == {
        "file", "kind", "status", "would_answer", "sender", "command", "reasons", "bounce", "text"
    }  # fmt: skip
    assert row["sender"].keys() == {"address", "authenticated", "why"}
    return dict(row)


def test_a_referral_would_be_filed_and_answered(type_: Type, tmp_path: Path) -> None:
    row = classify(type_, tmp_path / "a.eml", mail(KNOWN).as_bytes())
    assert (row["kind"], row["status"], row["would_answer"], row["command"]) == ("referral", "filed", True, None)
    assert row["sender"]["address"] == KNOWN


def test_a_strangers_referral_would_be_held_and_not_answered(type_: Type, tmp_path: Path) -> None:
    row = classify(type_, tmp_path / "a.eml", mail(STRANGER).as_bytes())
    assert (row["kind"], row["status"], row["would_answer"]) == ("referral", "held", False)


ANSWERS: dict[str, tuple[str, str | None] | None] = {
    "DONE": ("DONE", None),
    "done 2026-11-24.": ("DONE", "2026-11-24"),
    "DONE REF 12345": ("DONE", "REF 12345"),
    "RECEIVED": ("RECEIVED", None),
    "NOT INVOLVED": ("NOT INVOLVED", None),
    "STATUS": ("STATUS", None),
    "AWAY UNTIL 2026-12-24": ("AWAY UNTIL", "2026-12-24"),
    "NOTE they rang": ("NOTE", "they rang"),
    "RAPID REVIEW: YES police, health": ("RAPID REVIEW", "YES police, health"),
    "RAPID REVIEW: NO criteria not met": ("RAPID REVIEW", "NO criteria not met"),
    "Thank you, we are on it": None,
}


def test_the_answer_in_a_reply_is_named_in_the_words_of_the_procedure(type_: Type, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.eml" for number in range(len(ANSWERS))]
    for file, line in zip(files, ANSWERS, strict=True):
        made = mail("casereview@police.example", body=f"{line}\n\n> what was asked\n", form=None)
        del made["Subject"]
        made["Subject"] = f"Re: NSSCP {make_reference('NS', bytes(16))}"
        file.write_bytes(made.as_bytes())
    rows = type_("classify", *files, "--json").json
    assert {row["kind"] for row in rows} == {"reply"}
    assert [row["text"] for row in rows] == list(ANSWERS)
    wanted = [{"name": answer[0], "value": answer[1]} if answer else None for answer in ANSWERS.values()]
    assert [row["command"] for row in rows] == wanted


def test_mails_are_judged_for_people_too(type_: Type, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mail(KNOWN).as_bytes())
    said = type_("classify", tmp_path / "a.eml")
    assert said.status == 0
    assert "referral" in said.out


# ---------------------------------------------------------------------------------------------------------------------
# Rehearsal


def test_a_rehearsal_has_the_rows_of_the_interfaces(type_: Type, home: Path) -> None:
    rows = type_("--home", home, "rehearse", "--from", "2026-12-15T10:12", "--json").json
    assert all(row.keys() >= DUE_KEYS for row in rows)
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    assert rows[0]["at"] == "2026-12-15T10:12:00+00:00"
    assert {"T2", "T10", "T16"} <= {row["timer"] for row in rows}


def test_a_rehearsal_touches_nothing(type_: Type, home: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in sorted((home / "var").rglob("*"))}
    said = type_("--home", home, "rehearse")
    assert said.status == 0
    assert said.out.startswith("What one case would send")
    assert {path: path.stat().st_mtime_ns for path in sorted((home / "var").rglob("*"))} == before


def test_planned_events_are_rehearsed_plain_and_with_fields(type_: Type) -> None:
    plain = type_(
        "rehearse", "--from", "2026-12-15T10:12",
        "--event", "subgroup_decided=2026-12-18T10:00",
        "--event", "rapid_review_started=2026-12-18T11:00", "--json",
    )  # fmt: skip
    assert (plain.status, plain.problems) == (0, [])
    assert "T10" in {row["timer"] for row in plain.json}
    against = "subgroup_decided;rapid_review=no;reason=x=2026-12-18"
    given = type_("rehearse", "--from", "2026-12-15T10:12", "--event", against, "--json")
    assert (given.status, given.problems) == (0, [])
    assert "T10" not in {row["timer"] for row in given.json}


def test_a_planned_event_that_could_not_happen_is_told(type_: Type) -> None:
    said = type_("rehearse", "--from", "2026-12-15T10:12", "--event", "published=2026-12-18T10:00", "--json")
    assert said.status == 1
    assert said.json
    assert "published is not allowed" in said.err


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("--event", "publishd=2026-12-18"), 2, 'did you mean "published"?'),
        (("--event", "published=soon"), 2, "is not a moment"),
        (("--event", "published"), 2, "is not of the form"),
        (("--from", "soon"), 2, "is not a moment"),
        (("--from", "2026-12-18", "--event", "published=2026-12-01"), 1, "after the first event"),
        (("--from", "2190-01-01"), 1, "the table of bank holidays covers"),
        (("--now", START, "--from", "1950-01-01"), 1, "the table of bank holidays covers"),
    ],
)
def test_what_cannot_be_rehearsed_is_one_line(type_: Type, words: tuple[str, ...], status: int, told: str) -> None:
    said = type_("rehearse", *words)
    assert (said.status, len(said.problems)) == (status, 1)
    assert told in said.err
