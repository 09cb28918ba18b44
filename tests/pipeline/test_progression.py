from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cspr_bot.correspondence.contacts import Contact
from cspr_bot.pipeline.kept import NewEvent, Registration
from cspr_bot.pipeline.merging import joining
from cspr_bot.pipeline.ports import CaseMoved, DraftLetter, PermanentFailure
from cspr_bot.pipeline.progression import LOOK_AGAIN, Progression
from cspr_bot.pipeline.rules import Rules
from cspr_bot.procedure.case import Case, Decision, Refusal
from cspr_bot.store import Store
from tests.fakes.store import a_new_case, keep, new_store
from tests.pipeline.world import MAILBOX, TUESDAY, CountingChance, PlainWriter, TurnedClock, rules_with, shipped_rules

FIRST, SECOND = "NS-7F3K-2Q", "NS-9G4M-3R"
SERVICE_LEADER = "service.leader@council.example"
COORDINATOR = "coordinator@nsscp.example"
COMPLETE = {"complete": "yes", "deceased": "no", "abuse_or_neglect": "suspected"}
KEY = f"la_service_leader/local_authority/{SERVICE_LEADER}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path)
    yield opened
    opened.close()


class Work:
    """Progression over a real store, with everything else in the test's hand."""

    def __init__(self, store: Store, rules: Rules | None = None, *, chance_from: int = 0) -> None:
        self.store = store
        self.chance = CountingChance(chance_from)
        self.clock = TurnedClock()
        self.writer = PlainWriter()
        self.station = Progression(store.progression, self.writer, self.chance, self.clock, rules or shipped_rules())

    def refer(self, reference: str = FIRST, fields: Mapping[str, str] = COMPLETE) -> None:
        """Let a referral be registered."""
        inbox_id = keep(self.store, f"server-{reference}")
        event = NewEvent(reference, "referral_received", TUESDAY, "mail", "registration", fields, inbox_id=inbox_id)
        registration = Registration(
            "referral", "filed", case=reference, cases=(a_new_case(reference),), events=(event,)
        )
        self.store.registration.register(inbox_id, registration, TUESDAY)

    def answer(self, name: str, at: datetime = TUESDAY, **fields: str) -> int:
        """Let an answer by mail be registered; give the number of its mail."""
        inbox_id = keep(self.store, f"answer-{name}-{len(self.store.reports.inbox_rows())}")
        event = NewEvent(
            FIRST, name, at, "mail", SERVICE_LEADER, fields, inbox_id=inbox_id, confirm_to=SERVICE_LEADER, contact=KEY
        )
        self.store.registration.register(inbox_id, Registration("reply", "filed", case=FIRST, events=(event,)), TUESDAY)
        return inbox_id

    def all(self) -> int:
        """Take every step; give how many there were."""
        steps = 0
        while self.station.step():
            steps += 1
        return steps

    def written(self, reference: str = FIRST) -> list[tuple[str, str]]:
        """Give (notice, address) of the mails of a case."""
        return [(row.notice, row.to) for row in self.store.reports.outbox_rows() if row.case == reference]

    def stage(self, reference: str = FIRST) -> str | None:
        """Give the stage in which a case is; None where the rules have not seen it yet."""
        return self.store.progression.load_case(reference).case.stages.get("main")


@pytest.fixture
def work(store: Store) -> Work:
    return Work(store)


def test_one_event_becomes_a_case_its_tasks_and_its_mails(work: Work) -> None:
    work.refer()
    assert work.all() == 1
    assert work.stage() == "open"
    assert {"N1", "N2", "N3", "N4", "N8"} <= {notice for notice, _ in work.written()}
    assert work.store.reports.due_rows()
    assert work.all() == 0


