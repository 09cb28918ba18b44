"""The clocks of procedure.toml: lengths, owners, ticks and ladders that cannot be meant."""

from collections.abc import Callable

import pytest

from cspr_bot.procedure.definition import Procedure

ReadProcedure = Callable[[str], tuple[Procedure | None, list[str]]]

WRONG = [
    # lengths
    (
        "length = 5",
        "length = -5",
        "timer.T1.length: a length of -5 working days would be due before its clock starts; write a",
    ),
    ("length = 5", "length = 5000", "timer.T1.length: a length of 5000 is beyond every procedure; write fewer days"),
    ("length = 5", 'length = 5\nunit = "date"', 'timer.T1.length: with unit = "date" the anchor itself is the due day'),
    ("length = 5", 'length = 0\nunit = "months"', "timer.T1.length: a length of 0 months is no time at all"),
    (
        "length = 5",
        'length = 5\nunit = "weeks"',
        'timer.T1.unit: this must be one of "working_days", "days", "months", "date", not',
    ),
    ("length = 5", 'length = "5"', 'timer.T1.length: this must be a whole number, not "5"; write it without quotes'),
    ("length = 5", "lenght = 5", 'timer.T1.lenght: there is no such key; did you mean "length"?'),
    (
        "length = -2",
        'length = -2\nunit = "months"',
        "timer.T2.length: a length of -2 months would be due before its clock",
    ),
    (
        'anchors = ["received_on"]\nper',
        "anchors = []\nper",
        "timer.receipt.anchors: this clock counts from nothing; name at",
    ),
    (
        "late_minimum = 3",
        "",
        "timer.T2.late_minimum: late_event and a positive late_minimum belong together; write both or",
    ),
    # whose they are
    ('roles = ["director"]', "", 'timer.receipt.roles: roles and per = "role" belong together; write both or none'),
    (
        'owner = "role"',
        'owner = "director"',
        'the owner cannot be "director" with per = "role"; write owner = "role" with',
    ),
    ('per = "agency"\nladder', "ladder", 'timer.T2.per: nobody can tell which agency owns this; write per = "agency"'),
    (
        '[[length_ladder]]\nup_to = 5\nladder = "days"',
        "",
        "ladder_by_length: there is no [[length_ladder]] to choose from",
    ),
    (
        'ladder = "days"\n\n[[course',
        'ladder = "days"\n[[length_ladder]]\nup_to = 5\nladder = "days"\n[[course',
        "up_to: 5 days are not",
    ),
    ('opened_by = ["set"]', "opened_by = []", "timer.T2.opened_by: nothing opens this task; name at least one event"),
    ('closed_by = ["set"]', "closed_by = []", "timer.T2.closed_by: nothing closes this task; name at least one event"),
    (
        'not_after = "T2"',
        'not_after = "T1"',
        "timer.T1.not_after: T1 would be due no later than itself; let one of the",
    ),
    # ticks
    ('tick = "part"', "", "timer.T2.ticks: tick and ticks belong together; write both or none"),
    (
        'tick = "part"',
        'tick = "prt"',
        'timer.T2.tick: set closes this task and has no field "prt"; did you mean "part"?',
    ),
    ('ticks = ["a", "b"]', 'ticks = ["a", "c"]', "timer.T2.ticks: set cannot have part=c; write one of a, b"),
    ('ticks = ["a", "b"]', 'ticks = ["a", "a"]', "timer.T2.ticks: a tick stands twice; leave one out"),
    (
        '["one", "other"]',
        '["one"]',
        "timer.T2.tick_titles: there are 2 ticks and 1 titles; write one title for each tick",
    ),
    ('key_field = "note"', 'key_field = "not"', 'timer.T2.key_field: set closes this task and has no field "not"'),
    # ladders
    (
        "offset = -3",
        "offset = 0",
        "ladder.days.rungs[2]: this rung comes no later than the one before it; put the rungs in",
    ),
    (
        'level = "L2", at',
        'level = "L0", at',
        "ladder.days.rungs[3]: the level falls from L1 to L0; let a later rung never have",
    ),
    (
        "at = 14:00:00",
        "at = 17:00:00",
        "ladder.days.rungs[3]: the first escalation, L2, comes only after the deadline; let",
    ),
    (
        '{ offset = 0, level = "L2", at = 14:00:00 }',
        '{ offset = 1, level = "L2" }',
        "the first escalation, L2, comes only",
    ),
    (
        '{ offset = 0, level = "L2", at = 14:00:00 }]',
        '{ offset = 1, level = "L1" }]',
        "overdue_first: the first overdue rung",
    ),
    (
        "[notice.N9-told]",
        "overdue_every = -1\n[notice.N9-told]",
        "overdue_every: overdue rungs cannot come every fewer than 0",
    ),
    (
        "[notice.N9-told]",
        "overdue_first = 0\n[notice.N9-told]",
        "overdue_first: an overdue rung cannot come before the day",
    ),
    (
        '{ offset = 0, level = "L2", at = 14:00:00 }]',
        "]\noverdue_every = 0",
        'timer.T1.ladder: a statutory duty would pass in silence: its ladder "days" never reaches L2; choose a ladder',
    ),
]


@pytest.mark.parametrize(("right", "wrong", "problem"), WRONG)
def test_a_clock_that_cannot_be_meant_is_named(
    procedure: ReadProcedure, small_procedure: str, right: str, wrong: str, problem: str
) -> None:
    assert right in small_procedure
    _, said = procedure(small_procedure.replace(right, wrong, 1))
    assert any(problem in line for line in said), said
    assert all(line.startswith("config/procedure.toml") for line in said)


def test_moments_may_not_count_from_each_other(procedure: ReadProcedure, small_procedure: str) -> None:
    text = small_procedure.replace('["received_on", "received(complete=yes)"]', '["received_on", "second", "third"]')
    _, said = procedure(text + '[moment.second]\nanchors = ["third"]\n[moment.third]\nanchors = ["third", "start"]\n')
    assert [line.partition(": ")[2].partition(";")[0] for line in said] == [
        'moment.start.anchors: the moment "start" counts from itself',
        'moment.second.anchors: the moment "second" counts from itself',
        'moment.third.anchors: the moment "third" counts from itself',
    ]


def test_a_tick_of_an_event_that_cannot_be_read_is_not_judged(procedure: ReadProcedure, small_procedure: str) -> None:
    _, said = procedure(small_procedure.replace('title = "A date was set"\n', ""))
    assert len(said) == 1
    assert "event.set.title: this key is missing" in said[0]


def test_a_date_in_an_event_that_cannot_be_read_is_not_judged(procedure: ReadProcedure, small_procedure: str) -> None:
    _, said = procedure(small_procedure.replace('title = "A date was set"', 'title = "S"\nreopens = "no"'))
    assert [line.partition(": ")[2] for line in said] == [
        'event.set.reopens: this must be true or false, not "no"; write it without quotes'
    ]
