"""`contacts`: the list, its export and import with a shown difference, and the power cut in the middle of it."""

import fcntl
import os
import re
import shlex
import tomllib
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from cspr_bot.bootstrap.contact_list import put_in_force
from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.config.contacts_proposal import Checked, check_proposal
from cspr_bot.config.contacts_sheet import as_csv, read_sheet
from cspr_bot.pipeline.ports import TemporaryFailure
from tests.cli.commands import Type

OLD, NEW = "coordinator@nsscp.example", "jane@nhs.net"
CHANGED = f"""\
new.csv, compared with config/contacts.toml:

  changed  row 2    coordinator, {OLD}
                    email: {OLD} → {NEW}
                    to be confirmed: {NEW}

0 added, 1 changed, 0 removed. """


def rows_of(home: Path) -> list[dict[str, object]]:
    return list(tomllib.loads((home / "config" / "contacts.toml").read_text(encoding="utf-8"))["contact"])


@pytest.fixture
def changed(home: Path, tmp_path: Path) -> Path:
    """The home's list as CSV with another co-ordinator."""
    rows = rows_of(home)
    (tmp_path / "new.csv").write_bytes(as_csv([{**rows[0], "email": NEW}, *rows[1:]]))
    return tmp_path / "new.csv"


def test_the_list_says_who_covers_when_and_how_good_an_address_is(at_home: Type, home: Path) -> None:
    path = home / "config" / "contacts.toml"
    text = path.read_text(encoding="utf-8").replace(
        f'email = "{OLD}"\n', f'email = "{OLD}"\nconfirmed = 2026-11-02\nvalid_to = 2028-01-31\n'
    )
    later = ('role = "coordinator"', 'name = "N"', 'email = "n@nsscp.example"', 'deputies = ["d@nsscp.example"]')
    path.write_text("\n".join((text, "[[contact]]", *later, "valid_from = 2028-02-01\n")), encoding="utf-8")
    said = at_home("contacts")
    assert (said.status, said.err) == (0, "")
    line = next(line for line in said.out.splitlines() if OLD in line)
    assert re.split(r" {2,}", line.strip()) == [
        "co-ordinator", OLD, "deputy.coordinator@nsscp.example", "until 31 January 2028", "2 November 2026",
    ]  # fmt: skip
    [row] = [row for row in at_home("contacts", "--json").json if row["email"] == OLD]
    assert (row["role"], row["confirmed"], row["valid_to"], row["last_bounce"]) == (
        "coordinator", "2026-11-02", "2028-01-31", None,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["list.xlsx", "list.csv"])
def test_what_was_exported_and_not_touched_changes_nothing(at_home: Type, tmp_path: Path, name: str) -> None:
    said = at_home("contacts", "export", tmp_path / name)
    assert (said.status, said.out.startswith(f"{tmp_path / name}: 19 contacts.")) == (0, True)
    said = at_home("contacts", "import", tmp_path / name, "--apply")
    assert (said.status, said.err) == (0, "")
    assert said.out == f"{name} says what config/contacts.toml says: nothing would change.\n"


def test_a_workbook_says_what_to_write_where(at_home: Type, tmp_path: Path) -> None:
    at_home("contacts", "export", tmp_path / "list.xlsx")
    book = load_workbook(BytesIO((tmp_path / "list.xlsx").read_bytes()))
    assert book.sheetnames == ["Contacts", "What to write"]
    assert book["Contacts"].freeze_panes == "A2"


def test_an_import_shows_the_difference_and_changes_nothing(at_home: Type, home: Path, changed: Path) -> None:
    before = (home / "config" / "contacts.toml").read_bytes()
    said = at_home("contacts", "import", changed)
    assert (said.status, said.out) == (0, f"{CHANGED}Nothing was changed: add --apply to put it in force.\n")
    assert [line.partition(":")[0] for line in said.problems] == ["new.csv"]
    assert (home / "config" / "contacts.toml").read_bytes() == before


