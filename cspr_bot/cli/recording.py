"""Writing down what happened, and taking it back."""

from argparse import Namespace
from collections.abc import Mapping
from datetime import datetime
from textwrap import wrap

from cspr_bot.bootstrap.office import Office
from cspr_bot.cli.failures import SaidNoError
from cspr_bot.cli.output import check_case, in_words, office_of, print_json
from cspr_bot.config.problems import nearest
from cspr_bot.pipeline.kept import NewEvent
from cspr_bot.pipeline.progression import MOVED_TO_ANOTHER
from cspr_bot.procedure.case import Case, Decision, Refusal
from cspr_bot.procedure.definition import INTERNAL_EVENTS, Procedure

WIDTH = 78
# What the program records by itself: what it concluded, and what became of a mail.
NEVER_BY_HAND = INTERNAL_EVENTS | {
    "withdrawn",
    "status_asked",
    "mail_unknown",
    "mail_slowed",
    "contact_away",
    "contact_undeliverable",
    "form_corrected",
    "case_joined",
}


def record(options: Namespace) -> int:
    """Record an event on a case. Mails that follow from it go out when `run` next works."""
    office = office_of(options)
    fields = dict(options.fields)
    takes_reason = _takes_reason(office, options)
    if options.reason and takes_reason:
        fields["reason"] = options.reason
    if options.event in NEVER_BY_HAND:
        raise SaidNoError(f"{options.event} cannot be recorded by hand{_instead(options.event)}")
    _check_words(office, fields)
    if options.event == MOVED_TO_ANOTHER and not fields.get("version"):
        fields["version"] = office.rules.version_on(office.home.calendar.day_of(office.clock.now()))
    status = _put(office, options, options.event, fields)
    if options.reason and not takes_reason:  # an event that keeps no reason of its own has it beside it as a note
        note = {"note": f"{options.event}: {options.reason}"}
        office.progression.record(
            NewEvent(options.reference, "note_added", office.clock.now(), "cli", options.by, note)
        )
    return status


def _takes_reason(office: Office, options: Namespace) -> bool:
    rule = _procedure_of(office, options.reference).events.get(options.event)
    return rule is None or any(field.name == "reason" for field in rule.fields)


def _procedure_of(office: Office, reference: str) -> Procedure:
    """Give the procedure that a case goes by; for one that is not there, the one in force."""
    if not office.store.registration.has_case(reference):
        return office.home.procedure
    return office.rules_of(office.store.registration.case_as_it_stands(reference)).procedure


def undo(options: Namespace) -> int:
    """Withdraw an event: the case is recomputed, and nothing that was sent is sent again."""
    office = office_of(options)
    return _put(office, options, "withdrawn", {"event": str(options.event), "reason": options.reason})


def _put(office: Office, options: Namespace, name: str, fields: Mapping[str, str]) -> int:
    check_case(office, options.reference)
    at = office.local(options.at) if getattr(options, "at", None) else office.clock.now()
    event = NewEvent(options.reference, name, at, "cli", options.by, fields)
    outcome = office.progression.record(event)
    match outcome:
        case Refusal():
            raise SaidNoError("\n".join(_refused(options.reference, name, outcome, office)))
        case Decision():
            _tell(options, name, outcome, at)
            if not options.json:
                print_moved(office, outcome)
    return 0


def _tell(options: Namespace, said: str, decision: Decision, at: datetime) -> None:
    number = decision.case.last_number
    warnings = [*decision.warnings, *_too_early(decision.case, at)]
    if options.json:
        print_json(
            {
                "case": decision.case.reference,
                "event": number,
                "stages": {**decision.case.stages, **decision.case.agency_stages},
                "mails": len(decision.mails),
                "warnings": warnings,
                "moved": moved_json(decision),
            }
        )
        return
    stage = in_words(decision.case.stages["main"])
    what = f"event {options.event} was withdrawn" if said == "withdrawn" else f"recorded as event {number}"
    print(f"{decision.case.reference}: {what}; the case stands at: {stage}.")
    if decision.mails:
        print("Mails follow from it; they go out when `run` next works.")
    for warning in warnings:
        print(f"Note: {warning}")


def _refused(reference: str, name: str, refusal: Refusal, office: Office) -> list[str]:
    """Say why an event was refused; where the case does not allow it at all, what it allows now."""
    lines = [f"{reference}: {problem.removeprefix('withdrawn: ')}" for problem in refusal.problems]
    if not refusal.allowed_now or name == "withdrawn" or name in refusal.allowed_now:
        return lines
    known = _procedure_of(office, reference).events
    allowed = [event for event in refusal.allowed_now if event not in NEVER_BY_HAND]
    meant = "" if name in known else nearest(name, set(known) - NEVER_BY_HAND)
    if meant:
        return [f'{line}; did you mean "{meant}"?' for line in lines]
    at_this_stage = [event for event in allowed if "*" not in known[event].allowed_in]
    at_any = [event for event in allowed if "*" in known[event].allowed_in]
    return [*lines, *_listed(f"{reference}: allowed now:", at_this_stage), *_listed("at every stage:", at_any)]


def _listed(head: str, names: list[str]) -> list[str]:
    """Write names below a head, as many side by side as can be read."""
    return [head, *wrap(", ".join(names) or "nothing", WIDTH, initial_indent="  ", subsequent_indent="  ")]


def _too_early(case: Case, at: datetime) -> list[str]:
    """Look twice at what is said to have happened before the case was there; it may be true of a notification."""
    opened = next((event.at for event in case.history if event.name == "referral_received"), at)
    return ["that was before the referral was received; `undo` takes it back if it is wrong"] if at < opened else []


def _check_words(office: Office, fields: Mapping[str, str]) -> None:
    """Refuse agencies and roles that the contact list does not know: nobody could be written to."""
    today = office.home.calendar.day_of(office.clock.now())
    known = office.home.book.agencies(today)
    named = [name.strip() for key in ("agency", "agencies") for name in fields.get(key, "").split(",") if name.strip()]
    strangers = [name for name in named if name not in known]
    if strangers:
        raise SaidNoError(
            f"agency: {', '.join(strangers)}: not in contacts.toml; the agencies there are {', '.join(sorted(known))}"
        )


def _instead(event: str) -> str:
    return {"withdrawn": ": use `undo`", "case_joined": ": use `merge`"}.get(event, "")


def moved_json(decision: Decision) -> list[dict[str, object]]:
    """Give the duties that are due on another day now, for programs."""
    return [
        {"timer": duty.timer, "agency": duty.agency, "key": duty.key, "before": duty.before, "after": duty.after}
        for duty in decision.moved
    ]


def print_moved(office: Office, decision: Decision) -> None:
    """Show the duties that are due on another day now."""
    timers = office.rules_of(decision.case).procedure.timers
    for duty in decision.moved:
        title = " ".join(filter(None, (timers[duty.timer].title, duty.key, f"({duty.agency})" if duty.agency else "")))
        print(f"Moved: {title}: was due {duty.before:%a %d %b %Y}, now due {duty.after:%a %d %b %Y}.")
