"""A home: five files read into one value, or everything that is wrong with them."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from cspr_bot.config import FILES, Home, form_rules_of, read_home
from cspr_bot.config.files import LARGEST_FILE

TODAY = date(2026, 11, 22)
SHIPPED = Path(__file__).parents[2] / "config"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    for name in FILES:
        shutil.copyfile(SHIPPED / f"{name}.toml", tmp_path / "config" / f"{name}.toml")
        (tmp_path / "config" / f"{name}.toml").chmod(0o640)
    return tmp_path


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / "config" / f"{name}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def errors(folder: Path, today: date = TODAY, *, live: bool | None = None) -> list[str]:
    home = read_home(folder, today=today, live=live)
    assert not isinstance(home, Home)
    return [str(problem) for problem in home if not problem.is_warning]


def test_the_shipped_files_make_a_home_with_warnings(folder: Path) -> None:
    home = read_home(folder, today=TODAY)
    assert isinstance(home, Home)
    assert home.folder == folder
    assert home.book.partnership.short_name == "NSSCP"
    assert home.calendar.hours.zone == home.settings.office.hours.zone
    assert "child.dob" in home.form_rules.required
    assert home.warnings
    assert all(problem.is_warning for problem in home.warnings)


def test_the_same_files_are_refused_for_a_live_mailbox(folder: Path) -> None:
    assert any("nobody has confirmed" in line for line in errors(folder, live=True))


def test_the_settings_say_whether_the_mailbox_is_live(folder: Path) -> None:
    change(folder, "bot", 'transport = "folder"', 'transport = "graph"')
    said = errors(folder)
    assert any("there is no table [mailbox.graph]" in line for line in said)
    assert any("nobody has confirmed" in line for line in said)


def test_the_problems_of_all_files_are_told_at_once_and_in_their_order(folder: Path) -> None:
    change(folder, "bot", "poll_seconds = 60", "poll_seconds = 0")
    change(folder, "contacts", 'role = "director"', 'role = "driector"')
    change(folder, "procedure", 'ladder = "five_days"', 'ladder = "six_days"')
    change(folder, "form", "titles = ", "titels = ")
    change(folder, "holidays", "2026-12-25", "2026-12-26")
    said = errors(folder)
    places = [line.partition(": ")[0].partition(":")[0] for line in said]
    assert list(dict.fromkeys(places)) == [f"config/{name}.toml" for name in FILES]
    assert any('there is no role "driector"; did you mean "director"?' in line for line in said)
    assert any('nobody holds the role "director"; these would have no recipient: receipt' in line for line in said)
    assert any('titels: there is no such key; did you mean "titles"?' in line for line in said)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named_and_the_others_are_still_read(folder: Path, name: str) -> None:
    (folder / "config" / f"{name}.toml").unlink()
    assert errors(folder) == [
        f"config/{name}.toml: the file is missing; `cspr-bot init` makes it, and never overwrites the others"
    ]


@pytest.mark.parametrize("mode", [0o660, 0o646, 0o666])
def test_a_file_that_others_may_write_is_refused(folder: Path, mode: int) -> None:
    (folder / "config" / "contacts.toml").chmod(mode)
    assert errors(folder) == [
        "config/contacts.toml: others than its owner may write this file; chmod go-w config/contacts.toml"
    ]


def test_a_file_that_is_none_cannot_be_read(folder: Path) -> None:
    (folder / "config" / "bot.toml").unlink()
    (folder / "config" / "bot.toml").mkdir()
    assert errors(folder) == [
        "config/bot.toml: the file cannot be read (Is a directory); make it readable for the bot's own user"
    ]


def test_a_file_of_another_encoding_is_named_with_its_line(folder: Path) -> None:
    (folder / "config" / "bot.toml").write_bytes(b'installation = "x"\n# caf\xe9\n')
    assert errors(folder) == ["config/bot.toml:2: the text is not UTF-8; save it as UTF-8"]


def test_the_mark_of_a_windows_editor_does_no_harm(folder: Path) -> None:
    path = folder / "config" / "bot.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert isinstance(read_home(folder, today=TODAY), Home)


def test_a_file_too_large_to_be_one_is_not_read(folder: Path) -> None:
    (folder / "config" / "bot.toml").write_bytes(b"#" * (LARGEST_FILE + 1))
    assert errors(folder) == [
        "config/bot.toml: the file is larger than 4194304 bytes; this cannot be a configuration file"
    ]


def test_lists_nested_beyond_reason_are_a_problem(folder: Path) -> None:
    (folder / "config" / "bot.toml").write_text("a = " + "[" * 100_000, encoding="utf-8")
    assert errors(folder) == ["config/bot.toml: lists are nested too deeply; no setting needs more than a few levels"]


def test_a_number_of_thousands_of_digits_is_a_problem(folder: Path) -> None:
    (folder / "config" / "bot.toml").write_text("a = " + "9" * 5000, encoding="utf-8")
    (line,) = errors(folder)
    assert "config/bot.toml:1: this is not TOML: Exceeds the limit (4300 digits) for integer string conversion" in line


def test_an_unknown_time_zone_does_not_hide_what_else_is_wrong(folder: Path) -> None:
    change(folder, "bot", "Europe/London", "Europe/Lundon")
    change(folder, "holidays", "2026-12-25", "2026-12-26")
    said = errors(folder)
    assert len(said) == 2
    assert 'office.timezone: "Europe/Lundon" is not a time zone; did you mean "Europe/London"?' in said[0]


def test_a_table_that_ended_is_told_without_asking_who_is_on_the_list_then(folder: Path) -> None:
    (line,) = errors(folder, date(2040, 1, 1))
    assert "no due day can be reckoned" in line


def test_a_gap_in_the_list_is_told_for_the_days_to_the_end_of_the_table(folder: Path) -> None:
    change(folder, "contacts", 'role = "director"', 'role = "director"\nvalid_to = 2032-12-29')
    assert any(
        'contact[10].valid_to: nobody holds the role "director" from 2032-12-30 to 2032-12-31 (2 days); '
        "these would have no recipient: receipt" in line
        for line in errors(folder)
    )


def test_the_child_reads_the_form_alone(folder: Path) -> None:
    home = read_home(folder, today=TODAY)
    assert isinstance(home, Home)
    assert form_rules_of(folder / "config" / "form.toml") == home.form_rules


def test_the_child_does_not_start_with_a_form_that_is_wrong(folder: Path) -> None:
    change(folder, "form", "titles = ", "titels = ")
    with pytest.raises(ValueError, match="there is no such key"):
        form_rules_of(folder / "config" / "form.toml")
