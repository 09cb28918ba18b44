"""Versions of the procedure: which files are one, which is in force on a day, and what can be wrong with them."""

from collections.abc import Callable
from datetime import date, time

from cspr_bot.config.files import ConfigFile, read_text
from cspr_bot.config.problems import Findings
from cspr_bot.config.procedure_versions import ProcedureVersion, in_force, key_of, versions_of

TODAY = date(2026, 11, 22)
Shipped = Callable[[str], str]


def version_file(text: str, name: str, begins: str = "") -> ConfigFile:
    begun = f"effective_from = {begins}\n{text}" if begins else text
    return read_text(begun, Findings(f"config/{name}.toml"))


def read(*files: ConfigFile) -> tuple[ProcedureVersion, ...] | None:
    return versions_of(files, today=TODAY, close_of_business=time(17))


def said(*files: ConfigFile) -> list[str]:
    read(*files)
    return [str(problem) for file in files for problem in file.findings.problems]


def test_a_version_is_in_force_until_the_next_one_begins(shipped: Shipped) -> None:
    text = shipped("procedure")
    versions = read(
        version_file(text, "procedure-2028", "2028-01-01"),
        version_file(text, "procedure"),
        version_file(text.replace("length = 10", "length = 8", 1), "procedure-2027", "2027-04-01"),
    )
    assert versions is not None
    days = (date(2020, 1, 1), date(2027, 3, 31), date(2027, 4, 1), date(2027, 12, 31), date(2028, 1, 1))
    begins = [in_force(versions, day).procedure.effective_from for day in days]
    assert begins == [None, None, date(2027, 4, 1), date(2027, 4, 1), date(2028, 1, 1)]


def test_two_versions_of_one_day_are_an_error_with_its_line_and_remedy(shipped: Shipped) -> None:
    text = shipped("procedure")
    first, second = version_file(text, "procedure"), version_file(text, "procedure-old")
    (problem,) = said(first, second)
    assert problem.startswith("config/procedure-old.toml: effective_from: neither this file nor config/procedure.toml")
    first, second = version_file(text, "procedure", "2026-01-01"), version_file(text, "procedure-new", "2026-01-01")
    (problem,) = said(first, second)
    assert problem.startswith("config/procedure-new.toml:1: effective_from: config/procedure.toml comes into force on")
    assert "give one of the two another day" in problem


def test_a_home_whose_first_version_has_not_begun_has_no_procedure(shipped: Shipped) -> None:
    (problem,) = said(version_file(shipped("procedure"), "procedure", "2027-04-01"))
    assert problem.startswith("config/procedure.toml:1: effective_from: no procedure is in force today, 2026-11-22")


def test_a_version_that_is_wrong_is_told_of_with_the_others(shipped: Shipped) -> None:
    text = shipped("procedure")
    wrong = version_file(text.replace('unit = "working_days"', 'unit = "weeks"', 1), "procedure-2027", "2027-04-01")
    assert any(line.startswith("config/procedure-2027.toml:") for line in said(version_file(text, "procedure"), wrong))


def test_the_key_of_a_version_leaves_comments_out_and_nothing_else(shipped: Shipped) -> None:
    text = shipped("procedure")
    keys = [
        key_of(version_file(other, "procedure").table)
        for other in (text, f"# a word more\n{text}", text.replace("length = 10", "length = 8", 1))
    ]
    assert keys[0] == keys[1] != keys[2]
