"""Copies of a home: made while it works, refused where they are not whole, put back into an empty home only."""

import shutil
import sqlite3
import stat
from pathlib import Path
from zipfile import ZipFile

import pytest

from cspr_bot.bootstrap.office import Office
from tests.cli.commands import Type


@pytest.fixture
def copy(at_home: Type, case: str, tmp_path: Path) -> Path:
    """A copy of a home with a case."""
    file = tmp_path / "copy.zip"
    assert at_home("backup", file).status == 0
    return file


@pytest.fixture
def empty(home: Path, tmp_path: Path) -> Path:
    """An empty home, in which the key was put."""
    folder = tmp_path / "empty"
    (folder / "var").mkdir(parents=True)
    shutil.copy2(home / "var" / "master-key", folder / "var" / "master-key")
    return folder


def test_a_copy_is_put_back_whole_into_an_empty_home(
    copy: Path, empty: Path, type_: Type, at_home: Type, case: str
) -> None:
    before = at_home("show", case, "--json").json
    said = type_("--home", empty, "restore", copy)
    assert (said.status, said.err) == (0, "")
    assert "put back as it was on" in said.out
    assert type_("--home", empty, "show", case, "--json").json == before
    assert type_("--home", empty, "audit", "verify").status == 0
    assert type_("--home", empty, "check", "--now", "2026-12-15T09:00").status == 0
    assert stat.S_IMODE((empty / "var" / "cspr-bot.db").stat().st_mode) == 0o600
    assert sorted(path.name for path in (empty / "var").glob("*.part*")) == []


def test_the_key_and_the_mailbox_are_not_in_a_copy_and_nothing_of_a_case_can_be_read_in_it(
    copy: Path, home: Path, case: str
) -> None:
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    key = (home / "var" / "master-key").read_text("ascii").strip()
    with ZipFile(copy) as opened:
        names = opened.namelist()
        content = b"".join(opened.read(name) for name in names)
    assert {name.partition("/")[0] for name in names} == {"about.json", "cspr-bot.db", "config", "mail_templates"}
    assert case.encode() in content
    for word in (key.encode(), bytes.fromhex(key), b"Robin", b"ZZ99", b"Casey"):
        assert word not in content


def test_a_copy_made_while_others_write_has_what_was_acknowledged_before(
    home: Path, at_home: Type, case: str, tmp_path: Path, empty: Path, type_: Type
) -> None:
    office = Office(home)
    for number in range(20):
        office.store.intake.keep_mail(f"mail {number}", b"Subject: x\r\n\r\n", office.clock.now())
    with sqlite3.connect(home / "var" / "cspr-bot.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")  # somebody is in the midst of writing
        assert at_home("backup", tmp_path / "copy.zip").status in {0, 75}
    if not (tmp_path / "copy.zip").exists():
        assert at_home("backup", tmp_path / "copy.zip").status == 0
    office.store.intake.keep_mail("later", b"Subject: x\r\n\r\n", office.clock.now())
    office.close()
    assert type_("--home", empty, "restore", tmp_path / "copy.zip").status == 0
    assert len(type_("--home", empty, "inbox", "--json").json) == 20


def test_no_name_of_a_copy_can_harm_what_lies_beside_it(at_home: Type, case: str, home: Path, tmp_path: Path) -> None:
    """The database stands beside it under the name that a scratch file once had."""
    beside = home / "var" / "cspr-bot"
    (home / "var" / "cspr-bot.part").write_text("mine", encoding="utf-8")
    assert at_home("backup", beside).status == 0
    assert [row["reference"] for row in at_home("cases", "--json").json] == [case]
    assert (home / "var" / "cspr-bot.part").read_text(encoding="utf-8") == "mine"
    assert not list((home / "var").glob(".cspr-bot-backup-*"))


def test_nothing_that_is_there_is_overwritten(copy: Path, at_home: Type, home: Path) -> None:
    size = copy.stat().st_size
    said = at_home("backup", copy)
    assert (said.status, copy.stat().st_size) == (1, size)
    assert "nothing is overwritten" in said.err
    said = at_home("restore", copy)
    assert said.status == 1
    assert "this home has a database" in said.err


def test_a_file_of_the_administrator_that_is_newer_is_kept_and_named(
    copy: Path, empty: Path, home: Path, type_: Type
) -> None:
    shutil.copytree(home / "config", empty / "config")
    contacts = empty / "config" / "contacts.toml"
    contacts.write_text(contacts.read_text("utf-8") + "# newer\n", "utf-8")
    said = type_("--home", empty, "restore", copy)
    assert said.status == 0
    assert "kept: config/contacts.toml was here and differs" in said.out
    assert contacts.read_text("utf-8").endswith("# newer\n")


@pytest.mark.parametrize("what", ["none", "wrong"])
def test_without_the_key_of_the_copy_nothing_is_put_back(copy: Path, empty: Path, type_: Type, what: str) -> None:
    key = empty / "var" / "master-key"
    if what == "none":
        key.unlink()
    else:
        key.write_text("00" * 32, "ascii")
    said = type_("--home", empty, "restore", copy)
    assert said.status == 1
    assert "key" in said.err
    assert not (empty / "var" / "cspr-bot.db").exists()


@pytest.mark.parametrize("harm", ["cut", "flipped", "no copy", "empty"])
def test_a_copy_that_is_not_whole_is_refused_in_one_line(copy: Path, empty: Path, type_: Type, harm: str) -> None:
    content = bytearray(copy.read_bytes())
    match harm:
        case "cut":
            content = content[: len(content) // 2]
        case "flipped":
            content[len(content) // 3] ^= 0xFF
        case "no copy":
            content = bytearray(b"a letter")
        case _:
            content = bytearray()
    copy.write_bytes(content)
    said = type_("--home", empty, "restore", copy)
    assert said.status == 1
    (line,) = said.problems
    assert "no whole copy" in line
    assert not (empty / "var" / "cspr-bot.db").exists()
    assert list((empty / "var").glob("*.part*")) == []


def test_a_copy_that_cannot_be_written_leaves_nothing_behind(at_home: Type, case: str, tmp_path: Path) -> None:
    said = at_home("backup", tmp_path / "missing" / "copy.zip")
    assert said.status == 1
    assert len(said.problems) == 1
