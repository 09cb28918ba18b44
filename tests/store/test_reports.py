from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cspr_bot.pipeline.kept import Registration
from cspr_bot.procedure.case import Notification
from cspr_bot.store import NextDue, Store
from tests.fakes.store import (
    CONTACT,
    FORM,
    LATER,
    NOW,
    REFERENCE,
    a_mail,
    a_task,
    keep,
    new_store,
    open_a_case,
    step,
    with_tasks,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path)
    open_a_case(opened)
    yield opened
    opened.close()


def test_the_inbox_is_told_newest_first(store: Store) -> None:
    inbox_id = keep(store)
    new, old = store.reports.inbox_rows()
    assert (new.id, new.status, new.kind, new.case, new.reasons, new.bounce) == (inbox_id, "new", None, None, (), None)
    assert (old.kind, old.status, old.case, old.sender) == ("referral", "filed", REFERENCE, "practitioner@nhs.example")
    assert old.message_id == "<message-id-of-theirs@nhs.example>"
    assert len(old.sha256) == 64


def test_a_bounce_of_nothing_that_we_know_has_no_recipients(store: Store) -> None:
    store.registration.register(keep(store), Registration("bounce", "held", bounce_permanent=False), NOW)
    row = store.reports.inbox_rows(held_only=True)[0]
    assert row.bounce is not None
    assert (row.bounce.recipients, row.bounce.permanent) == ((), False)


def test_the_mails_of_a_case_are_told(store: Store) -> None:
    keep(store)
    assert [row.case for row in store.reports.received_on(REFERENCE)] == [REFERENCE]


def test_what_is_not_there_is_none(store: Store) -> None:
    assert store.reports.original(99) is None
    assert store.reports.outgoing(99) is None
    assert store.reports.attachment(99) is None
    assert store.reports.case_report("NS-NONE-1") is None


def test_cases_are_told_with_what_is_due_first(store: Store) -> None:
    sooner = a_task("T6", due_at=NOW + timedelta(days=1), roles=("coordinator", "subgroup_chair"))
    case = replace(
        with_tasks(a_task(), sooner),
        flags=frozenset({"incomplete", "awareness_assumed"}),
        agency_stages={"records": {"police": "requested"}},
    )
    step(store, case=case)
    (row,) = store.reports.case_rows()
    assert (row.reference, row.opened_at, row.next_moment) == (REFERENCE, NOW, LATER)
    assert row.stages == {"main": "triage", "records": {"police": "requested"}}
    assert row.next_due == NextDue("T6", NOW + timedelta(days=1), "coordinator")
    assert row.flags == ("awareness_assumed", "incomplete")


def test_a_case_in_a_final_stage_can_be_hidden(store: Store) -> None:
    assert store.reports.case_rows(hiding=("closed",))[0].next_due is None
    step(store, case=replace(with_tasks(), stages={"main": "closed"}))
    assert store.reports.case_rows(hiding=("closed",)) == ()
    assert len(store.reports.case_rows()) == 1


def test_a_case_is_told_whole(store: Store) -> None:
    reminder = Notification("T2/3", "N2-reminder", "subgroup_chair", task="T2", rung=3, level="L1")
    tasks = (
        a_task(is_overdue=True, rung=3),
        a_task("T6", status="done", closed_at=LATER),
        a_task("T7", status="cancelled", closed_at=LATER),
    )
    step(store, a_mail(1, order=reminder), a_mail(2, order=replace(reminder, rung=4)), case=with_tasks(*tasks))
    claimed = store.dispatch.claim_outgoing(NOW)
    assert claimed is not None
    store.dispatch.mark_sent(claimed.id, NOW)
    report = store.reports.case_report(REFERENCE)
    assert report is not None
    assert [(task.status, task.done_at, task.rungs_sent) for task in report.tasks] == [
        ("overdue", None, 3),
        ("done", LATER, 0),
        ("cancelled", None, 0),
    ]
    mail = report.mails[0]
    assert (mail.to, mail.rung, mail.level, mail.status, mail.sent_at, mail.bounced) == (
        "chair@council.example",
        3,
        "L1",
        "sent",
        NOW,
        None,
    )
    assert report.referral == FORM
    assert report.row.reference == REFERENCE
    assert report.trouble is None


def test_duties_are_told_soonest_first_up_to_a_day(store: Store) -> None:
    open_a_case(store, "NS-SECOND-1")
    step(store, case=with_tasks(a_task(), a_task("T6", status="done")))
    soon = a_task("T10:police", agency="police", due_at=NOW + timedelta(days=2))
    step(store, case=with_tasks(soon, reference="NS-SECOND-1"))
    assert [(row.case, row.task) for row in store.reports.due_rows()] == [
        ("NS-SECOND-1", "T10:police"),
        (REFERENCE, "T2"),
    ]
    (row,) = store.reports.due_rows(NOW + timedelta(days=3))
    assert (row.timer, row.agency, row.roles, row.rung, row.is_overdue) == (
        "T10",
        "police",
        ("la_service_leader",),
        0,
        False,
    )


def test_the_outbox_is_told_with_its_bytes(store: Store) -> None:
    step(store, a_mail(testing=True, contact=CONTACT))
    (row,) = store.reports.outbox_rows()
    assert (row.case, row.notice, row.to, row.status, row.testing) == (
        REFERENCE,
        "N2",
        "chair@council.example",
        "waiting",
        True,
    )
    assert (row.attempts, row.not_before, row.sent_at, row.reason) == (0, NOW, None, None)
    assert store.reports.outgoing(row.id) == a_mail().mail.content


def test_the_last_activity_is_that_of_the_log(store: Store, tmp_path: Path) -> None:
    assert store.reports.last_activity() == NOW
    store.dispatch.cancel(99, LATER)
    assert store.reports.last_activity() == NOW
    store.installation.note(LATER, "person", "case_exported")
    assert store.reports.last_activity() == LATER
    (tmp_path / "empty").mkdir()
    with closing(new_store(tmp_path / "empty")) as empty:
        assert empty.reports.last_activity() is None


def test_the_queues_are_counted(store: Store) -> None:
    step(store, a_mail())
    counts = store.reports.counts()
    assert (counts.inbox, counts.events, counts.outbox) == ({"filed": 1}, {"waiting": 1}, {"waiting": 1})
    assert counts.oldest_waiting == NOW
