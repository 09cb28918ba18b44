"""What procedure.toml names must be there: events, fields, timers, ladders, notices, roles."""

from collections.abc import Callable

import pytest

from cspr_bot.procedure.definition import Procedure

ReadProcedure = Callable[[str], tuple[Procedure | None, list[str]]]

WRONG = [
    # names that nothing bears
    (
        'owner = "coordinator"',
        'owner = "co-ordinator"',
        'timer.T1.owner: there is no role "co-ordinator"; did you mean',
    ),
    ('roles = ["director"]', 'roles = ["directr"]', 'timer.receipt.roles[1]: there is no role "directr"; did you mean'),
    ('not_after = "T2"', 'not_after = "T99"', 'timer.T1.not_after: there is no timer "T99"'),
    (
        'late_event = ["received"]',
        'late_event = ["recieved"]',
        'late_event[1]: there is no event "recieved"; did you mean "received"',
    ),
    (
        'done_event = "decided"',
        'done_event = "decide"',
        'done_event: there is no event "decide"; did you mean "decided"',
    ),
    ('answers = ["yes", "no"]', 'answers = ["yes", "nein"]', 'timer.T1.answers[2]: there is no answer "nein"'),
    ('notice = "N8"', 'notice = "N29"', 'timer.T1.notice: "N29" is not the name of a notice; write N1 to N28'),
    ('notice = "N8-late"', 'notice = "late"', 'timer.T1.notice_when[1].notice: "late" is not the name of a notice'),
    ('request = "none"', 'request = "nothing"', 'timer.T2.request: "nothing" is not the name of a notice'),
    ("[notice.N9-told]", "[notice.told]", 'notice.told: "told" is not the name of a notice'),
    ('to = ["executive"]', 'to = ["exec"]', 'notice.N9-told.to[1]: there is no role "exec"'),
    ('when_all_sent = "set"', 'when_all_sent = "sent"', 'when_all_sent: there is no event "sent"; did you mean "set"?'),
    (
        '{ flag = "incomplete" }',
        '{ flag = "incomplet" }',
        'event.received.clears[1].flag: there is no flag "incomplet"',
    ),
    (
        '{ timer = "rest" }',
        '{ timer = "rst" }',
        'event.decided.cancels[2].timer: there is no timer "rst"; did you mean "rest"',
    ),
    ('L1 = ["coordinator"]', 'L1 = ["nobody"]', 'escalation.L1[1]: there is no role "nobody"'),
    ('L1 = ["coordinator"]', 'L4 = ["coordinator"]', 'escalation.L4: there is no level "L4"; write one of L1, L2, L3'),
    ('roles = ["coordinator"]', 'roles = ["anybody"]', 'provisional.roles[1]: there is no role "anybody"'),
    ('notice = "N28-held"', 'notice = "held"', 'provisional.notice: "held" is not the name of a notice'),
    ('up_to = 5\nladder = "days"', 'up_to = 5\nladder = "x"', 'length_ladder[1].ladder: there is no ladder "x"'),
    # patterns, fields and their values
    (
        '"decided(outcome=yes|no)"',
        '"decidd"',
        'timer.T1.closed_by[1]: there is no event "decidd"; did you mean "decided"?',
    ),
    (
        "decided(outcome=yes|no)",
        "decided(outcme=yes)",
        'timer.T1.closed_by[1]: decided has no field "outcme"; did you mean "ou',
    ),
    (
        "decided(outcome=yes|no)",
        "decided(outcome=maybe)",
        "timer.T1.closed_by[1]: decided cannot have outcome=maybe; write",
    ),
    ("decided(outcome=yes|no)", "decided(outcome=)", 'decided always has its field "outcome", so it is never empty'),
    (
        "decided(outcome=yes|no)",
        "decided(outcome=yes",
        '"decided(outcome=yes" is not an event pattern; write an event, or',
    ),
    (
        "decided(outcome=yes|no)",
        "decided(outcome=yes, outcome=no)",
        'a field stands twice in "outcome=yes, outcome=no)"',
    ),
    (
        '["decided(outcome=yes|no)"]',
        "[1]",
        "timer.T1.closed_by[1]: this must be text in quotes, not 1; write an event, or",
    ),
    ("rung_reached(timer=T1, rung=2)", "rung_reached(timer=T8)", 'timer.receipt.opened_by[1]: there is no timer "T8"'),
    ("rung_reached(timer=T1, rung=2)", "rung_reached(rung=two)", 'rung_reached: rung is a number, and "two" is none'),
    ('deadline_passed(timer=T1)"]', 'deadline_passed(role=x)"]', 'deadline_passed has no field "role"'),
    (
        'when = "complete=no" }]',
        'when = "complete=maybe" }]',
        "event.received.raises[1].when: received cannot have complete=m",
    ),
    (
        'when = "complete=no" }]',
        'when = "complete" }]',
        'raises[1].when: "complete" is not a list of fields and their values',
    ),
    ('when = "complete=no" }]', "when = 1 }]", "event.received.raises[1].when: this must be text in quotes, not 1"),
    (
        'when = "complete=no" }]',
        'when = "complete=no, complete=yes" }]',
        "event.received.raises[1].when: a field stands twice",
    ),
    (
        'when = "outcome=no" }, { region',
        'when = "x=no" }, { region',
        'event.decided.moves[1].when: decided has no field "x"',
    ),
    (
        'when = "outcome=no" }, { timer',
        'when = "y=no" }, { timer',
        'event.decided.cancels[1].when: decided has no field "y"',
    ),
    (
        'only_if = "main=triage|open"',
        'only_if = "main=trage"',
        'timer.T1.only_if: the region main has no stage "trage"; did y',
    ),
    (
        'only_if = "main=triage|open"',
        'only_if = "mian=open"',
        'only_if: "mian" is neither a region nor a fact that an event rem',
    ),
    (
        'unless = "complete=no"',
        'unless = "complete=nie"',
        'timer.T1.unless: complete is never "nie"; write one of no, yes',
    ),
    (
        'remembers = ["complete"]',
        'remembers = ["complet"]',
        'remembers[1]: received has no field "complet"; did you mean',
    ),
    (
        'complete = "yes|no?"',
        'complete = "yes|yes"',
        'event.received.fields.complete: "yes|yes" has a choice that is empty or',
    ),
    ('on = "date?"', 'on = "dat?"', 'event.received.fields.on: "dat?" is no kind of field; did you mean "date"?'),
    (
        'fields = { outcome = "yes|no",',
        'fields = { outcome = "yes|no", reason = "text?",',
        "stands twice, first in line",
    ),
    (
        'reason = "text?", ',
        "",
        "event.decided.fields: decided may need a reason and has no field for one; add reason =",
    ),
    # anchors
    (
        '"start", "opening"',
        '"strat", "opening"',
        'timer.T1.anchors[1]: there is no date, moment or event "strat"; did you m',
    ),
    (
        '"start", "opening"',
        '"a b", "opening"',
        'timer.T1.anchors[1]: "a b" is not an anchor; write a date, a moment, an event',
    ),
    ('"start", "opening"', '"set.day", "opening"', 'timer.T1.anchors[1]: set has no date "day"; '),
    ('"start", "opening"', '"decided(outcome=x)"', "timer.T1.anchors[1]: decided cannot have outcome=x"),
    (
        'outer_limit = "start"',
        'outer_limit = "strat"',
        'timer.T1.outer_limit: there is no date, moment or event "strat"',
    ),
    (
        '["received_on", "received(complete=yes)"]',
        '["start"]',
        'moment.start.anchors: the moment "start" counts from itself',
    ),
    (
        '["received_on", "received(complete=yes)"]',
        "[]",
        "moment.start.anchors: it counts from nothing; name at least one",
    ),
]


@pytest.mark.parametrize(("right", "wrong", "problem"), WRONG)
def test_a_name_that_nothing_bears_is_named(
    procedure: ReadProcedure, small_procedure: str, right: str, wrong: str, problem: str
) -> None:
    assert right in small_procedure
    _, said = procedure(small_procedure.replace(right, wrong, 1))
    assert any(problem in line for line in said), said
    assert all(line.startswith("config/procedure.toml") for line in said)
