"""How a mail lies in the outbox: under names and hashes that no later version may change, or it finds nothing again."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from cspr_bot.procedure.case import Notification
from cspr_bot.store import Store
from cspr_bot.store.cases import case_key
from cspr_bot.store.database import begin
from cspr_bot.store.encryption import Place
from cspr_bot.store.outbox import content_place, head_place, opened_head, opened_mail, reason_place
from cspr_bot.store.tables import codes, outbox
from tests.fakes.store import CODE, CONTACT, NOW, REFERENCE, a_mail, a_task, new_store, open_a_case, step, with_tasks

ORDER = Notification(
    key="T2/3",
    notice="N4-reminder",
    role="agency",
    task="T2",
    timer="T2",
    event=1,
    rung=3,
    level="L1",
    when_all_sent="executive_informed",
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path)
    open_a_case(opened)
    yield opened
    opened.close()


def test_each_sealed_part_has_its_place() -> None:
    assert head_place(b"\x01\xab") == Place("outbox", "01ab", "sealed_head")
    assert content_place(b"\x01\xab") == Place("outbox", "01ab", "sealed_content")
    assert reason_place(b"\x01\xab") == Place("outbox", "01ab", "sealed_reason")


def test_a_mail_lies_in_its_row_as_it_was_ordered_and_written(store: Store) -> None:
    written = replace(
        a_mail(order=ORDER, key="T2/3/chair", code=CODE), in_reply_to="<theirs@nhs.example>", testing=True
    )
    written = replace(
        written, role="subgroup_chair", is_listed=False, mail=replace(written.mail, recipient="Chair@council.example")
    )
    step(store, written, case=with_tasks(a_task()))
    database = store.dispatch._db
    ring = database.ring
    with begin(store.engine) as connection:
        row = connection.execute(select(outbox)).one()
        code = connection.execute(select(codes)).one()
    found = row._asdict()
    sealed = {name: found.pop(name) for name in ("sealed_head", "sealed_content")}
    nothing = {name for name, value in found.items() if value is None}
    assert {name: value for name, value in found.items() if value is not None} == {
        "id": row.id,
        "reference": REFERENCE,
        "effect_key": ring.hash("mail", REFERENCE, "T2/3/chair", "Chair@council.example"),
        "notice": "N4-reminder",
        "role": "subgroup_chair",
        "task": "T2",
        "event": 1,
        "rung": 3,
        "level": "L1",
        "when_all_sent": "executive_informed",
        "is_group_settled": False,
        "awaits_rewriting": False,
        "status": "waiting",
        "attempts": 0,
        "queued_at": NOW,
        "not_before": NOW,
        "testing": True,
        "is_listed": False,
        "recipient_hash": ring.hash("recipient", "chair@council.example"),
        "message_hash": ring.hash("message id", written.mail.message_id),
        "header_hash": ring.hash("effect", written.mail.effect),
    }
    assert nothing >= {"sent_at", "settled_at", "claimed_at"}
    assert (code.code_hash, code.outbox_id, code.reference, code.task) == (
        ring.hash("code", CODE),
        row.id,
        REFERENCE,
        "T2",
    )
    assert all(sealed.values())
    with database.read() as tx:
        key = case_key(tx, REFERENCE)
        assert opened_mail(key, row) == written.mail
        head = opened_head(key, row)
        assert (head.order, head.contact, head.in_reply_to) == (ORDER, CONTACT, "<theirs@nhs.example>")
        assert key.open(head_place(row.header_hash), row.sealed_head)
        assert key.open(content_place(row.header_hash), row.sealed_content) == written.mail.content


def test_the_log_tells_what_was_queued_and_what_was_there_before(store: Store) -> None:
    step(store, a_mail(1, order=ORDER, key="same"))
    step(store, a_mail(2, order=ORDER, key="same", code=CODE))
    queued, suppressed = (
        row.entry
        for row in store.installation.audit_of(REFERENCE)
        if row.entry.actor == "rules" and row.entry.what.startswith("mail_")
    )
    told = {"notice": "N4-reminder", "role": "subgroup_chair", "rung": 3}
    mail = store.reports.outbox_rows()[0].id
    assert (queued.what, queued.at, queued.reference, queued.details) == (
        "mail_queued",
        NOW,
        REFERENCE,
        {**told, "outbox": mail},
    )
    assert (suppressed.what, suppressed.at, suppressed.details) == ("mail_suppressed", NOW, told)
