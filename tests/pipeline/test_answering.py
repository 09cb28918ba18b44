# ruff: noqa: ARG002 - a fake that knows little needs few of the questions
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

import pytest

from cspr_bot.correspondence.answers import NO_ANSWER
from cspr_bot.correspondence.contacts import Contact
from cspr_bot.correspondence.message import BROKEN_STRUCTURE, ParsedMail
from cspr_bot.correspondence.origin import Sender
from cspr_bot.pipeline.answering import Accepted, Decided, Held, codes_in, weigh
from cspr_bot.pipeline.kept import GivenCode, HeldMail
from cspr_bot.procedure.case import Case
from cspr_bot.referral.form import ReferralForm
from tests.pipeline.world import TUESDAY, shipped_rules

CASE, HELD_CASE = "NS-7F3K-2Q", "held:12"
LEADER, CHAIR, POLICE = "service.leader@council.example", "subgroup.chair@nsscp.example", "casereview@police.example"
COORDINATOR = "coordinator@nsscp.example"
RULES = shipped_rules()
OPEN, UNKNOWN = "NS-HNT5-6D", "NS-7DT9-FJ"  # true references
CODE = "ABCDEFGHIJKLMNOPQRSTUVWX27"


@dataclass
class Known:
    """What was sent before: one task each of some timers, all of them open."""

    closed: frozenset[str] = frozenset()
    stage: str = "awaiting_panel"
    is_held: bool = True

    def task_timer(self, case: str, task: str) -> tuple[str, str | None] | None:
        timer, agency, *_ = task.split(".")
        return (timer, agency if agency in {"police", "health"} else None)

    def case_as_it_stands(self, case: str) -> Case:
        return Case(case, stages={"main": self.stage})

    def takes_mail(self, reference: str) -> bool:
        return reference == OPEN

    def form_of(self, case: str) -> ReferralForm | None:
        return None

    def held_mail(self, case: str) -> HeldMail | None:
        return HeldMail(12, case, TUESDAY) if case == HELD_CASE and self.is_held else None

    def task_is_open(self, case: str, task: str) -> bool:
        return task not in self.closed

    def find_code(self, code: str) -> GivenCode | None:
        return given("T2..1") if code == CODE else None

    def find_message(self, message_id: str) -> GivenCode | None:
        return given("T2..1") if message_id == "<ours@nsscp.example>" else None

    def find_effect(self, effect: str) -> GivenCode | None:
        return None

    def find_form(self, digests: object) -> None:
        return None

    def find_copy(self, inbox_id: int, sha256: str) -> None:
        return None

    def was_sent(self, notice: str, address: str, since: datetime) -> bool:
        return False

    def has_case(self, reference: str) -> bool:
        return reference == CASE


def contact(address: str, role: str = "") -> Contact:
    """Give the entry of an address; of several the one with this role."""
    found = [item for item in RULES.book.contacts if item.email == address and role in {"", item.role}]
    return found[0]


def given(task: str | None, address: str = LEADER, role: str = "", *, is_spent: bool = False) -> GivenCode:
    """A code as it was given to a contact for a task."""
    return GivenCode(CASE, task, contact(address, role).key, 7, is_spent)


def answer(
    words: str,
    *codes: GivenCode,
    sender: str | None = LEADER,
    proven: bool = True,
    at: datetime = TUESDAY,
    known: Known | None = None,
    mail: ParsedMail | None = None,
) -> Accepted | Decided | Held:
    """Weigh these words of this sender."""
    parsed = mail or ParsedMail((("From", sender or ""),), text=words)
    return weigh(parsed, Sender(sender, proven, "DMARC: fail"), codes, at, RULES, known or Known())


def events(outcome: Accepted | Decided | Held) -> list[tuple[str, dict[str, str]]]:
    assert isinstance(outcome, Accepted), outcome
    return [(name, dict(fields)) for name, fields in outcome.events]


# ---------------------------------------------------------------------------------------------------------------------
# Each kind of answer


def test_done_records_what_closes_the_task() -> None:
    assert events(answer("Done.", given("T2..1"))) == [("sin_sent", {})]
    assert events(answer("DONE REF 48213", given("T2..1"))) == [("sin_sent", {"reference": "48213"})]


def test_done_of_an_agency_says_which_one_it_is() -> None:
    code = given("T10.police.1", POLICE, "agency")
    assert events(answer("DONE", code, sender=POLICE)) == [("return_received", {"agency": "police"})]


def test_not_involved_is_an_agency_s_nil_return() -> None:
    code = given("T10.police.1", POLICE, "agency")
    assert events(answer("Not involved", code, sender=POLICE)) == [("return_nil", {"agency": "police"})]
    held = answer("Not involved", given("T2..1"))
    assert isinstance(held, Held)
    assert held.reason == "the task asks for something else"


def test_received_answers_only_what_asks_for_it() -> None:
    code = given("receipt.police_review_team.1", POLICE, "police_review_team")
    assert events(answer("RECEIVED", code, sender=POLICE)) == [("receipt_confirmed", {"role": "police_review_team"})]
    assert isinstance(answer("RECEIVED", given("T2..1")), Held)
    assert isinstance(answer("DONE", code, sender=POLICE), Held)


