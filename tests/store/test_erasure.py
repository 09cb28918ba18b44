import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cspr_bot.pipeline.kept import CaseAttachment, Registration
from cspr_bot.pipeline.ports import PermanentFailure
from cspr_bot.procedure.case import Event
from cspr_bot.store import Store
from tests.fakes.store import (
    CODE,
    LATER,
    NOW,
    RAW_MAIL,
    REFERENCE,
    a_mail,
    a_new_case,
    a_referral,
    a_task,
    keep,
    new_store,
    open_a_case,
    step,
    with_tasks,
)

BY = ("Casey Writer", "Alex Approver")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path)
    open_a_case(opened)
    happened = Event(1, "referral_received", NOW, NOW)
    step(opened, a_mail(1, code=CODE), a_mail(2), case=with_tasks(a_task()), applied=happened)
    file = CaseAttachment("template.docx", "x/y", b"z")
    reply = Registration("bounce", "filed", case=REFERENCE, attachments=(file,), bounced=(1,), bounce_permanent=True)
    opened.registration.register(keep(opened), reply, NOW)
    yield opened
    opened.close()


def test_an_erased_case_cannot_be_read_again(store: Store) -> None:
    assert store.installation.erase_case(REFERENCE, LATER, by=BY)
    for read in (store.progression.load_case, store.reports.case_report):
        with pytest.raises(PermanentFailure, match=f"case {REFERENCE} was erased"):
            read(REFERENCE)
    assert store.reports.original(1) is None
    assert store.reports.original(2) is None
    assert store.registration.find_code(CODE) is None
    assert store.registration.find_message("<message-id-of-ours-1@nsscp.example>") is None
    assert store.registration.find_form(["digest-of-the-form"]) is None


def test_the_key_of_an_erased_case_lies_nowhere_any_more(store: Store, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "cspr-bot.db")) as db:
        wrapped = db.execute("SELECT wrapped_key FROM cases").fetchone()[0]
    assert wrapped in _everything(tmp_path)
    store.installation.erase_case(REFERENCE, LATER, by=BY)
    assert wrapped not in _everything(tmp_path)


def _everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_nothing_sealed_of_it_is_left_to_be_opened_with_any_key(store: Store, tmp_path: Path) -> None:
    store.installation.erase_case(REFERENCE, LATER, by=BY)
    with closing(sqlite3.connect(tmp_path / "cspr-bot.db")) as db:
        for table, column in (("cases", "sealed_state"), ("referrals", "sealed"), ("outbox", "sealed_content")):
            assert db.execute(f"SELECT DISTINCT {column} FROM {table}").fetchall() == [(b"",)]  # noqa: S608
        assert db.execute("SELECT wrapped_key FROM cases").fetchall() == [(b"",)]
        assert db.execute("SELECT count(*) FROM attachments").fetchone() == (0,)


def test_an_erased_case_does_and_sends_nothing_any_more(store: Store) -> None:
    store.installation.erase_case(REFERENCE, LATER, by=BY)
    assert store.progression.next_event(LATER) is None
    assert store.progression.next_due_case(LATER) is None
    assert store.dispatch.claim_outgoing(LATER) is None
    assert store.reports.due_rows() == ()


def test_the_lists_go_on_without_it(store: Store) -> None:
    open_a_case(store, "NS-SECOND-1")
    store.installation.erase_case(REFERENCE, LATER, by=BY)
    assert [row.reference for row in store.reports.case_rows()] == [REFERENCE, "NS-SECOND-1"]
    assert store.reports.outbox_rows() == ()
    rows = store.reports.inbox_rows()
    assert [row.sender for row in rows] == ["practitioner@nhs.example", None, None]
    bounce = rows[1].bounce
    assert bounce is not None
    assert bounce.recipients == ()


def test_a_mail_that_opened_another_case_too_is_kept_for_that(store: Store) -> None:
    inbox_id = keep(store, "two forms")
    second = replace(a_new_case("NS-SECOND-1"), digests=("form two",))
    third = replace(a_new_case("NS-THIRD-1"), digests=("form three",))
    two = Registration(
        "referral",
        "filed",
        case="NS-SECOND-1",
        cases=(second, third),
    )
    store.registration.register(inbox_id, two, NOW)
    store.installation.erase_case("NS-SECOND-1", LATER, by=BY)
    assert store.reports.original(inbox_id) == RAW_MAIL
    store.installation.erase_case("NS-THIRD-1", LATER, by=BY)
    assert store.reports.original(inbox_id) is None


def test_a_case_is_erased_once_and_it_is_known_who_decided(store: Store) -> None:
    assert store.installation.erased_by(REFERENCE) is None
    assert store.installation.erase_case(REFERENCE, LATER, by=BY)
    assert not store.installation.erase_case(REFERENCE, LATER, by=BY)
    assert not store.installation.erase_case("NS-NONE-1", LATER, by=BY)
    assert store.installation.erased_by(REFERENCE) == "Casey Writer and Alex Approver"
    assert store.installation.audit_of(REFERENCE)[-1].entry.what == "case_erased"
    assert store.installation.verify_audit() is None
    assert store.check_integrity() == ()


def test_the_same_referral_can_come_again(store: Store) -> None:
    store.installation.erase_case(REFERENCE, LATER, by=BY)
    inbox_id = keep(store, "again")
    store.registration.register(inbox_id, a_referral("NS-AGAIN-1"), LATER)
    assert store.progression.load_case("NS-AGAIN-1").form is not None
