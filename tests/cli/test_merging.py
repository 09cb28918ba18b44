"""`merge`: two referrals of one incident become one case, and what that moves is shown."""

from tests.cli.commands import SAMPLES, START, Type

BY = ("--by", "A. Clerk")


def test_the_earliest_clocks_count_and_the_other_case_ends(at_home: Type, case: str) -> None:
    at_home("open", SAMPLES / "sample-6-pasted.html", "--received-at", "2026-12-10T09:00", *BY)
    at_home("--now", START, "run", "--once")
    (other,) = [row["reference"] for row in at_home("cases", "--json").json if row["reference"] != case]
    before = {task["timer"]: task["due_at"] for task in at_home("show", case, "--json").json["tasks"]}
    said = at_home("merge", other, case, *BY, "--json")
    assert said.status == 0, said.err
    assert said.json["merged"] == other
    assert {row["timer"] for row in said.json["moved"]} >= {"T2", "T3"}
    after = {task["timer"]: task["due_at"] for task in at_home("show", case, "--json").json["tasks"]}
    assert after["T2"] < before["T2"]
    gone = at_home("show", other, "--json").json
    assert gone["stages"]["main"] == "merged"
    assert not [task for task in gone["tasks"] if task["status"] in {"open", "overdue"}]


def test_a_case_cannot_be_joined_to_itself_or_to_none(at_home: Type, case: str) -> None:
    assert "cannot be joined to itself" in at_home("merge", case, case, *BY).err
    assert "there is no such case" in at_home("merge", case, "NS-0000-00", *BY).err
    assert at_home("merge", case, "NS-0000-00", *BY).status == 1


def test_a_correction_shows_what_it_moves(at_home: Type, case: str) -> None:
    said = at_home("record", case, "date_corrected", "--set", "field=la_aware_on", "--set", "value=2026-12-10", *BY)
    title = "Notify the National Panel of the serious incident"
    assert f"Moved: {title}: was due Tue 22 Dec 2026, now due Thu 17 Dec 2026.\n" in said.out
