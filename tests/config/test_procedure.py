"""procedure.toml: what it says, and everything in it that cannot be meant."""

from collections.abc import Callable
from datetime import time

from cspr_bot.procedure.definition import (
    AnswerRule,
    Automatic,
    Cancel,
    CourseStep,
    Field,
    FlagRule,
    Move,
    Pattern,
    Procedure,
    Region,
    RungRule,
)

ReadProcedure = Callable[[str], tuple[Procedure | None, list[str]]]


def test_a_procedure_without_mistakes_is_read(procedure: ReadProcedure, small_procedure: str) -> None:
    read, said = procedure(small_procedure)
    assert said == []
    assert read is not None
    assert read.regions["records"] == Region("records", ("requested", "secured"), "requested", ("secured",), "agency")
    received = read.events["received"]
    assert received.fields == (
        Field("complete", "choice", ("yes", "no"), is_required=False),
        Field("on", "date", is_required=False),
        Field("who", "agencies", is_required=False),
    )
    assert received.moves == (
        Move(
            "main", "open", {"complete": ("yes", "")}, ("triage",), {}, (Pattern("received", {"complete": ("yes",)}),)
        ),
        Move("main", "open", {}, ("triage",), {"complete": ("yes",)}),
    )
    assert received.raises == (FlagRule("incomplete", {"complete": ("no",)}),)
    assert read.events["decided"].cancels == (Cancel("T2", {"outcome": ("no",)}), Cancel("rest"))
    timer = read.timers["T1"]
    assert timer.closed_by == (Pattern("decided", {"outcome": ("yes", "no")}),)
    assert timer.notice_when == ((Pattern("received", {"complete": ("no",)}), "N8-late"),)
    assert timer.only_if == {"main": ("triage", "open")}
    assert read.ladders["days"].rungs[2] == RungRule(0, "L2", at=time(14))
    assert read.answers["no"] == AnswerRule("DECISION: NO", "reason", "decided", {"outcome": "no"})
    assert read.automatic == (
        Automatic("main", ("triage",), "open", event=Pattern("deadline_passed", {"timer": ("T1",)})),
    )
    assert read.escalation_roles == {"L1": ("coordinator",), "statutory": ("executive",)}
    assert (read.provisional_roles, read.provisional_notice) == (("coordinator",), "N28-held")
    assert read.length_ladders == ((5, "days"),)
    assert read.course[0] == CourseStep("decided", "T1", {"outcome": "yes"})


def test_the_shipped_procedure_has_nothing_wrong_with_it(
    procedure: ReadProcedure, shipped: Callable[[str], str]
) -> None:
    read, said = procedure(shipped("procedure"))
    assert said == []
    assert read is not None
    assert {f"T{number}" for number in range(1, 24)} <= set(read.timers)


def test_changing_a_deadline_moves_one_line(procedure: ReadProcedure, shipped: Callable[[str], str]) -> None:
    before, _ = procedure(shipped("procedure"))
    changed = shipped("procedure").replace(
        'length = 10\nanchors = ["rapid_review_started"', 'length = 8\nanchors = ["rapid_review_started"'
    )
    after, said = procedure(changed)
    assert before is not None
    assert after is not None
    assert said == []
    assert (before.timers["T10"].length, after.timers["T10"].length) == (10, 8)


def test_what_is_wrong_is_told_with_its_line_and_how_to_mend_it(procedure: ReadProcedure, small_procedure: str) -> None:
    line = small_procedure.splitlines().index('ladder = "days"') + 1
    _, said = procedure(small_procedure.replace('ladder = "days"', 'ladder = "dais"', 1))
    assert said == [f'config/procedure.toml:{line}: timer.T1.ladder: there is no ladder "dais"; did you mean "days"?']


def test_all_problems_are_told_at_once(procedure: ReadProcedure, small_procedure: str) -> None:
    text = small_procedure
    for right, wrong in (
        ('owner = "coordinator"', 'owner = "nobody"'),
        ("length = 5", "length = -5"),
        ('initial = "triage"', 'initial = "trage"'),
        ("offset = -3", "offset = 0"),
    ):
        text = text.replace(right, wrong, 1)
    _, said = procedure(text)
    places = ["timer.T1.owner", "region.main.initial", "timer.T1.length", "ladder.days.rungs[2]"]
    assert [place for place in places if any(f": {place}: " in line for line in said)] == places


def test_an_entry_that_is_wrong_in_itself_is_not_reported_as_missing_too(
    procedure: ReadProcedure, small_procedure: str
) -> None:
    _, said = procedure(small_procedure.replace('title = "Decided"\n', "").replace('cite = "s2"\n', ""))
    assert len(said) == 2
    assert all(": this key is missing" in line for line in said)


def test_a_procedure_without_a_name_is_none(procedure: ReadProcedure, small_procedure: str) -> None:
    read, said = procedure(small_procedure.replace('name = "P/1"\n', ""))
    assert read is None
    assert said == ["config/procedure.toml: name: this is missing; it must be text in quotes"]


def test_a_main_region_that_is_wrong_in_itself_is_told_once(procedure: ReadProcedure, small_procedure: str) -> None:
    _, said = procedure(small_procedure.replace('initial = "triage"\n', ""))
    assert said == ["config/procedure.toml:4: region.main.initial: this key is missing; it must be text in quotes"]


def test_a_table_where_parts_are_expected_is_asked_for(procedure: ReadProcedure, small_procedure: str) -> None:
    start = small_procedure.index("[provisional]")
    text = "provisional = 1\n" + small_procedure[:start] + small_procedure[small_procedure.index("[[length_ladder]]") :]
    assert procedure(text)[1] == [
        "config/procedure.toml:1: provisional: this must be a table; write [provisional] above its keys"
    ]


def test_a_fact_that_takes_any_value_is_not_compared(procedure: ReadProcedure, small_procedure: str) -> None:
    text = small_procedure.replace('remembers = ["complete"]', 'remembers = ["complete", "on"]').replace(
        'unless = "complete=no"', 'unless = "on=2027-01-01"'
    )
    assert procedure(text)[1] == []


def test_timers_may_not_cap_each_other(procedure: ReadProcedure, small_procedure: str) -> None:
    _, said = procedure(small_procedure.replace('tick = "part"', 'tick = "part"\nnot_after = "T1"'))
    assert [line.partition(": ")[2] for line in said] == [
        "timer.T1.not_after: T1 would be due no later than itself; let one of the timers stand alone",
        "timer.T2.not_after: T2 would be due no later than itself; let one of the timers stand alone",
    ]


def test_a_broken_file_is_no_procedure(procedure: ReadProcedure, small_procedure: str) -> None:
    read, said = procedure(small_procedure + "[timer.T1]\n")
    assert read is None
    assert len(said) == 1
    assert "timer.T1: this stands twice, first in line" in said[0]
