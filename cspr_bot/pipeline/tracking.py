"""Recommendations in words: how each one stands, to be read without colour."""

from collections.abc import Iterator
from datetime import datetime

from cspr_bot.pipeline.facts import RecommendationFacts
from cspr_bot.pipeline.rules import Rules
from cspr_bot.procedure.case import Case
from cspr_bot.procedure.recommendations import Recommendation, recommendations

STATUS = {
    "not_started": "nobody has said that it has begun",
    "on_track": "on track",
    "at_risk": "at risk, by the agency's own word",
    "awaiting_evidence": "carried out, evidence awaited",
    "done": "carried out",
    "not_accepted": "not accepted, with a reason on record",
    "cancelled": "ended with the case",
}


def tracked(case: Case, rules: Rules, now: datetime) -> tuple[Recommendation, ...]:
    """Give the recommendations of a case as they stand at a moment."""
    return recommendations(case, rules.procedure, rules.calendar, rules.calendar.day_of(now))


def recommendation_facts(case: Case, rules: Rules, now: datetime, *, is_named: bool) -> Iterator[RecommendationFacts]:
    """Put the recommendations of a case into words; the agency is named only to whom it may be (procedure 6.5)."""
    names = {contact.agency: contact.agency_name for contact in rules.book.contacts if contact.agency_name}
    for item in tracked(case, rules, now):
        yield RecommendationFacts(
            key=item.key,
            agency_name=names.get(item.agency, item.agency) if is_named else "",
            due_on=item.due_on,
            rag=item.rag.upper(),
            said=standing(item),
            updated_on=item.updated_on,
            needs_attention=item.needs_attention,
        )


def standing(item: Recommendation) -> str:
    """Say how a recommendation stands: what was last said of it, and how its time stands."""
    said = STATUS.get(item.status, item.status.replace("_", " "))
    if item.rag == "closed":
        return said
    return f"{_time(item.days_left)}; {said}"


def _time(days_left: int) -> str:
    days = "1 working day" if abs(days_left) == 1 else f"{abs(days_left)} working days"
    if days_left == 0:
        return "due today"
    return f"{days} late" if days_left < 0 else f"{days} left"
