"""What another procedure.toml would change, before it is made: for an imagined case, and for every open one."""

import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from cspr_bot.cli.failures import SaidNoError
from cspr_bot.cli.output import Row, in_words, office_of, print_json, print_table, role_title, told
from cspr_bot.config import Home, read_other_procedure
from cspr_bot.procedure.comparison import Comparison, Difference, Duty, compared, difference
from cspr_bot.procedure.definition import Procedure
from cspr_bot.procedure.rehearsal import REFERENCE, Rehearsal
from cspr_bot.procedure.tasks import Ground

IN_WORDS = {
    "new": "would be new",
    "dropped": "would fall away",
    "due": "due on another day",
    "owner": "somebody else's",
    "done": "open or done otherwise",
    "title": "called otherwise",
    "law": "in law or not",
    "reminder": "reminded otherwise",
}


def compare(options: Namespace, home: Home, rehearsed: Callable[[Procedure], Rehearsal]) -> int:
    """Print every duty that would differ; exit 1 where a history could not have been under the other file."""
    if not options.diff.is_file():
        raise SaidNoError(f"{options.diff}: there is no such file; name another procedure.toml")
    other = read_other_procedure(options.diff, home)
    if not isinstance(other, Procedure):
        raise SaidNoError("\n".join(map(str, other)))
    now, then = Ground(home.procedure, home.calendar), Ground(other, home.calendar)
    first, second = rehearsed(home.procedure), rehearsed(other)
    imagined = difference(first.case, now, second.case, then)
    cases = dict(_open_cases(options, then))
    if options.json:
        print_json({"imagined": _json(imagined), "cases": {name: _json(item) for name, item in cases.items()}})
    else:
        _print(home, imagined, cases)
    problems = [*second.problems, *(f"{name}: {text}" for name, item in cases.items() for text in item.problems)]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _open_cases(options: Namespace, then: Ground) -> Iterator[tuple[str, Comparison]]:
    """Compare every open case of the home, where there is one: the version that it goes by with the other."""
    if not (options.home / "var").is_dir():
        return
    office = office_of(options)
    hiding = office.home.procedure.regions["main"].final
    for row in office.store.reports.case_rows(hiding=hiding):
        if not row.is_provisional:
            case = office.store.progression.load_case(row.reference).case
            yield row.reference, compared(case, Ground(office.rules_of(case).procedure, then.calendar), then)


# ---------------------------------------------------------------------------------------------------------------------
# For programs


def _json(found: Comparison) -> dict[str, object]:
    return {
        "differences": [{"what": item.what, "before": item.before, "after": item.after} for item in found.differences],
        "stages": [{"region": region, "before": old, "after": new} for region, old, new in found.stages],
        "problems": found.problems,
    }


# ---------------------------------------------------------------------------------------------------------------------
# For people


def _print(home: Home, imagined: Comparison, cases: dict[str, Comparison]) -> None:
    _print_differences("For one imagined case", ((REFERENCE, imagined),), home, empty="An imagined case: no change.")
    _print_differences("For the open cases", cases.items(), home, empty=_nothing_for(cases))
    unchanged = [name for name, item in cases.items() if not (item.differences or item.stages or item.problems)]
    if unchanged and len(unchanged) < len(cases):
        print(f"No change for: {', '.join(unchanged)}.")


def _nothing_for(cases: dict[str, Comparison]) -> str:
    return "The open cases: no change." if cases else "There is no open case."


def _print_differences(title: str, found: Iterable[tuple[str, Comparison]], home: Home, *, empty: str) -> None:
    print_table(
        title,
        ("case", "clock", "duty", "for", "what changes", "as it is", "as it would be"),
        (row for name, item in found for row in _rows(name, item, home)),
        empty=empty,
        folds=("duty", "for", "what changes", "as it is", "as it would be"),
    )


def _rows(name: str, found: Comparison, home: Home) -> Iterator[Row]:
    for region, old, new in found.stages:
        yield name, "", f"stage: {in_words(region)}", "", "stands elsewhere", in_words(old), in_words(new)
    for item in found.differences:
        duty = item.after or item.before
        assert duty is not None  # noqa: S101 - one of the two is there
        clock = duty.timer if duty.timer.startswith("T") else ""
        what = ", ".join(IN_WORDS[word] for word in item.what)
        whose = _whose(duty, home.procedure)
        yield name, clock, duty.title, whose, what, _told(item.before, item, home), _told(item.after, item, home)


def _told(duty: Duty | None, item: Difference, home: Home) -> str:
    """Say of a duty what differs, and always by when it is due."""
    if duty is None:
        return "-"
    words = [f"due {_day(duty.due_on)}"]
    if "owner" in item.what:
        words.append(_whose(duty, home.procedure))
    if "title" in item.what:
        words.append(duty.title)
    if "done" in item.what:
        words.append("open" if duty.is_open else "done")
    if "law" in item.what:
        words.append("a duty in law" if duty.statutory else "no duty in law")
    if "reminder" in item.what and duty.is_open:
        words.append(
            f"next reminder {told(duty.reminds_at, home.settings.office.hours.zone)}"
            if duty.reminds_at
            else "no reminder to come"
        )
    return "; ".join(words)


def _whose(duty: Duty, procedure: Procedure) -> str:
    return ", ".join([*(role_title(role, procedure) for role in duty.roles), *([duty.agency] if duty.agency else [])])


def _day(on: date) -> str:
    return on.strftime("%a %d %b %Y")
