"""`record` and `undo`: what happened is written down with who says so, and can be taken back."""

import pytest

from tests.cli.commands import FORM, START, Said, Type

BY = ("--by", "A. Clerk")
LOCAL = ("police", "health", "local_authority")


def record(at_home: Type, case: str, words: str, *more: str) -> Said:
    event, *fields = words.split()
    return at_home(
        "record", case, event, *(word for field in fields for word in ("--set", field)), *BY, "--json", *more
    )


def test_a_reason_is_kept_even_where_the_event_has_no_place_for_one(at_home: Type, case: str) -> None:
    assert record(at_home, case, "partners_informed", "--reason", "by telephone").status == 0
    notes = [
        event["fields"] for event in at_home("show", case, "--json").json["events"] if event["name"] == "note_added"
    ]
    assert notes == [{"note": "partners_informed: by telephone"}]


def test_an_event_that_the_stage_does_not_allow_is_refused_with_what_is_allowed(at_home: Type, case: str) -> None:
    said = at_home("record", case, "published", *BY)
    assert said.status == 1
    assert said.out == ""
    assert "published is not allowed while the case is in open" in said.problems[0]
    assert said.problems[1] == f"{case}: allowed now:"
    assert said.problems[2].startswith("  triage_confirmed, disagreement_raised,")
    assert "at every stage:" in said.problems
    assert all(len(line) <= 80 for line in said.problems)


def test_a_mistyped_event_is_met_with_the_nearest_one(at_home: Type, case: str) -> None:
    said = at_home("record", case, "triage_confirmd", *BY)
    assert said.status == 1
    assert len(said.problems) == 1
    assert 'did you mean "triage_confirmed"?' in said.problems[0]


def test_an_event_that_is_like_none_is_met_with_all_there_are_and_with_no_guess(at_home: Type, case: str) -> None:
    said = at_home("record", case, "nonsense", *BY)
    assert said.status == 1
    assert "did you mean" not in said.err
    assert said.problems[:2] == [f"{case}: there is no event 'nonsense'", f"{case}: allowed now:"]
    assert all(len(line) <= 80 for line in said.problems)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("subgroup_decided", "subgroup_decided needs rapid_review=yes|no"),
        ("subgroup_decided rapid_review=maybe", "must be one of yes, no"),
        ("subgroup_decided rapid=yes", "has no field 'rapid'"),
        ("subgroup_decided rapid_review=yes agencies=police,helth", "helth: not in contacts.toml"),
        ("date_corrected field=aware_on value=soon", "must be a date such as"),
        ("deadline_extended timer=T99 to=2026-12-24 reason=x", "there is no timer 'T99'"),
    ],
)
def test_wrong_fields_are_told_without_a_list_of_events(at_home: Type, case: str, words: str, told: str) -> None:
    said = record(at_home, case, words)
    assert said.status == 1
    assert told in said.err
    assert "allowed now" not in said.err


def test_what_only_the_rules_conclude_cannot_be_recorded(at_home: Type, case: str) -> None:
    assert at_home("record", case, "deadline_passed", *BY).problems == ["deadline_passed cannot be recorded by hand"]
    assert at_home("record", case, "withdrawn", *BY).problems == ["withdrawn cannot be recorded by hand: use `undo`"]


def test_the_clock_of_the_home_is_the_default_of_at(at_home: Type, case: str) -> None:
    record(at_home, case, "partners_informed")
    event = at_home("show", case, "--json").json["events"][-1]
    assert event["at"] == f"{START}:00+00:00"
    assert (event["by"], event["source"]) == ("A. Clerk", "cli")


def test_a_moment_without_an_offset_is_the_offices_own_time(at_home: Type, case: str) -> None:
    assert (
        at_home(
            "--now", "2027-07-01T12:00", "record", case, "partners_informed", *BY, "--at", "2027-07-01T10:00"
        ).status
        == 0
    )
    assert at_home("show", case, "--json").json["events"][-1]["at"] == "2027-07-01T09:00:00+00:00"