def test_an_import_that_is_applied_keeps_every_comment_and_is_noted(at_home: Type, home: Path, changed: Path) -> None:
    path = home / "config" / "contacts.toml"
    before = path.read_bytes()
    path.chmod(0o640)
    said = at_home("contacts", "import", changed, "--apply", "--by", "A. Clerk", "--json")
    assert (said.status, said.json["applied"], said.json["errors"]) == (0, True, 0)
    assert said.json["differences"] == [
        {
            "what": "changed", "row": 2, "role": "coordinator", "agency": None, "email": OLD,
            "keys": {"email": {"before": OLD, "after": NEW}, "unconfirmed": {"before": None, "after": [NEW]}},
        }
    ]  # fmt: skip
    after = path.read_bytes()
    assert after.decode() == before.decode().replace(f'email = "{OLD}"', f'email = "{NEW}"', 1).replace(
        'escalate_to = ["business.manager@nsscp.example"]\n',
        f'escalate_to = ["business.manager@nsscp.example"]\nunconfirmed = ["{NEW}"]\n',
        1,
    )
    assert path.stat().st_mode & 0o777 == 0o640
    assert [item.name for item in path.parent.iterdir() if item.name.startswith(".")] == []
    office = Office(home)
    (change,) = office.store.contact_lists.changes()
    assert (change.by, change.before, change.after) == (
        "A. Clerk", sha256(before).hexdigest(), sha256(after).hexdigest(),
    )  # fmt: skip
    (row,) = (row for row in office.store.installation.audit_of() if row.entry.what == "contacts_changed")
    assert row.entry.details == {
        "before": change.before, "after": change.after, "added": 0, "changed": 1, "removed": 0,
    }  # fmt: skip
    office.close()
    assert at_home("contacts", "import", changed, "--apply").out.endswith("nothing would change.\n")


def test_a_list_with_a_mistake_is_never_applied_and_each_is_named_by_its_row(
    at_home: Type, home: Path, changed: Path
) -> None:
    path = home / "config" / "contacts.toml"
    before = path.read_bytes()
    lines = changed.read_text(encoding="utf-8-sig").replace(NEW, "review@avonandsomerset.pnn.polce.uk").splitlines()
    lines[3] = lines[3].replace("Members of the", "=cmd|' /C calc'!A1")
    lines[4] = lines[4].replace("lead.reviewer@", "business.manager@gsi.gov.uk,")
    changed.write_text("\n".join(lines), encoding="utf-8")
    said = at_home("contacts", "import", changed, "--apply")
    assert said.status == 1
    assert "Nothing was changed: " in said.out
    assert "formula" in said.problems[0]
    assert (
        'new.csv: row 2, email: "avonandsomerset.pnn.polce.uk" is not on the secure-domain list; nearest: '
        'avonandsomerset.pnn.police.uk; or say why it may be used: allow_insecure = "reason"'
    ) in said.problems
    assert path.read_bytes() == before


def test_a_list_that_leaves_a_role_to_nobody_is_refused_with_what_would_have_no_recipient(
    at_home: Type, home: Path, tmp_path: Path
) -> None:
    (tmp_path / "few.csv").write_bytes(as_csv(rows_of(home)[1:]))
    said = at_home("contacts", "import", tmp_path / "few.csv", "--apply")
    assert said.status == 1
    (line,) = [line for line in said.problems if "nobody holds" in line]
    assert line.startswith(
        'config/contacts.toml: contact: nobody holds the role "coordinator"; these would have no rec'
    )


def test_a_broken_list_can_be_mended_by_an_import(at_home: Type, home: Path, changed: Path) -> None:
    path = home / "config" / "contacts.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(OLD, "nobody"), encoding="utf-8")
    assert at_home("cases").status == 1
    assert at_home("contacts", "import", changed, "--apply").status == 0
    assert at_home("cases").status == 0