def test_a_template_that_fails_decides_nothing_and_blocks_no_other_case(work: Work) -> None:
    work.refer(FIRST, {**COMPLETE, "complete": "no"})
    work.refer(SECOND)
    work.writer.broken.add("N1-incomplete")
    work.all()
    assert (work.stage(FIRST), work.written(FIRST)) == (None, [])
    assert work.stage(SECOND) == "open"
    assert work.written(SECOND)
    work.writer.broken.clear()
    assert work.all() == 0  # it is tried again in a quarter of an hour
    work.clock.at += LOOK_AGAIN
    work.all()
    assert work.stage(FIRST) == "incomplete"
    assert ("N1-incomplete", "practitioner@nhs.example") in work.written(FIRST)


def test_the_letter_of_a_task_goes_along_with_the_mail_that_first_asks_and_with_no_reminder(work: Work) -> None:
    drafter = with_letters(work)
    decide_on_a_rapid_review(work)
    (asked,) = [letter for letter in work.writer.letters if letter.notice == "N10"]
    assert [draft.name for draft in asked.drafts] == list(asked.facts.drafts) == ["N10-to-panel.docx"]
    work.clock.at = TUESDAY + timedelta(days=1)
    work.all()
    reminded = [letter for letter in work.writer.letters if letter.notice == "N10-reminder"]
    own = [letter for letter in reminded if letter.recipient.role == "la_service_leader"]
    assert own
    assert not any(letter.drafts for letter in reminded)
    assert {letter.facts.drafts_of for letter in own} == {"N10"}
    assert drafter.asked == ["N10"]


def test_a_letter_whose_template_is_wrong_keeps_no_mail_waiting_and_the_mail_says_so(work: Work) -> None:
    with_letters(work, is_broken=True)
    decide_on_a_rapid_review(work)
    (asked,) = [letter for letter in work.writer.letters if letter.notice == "N10"]
    assert asked.drafts == ()
    assert "could not be prepared" in " ".join(asked.facts.warnings)
    assert ("N10", SERVICE_LEADER) in work.written()


def with_letters(work: Work, *, is_broken: bool = False) -> "OneLetter":
    drafter = OneLetter(is_broken=is_broken)
    work.station = replace(work.station, drafter=drafter)
    return drafter


def decide_on_a_rapid_review(work: Work) -> None:
    work.refer()
    work.all()
    work.station.record(
        NewEvent(FIRST, "subgroup_decided", TUESDAY, "cli", "Alex", {"rapid_review": "no", "reason": "so"})
    )


@dataclass
class OneLetter:
    """Has a letter for N10, or a template for it that is wrong."""

    is_broken: bool = False
    asked: list[str] = field(default_factory=list)

    def has_letters(self, notice: str) -> bool:
        return notice == "N10"

    def drafts(self, notice: str, case: Case, now: datetime) -> tuple[DraftLetter, ...]:  # noqa: ARG002
        self.asked.append(notice)
        if self.is_broken:
            raise PermanentFailure("letters/N10-to-panel.docx: it is no Word file")
        return (DraftLetter(f"{notice}-to-panel.docx", b"PK"),)


def test_what_is_recorded_never_overtakes_what_happened_before_on_the_same_case(work: Work) -> None:
    work.refer()
    outcome = work.station.record(NewEvent(FIRST, "sin_sent", TUESDAY, "cli", "Alex"))
    assert isinstance(outcome, Decision)
    assert [event.name for event in outcome.case.history] == ["referral_received", "sin_sent"]
    assert outcome.case.stages["notification"] == "sent"


def test_nothing_is_recorded_on_a_case_whose_first_event_waits_for_a_template(work: Work) -> None:
    work.refer()
    work.writer.broken.add("N4")
    outcome = work.station.record(NewEvent(FIRST, "sin_sent", TUESDAY, "cli", "Alex"))
    assert isinstance(outcome, Refusal)
    assert outcome.problems == (
        "something on this case comes first, and cannot be worked on yet: the template of N4 is wrong",
    )
    assert work.station.failing() == f"{FIRST}: the template of N4 is wrong"