def test_nothing_happens_in_the_future(at_home: Type, case: str) -> None:
    said = at_home("record", case, "partners_informed", *BY, "--at", "2026-12-16")
    assert (said.status, said.problems) == (1, [f"{case}: partners_informed cannot have happened later than now"])


def test_what_was_before_the_referral_is_recorded_with_a_word_of_doubt(at_home: Type, case: str) -> None:
    said = at_home("record", case, "sin_sent", *BY, "--at", "2026-12-01")
    assert said.status == 0
    assert "before the referral was received" in said.out


def test_a_recorded_event_is_told_with_its_number_and_the_stage(at_home: Type, case: str) -> None:
    said = at_home("record", case, "triage_confirmed", *BY)
    assert said.out == f"{case}: recorded as event 2; the case stands at: subgroup due.\n"


def test_undo_takes_an_event_back_and_says_so(at_home: Type, case: str) -> None:
    number = record(at_home, case, "triage_confirmed").json["event"]
    said = at_home("undo", case, number, *BY, "--reason", "wrong case")
    assert said.out == f"{case}: event {number} was withdrawn; the case stands at: open.\n"
    events = at_home("show", case, "--json").json["events"]
    assert [event["name"] for event in events if event["withdrawn"]] == ["triage_confirmed"]


def test_undo_sends_nothing_again(at_home: Type, case: str) -> None:
    at_home("--now", START, "run", "--once")
    sent = {row["id"] for row in at_home("outbox", "--json").json}
    number = record(at_home, case, "partners_informed").json["event"]
    at_home("undo", case, number, *BY, "--reason", "wrong case")
    at_home("--now", START, "run", "--once")
    new = [row["notice"] for row in at_home("outbox", "--json").json if row["id"] not in sent]
    assert set(new) <= {"N13-calendar"}  # the day was taken out of a calendar, and is put back there


def test_undo_is_refused_while_a_later_event_depends_on_it(at_home: Type, case: str) -> None:
    number = record(at_home, case, "subgroup_decided rapid_review=yes agencies=police").json["event"]
    record(at_home, case, "rapid_review_started")
    said = at_home("undo", case, number, *BY, "--reason", "wrong case")
    assert said.status == 1
    assert "a later event depends on it" in said.err


def test_undo_of_what_is_not_there_or_may_not_be_taken_back_is_refused(at_home: Type, case: str) -> None:
    unknown = at_home("undo", case, 99, *BY, "--reason", "x")
    assert unknown.problems == [f"{case}: there is no event 99 on this case, or it was withdrawn before"]
    first = at_home("undo", case, 1, *BY, "--reason", "x")
    assert first.problems == [f"{case}: event 1 (referral_received) cannot be withdrawn"]


@pytest.mark.parametrize("words", [("record", "NS-0000-00", "note_added"), ("undo", "NS-0000-00", 1, "--reason", "x")])
def test_a_case_that_is_not_there_is_told(at_home: Type, words: tuple[object, ...]) -> None:
    said = at_home(*words, *BY)
    assert (said.status, said.problems) == (1, ["NS-0000-00: there is no such case; `cases --all` lists them"])


def test_a_person_must_say_who_and_why(at_home: Type, case: str) -> None:
    assert at_home("record", case, "note_added").status == 2
    assert at_home("record", case, "note_added", "--by", " ").status == 2
    assert at_home("undo", case, 1, *BY).status == 2
    assert at_home("record", case, "note_added", *BY, "--set", "note").status == 2


def test_a_referral_by_hand_is_recorded_by_opening_it(at_home: Type) -> None:
    reference = at_home("open", FORM, *BY, "--json").json["reference"]
    said = at_home("record", reference, "referral_received", "--set", "complete=yes", *BY)
    assert said.status == 1
