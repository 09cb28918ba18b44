"""Makes docs/procedure.md from config/procedure.toml: `python -m tests.procedure.document` writes it anew."""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from cspr_bot.pipeline.letters import ROLE_TITLES
from cspr_bot.procedure.definition import Ambiguity, Duty, Pattern, Procedure, Timer
from tests.procedure.casework import shipped_procedure

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "procedure.md"
HEAD = """# The procedure, sentence by sentence

This page is made from `config/procedure.toml` (`python -m tests.procedure.document` writes it anew, and a test compares
the two). It says of every duty and every clock of NSSCP/001 where it stands, whose it is, how its deadline is worked
out, which mails belong to it, and which test holds it. The clauses are those of the source; *WD* means working days.

## Changing the procedure

A case goes by the procedure as it stood when the program first worked on the case, and keeps it to its end. The text is
kept in the database, so nothing that happens to the files changes an open case.

- **A change for new cases, from now on:** change the line in `config/procedure.toml` and start the program again.
- **A change from a day to come:** put a second file beside it, such as `config/procedure-2027.toml`, that begins with
  `effective_from = 2027-04-01`. A referral that reaches the mailbox from that day on goes by it; one of the day before
  does not, whatever day the incident was.
- **To see what a change would do:** `cspr-bot rehearse --diff FILE`, for an imagined case and for each open one.
- **To see what a case goes by:** `cspr-bot show REF`, in the line *procedure*.
- **To move an open case to what holds now:** `cspr-bot record REF procedure_changed --reason WHY --by NAME`. The case
  is worked out anew: what was sent is not sent again, what was done stays done, and every day that moves is shown. It
  is refused where the case's history could not have been so. `--set version=KEY` names another version, by the key
  that `show` gives.

`cspr-bot check` and every start name the open cases that keep an earlier text. `check` stops at two files of one day,
and where the first has not begun yet. A file that is no version needs another name: every `procedure*.toml` counts.

"""
ANCHORS = {
    "aware": "the referrer's awareness",
    "la_aware": "the authority's awareness",
    "la_aware_on": "its confirmed awareness",
    "incident_on": "the incident",
    "received_on": "receipt",
    "opening": "the event that opens it",
    "asked": "the day on which it is asked for",
    "rapid_review_clock": "the earliest of notification, decision and start",
    "review_decided": "the decision on a local review",
}
UNITS = {"working_days": "WD", "days": "calendar days", "months": "months"}
# Duties that no test bears in its name: by which tests they are held all the same.
TESTS_OF_DUTIES = {
    "event.referral_received": "test_a_referral_goes_straight_to_publication_and_closes_without_recommendations",
    "event.sin_sent": "test_the_notification_runs_beside_everything_else",
    "event.areas_known": "test_t4_opens_only_where_several_areas_are_concerned_and_goes_when_there_is_one",
    "event.subgroup_decided": "test_a_co_ordinator_on_leave_blocks_nobody",
    "event.panel_decided": "test_a15_the_panel_can_answer_five_things",
    "event.new_information": "test_a_local_review_that_the_panel_confirms_commences_again",
    "event.rapid_review_started": "test_t10_opens_for_each_agency_at_the_start_and_counts_from_the_earliest",
    "event.family_informed": "test_a_case_can_be_driven_through_its_course_event_by_event",
    "event.report_accepted": "test_t15_closes_with_the_accepted_report",
    "event.action_added": "test_t17_has_its_own_day_rolled_back_to_a_working_day_and_its_own_agency",
    "event.published": "test_the_day_of_publication_does_not_pass_in_silence",
    "event.improvements_published": "test_improvements_alone_may_be_published",
    "event.gate_overridden": "test_a13_a_local_review_waits_for_the_panel_unless_the_gate_is_overridden_or_off",
    "event.looked_after_known": "test_t5_stays_away_once_the_child_is_known_not_to_be_looked_after",
    "event.custody_known": "test_a_child_who_was_not_free_is_not_laid_aside_without_a_word",
    "event.detained_known": "test_a_child_who_was_not_free_is_not_laid_aside_without_a_word",
    "event.closed": "test_what_nobody_has_said_counts_as_possible_and_is_not_laid_aside_without_a_word",
    "region.records": "test_t18_secures_the_records_of_each_agency",
    "notice.N1": "test_from_a_referral_before_christmas_to_publication",
    "notice.N1-form": "test_whoever_writes_without_a_form_gets_the_blank_one_and_a_person_reads_the_mail",
    "notice.N3-corrected": "test_the_corrected_form_in_a_reply_joins_the_case_and_ends_the_questions",
    "notice.N8-members": "test_the_members_of_the_sub_group_hear_that_it_is_convened",
    "notice.N9": "test_t8_asks_nobody_and_closes_by_itself_once_the_executive_has_been_told",
    "notice.N13": "test_from_a_referral_before_christmas_to_publication",
    "notice.N17": "test_from_a_referral_before_christmas_to_publication",
    "notice.N22": "test_new_information_goes_to_the_panel_again",
    "notice.N25": "test_learning_is_shared_by_a_person_and_then_told_to_every_agency",
    "timer.T11-draft": "test_t11_has_milestones_on_its_way_and_closes_when_the_review_is_complete",
    "timer.T11-executive": "test_a12_the_executive_decides_by_day_fourteen_and_only_the_chair_goes_on_without_it",
    "timer.T11-meeting": "test_t11_has_milestones_on_its_way_and_closes_when_the_review_is_complete",
    "timer.T20-telephone": "test_t20_reminds_twice_and_then_somebody_telephones",
    "timer.alternative-plan": "test_an_alternative_review_has_a_kind_an_owner_and_a_day_of_its_own",
    "timer.alternative-review": "test_an_alternative_review_has_a_kind_an_owner_and_a_day_of_its_own",
    "timer.hold": "test_a_held_publication_is_looked_at_again",
    "timer.learning": "test_learning_is_shared_by_a_person_and_then_told_to_every_agency",
    "timer.name-agencies": "test_the_agencies_are_asked_for_on_the_same_day_where_none_was_named",
    "timer.progress": "test_a_review_that_goes_on_is_asked_after_every_twenty_working_days",
    "timer.publication-date": "test_a_case_on_which_nobody_sets_a_day_of_publication_is_chased_within_the_six_months",
    "timer.publish": "test_the_day_of_publication_does_not_pass_in_silence",
    "timer.receipt": "test_receipt_of_the_first_notice_is_asked_of_each_role",
    "timer.report-check": "test_the_final_report_is_checked_against_sections_10_and_11",
    "timer.triage": "test_a_co_ordinator_on_leave_blocks_nobody",
    "timer.T13-anew": "test_the_panel_disagrees",
    "timer.withdrawal": "test_a10_no_rapid_review_after_a_notification_needs_a_reason_or_the_withdrawal",
}  # fmt: skip