def test_a_duty_whose_timer_was_taken_out_of_the_procedure_is_said_by_name_and_stops_no_other_case(
    store: Store,
) -> None:
    work = Work(store)
    work.refer()
    work.all()
    rules = shipped_rules()
    timers = {name: timer for name, timer in rules.procedure.timers.items() if name != "T3"}
    without = replace(rules, procedure=replace(rules.procedure, timers=timers))
    later = Work(store, without, chance_from=1000)
    later.clock.pass_by(days=3)
    later.all()
    told = "procedure.toml has no timer T3, of which this case has a duty: put it back"
    assert later.station.failing() == f"{FIRST}: {told}"
    with pytest.raises(PermanentFailure, match=told):
        later.station.record(NewEvent(FIRST, "sin_sent", TUESDAY, "cli", "Alex"))


def test_a_reminder_whose_template_fails_is_tried_again_and_holds_up_no_other_case(work: Work) -> None:
    work.refer(FIRST)
    work.refer(SECOND)
    work.all()
    work.clock.at = datetime(2026, 12, 16, 9, 0, tzinfo=UTC)
    work.writer.broken.add("N3-reminder")
    work.all()
    report = work.store.reports.case_report(FIRST)
    assert report is not None
    assert report.trouble == "the template of N3-reminder is wrong"
    assert report.row.next_moment == work.clock.at + LOOK_AGAIN
    assert not [task for task in report.case.tasks if task.rung]
    work.writer.broken.clear()
    work.clock.at += LOOK_AGAIN
    work.all()
    for reference in (FIRST, SECOND):
        assert ("N3-reminder", COORDINATOR) in work.written(reference)


def test_a_list_without_a_co_ordinator_puts_events_off_and_loses_none(store: Store) -> None:
    work = Work(store, rules_with(without="coordinator"))
    work.refer()
    work.all()
    assert work.written() == []
    mended = Work(store)
    mended.clock.at += LOOK_AGAIN
    mended.all()
    assert mended.stage() == "open"


class Contested:
    """A store in which somebody else is quicker, the first so many times."""

    def __init__(self, store: object, times: int) -> None:
        self._store = store
        self._times = times

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - it stands for the whole door
        return getattr(self._store, name)

    def commit(self, *arguments: object) -> None:
        self._times -= 1
        if self._times >= 0:
            raise CaseMoved(FIRST)
        self._store.commit(*arguments)  # type: ignore[attr-defined]


def test_whoever_comes_second_begins_again(work: Work) -> None:
    work.refer()
    station = replace(work.station, store=Contested(work.store.progression, 2))
    assert station.step()
    assert work.written() == []
    assert station.step()
    assert station.step()
    assert len([notice for notice, _ in work.written() if notice == "N1"]) == 1
    assert not station.step()


def test_a_person_s_event_is_decided_anew_until_it_can_be_written(work: Work) -> None:
    work.refer()
    work.all()
    station = replace(work.station, store=Contested(work.store.progression, 3))
    outcome = station.record(NewEvent(FIRST, "triage_confirmed", TUESDAY, "cli", "Alex"))
    assert isinstance(outcome, Decision)
    assert work.stage() == "subgroup_due"


def test_a_person_s_event_that_is_refused_writes_nothing(work: Work) -> None:
    work.refer()
    work.all()
    before = work.store.progression.load_case(FIRST)
    outcome = work.station.record(NewEvent(FIRST, "published", TUESDAY, "cli", "Alex"))
    assert isinstance(outcome, Refusal)
    assert "triage_confirmed" in outcome.allowed_now
    assert work.store.progression.load_case(FIRST) == before


def test_a_person_s_event_whose_mail_cannot_be_written_is_not_recorded(work: Work) -> None:
    work.refer()
    work.all()
    work.writer.broken.add("N7")
    with pytest.raises(PermanentFailure):
        work.station.record(NewEvent(FIRST, "disagreement_raised", TUESDAY, "cli", "Alex"))
    assert work.stage() == "open"


def test_an_answer_that_the_rules_refuse_changes_nothing_and_its_mail_is_held(work: Work) -> None:
    work.refer()
    work.all()
    before = work.store.progression.load_case(FIRST).case
    inbox_id = work.answer("published")
    work.all()
    assert work.store.progression.load_case(FIRST).case == before
    row = work.store.reports.inbox_rows()[0]
    assert (row.id, row.status) == (inbox_id, "held")
    assert row.reasons
    assert work.written(f"held:{inbox_id}") == [("N28-held-other", COORDINATOR)]
    assert ("N13-answer", SERVICE_LEADER) not in work.written()


