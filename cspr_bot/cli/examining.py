"""`doctor`: is every live part fit, and what is to be done where one is not."""

from argparse import Namespace
from collections.abc import Iterator
from threading import Event

from cspr_bot.bootstrap.doctor import examine, probe
from cspr_bot.cli.output import clean, office_of, print_json
from cspr_bot.pipeline.findings import Finding

MARKS = {"good": "good     ", "doubtful": "DOUBTFUL ", "bad": "BAD      ", "noted": "noted    "}


def doctor(options: Namespace) -> int:
    """Examine the live parts, and print what was found as it is found. Exit 1 where something is bad."""
    office = office_of(options)
    found: list[Finding] = []

    def all_of_it() -> Iterator[Finding]:
        yield from examine(office, tuple(options.other))
        if options.probe:
            yield from probe(office, Event().wait)

    for finding in all_of_it():
        found.append(finding)
        if not options.json:
            _print(finding)
    bad = sum(finding.verdict == "bad" for finding in found)
    doubtful = sum(finding.verdict == "doubtful" for finding in found)
    if options.json:
        print_json({"findings": found, "bad": bad, "doubtful": doubtful})
    else:
        print(f"\n{bad} bad, {doubtful} doubtful, {len(found) - bad - doubtful} good or noted.")
    return 1 if bad else 0


def _print(finding: Finding) -> None:
    print(f"{MARKS[finding.verdict]} {finding.what}: {clean(finding.told)}")
    if finding.mend:
        print(f"{'':10} → {clean(finding.mend)}")
