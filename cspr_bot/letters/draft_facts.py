"""What a draft letter may say: the facts of a case by the names of the templates, or a blank for what is not known."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from cspr_bot.correspondence.contacts import ContactBook
from cspr_bot.pipeline.letters import agency_name
from cspr_bot.pipeline.rules import Rules
from cspr_bot.procedure.case import Case, Event

LOCAL_AUTHORITY = "local_authority"
# What a stage of the main region means to whoever is written to about a decision.
DECISIONS = {
    "no_rapid_review": "no_rapid_review",
    "alternative_review": "alternative",
    "national_review": "national",
    "actions_tracking": "no_review",
    "cspr_commencing": "commencement",
    "cspr_in_progress": "commencement",
}
DECIDING = {
    "no_rapid_review": ("subgroup_decided", "subgroup_overruled"),
    "alternative": ("executive_decided", "panel_decided"),
    "national": ("panel_decided",),
    "no_review": ("panel_decided",),
    "commencement": ("panel_decided", "gate_overridden"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What only somebody who may see the case is told: the referrer by name, and references that were kept.

    No mail has these. A letter that goes along with a mail has blanks in their places.
    """

    referrer: str = ""
    referrer_role: str = ""
    referrer_agency: str = ""
    notification_reference: str = ""


@dataclass(frozen=True, slots=True)
class DraftFacts:
    """Everything that a letter's template may use, by these names. A day that is not known is None.

    `decision` is what a letter tells of: "no_rapid_review", "alternative", "national", "no_review", "commencement" or
    "". `rapid_review` is "yes", "no" or ""; `outcome` what the partners recommend or have decided: "cspr",
    "alternative", "none", "national" or "". `agency` is the one that the letter is for.
    """

    reference: str
    partnership: str
    short_name: str
    mailbox: str
    marking: str
    written_on: date
    chair: str = "[name of the Sub-Group's chair]"
    coordinator: str = "[name of the co-ordinator]"
    service_leader: str = "[name of the Service Leader]"
    local_authority: str = "[name of the local authority]"
    agency: str = "[name of the agency]"
    agency_contact: str = "[name]"
    agencies: tuple[str, ...] = ()
    referrer: str = "[name of the referrer]"
    referrer_role: str = "[role of the referrer]"
    referrer_agency: str = "[agency of the referrer]"
    notification_reference: str = "[reference of the notification]"
    received_on: date | None = None
    notified_on: date | None = None
    rapid_review: str = ""
    rapid_review_decided_on: date | None = None
    rapid_review_started_on: date | None = None
    rapid_review_completed_on: date | None = None
    outcome: str = ""
    outcome_decided_on: date | None = None
    submission_sent_on: date | None = None
    decision: str = ""
    decided_on: date | None = None
    review_due_on: date | None = None
    publication_on: date | None = None
    has_several_areas: bool = False


def draft_facts(
    case: Case, rules: Rules, now: datetime, marking: str, agency: str | None = None, told: Told | None = None
) -> DraftFacts:
    """Gather what a letter may say. What nobody has told the program is left to the blank of its name."""
    partnership, today = rules.book.partnership, rules.calendar.day_of(now)
    days = {event.name: rules.calendar.day_of(event.at) for event in case.history}
    last = {event.name: event for event in case.history}
    decision = DECISIONS.get(case.stages.get("main", ""), "")
    review = _latest(last, "subgroup_decided", "subgroup_overruled")
    outcome = _latest(last, "recommendation_made", "executive_decided")
    decided = _latest(last, *DECIDING.get(decision, ()))
    return DraftFacts(
        reference=case.reference,
        partnership=partnership.name,
        short_name=partnership.short_name,
        mailbox=partnership.mailbox,
        marking=marking,
        written_on=today,
        agencies=tuple(agency_name(key, rules.book, now, rules) for key in case.agencies),
        received_on=case.dates.get("received_on"),
        notified_on=days.get("sin_sent"),
        rapid_review=review.fields.get("rapid_review", "") if review else "",
        rapid_review_decided_on=_day(review, rules),
        rapid_review_started_on=days.get("rapid_review_started"),
        rapid_review_completed_on=days.get("rapid_review_completed"),
        outcome=outcome.fields.get("outcome", "") if outcome else "",
        outcome_decided_on=_day(outcome, rules),
        submission_sent_on=days.get("panel_submission_sent"),
        decision=decision,
        decided_on=_day(decided, rules),
        review_due_on=next((task.due_on for task in case.tasks if task.timer == "T15"), None),
        publication_on=_date_in(last.get("publication_date_set")),
        has_several_areas="several_areas" in case.flags,
        **dict(_names(rules.book, today, agency, told or Told())),
    )


def _names(book: ContactBook, today: date, agency: str | None, told: Told) -> Iterator[tuple[str, str]]:
    """Give the names that are known; for those that are not the blank of their name stands."""
    signing = {"chair": "subgroup_chair", "coordinator": "coordinator", "service_leader": "la_service_leader"}
    found = {name: next((one.name for one in book.holders(role, None, today)), "") for name, role in signing.items()}
    own = next(iter(book.holders("agency", agency, today)), None) if agency else None
    found |= {"agency": (own.agency_name if own else "") or agency or "", "agency_contact": own.name if own else ""}
    ours = next((one.agency_name for one in book.contacts if one.agency == LOCAL_AUTHORITY), "")
    found |= {"local_authority": ours, "notification_reference": told.notification_reference}
    found |= {name: getattr(told, name) for name in ("referrer", "referrer_role", "referrer_agency")}
    yield from ((name, value) for name, value in found.items() if value)


def _latest(last: Mapping[str, Event], *names: str) -> Event | None:
    """Give the last event that has one of these names."""
    found = (last[name] for name in names if name in last)
    return max(found, key=lambda event: event.number, default=None)


def _day(event: Event | None, rules: Rules) -> date | None:
    return rules.calendar.day_of(event.at) if event else None


def _date_in(event: Event | None) -> date | None:
    return date.fromisoformat(event.fields["date"]) if event else None