def test_an_answer_that_counts_is_confirmed_and_the_co_ordinator_hears_of_a_new_stage(work: Work) -> None:
    work.refer()
    work.all()
    work.answer("partners_informed")
    work.all()
    assert ("N13-answer", SERVICE_LEADER) in work.written()
    assert ("N13-change", COORDINATOR) not in work.written()
    work.answer("sin_sent", reference="48213")
    work.all()
    assert work.written().count(("N13-answer", SERVICE_LEADER)) == 2
    assert ("N13-change", COORDINATOR) in work.written()


def test_the_rules_see_of_free_text_only_that_there_was_some(work: Work) -> None:
    work.refer()
    work.all()
    work.answer("note_added", note="Robin Ashdown is with the grandmother")
    work.all()
    assert "Robin" not in repr(work.store.progression.load_case(FIRST).case)
    report = work.store.reports.case_report(FIRST)
    assert report is not None
    assert report.events[-1].fields["note"] == "Robin Ashdown is with the grandmother"


def test_an_event_beyond_the_table_of_holidays_is_refused_with_words(work: Work) -> None:
    work.refer()
    work.all()
    beyond = datetime(2060, 1, 4, 10, 0, tzinfo=UTC)
    work.clock.at = beyond
    outcome = work.station.record(NewEvent(FIRST, "subgroup_decided", beyond, "cli", "Alex", {"rapid_review": "yes"}))
    assert isinstance(outcome, Refusal)
    assert "holiday" in " ".join(outcome.problems)


def test_whoever_is_away_is_remembered_with_the_answer(work: Work) -> None:
    work.refer()
    work.all()
    work.answer("away_until", role="la_service_leader", until="2026-12-18")
    work.all()
    assert work.store.progression.absences(TUESDAY.date()) == {KEY}


def test_an_absence_recorded_by_hand_is_of_everybody_who_holds_the_role(work: Work) -> None:
    work.refer()
    work.all()
    fields = {"role": "la_service_leader", "until": "2026-12-18"}
    work.station.record(NewEvent(FIRST, "away_until", TUESDAY, "cli", "Alex", fields))
    assert work.store.progression.absences(TUESDAY.date()) == {KEY}


def test_a_correction_is_told_to_the_co_ordinator_with_what_it_has_moved(work: Work) -> None:
    work.refer()
    work.all()
    before = len(work.written())
    fields = {"field": "la_aware_on", "value": "2026-12-10"}
    outcome = work.station.record(NewEvent(FIRST, "date_corrected", TUESDAY, "cli", "Alex", fields))
    assert isinstance(outcome, Decision)
    assert {(duty.timer, str(duty.before), str(duty.after)) for duty in outcome.moved} == {
        ("T2", "2026-12-22", "2026-12-17"),
        ("T3", "2026-12-22", "2026-12-17"),
    }
    assert {notice for notice, _ in work.written()[before:]} <= {"N3-dates", "N13-calendar"}
    assert ("N3-dates", COORDINATOR) in work.written()
    (facts, *_) = [letter.facts for letter in work.writer.letters if letter.notice == "N3-dates"]
    assert [(duty.title[:6], str(duty.after)) for duty in facts.moved] == [
        ("Notify", "2026-12-17"),
        ("Report", "2026-12-17"),
    ]