def test_a_decision_is_recorded_with_its_agencies_or_its_reason() -> None:
    code = given("T6..1", CHAIR)
    yes = answer("RAPID REVIEW: YES police, health", code, sender=CHAIR)
    assert events(yes) == [("subgroup_decided", {"rapid_review": "yes", "agencies": "police,health"})]
    no = answer("Rapid review: no criteria not met", code, sender=CHAIR)
    assert events(no) == [("subgroup_decided", {"rapid_review": "no", "reason": "criteria not met"})]


def test_done_ticks_every_part_of_a_duty_that_has_several() -> None:
    found = events(answer("DONE", given("T14..1")))
    assert [fields["to"] for _, fields in found] == ["panel", "ofsted", "dfe"]
    assert events(answer("TOLD: OFSTED", given("T14..1"))) == [("local_review_notified", {"to": "ofsted"})]


def test_done_on_a_recommendation_says_which() -> None:
    code = given("T17.police.3.1", POLICE, "agency")
    assert events(answer("DONE", code, sender=POLICE)) == [("action_closed", {"action": "3", "agency": "police"})]


def test_status_notes_and_leave_need_no_open_task() -> None:
    spent = given("T2..1", is_spent=True)
    assert events(answer("STATUS", spent)) == [("status_asked", {})]
    assert events(answer("NOTE two lines\nof it", spent)) == [("note_added", {"note": "two lines\nof it"})]
    away = events(answer("AWAY UNTIL 2026-12-28", given(None)))
    assert away == [("away_until", {"role": "la_service_leader", "until": "2026-12-28"})]


def test_the_co_ordinator_may_give_any_answer_for_another() -> None:
    outcome = answer("DONE", given("T2..1", COORDINATOR), sender=COORDINATOR)
    assert isinstance(outcome, Accepted)
    assert outcome.contact.role == "coordinator"


def test_a_day_that_is_named_counts_at_noon_and_today_as_it_came() -> None:
    yesterday = answer("DONE 2026-12-14", given("T2..1"))
    assert isinstance(yesterday, Accepted)
    assert yesterday.at == RULES.calendar.moment(date(2026, 12, 14), datetime(2026, 1, 1, 12).time())  # noqa: DTZ001
    today = answer("DONE 2026-12-15", given("T2..1"))
    assert isinstance(today, Accepted)
    assert today.at == TUESDAY


# ---------------------------------------------------------------------------------------------------------------------
# Each way in which one can fail


@pytest.mark.parametrize(
    ("weighed", "reason"),
    [
        (lambda: answer("DONE", given("T2..1"), proven=False), "nobody can tell who wrote it: DMARC: fail"),
        (lambda: answer("DONE", given("T2..1"), sender=None), "nobody can tell who wrote it: DMARC: fail"),
        (lambda: answer("DONE"), "it bears no answer code"),
        (lambda: answer("DONE", given("T2..1", CHAIR)), "the answer code in it was given to somebody else"),
        (lambda: answer("DONE", given("T2..1"), given("T3..1")), "it bears answer codes of several tasks"),
        (lambda: answer("DONE", given(None)), "the mail it answers asks for nothing"),
        (lambda: answer("DONE", given("T2..1", is_spent=True)), "the task it answers is closed already"),
        (
            lambda: answer("DONE", given("T2..1"), known=Known(frozenset({"T2..1"}))),
            "the task it answers is closed already",
        ),
        (lambda: answer("DONE", given("T6..1", CHAIR), sender=CHAIR), "the task asks for something else"),
        (lambda: answer("DONE 2026-12-16", given("T2..1")), "it gives a day that has not come yet"),
        (lambda: answer("Done and dusted", given("T2..1")), "its first line is none of the possible answers"),
        (lambda: answer("", given("T2..1")), "its first line is none of the possible answers"),
        (
            lambda: answer("", given("T2..1"), mail=ParsedMail((), text="DONE", html="<p>", html_text="NOT DONE")),
            "its plain text and what a reader sees begin differently",
        ),
    ],
)
def test_an_answer_that_fails_says_why(weighed: Callable[[], Accepted | Held], reason: str) -> None:
    outcome = weighed()
    assert isinstance(outcome, Held)
    assert outcome.reason == reason
    assert outcome.case == (None if reason == "it bears no answer code" else CASE)


def test_a_damaged_mail_is_no_answer() -> None:
    damaged = ParsedMail((), text="DONE", problems=(BROKEN_STRUCTURE,))
    outcome = answer("", given("T2..1"), mail=damaged)
    assert outcome == Held("the mail is damaged: another program may read other words in it", CASE)


def test_what_is_held_for_its_words_lists_what_it_could_have_been() -> None:
    outcome = answer("yes please", given("T6..1", CHAIR), sender=CHAIR)
    assert isinstance(outcome, Held)
    assert (outcome.case, outcome.hints) == (CASE, ("RAPID REVIEW: YES", "RAPID REVIEW: NO"))


