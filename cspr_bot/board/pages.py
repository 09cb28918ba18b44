"""The pages that show: cases, one case, its referral, what is due, how the program is."""

from cspr_bot.board.answers import Answer, Drawing, Page, Visit, missing
from cspr_bot.board.values import CaseLine

WIDE, NARROW = 1160, 340  # units of the drawing: about pixels on a desk, and on a telephone
NO_CASE = "There is no such case. It may have been mistyped: the list of cases has them all."


def cases(visit: Visit) -> Page:
    """List the open cases, the most urgent first."""
    lines = visit.desk.cases(closed=False)
    return Page("cases.html", {"lines": lines, "counts": _counts(lines)})


def closed_cases(visit: Visit) -> Page:
    """List the cases that are at their end."""
    return Page("closed.html", {"lines": visit.desk.cases(closed=True)})


def case(visit: Visit) -> Answer:
    """Show one case whole."""
    found = visit.desk.case(visit.path["reference"], visit.visitor)
    return missing(NO_CASE) if found is None else Page("case.html", {"case": found})


def form(visit: Visit) -> Answer:
    """Show the referral of a case."""
    found = visit.desk.form(visit.path["reference"], visit.visitor)
    return missing(NO_CASE) if found is None else Page("form.html", {"form": found})


def timeline(visit: Visit) -> Answer:
    """Draw the deadlines of a case for a desk."""
    return _timeline(visit, WIDE)


def narrow_timeline(visit: Visit) -> Answer:
    """Draw the deadlines of a case for a telephone."""
    return _timeline(visit, NARROW)


def due(visit: Visit) -> Page:
    """Show what is due, and what the program does next about it."""
    return Page("due.html", {"due": visit.desk.due()})


def health(visit: Visit) -> Page:
    """Say how the program is."""
    return Page("health.html", {"health": visit.desk.health(whole_log=False), "is_whole_log": False})


def health_with_log(visit: Visit) -> Page:
    """Say how the program is, after a walk along the whole audit log."""
    return Page("health.html", {"health": visit.desk.health(whole_log=True), "is_whole_log": True})


def _timeline(visit: Visit, width: int) -> Answer:
    drawn = visit.desk.timeline(visit.path["reference"], width)
    return missing(NO_CASE) if drawn is None else Drawing(drawn)


def _counts(lines: tuple[CaseLine, ...]) -> dict[str, int]:
    """Count the cases by how they stand."""
    return {state: sum(line.standing.state == state for line in lines) for state in ("late", "soon", "later")}