def test_two_referrals_of_one_incident_become_one_case_with_the_earliest_clocks_and_both_referrers(work: Work) -> None:
    work.refer(FIRST, {**COMPLETE, "abuse_or_neglect": "no", "incident_on": "2026-12-14"})
    work.refer(SECOND, {**COMPLETE, "deceased": "unknown", "incident_on": "2026-12-11", "la_referrer": "yes"})
    work.all()
    going, staying = (work.store.progression.load_case(reference) for reference in (SECOND, FIRST))
    assert isinstance(work.station.record(joining(going, staying, TUESDAY, "Alex")), Decision)
    assert work.stage(SECOND) != "merged"  # it is in the queue, in the same transaction
    work.all()
    assert work.stage(SECOND) == "merged"
    file = work.store.progression.load_case(FIRST)
    assert file.case.dates["incident_on"].isoformat() == "2026-12-11"
    assert file.case.facts["la_referrer"] == "yes"
    assert file.case.stages["notification"] == "due"
    assert any(task.timer == "T5" for task in file.case.open_tasks)
    assert len(file.parties) == len(staying.parties) + len(going.parties)
    again = work.station.record(joining(going, file, TUESDAY, "Alex"))
    assert isinstance(again, Refusal)
    assert "joined to this case already" in again.problems[0]


def test_a_merge_that_is_taken_back_leaves_nothing_of_the_other_referral(work: Work) -> None:
    work.refer(FIRST, {**COMPLETE, "incident_on": "2026-12-14"})
    work.refer(SECOND, {**COMPLETE, "incident_on": "2026-12-11"})
    work.all()
    going, staying = (work.store.progression.load_case(reference) for reference in (SECOND, FIRST))
    joined = work.station.record(joining(going, staying, TUESDAY, "Alex"))
    assert isinstance(joined, Decision)
    work.all()
    for reference, number in ((FIRST, joined.case.last_number), (SECOND, 2)):
        undoing = {"event": str(number), "reason": "two incidents"}
        outcome = work.station.record(NewEvent(reference, "withdrawn", TUESDAY, "cli", "Alex", undoing))
        assert isinstance(outcome, Decision), outcome
    assert work.stage(SECOND) == "open"
    file = work.store.progression.load_case(FIRST)
    assert file.case.dates["incident_on"].isoformat() == "2026-12-14"
    before = len(work.writer.letters)
    work.station.record(NewEvent(FIRST, "information_waived", TUESDAY, "cli", "Alex"))
    assert all(letter.recipient.role != "referrer" for letter in work.writer.letters[before:])


# ---------------------------------------------------------------------------------------------------------------------
# Mails that are written anew


def taken_back(work: Work, notice: str, to: str) -> int:
    """Let dispatch send one mail back; give its number."""
    wanted = next(row.id for row in work.store.reports.outbox_rows() if (row.notice, row.to) == (notice, to))
    while (claimed := work.store.dispatch.claim_outgoing(work.clock.at)) is not None and claimed.id != wanted:
        work.store.dispatch.mark_sent(claimed.id, work.clock.at)
    work.store.dispatch.send_back(wanted, work.clock.at, "its contact has changed")
    return wanted


def status_of(work: Work, notice: str) -> list[tuple[str, str]]:
    return [(row.to, row.status) for row in work.store.reports.outbox_rows() if row.notice == notice]


def test_what_a_calendar_is_to_say_is_written_anew_as_it_stands_and_to_nobody_else(work: Work) -> None:
    work.refer()
    work.all()
    while (claimed := work.store.dispatch.claim_outgoing(work.clock.at)) is not None:
        work.store.dispatch.mark_sent(claimed.id, work.clock.at)
    work.station.record(NewEvent(FIRST, "sin_sent", TUESDAY, "cli", "Alex"))
    taken_back(work, "N13-calendar", SERVICE_LEADER)
    before = len(work.writer.letters)
    work.all()
    (anew,) = work.writer.letters[before:]
    assert (anew.notice, anew.recipient.address) == ("N13-calendar", SERVICE_LEADER)
    assert [entry.is_settled for entry in anew.entries].count(True) == 1
    assert [task.timer for task in anew.facts.settled] == ["T2"]
    assert status_of(work, "N13-calendar") == [(SERVICE_LEADER, "cancelled"), (SERVICE_LEADER, "waiting")]