@pytest.mark.parametrize(
    ("words", "status", "what"),
    [
        (("export", "list.ods"), 2, "list.ods: the file's name must end in .xlsx or .csv"),
        (("import", "missing.csv"), 1, "missing.csv: there is no such file"),
        (("import", "x.csv", "--by", "A. Clerk"), 2, "contacts import: --by says who applies it, so it needs --apply"),
        (("confirm", "x@nhs.net", "--by", "A"), 1, "x@nhs.net: no contact has this address; `contacts` lists them"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(at_home: Type, words: tuple[str, ...], status: int, what: str) -> None:
    said = at_home("contacts", *words)
    assert (said.status, said.problems) == (status, [what])


def test_where_there_is_no_home_it_is_said(type_: Type, tmp_path: Path) -> None:
    assert "there is no home here" in type_("--home", tmp_path, "contacts", "export", tmp_path / "a.csv").err


def test_a_hostile_workbook_is_opened_where_it_can_do_no_harm(at_home: Type, tmp_path: Path) -> None:
    (tmp_path / "list.xlsx").write_bytes(b"PK\x03\x04" + bytes(9999))
    said = at_home("contacts", "import", tmp_path / "list.xlsx")
    assert (said.status, said.problems) == (
        1,
        ["list.xlsx: this is no workbook that can be read; begin with `contacts export FILE`"],
    )


def test_an_administrator_confirms_several_addresses(at_home: Type, home: Path, changed: Path) -> None:
    at_home("contacts", "import", changed, "--apply")
    said = at_home(
        "--now", "2026-12-16T10:00", "contacts", "confirm", NEW, "executive@police.example", "--by", "A. Clerk"
    )
    assert (said.status, said.out) == (0, f"{NEW}: confirmed.\nexecutive@police.example: confirmed.\n")
    found = {row["email"]: row for row in rows_of(home)}
    assert "unconfirmed" not in found[NEW]
    assert found[NEW]["confirmed"] == found["executive@police.example"]["confirmed"] == date(2026, 12, 16)
    said = at_home("contacts", "confirm", NEW, "--by", "A. Clerk")
    assert said.out == f"{NEW}: it was confirmed before; nothing was changed.\n"
    assert len(at_home("contacts", "confirm", "casereview@police.example", "--by", "A", "--json").json) == 1


# ---------------------------------------------------------------------------------------------------------------------
# The cut between two lines


def checked_and_office(home: Path, changed: Path) -> tuple[Office, Checked]:
    checked = check_proposal(home, read_sheet(changed.read_bytes()), changed.name, today=date(2026, 12, 15))
    return Office(home), checked


def test_a_list_that_somebody_changed_meanwhile_is_left_alone(home: Path, changed: Path) -> None:
    path = home / "config" / "contacts.toml"
    office, checked = checked_and_office(home, changed)
    path.write_text(path.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    with pytest.raises(NotReadyError, match="it was changed meanwhile; nothing was written"):
        put_in_force(office, checked, "A. Clerk")
    assert path.read_text(encoding="utf-8").endswith("# mine\n")
    assert office.store.contact_lists.changes() == ()
    office.close()


def test_two_administrators_do_not_write_at_once(home: Path, changed: Path) -> None:
    office, checked = checked_and_office(home, changed)
    folder = os.open(home / "config", os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    with pytest.raises(TemporaryFailure, match="somebody else is changing the contact list"):
        put_in_force(office, checked, "A. Clerk")
    os.close(folder)
    put_in_force(office, checked, "A. Clerk")
    office.close()


def test_a_cut_before_the_rename_leaves_the_old_list_whole_and_what_it_left_is_in_nobodys_way(
    home: Path, changed: Path
) -> None:
    path = home / "config" / "contacts.toml"
    before = path.read_bytes()
    office, checked = checked_and_office(home, changed)
    office.store.engine.dispose()
    database = home / "var" / "cspr-bot.db"
    database.rename(database.with_suffix(".away"))
    database.mkdir()  # nothing can be noted, so nothing may be put in force
    with pytest.raises(TemporaryFailure, match="cannot be opened"):
        put_in_force(office, checked, "A. Clerk")
    assert path.read_bytes() == before
    database.rmdir()
    database.with_suffix(".away").rename(database)
    (home / "config" / ".contacts.toml.part").write_text("half", encoding="utf-8")  # as a power cut leaves it
    put_in_force(office, checked, "A. Clerk")
    assert NEW in path.read_text(encoding="utf-8")
    office.close()


# ---------------------------------------------------------------------------------------------------------------------
# What the page for administrators tells to type


def test_every_command_of_the_page_does_what_it_says(
    at_home: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "contacts.md").read_text(encoding="utf-8")
    lines = re.findall(r"^    cspr-bot (.*)$", page, re.MULTILINE)
    assert len(lines) >= 7
    monkeypatch.chdir(tmp_path)
    for line in lines:
        said = at_home(*shlex.split(line))
        assert (said.status, bool(said.out)) == (0, True), line
