"""`demo` as a co-ordinator sees it: who, when and why, and where everything can be read afterwards."""

from pathlib import Path

from tests.cli.commands import Type

TOLD = (
    "A social worker e-mails the completed Word form.",
    "Reminder: Notify the National Panel of the serious incident [L0]",
    "[L3]",
    "The audit log is whole.",
    "none twice",
)


def test_the_story_is_told_and_everything_can_be_read_afterwards(type_: Type, tmp_path: Path) -> None:
    home = tmp_path / "home"
    said = type_("demo", "--home", home)
    assert (said.status, said.err) == (0, "")
    assert [words for words in TOLD if words not in said.out] == []
    assert "\x1b" not in said.out
    assert max(len(line) for line in said.out.partition("Read on:")[0].splitlines()) <= 100
    assert "Reminder: Agencies return the completed templates" in said.out
    assert str(home / "pages" / "index.html") in said.out.rpartition("Read on:")[2]
    assert (home / "pages" / "index.html").is_file()
    references = [row["reference"] for row in type_("--home", home, "cases", "--all", "--json").json]
    assert len(references) == 2
    chased = [task for one in references for task in type_("--home", home, "show", one, "--json").json["tasks"]]
    assert max(task["rungs_sent"] or 0 for task in chased) < 10  # nobody in the story forgets a duty for months
    for words in ("inbox", "outbox", f"show {references[0]}", f"audit show {references[0]}", "audit verify"):
        looked = type_("--home", home, *words.split())
        assert (looked.status, looked.err) == (0, "")
        assert looked.out.strip()
    again = type_("demo", "--home", home)
    assert (again.status, len(again.problems)) == (1, 1)
    assert "there is a home already" in again.err
