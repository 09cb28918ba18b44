# ruff: noqa: ARG002 - a fake that knows little needs few of the questions
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import pytest

from cspr_bot.correspondence.answers import NO_ANSWER
from cspr_bot.correspondence.contacts import Contact
from cspr_bot.correspondence.message import BROKEN_STRUCTURE, ParsedMail
from cspr_bot.correspondence.origin import Sender
from cspr_bot.pipeline.addressing import referrer_at
from cspr_bot.pipeline.answering import Accepted, Decided, Held, codes_in, weigh
from cspr_bot.pipeline.kept import GivenCode, HeldMail
from cspr_bot.pipeline.rules import Rules
from cspr_bot.procedure.case import Case
from cspr_bot.procedure.definition import Pattern
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
        assert case in {CASE, HELD_CASE}
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
        assert case == CASE
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
    rules: Rules = RULES,
) -> Accepted | Decided | Held:
    """Weigh these words of this sender."""
    parsed = mail or ParsedMail((("From", sender or ""),), text=words)
    return weigh(parsed, Sender(sender, proven, "DMARC: fail"), codes, at, rules, known or Known())


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
# What an answer records, to the last field


def test_an_accepted_answer_says_on_which_case_in_whose_name_and_when() -> None:
    for words in ("STATUS", "DONE"):
        outcome = answer(words, given("T2..1"))
        assert isinstance(outcome, Accepted)
        assert (outcome.case, outcome.contact, outcome.at) == (CASE, contact(LEADER, "la_service_leader"), TUESDAY)


def test_an_event_has_no_field_that_the_task_says_nothing_of() -> None:
    code = given("T10..1", COORDINATOR)
    assert events(answer("DONE", code, sender=COORDINATOR)) == [("return_received", {})]
    assert events(answer("NOT INVOLVED", code, sender=COORDINATOR)) == [("return_nil", {})]


def test_a_key_with_dots_in_it_is_one_key() -> None:
    code = given("T17.police.3.1.2", POLICE, "agency")
    assert events(answer("DONE", code, sender=POLICE)) == [("action_closed", {"action": "3.1", "agency": "police"})]


def test_agencies_that_are_named_are_added_one_by_one() -> None:
    names = next(name for name, timer in RULES.procedure.timers.items() if timer.answers == ("name_agencies",))
    code = given(f"{names}..1", COORDINATOR)
    found = events(answer("AGENCIES: police, health", code, sender=COORDINATOR))
    assert found == [("agency_added", {"agency": "police"}), ("agency_added", {"agency": "health"})]


@pytest.mark.parametrize(
    ("notice", "event"),
    [
        ("N19", "commencement_letters_sent"),
        ("N19-reminder", "commencement_letters_sent"),
        ("N27", "outcome_letters_sent"),
        ("N27-reminder", "outcome_letters_sent"),
        ("N99", "commencement_letters_sent"),  # what the timer does not tell apart: what closes it first
    ],
)
def test_done_answers_what_the_mail_has_asked_for(notice: str, event: str) -> None:
    letters = next(name for name, timer in RULES.procedure.timers.items() if timer.done_by_notice)
    code = replace(given(f"{letters}..1", COORDINATOR), notice=notice)
    assert events(answer("DONE", code, sender=COORDINATOR)) == [(event, {})]


def with_timer(**changes: object) -> Rules:
    """The rules with a timer of which a few things are otherwise."""
    timers = RULES.procedure.timers
    other = {**timers, "T2": replace(timers["T2"], **changes)}  # type: ignore[arg-type]
    return replace(RULES, procedure=replace(RULES.procedure, timers=other))


def test_done_records_what_the_procedure_says_closes_the_task_with_the_fields_that_are_fixed() -> None:
    first = Pattern("looked_after_known", {"answer": ("no", "unknown")})
    rules = with_timer(closed_by=(first, Pattern("sin_sent")), answers=(), done_event="")
    assert events(answer("DONE", given("T2..1"), rules=rules)) == [("looked_after_known", {"answer": "no"})]
    rules = with_timer(closed_by=(first,), answers=(), done_event="contact_away")
    assert events(answer("DONE", given("T2..1"), rules=rules)) == [("contact_away", {"role": "la_service_leader"})]


def test_a_duty_of_which_the_procedure_has_no_timer_any_more_asks_for_nothing() -> None:
    assert answer("DONE", given("T99..1")) == Held("the mail it answers asks for nothing", CASE)


def test_a_decision_without_its_reason_is_held_and_says_where_the_reason_belongs() -> None:
    outcome = answer("RAPID REVIEW: NO", given("T6..1", CHAIR), sender=CHAIR)
    why = "it decides and does not say why: the reason belongs behind RAPID REVIEW: NO, on the same line"
    assert outcome == Held(why, CASE)


def test_an_agency_counts_on_the_days_on_which_it_has_a_contact() -> None:
    code = given("T6..1", CHAIR)
    assert isinstance(answer("RAPID REVIEW: YES circus", code, sender=CHAIR), Held)
    circus = Contact("agency", "Circus", "ring@circus.example", agency="circus", valid_from=date(2026, 12, 15))
    rules = replace(RULES, book=replace(RULES.book, contacts=(*RULES.book.contacts, circus)))
    words = "RAPID REVIEW: YES circus"
    assert isinstance(answer(words, code, sender=CHAIR, rules=rules), Accepted)
    before = TUESDAY - timedelta(days=1)
    assert isinstance(answer(words, code, sender=CHAIR, rules=rules, at=before), Held)


def test_whoever_is_no_contact_any_more_answers_for_nobody() -> None:
    ended = tuple(
        replace(item, valid_to=date(2026, 12, 14)) if item.email == LEADER else item for item in RULES.book.contacts
    )
    rules = replace(RULES, book=replace(RULES.book, contacts=ended))
    assert isinstance(answer("DONE", given("T2..1"), rules=rules, at=TUESDAY - timedelta(days=1)), Accepted)
    outcome = answer("DONE", given("T2..1"), rules=rules)
    assert outcome == Held("the answer code in it was given to somebody else", CASE)


def test_the_referrer_answers_with_a_code_of_their_own() -> None:
    nurse = "practitioner@nhs.example"
    code = GivenCode(CASE, "T20..1", referrer_at(nurse).key, 7, is_spent=False)
    assert events(answer("STATUS", code, sender=nurse)) == [("status_asked", {})]
    assert isinstance(answer("STATUS", code, sender="colleague@nhs.example"), Held)


def test_words_that_fit_another_task_list_those_that_fit_this_one() -> None:
    outcome = answer("NOT INVOLVED", given("T6..1", CHAIR), sender=CHAIR)
    assert outcome == Held("the task asks for something else", CASE, ("RAPID REVIEW: YES", "RAPID REVIEW: NO"))


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
    assert outcome.case == (None if "several tasks" in reason else HELD_CASE)
    lists = reason in {NO_ANSWER, "it gives more than one answer", "it seems to take its answer back"}
    lists = lists or reason == "that is no answer to what a held mail is"
    assert outcome.hints == (("RELEASE AS REFERRAL", "RELEASE AS REPLY", "RELEASE AS IGNORE") if lists else ())


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


@pytest.mark.parametrize(
    ("stage", "event"), [("awaiting_panel", "panel_decided"), ("cspr_in_progress", "panel_replied")]
)
def test_what_the_panel_answers_counts_before_the_review_has_begun_and_after(stage: str, event: str) -> None:
    code = given("T21..1", COORDINATOR)
    found = answer("PANEL: LOCAL", code, sender=COORDINATOR, known=Known(stage=stage))
    assert events(found) == [(event, {"outcome": "local"})]