def page(procedure: Procedure) -> str:
    """Give the whole page."""
    tests = every_test()
    parts = (HEAD, _duties(procedure, tests), _timers(procedure, tests), _ambiguities(procedure, tests))
    return "".join(parts)


def _duties(procedure: Procedure, tests: dict[str, str]) -> str:
    head = ("Duty", "Clause", "Whose", "By when", "Mails", "Kept by", "Test")
    rows = (_duty(duty, procedure, tests) for duty in procedure.duties.values())
    return f"## The {len(procedure.duties)} duties of the source\n\n{_table(('No.', *head), rows)}\n"


def _duty(duty: Duty, procedure: Procedure, tests: dict[str, str]) -> tuple[str, ...]:
    timers = [procedure.timers[path.removeprefix("timer.")] for path in duty.kept_by if path.startswith("timer.")]
    notices = [path.removeprefix("notice.") for path in duty.kept_by if path.startswith("notice.")]
    return (
        duty.name,
        duty.title,
        duty.cite,
        _joined(_owner(timer) for timer in timers),
        _joined(f"{timer.name}: {_rule(timer)}" for timer in timers),
        _joined((*(name for timer in timers for name in _notices(timer)), *notices)),
        _joined(f"`{path}`" if " " not in path else path for path in duty.kept_by),
        _joined(found for path in duty.kept_by if " " not in path for found in named_tests(path, tests)),
    )