def test_a_mail_that_was_taken_back_is_written_to_whoever_holds_the_seat_now(work: Work, store: Store) -> None:
    work.refer()
    work.all()
    taken_back(work, "N4", SERVICE_LEADER)
    successor = Contact("la_service_leader", "New", "new@council.example", agency="local_authority")
    later = Work(store, rules_with(successor, without="la_service_leader"), chance_from=1000)
    later.all()
    assert status_of(later, "N4") == [(SERVICE_LEADER, "cancelled"), ("new@council.example", "waiting")]
    assert later.all() == 0


def test_a_mail_that_the_gate_would_take_back_for_ever_is_told_to_a_person_instead(store: Store) -> None:
    work = Work(store, rules_with(Contact("subgroup_chair", "Ourselves", MAILBOX), without="subgroup_chair"))
    work.refer()
    work.all()
    taken_back(work, "N8", MAILBOX)
    assert 0 < work.all() < 5
    assert status_of(work, "N8") == [(MAILBOX, "cancelled")]
    assert ("N28-undeliverable", COORDINATOR) in work.written()
    assert "contact_undeliverable" in work.store.progression.load_case(FIRST).case.flags


def test_a_mail_that_was_taken_back_and_is_wanted_no_more_is_not_written_anew(work: Work) -> None:
    work.refer()
    work.all()
    taken_back(work, "N4", SERVICE_LEADER)
    work.station.record(NewEvent(FIRST, "sin_sent", TUESDAY, "cli", "Alex"))
    work.all()
    assert status_of(work, "N4") == [(SERVICE_LEADER, "cancelled")]


def test_of_a_notice_to_five_only_the_mail_that_was_taken_back_is_written_anew(work: Work) -> None:
    work.refer()
    work.all()
    taken_back(work, "N2", "director@council.example")
    work.all()
    statuses = dict(status_of(work, "N2"))
    assert len(status_of(work, "N2")) == 6
    assert statuses["director@council.example"] == "waiting"


def test_time_that_changes_nothing_leaves_no_trace(work: Work) -> None:
    work.refer()
    work.all()
    history = work.store.progression.load_case(FIRST).case.history
    work.clock.at += timedelta(hours=1)
    assert work.all() == 0
    assert work.store.progression.load_case(FIRST).case.history == history


def test_two_processes_at_once_write_every_mail_once(work: Work, store: Store) -> None:
    """Each decides on what it has loaded; only one of them can commit it."""
    work.refer()
    work.all()
    other = Work(store, chance_from=1000)
    event = NewEvent(FIRST, "subgroup_decided", TUESDAY, "cli", "Alex", {"rapid_review": "no", "reason": "so"})

    def in_between(step: Callable[[], object]) -> Progression:
        return replace(work.station, store=Interrupted(store.progression, step))

    outcome = in_between(lambda: other.station.record(event)).record(event)
    assert isinstance(outcome, Refusal)  # the other one has decided already
    assert len([notice for notice, _ in work.written() if notice == "N9"]) == 3


class Interrupted:
    """A store in which somebody else does something between the loading and the first commit."""

    def __init__(self, store: object, meanwhile: Callable[[], object]) -> None:
        self._store = store
        self._meanwhile: Callable[[], object] | None = meanwhile

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - it stands for the whole door
        return getattr(self._store, name)

    def commit(self, *arguments: object) -> None:
        if self._meanwhile is not None:
            meanwhile, self._meanwhile = self._meanwhile, None
            meanwhile()
        self._store.commit(*arguments)  # type: ignore[attr-defined]


def test_a_referral_is_not_lost_on_a_procedure_that_has_no_place_for_something_of_the_form(work: Work) -> None:
    received = work.station.rules.procedure.events["referral_received"]
    fewer = tuple(field for field in received.fields if field.name not in {"unread", "says_custody"})
    events = {**work.station.rules.procedure.events, "referral_received": replace(received, fields=fewer, raises=())}
    old = replace(work.station.rules.procedure, events=events)
    work.station = replace(work.station, rules=replace(work.station.rules, procedure=old))
    work.refer(FIRST, {**COMPLETE, "unread": "yes", "says_custody": "yes"})
    work.all()
    assert work.store.progression.load_case(FIRST).case.stages["main"] == "open"
