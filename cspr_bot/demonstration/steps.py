"""What happens in the demonstration, in order: everybody's mails, the co-ordinator's commands, and their moments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cspr_bot.demonstration import cast
from cspr_bot.demonstration.post import PDF, WORD, Enclosure, new_mail, newsletter, out_of_office

FIRST, SECOND = 0, 1  # the cases, in the order in which their referrals came


@dataclass(frozen=True, slots=True)
class Arrives:
    """A mail comes into the mailbox."""

    at: str
    told: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Answers:
    """Somebody answers one of our mails: the newest of these notices that went to this address on a case."""

    at: str
    who: str
    case: int
    notice: str
    words: str
    enclosure: Enclosure | None = None


@dataclass(frozen=True, slots=True)
class Records:
    """The co-ordinator records an event with the command."""

    at: str
    case: int
    event: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Releases:
    """The co-ordinator decides on the held mails: none of them is a referral."""

    at: str


Step = Arrives | Answers | Records | Releases


def steps(blank_form: bytes, at: Callable[[str], datetime]) -> tuple[Step, ...]:
    """Give every step; `at` reads a local moment, for the mails that bear it."""
    return (*_arrivals(blank_form, at), *_first_case(blank_form), *_second_case())


def _arrivals(blank_form: bytes, at: Callable[[str], datetime]) -> tuple[Step, ...]:
    word = Enclosure("request for review.docx", WORD, cast.complete_form(blank_form))
    pdf = Enclosure("form.pdf", PDF, cast.form_with_gaps())
    text = "Please find attached a request for a review.\n"

    def mail(when: str, sender: str, subject: str, body: str, *files: Enclosure) -> bytes:
        return new_mail(sender, cast.MAILBOX, subject, body, at(when), *files)

    word_mail = mail("2026-12-15 10:12", f"Rowan Ashdown <{cast.SOCIAL_WORKER}>", "Request for review", text, word)
    pdf_mail = mail("2026-12-16 09:20", f"Imogen Pell <{cast.NURSE}>", "Referral", text, pdf)
    question = mail("2026-12-16 11:00", cast.TEACHER, "Refer a child?", "How do we ask for a review?\n")
    return (
        Arrives("2026-12-15 10:12", "A social worker e-mails the completed Word form.", word_mail),
        Arrives("2026-12-15 10:12", "The same mail comes a second time.", word_mail),
        Arrives("2026-12-15 10:40", "A circular comes.", newsletter(cast.MAILBOX, at("2026-12-15 10:40"))),
        Arrives(
            "2026-12-15 11:05",
            "A mail system says that somebody is away.",
            out_of_office(cast.HEALTH, cast.MAILBOX, at("2026-12-15 11:05")),
        ),
        Arrives("2026-12-16 09:20", "A named nurse e-mails the PDF form, with gaps.", pdf_mail),
        Arrives("2026-12-16 11:00", "A school asks how to refer, without a form.", question),
        Releases("2026-12-16 11:30"),
    )


def _first_case(blank_form: bytes) -> tuple[Step, ...]:
    template = Enclosure("completed template.docx", WORD, blank_form)
    return (
        Answers("2026-12-15 11:30", cast.POLICE, FIRST, "N2", "RECEIVED"),
        Answers("2026-12-15 11:34", cast.ASSISTANT_DIRECTOR, FIRST, "N2", "Received."),
        Answers("2026-12-15 12:02", cast.DIRECTOR, FIRST, "N2", "RECEIVED"),
        Answers("2026-12-15 13:10", cast.SERVICE_LEADER, FIRST, "N2", "RECEIVED"),
        Answers("2026-12-16 08:40", cast.HEALTH, FIRST, "N2", "RECEIVED"),
        Answers("2026-12-15 15:30", cast.COORDINATOR, FIRST, "N3", "DONE"),
        Answers("2026-12-17 15:00", cast.SERVICE_LEADER, FIRST, "N4", "DONE REF 48213"),
        Answers("2026-12-17 15:10", cast.SERVICE_LEADER, FIRST, "N5", "DONE"),
        Answers(
            "2026-12-21 11:00", cast.CHAIR, FIRST, "N8", "RAPID REVIEW: YES police, health, local_authority, education"
        ),
        Answers("2026-12-22 10:00", cast.SERVICE_LEADER, FIRST, "N10", "DONE"),
        Answers("2026-12-22 10:05", cast.POLICE, FIRST, "N11", "DONE"),
        Answers("2026-12-22 10:30", cast.HEALTH, FIRST, "N11", "DONE"),
        Answers("2026-12-22 11:15", cast.COUNCIL, FIRST, "N11", "DONE"),
        Answers("2026-12-22 12:40", cast.EDUCATION, FIRST, "N11", "DONE"),
        Answers("2026-12-22 15:00", cast.COORDINATOR, FIRST, "N12-start", "DONE"),
        Answers("2026-12-30 14:20", cast.POLICE, FIRST, "N12", "DONE", template),
        Answers("2027-01-04 16:10", cast.HEALTH, FIRST, "N12", "DONE", template),
        Answers("2027-01-05 12:00", cast.COUNCIL, FIRST, "N14", "DONE", template),
        Answers("2027-01-07 10:30", cast.EDUCATION, FIRST, "N14", "DONE", template),
        Answers("2027-01-07 15:30", cast.CHAIR, FIRST, "N15-meeting", "RECOMMENDATION: CSPR"),
        Answers("2027-01-11 10:00", cast.EXECUTIVE, FIRST, "N15-executive", "DECISION: CSPR"),
        Answers("2027-01-11 14:00", cast.CHAIR, FIRST, "N15", "DONE"),
        Answers("2027-01-12 11:00", cast.COORDINATOR, FIRST, "N16", "DONE REF RR-2027-01"),
        Answers("2027-01-14 11:00", cast.COORDINATOR, FIRST, "N25-share", "DONE"),
        Answers("2027-01-25 12:00", cast.COORDINATOR, FIRST, "N16-sent", "PANEL: LOCAL"),
        Answers("2027-01-26 09:30", cast.SERVICE_LEADER, FIRST, "N18", "DONE"),
        Answers("2027-01-27 10:00", cast.CHAIR, FIRST, "N20", "ACTION 1: DONE"),
        Answers("2027-01-28 10:00", cast.CHAIR, FIRST, "N20", "ACTION 2: DONE"),
        Answers("2027-01-29 16:00", cast.COORDINATOR, FIRST, "N19", "DONE"),
        Answers("2027-02-02 10:00", cast.CHAIR, FIRST, "N20", "ACTION 3: DONE"),
        Answers("2027-02-05 10:00", cast.CHAIR, FIRST, "N20", "ACTION 4: DONE"),
        Answers("2027-02-12 10:00", cast.CHAIR, FIRST, "N20", "ACTION 5: DONE"),
        Answers("2027-02-16 10:00", cast.CHAIR, FIRST, "N20", "ACTION 6: DONE"),
        Answers("2027-07-09 11:00", cast.CHAIR, FIRST, "N21", "DONE"),
        Records("2027-07-09 14:00", FIRST, "action_added", {"action": "1", "agency": "health", "due": "2027-09-30"}),
        Records("2027-07-09 14:05", FIRST, "action_added", {"action": "2", "agency": "police", "due": "2027-10-29"}),
        Records("2027-07-12 09:30", FIRST, "publication_date_set", {"date": "2027-08-10"}),
        Answers("2027-07-13 11:00", cast.COORDINATOR, FIRST, "N23-checklist", "DONE"),
        Answers("2027-07-14 11:00", cast.COORDINATOR, FIRST, "N25-share", "DONE"),
        Answers("2027-07-28 10:00", cast.COORDINATOR, FIRST, "N23", "DONE"),
        Records("2027-08-10 10:00", FIRST, "published"),
        Answers("2027-09-28 10:00", cast.HEALTH, FIRST, "N26", "DONE"),
        Answers("2027-10-27 10:00", cast.POLICE, FIRST, "N26", "DONE"),
    )


def _second_case() -> tuple[Step, ...]:
    return (
        Records(
            "2026-12-18 10:00", SECOND, "information_supplied", {"deceased": "no", "abuse_or_neglect": "suspected"}
        ),
        Answers("2026-12-18 10:30", cast.COORDINATOR, SECOND, "N3", "DONE"),
        Answers("2026-12-21 11:30", cast.CHAIR, SECOND, "N8", "RAPID REVIEW: NO the criteria are not met"),
        Answers("2026-12-22 09:30", cast.SERVICE_LEADER, SECOND, "N10", "DONE"),
        Answers(
            "2026-12-22 09:40", cast.SERVICE_LEADER, SECOND, "N4", "NOT REQUIRED: the harm was found not to be serious"
        ),
        Answers("2026-12-22 09:45", cast.SERVICE_LEADER, SECOND, "N5", "DONE"),
        Answers("2026-12-29 12:00", cast.COORDINATOR, SECOND, "N27", "DONE"),
        Records("2027-01-04 09:30", SECOND, "closed", {"reason": "no review: the referrer and the agencies were told"}),
    )
