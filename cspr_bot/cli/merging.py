"""Two referrals of one incident become one case: the earliest clocks, and both referrers kept."""

from argparse import Namespace

from cspr_bot.bootstrap.office import Office
from cspr_bot.cli.failures import SaidNoError
from cspr_bot.cli.output import check_case, office_of, print_json
from cspr_bot.cli.recording import moved_json, print_moved
from cspr_bot.pipeline.kept import NewEvent
from cspr_bot.pipeline.merging import joining, left_behind
from cspr_bot.procedure.case import Decision, Refusal


def merge(options: Namespace) -> int:
    """Join one case to another. What was sent for either stays sent; nothing is sent again."""
    office = office_of(options)
    gone, stays = options.reference, options.into
    for reference in (gone, stays):
        check_case(office, reference)
    if gone == stays:
        raise SaidNoError(f"{gone}: a case cannot be joined to itself")
    decision, warnings = _joined(office, gone, stays, options.by)
    _end(office, gone)
    if options.json:
        print_json({"case": stays, "merged": gone, "moved": moved_json(decision), "warnings": warnings})
        return 0
    print(f"{gone} was joined to {stays}, with the earliest clocks of both and both referrers.")
    print_moved(office, decision)
    for warning in warnings:
        print(f"Note: {warning}")
    print(f"If it was a mistake, undo event {decision.case.last_number} on {stays}, and the last event on {gone}.")
    return 0


def _joined(office: Office, gone: str, stays: str, by: str) -> tuple[Decision, list[str]]:
    store, now = office.store.progression, office.clock.now()
    going, staying = store.load_case(gone), store.load_case(stays)
    ending = NewEvent(gone, "merged", now, "cli", by, {"into": stays})
    _or_no(office.progression.consider(going, ending, now), gone)
    decision = _or_no(office.progression.record(joining(going, staying, now, by)), stays)
    left = left_behind(going.case, decision.case, office.rules_of(going.case).procedure)
    return decision, [*decision.warnings, *left]


def _or_no(outcome: Decision | Refusal, reference: str) -> Decision:
    if isinstance(outcome, Refusal):
        raise SaidNoError("\n".join(f"{reference}: {problem}" for problem in outcome.problems))
    return outcome


def _end(office: Office, gone: str) -> None:
    """Let the case that goes end now; where somebody else is quicker, or we die here, the queue still knows of it."""
    while office.store.progression.load_case(gone).case.stages["main"] != "merged":
        if not office.progression.step():
            break