def _timers(procedure: Procedure, tests: dict[str, str]) -> str:
    head = ("Clock", "Duty", "Clause", "Whose", "By when", "Opened by", "Closed by", "Ladder", "Mails", "Test")
    rows = (
        (
            f"{timer.name}{' (in law)' if timer.statutory else ''}",
            timer.title,
            timer.cite,
            _owner(timer),
            _rule(timer),
            _joined(map(_pattern, timer.opened_by)),
            _joined(map(_pattern, timer.closed_by)),
            timer.ladder.replace("_", " "),
            _joined(_notices(timer)),
            _joined(named_tests(f"timer.{timer.name}", tests)),
        )
        for timer in procedure.timers.values()
    )
    lead = "T1 to T23 are the source's; those with a name are steps that it leaves unsaid."
    return f"## The clocks\n\n{lead}\n\n{_table(head, rows)}\n"


def _ambiguities(procedure: Procedure, tests: dict[str, str]) -> str:
    head = ("", "Question", "What holds", "Switch", "Other readings", "Test")
    rows = (_ambiguity(entry, tests) for entry in procedure.ambiguities.values())
    return f"## Where the source is silent or contradicts itself\n\n{_table(head, rows)}"


def _ambiguity(entry: Ambiguity, tests: dict[str, str]) -> tuple[str, ...]:
    switch = _joined(f"`{path}`" for path in entry.switch)
    readings = _joined(f"`{reading}`" for reading in entry.readings)
    found = _joined(named_tests(f"ambiguity.{entry.name}", tests))
    return entry.name, entry.question, entry.default, switch, readings, found


def named_tests(path: str, tests: dict[str, str]) -> Iterator[str]:
    """Give the tests that hold a line of the file: those that bear its name, else the one that is named for it."""
    kind, _, name = path.partition(".")
    if kind == "answer":
        name, kind = "T23", "timer"
    if (kind == "timer" and re.fullmatch(r"T\d+", name)) or kind == "ambiguity":
        yield from (f"{file}::{test}" for test, file in tests.items() if f"_{name.lower()}_" in f"{test}_")
    elif path in TESTS_OF_DUTIES:
        test = TESTS_OF_DUTIES[path]
        yield f"{tests.get(test, '')}::{test}"


def every_test() -> dict[str, str]:
    """Give every test function of the tests that know the procedure, with its file."""
    found = {}
    for folder in ("procedure", "scenarios", "cli"):
        for file in sorted((ROOT / "tests" / folder).glob("test_*.py")):
            for node in ast.parse(file.read_text("utf-8")).body:
                if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                    found[node.name] = file.stem
    return found


def _rule(timer: Timer) -> str:
    """Say in words how a due day is worked out."""
    anchors = ", ".join(map(_anchor, timer.anchors))
    which = "the earliest of " if timer.combine == "earliest" and len(timer.anchors) > 1 else ""
    count = "" if timer.unit == "date" else f"{abs(timer.length)} {UNITS[timer.unit]}"
    match (timer.unit, timer.length):
        case ("date", _):
            rule = f"the day itself ({anchors})"
        case (_, length) if length < 0:
            rule = f"{count} before {anchors}"
        case (_, 0):
            rule = f"on the day of {anchors}"
        case _:
            rule = f"{count} from {which}{anchors}"
    capped = f", never after {timer.not_after}" if timer.not_after else ""
    late = f", {timer.late_minimum} WD at least where it is opened late" if timer.late_minimum else ""
    limit = f"; outer limit from {_anchor(timer.outer_limit)}" if timer.outer_limit else ""
    return f"{rule}{capped}{late}{limit}"


def _anchor(words: str) -> str:
    return ANCHORS.get(words) or words.replace("_", " ").replace("=", " ").replace(".", ": ")


def _owner(timer: Timer) -> str:
    owners = timer.roles if timer.per == "role" else (timer.owner,)
    names = ", ".join(ROLE_TITLES[role].removeprefix("the ") for role in owners)
    return f"each {names}" if timer.per == "agency" else names


def _notices(timer: Timer) -> Iterator[str]:
    names = (
        timer.request_notice,
        timer.reminder_notice,
        timer.breached_notice,
        *(name for _, name in timer.notice_when),
    )
    yield from (name for name in dict.fromkeys(names) if name not in ("", "none"))


def _pattern(pattern: Pattern) -> str:
    fields = ", ".join(f"{name}={' or '.join(values) or 'none'}" for name, values in pattern.fields.items())
    return f"{pattern.event.replace('_', ' ')}{f' ({fields})' if fields else ''}"


def _joined(words: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(words))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, tuple("---" for _ in head), *rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(page(shipped_procedure()), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)} was written.\n")
