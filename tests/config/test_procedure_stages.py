"""The stages of procedure.toml hang together, and so do its answers."""

from collections.abc import Callable

import pytest

from cspr_bot.procedure.definition import Procedure

ReadProcedure = Callable[[str], tuple[Procedure | None, list[str]]]

WRONG = [
    # stages
    ("[region.main]", "[region.mian]", 'region: there is no region "main"; write [region.main] with its stages'),
    (
        'initial = "triage"',
        'initial = "trage"',
        'region.main.initial: the initial stage "trage" is none of the stages; did',
    ),
    (
        'final = ["closed"]',
        'final = ["cloesd"]',
        'region.main.final[1]: the final stage "cloesd" is none of the stages; did',
    ),
    ('final = ["closed"]', "final = []", "region.main.final: no stage is final; name at least one"),
    (
        '["triage", "open", "closed"]',
        '["triage", "open", "open", "closed"]',
        'stages[3]: the stage "open" stands twice',
    ),
    (
        '["triage", "open", "closed"]',
        '["triage", "open", "lost", "closed"]',
        'stages[3]: nothing leads to the stage "lost"',
    ),
    (
        'to = "closed", when',
        'to = "open", when',
        'region.main.stages[1]: from the stage "triage" no final one can be reached',
    ),
    ('per = "agency"\n\n[event', 'per = "role"\n\n[event', 'region.records.per: this region cannot be kept per "role"'),
    ('allowed_in = ["closed"]', "allowed_in = []", "event.reopened.allowed_in: this event could never be recorded"),
    (
        'allowed_in = ["closed"]',
        'allowed_in = ["close"]',
        'event.reopened.allowed_in[1]: the region main has no stage "close"',
    ),
    (
        'from = ["triage"]',
        'from = ["trage"]',
        'event.decided.needs_reason_from[1]: the region main has no stage "trage"',
    ),
    (
        'region = "records", to',
        'region = "record", to',
        'moves[2].region: there is no region "record"; did you mean "records"',
    ),
    (
        'to = "secured" }',
        'to = "secure" }',
        'event.decided.moves[2]: the region records has no stage "secure"; did you mean',
    ),
    (
        "reopens = true",
        "",
        'event.reopened.moves[1].to: "previous" is for the event that reopens a case; name a stage, or',
    ),
    (
        'to = "closed", when',
        'to = "closed", start = ["triage"], when',
        'moves[1].start: decided is not allowed in "triage", so',
    ),
    (
        'event = "deadline_passed(timer=T1)"\n',
        "",
        "automatic[1]: nothing says when this happens; add closed, event or only_if",
    ),
    # answers
    ('event = "decided(outcome=no)"', 'event = "decidd"', 'answer.no.event: there is no event "decidd"; did you mean'),
    (
        'event = "decided(outcome=no)"',
        'event = "decided"',
        'decided needs "outcome", and this answer does not give it; write',
    ),
    (
        'event = "decided(outcome=no)"',
        'event = "decided(outcome=yes|no)"',
        "answer.no.event: a field has several values, and an",
    ),
    (
        'event = "decided(outcome=no)"\n',
        "",
        "answer.no.event: this key is missing; write an event, or an event with fields",
    ),
    ('event = "decided(outcome=no)"', 'event = "decided("', 'answer.no.event: "decided(" is not an event pattern'),
    (
        'event = "decided(outcome=no)"',
        'event = "set(part=a, date=2027-01-01)"',
        "records set, which does not close this task",
    ),
    (
        'takes = "reason"',
        'takes = "time"',
        'answer.no.takes: this must be one of "nothing", "agencies", "reason", not "time"',
    ),
    (
        'words = "DECISION: NO"',
        'words = "Decision:  yes"',
        '"DECISION: YES" might be taken for "DECISION: YES", the answer yes;',
    ),
    (
        'words = "DECISION: NO"',
        'words = "DECISION: YES BUT"',
        '"DECISION: YES BUT" might be taken for "DECISION: YES", the answer',
    ),
    (
        'words = "DECISION: NO"',
        'words = "Done"',
        'answer.no.words: "DONE" might be taken for "DONE"; word one of them diffe',
    ),
    (
        'words = "DECISION: NO"',
        'words = "\\u2713"',
        'answer.no.words: "\\u2713" cannot be typed by everybody; write plain words',
    ),
    # the rest
    ("[answer.no]\n", "[answer]\nno = 1\n[answer.x]\n", "answer.no: this must be a table, not 1"),
    (
        '{ when = "received(complete=no)", notice = "N8-late" }',
        "1",
        "timer.T1.notice_when[1]: this must be a table, not 1; wri",
    ),
    (
        'when = "received(complete=no)", notice',
        'wen = "x", notice',
        "timer.T1.notice_when[1].when: this key is missing; write",
    ),
    (
        'when = "received(complete=no)", notice',
        'wen = "x", notice',
        "notice_when[1].wen: there is no such key; did you mean",
    ),
    (
        'fields = { complete = "yes|no?", on = "date?", who = "agencies?" }',
        "fields = 1",
        "event.received.fields: this must be",
    ),
    ("[provisional]\nroles", "[provisional]\nrole", 'provisional.role: there is no such key; did you mean "roles"?'),
    (
        '[provisional]\nroles = ["coordinator"]\nnotice = "N28-held"',
        "[provisionl]",
        "provisionl: there is no such table or key",
    ),
    ('timer = "T1"\nevent', 'timer = "T7"\nevent', 'course[1].timer: there is no timer "T7"'),
    ('fields = { outcome = "yes" }', 'fields = { outcome = "ja" }', "course[1].event: decided cannot have outcome=ja"),
    (
        'on_date_of = "set.date"',
        'on_date_of = "set"',
        'course[2].on_date_of: "set" is not the date of an event; write event.field',
    ),
    ('date_field = "date"', 'date_field = "dat"', 'course[2].date_field: set has no date "dat"; did you mean "date"?'),
]


@pytest.mark.parametrize(("right", "wrong", "problem"), WRONG)
def test_what_leads_nowhere_or_reads_in_two_ways_is_named(
    procedure: ReadProcedure, small_procedure: str, right: str, wrong: str, problem: str
) -> None:
    assert right in small_procedure
    _, said = procedure(small_procedure.replace(right, wrong, 1))
    assert any(problem in line for line in said), said
    assert all(line.startswith("config/procedure.toml") for line in said)