def test_codes_of_two_cases_are_of_no_case() -> None:
    other = replace(given("T2..1", CHAIR), case="NS-9G4M-3R")
    outcome = answer("DONE", given("T2..1", CHAIR), other)
    assert isinstance(outcome, Held)
    assert outcome.case is None


def test_an_older_code_of_the_same_task_that_is_spent_does_no_harm() -> None:
    spent = replace(given("T2..1", is_spent=True), outbox_id=3)
    assert events(answer("DONE", spent, given("T2..1"))) == [("sin_sent", {})]


def test_codes_are_found_in_subject_body_and_the_ids_that_a_mail_answers() -> None:
    known = Known()
    assert codes_in(ParsedMail((("Subject", f"RE {CODE}"),)), known)
    assert codes_in(ParsedMail((), text=f"> Answer code: {CODE}"), known)
    assert codes_in(ParsedMail((("In-Reply-To", "<ours@nsscp.example>"),)), known)
    assert codes_in(ParsedMail((("References", "<x@y> <ours@nsscp.example>"),)), known)
    assert codes_in(ParsedMail((("References", "ours@nsscp.example"),), text="Answer code: " + "B" * 26), known) == ()


# ---------------------------------------------------------------------------------------------------------------------
# What a held mail is


def of_held(address: str = COORDINATOR, role: str = "coordinator") -> GivenCode:
    """A code as it stands in the mail that tells of a held one."""
    return GivenCode(HELD_CASE, None, contact(address, role).key, 8, is_spent=False)


@pytest.mark.parametrize(
    ("words", "choice", "case"),
    [
        ("RELEASE AS REFERRAL", "referral", None),
        ("Release as ignore.", "ignore", None),
        (f"RELEASE AS REPLY {OPEN}", "reply", OPEN),
        ("RELEASE AS REFERRAL\n\nThanks, Alex", "referral", None),
    ],
)
def test_the_co_ordinator_says_what_a_held_mail_is(words: str, choice: str, case: str | None) -> None:
    outcome = answer(words, of_held(), sender=COORDINATOR)
    assert isinstance(outcome, Decided)
    assert (outcome.held.inbox_id, outcome.release.choice, outcome.release.case) == (12, choice, case)
    assert outcome.contact.role == "coordinator"


@pytest.mark.parametrize(
    ("weighed", "reason"),
    [
        (
            lambda: answer("RELEASE AS REFERRAL", of_held(), sender=COORDINATOR, proven=False),
            "nobody can tell who wrote it: DMARC: fail",
        ),
        (lambda: answer("RELEASE AS REFERRAL", of_held()), "the answer code in it was given to somebody else"),
        (
            lambda: answer("RELEASE AS REFERRAL", of_held(LEADER, "la_service_leader")),
            "only the co-ordinator or a deputy may decide on a held mail",
        ),
        (
            lambda: answer("RELEASE AS REFERRAL", of_held(), sender=COORDINATOR, known=Known(is_held=False)),
            "somebody has decided on that mail already",
        ),
        (
            lambda: answer(f"RELEASE AS REPLY {UNKNOWN}", of_held(), sender=COORDINATOR),
            "there is no case of that reference on which it could be filed",
        ),
        (lambda: answer("DONE", of_held(), sender=COORDINATOR), "that is no answer to what a held mail is"),
        (
            lambda: answer("DONE", replace(of_held(), task="T2..1"), sender=COORDINATOR),
            "that is no answer to what a held mail is",
        ),
        (lambda: answer("> RELEASE AS REFERRAL", of_held(), sender=COORDINATOR), NO_ANSWER),
        (lambda: answer("Do not release as referral", of_held(), sender=COORDINATOR), NO_ANSWER),
        (
            lambda: answer("RELEASE AS REFERRAL\n\nRELEASE AS IGNORE", of_held(), sender=COORDINATOR),
            "it gives more than one answer",
        ),
        (
            lambda: answer("RELEASE AS IGNORE\nSorry, ignore that.", of_held(), sender=COORDINATOR),
            "it seems to take its answer back",
        ),
        (
            lambda: answer("RELEASE AS REFERRAL", of_held(), given("T2..1", COORDINATOR), sender=COORDINATOR),
            "it bears answer codes of several tasks",
        ),
    ],
)
def test_a_decision_on_a_held_mail_that_fails_says_why(
    weighed: Callable[[], Accepted | Decided | Held], reason: str
) -> None:
    outcome = weighed()
    assert isinstance(outcome, Held)
    assert outcome.reason == reason


def test_words_for_held_mails_answer_no_task_and_what_is_none_lists_them() -> None:
    outcome = answer("RELEASE AS REFERRAL", given("T2..1"))
    assert isinstance(outcome, Held)
    assert outcome.reason == "the task asks for something else"
    prose = answer("Looks like a referral to me", of_held(), sender=COORDINATOR)
    assert isinstance(prose, Held)
    assert prose.hints == ("RELEASE AS REFERRAL", "RELEASE AS REPLY", "RELEASE AS IGNORE")


def test_the_standing_answers_are_taken_on_a_held_mail_too() -> None:
    assert events(answer("NOTE rang the sender", of_held(), sender=COORDINATOR)) == [
        ("note_added", {"note": "rang the sender"})
    ]
