"""`export`: a case as a folder that somebody else can check."""

import json
import os
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import docx

from tests.cli.commands import START, Type


def exported(at_home: Type, case: str, folder: Path) -> list[str]:
    at_home("--now", START, "run", "--once")
    said = at_home("export", case, folder, "--json")
    assert (said.status, said.err) == (0, "")
    return list(said.json["files"])


def test_a_pack_holds_the_chronology_the_mails_the_case_and_the_audit_log(
    at_home: Type, case: str, tmp_path: Path
) -> None:
    names = exported(at_home, case, tmp_path / "pack")
    shown = at_home("show", case, "--json").json
    assert {"README.txt", "chronology.docx", "case.json", "audit.json", "manifest.sha256"} <= set(names)
    assert sum(name.startswith("sent/") for name in names) == len(shown["mails"])
    assert json.loads((tmp_path / "pack/case.json").read_bytes())["reference"] == case
    rows = json.loads((tmp_path / "pack/audit.json").read_bytes())
    assert "case_opened" in {row["what"] for row in rows}
    assert at_home("audit", "show", case, "--json").json[-1]["entry"]["what"] == "case_exported"


def test_the_chronology_names_every_event_deadline_and_mail(at_home: Type, case: str, tmp_path: Path) -> None:
    exported(at_home, case, tmp_path / "pack")
    document = docx.Document(BytesIO((tmp_path / "pack/chronology.docx").read_bytes()))
    facts, events, deadlines, mails, *_ = document.tables
    shown = at_home("show", case, "--json").json
    assert case in facts.rows[1].cells[1].text
    assert len(events.rows) - 1 == sum(event["name"] != "time_reached" for event in shown["events"])
    assert "A. Clerk" in events.rows[1].cells[2].text
    assert len(deadlines.rows) - 1 == len(shown["tasks"])
    assert len(mails.rows) - 1 == len(shown["mails"])
    assert document.core_properties.author == "cspr-bot"


def test_the_chronology_speaks_in_words_and_says_what_came_late(at_home: Type, case: str, tmp_path: Path) -> None:
    exported_at = "2026-12-18T09:00"
    at_home(
        "--now",
        "2026-12-17T09:00",
        "record",
        case,
        "subgroup_decided",
        "--set",
        "rapid_review=yes",
        "--set",
        "agencies=police,health",
        "--by",
        "A. Chair",
        "--at",
        "2026-12-16T11:00",
    )
    at_home("--now", exported_at, "run", "--once")
    at_home("export", case, tmp_path / "pack")
    document = docx.Document(BytesIO((tmp_path / "pack/chronology.docx").read_bytes()))
    _, events, deadlines, mails, *_ = document.tables
    (decided,) = [row.cells for row in events.rows if row.cells[1].text.startswith("The Sub-Group decided whether")]
    assert decided[0].text == "Wed 16 Dec 2026 11:00 (recorded Thu 17 Dec 2026 09:00)"
    assert decided[2].text == "A. Chair, by command"
    assert decided[3].text == (
        "rapid review: yes; agencies: Avon and Somerset Police, "
        "Bristol, North Somerset and South Gloucestershire Integrated Care Board"
    )
    (late,) = [row.cells for row in deadlines.rows if row.cells[0].text == "Check the referral and confirm the triage"]
    assert late[3].text.endswith("in time") or late[3].text.endswith("LATE")
    told = {(row.cells[2].text, row.cells[3].text) for row in mails.rows[1:]}
    assert ("the Sub-Group's chair", "subgroup.chair@nsscp.example") in told


def test_the_manifest_holds_the_checksum_of_every_other_file(at_home: Type, case: str, tmp_path: Path) -> None:
    names = exported(at_home, case, tmp_path / "pack")
    lines = (tmp_path / "pack/manifest.sha256").read_text(encoding="utf-8").splitlines()
    assert {line.partition("  ")[2] for line in lines} == set(names) - {"manifest.sha256"}
    for line in lines:
        digest, _, name = line.partition("  ")
        assert sha256((tmp_path / "pack" / name).read_bytes()).hexdigest() == digest


def test_only_its_owner_can_read_a_pack(at_home: Type, case: str, tmp_path: Path) -> None:
    exported(at_home, case, tmp_path / "pack")
    for folder, _, files in os.walk(tmp_path / "pack"):
        assert Path(folder).stat().st_mode & 0o077 == 0
        assert all((Path(folder) / name).stat().st_mode & 0o077 == 0 for name in files)


def test_nothing_is_written_over_and_a_wrong_name_is_said(at_home: Type, case: str, tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    said = at_home("export", case, tmp_path / "pack")
    assert (said.status, "something of that name already" in said.err) == (1, True)
    said = at_home("export", "NS-0000-00", tmp_path / "other")
    assert (said.status, "there is no such case" in said.err) == (1, True)
    said = at_home("export", case, tmp_path / "missing" / "pack")
    assert (said.status, "cannot be written" in said.err) == (1, True)
    assert not (tmp_path / "other").exists()
