"""Deciding on a held mail: read it, say what it is and why, see what that will do, and confirm it."""

from typing import cast, get_args

from cspr_bot.board.answers import Answer, Page, Redirect, Visit, missing
from cspr_bot.board.values import Choice, Decision, HeldPage, Refused

NOT_HELD = "This mail is not held, or not any more: somebody may have decided on it meanwhile."
LONGEST_REASON = 500  # signs
CHOICES: tuple[Choice, ...] = get_args(Choice)
DONE = {
    "referral": "Mail {mail} was released as a referral: {cases}.",
    "reply": "Mail {mail} was filed as a reply on {cases}.",
    "ignore": "Mail {mail} was discarded. It is kept, and does nothing.",
}


def held(visit: Visit) -> Page:
    """List what waits for a person."""
    return Page("held.html", {"lines": visit.desk.held()})


def held_mail(visit: Visit) -> Answer:
    """Show a held mail, and ask what it is."""
    found = visit.desk.held_mail(visit.number("mail"), visit.visitor)
    return missing(NOT_HELD) if found is None else _asking(visit, found, ())


def confirm(visit: Visit) -> Answer:
    """First click: show what the decision will do, or what is missing in it."""
    decision, problems = _decision(visit)
    if decision is not None and not problems and (refused := visit.desk.check(decision)):
        problems = (("case" if decision.choice == "reply" else "choice", refused.why),)
    if decision is not None and not problems:
        return Page("confirm.html", {"decision": decision})
    found = visit.desk.held_mail(visit.number("mail"), visit.visitor)
    return missing(NOT_HELD) if found is None else _asking(visit, found, problems)


def release(visit: Visit) -> Answer:
    """Second click: do it, once."""
    decision, problems = _decision(visit)
    if decision is None or problems:
        return confirm(visit)
    done = visit.desk.release(decision, visit.visitor)
    if isinstance(done, Refused):
        return Page("refused.html", {"why": done.why, "back": "/held"}, 409)
    named = ", ".join(done.references)
    return Redirect("/held", DONE[decision.choice].format(mail=decision.mail, cases=named))


def _asking(visit: Visit, found: HeldPage, problems: tuple[tuple[str, str], ...]) -> Page:
    typed = {name: visit.fields.get(name, "") for name in ("choice", "case", "reason")}
    facts = {"mail": found, "problems": problems, "typed": typed, "longest": LONGEST_REASON}
    return Page("held_mail.html", facts, 422 if problems else 200)


def _decision(visit: Visit) -> tuple[Decision | None, tuple[tuple[str, str], ...]]:
    """Read what was decided, or say field by field what is wrong with it."""
    choice, reason, case = visit.word("choice"), visit.word("reason"), visit.word("case")
    problems = []
    if choice not in CHOICES:
        problems.append(("choice", "Choose what this mail is"))
    if choice == "reply" and not case:
        problems.append(("case", "Write the reference of the case that it belongs to"))
    if not reason:
        problems.append(("reason", "Write why, in a few words"))
    if len(reason) > LONGEST_REASON:
        problems.append(("reason", f"Write at most {LONGEST_REASON} signs; these are {len(reason)}"))
    if problems:
        return None, tuple(problems)
    named = case.upper() if choice == "reply" else None
    return Decision(visit.number("mail"), cast("Choice", choice), reason, named), ()
