"""Nothing that speaks of a person can be read in the file, nor by moving sealed values about in it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from cspr_bot.pipeline.kept import CaseAttachment, Registration
from cspr_bot.procedure.case import Event
from cspr_bot.store import SealBrokenError, Store
from tests.fakes.store import (
    CODE,
    CONTACT,
    NOW,
    RAW_MAIL,
    REFERENCE,
    SECRETS,
    a_mail,
    a_task,
    an_event,
    keep,
    new_store,
    open_a_case,
    step,
    with_tasks,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path)
    yield opened
    opened.close()


def _fill(store: Store) -> None:
    """Put something personal into every table that there is."""
    open_a_case(store, "NS-GONE-1")
    assert store.installation.erase_case("NS-GONE-1", NOW, by=("Casey Writer", "Alex Approver"))
    open_a_case(store)
    pending = store.progression.next_event(NOW)
    assert pending is not None
    happened = Event(1, "referral_received", NOW, NOW, pending.event.fields)
    step(
        store,
        a_mail(code=CODE, in_reply_to="<message-id-of-theirs@nhs.example>"),
        case=with_tasks(a_task()),
        pending_id=pending.id,
        applied=happened,
        recorded=pending.event,
        warnings=("Robin Ashdown",),
        absent=((CONTACT, date(2026, 12, 1)),),
    )
    file = CaseAttachment("template.docx", "text/plain", b"Robin Ashdown")
    inbox_id = keep(store)
    reply = Registration(
        "reply",
        "filed",
        ("chair@council.example said so",),
        case=REFERENCE,
        sender="chair@council.example",
        events=(an_event(inbox_id=inbox_id),),
        attachments=(file,),
    )
    store.registration.register(inbox_id, reply, NOW)
    answer = store.progression.next_event(NOW)
    assert answer is not None
    store.progression.postpone_event(answer.id, NOW, "Robin Ashdown")
    step(store, pending_id=answer.id, refused="Robin Ashdown is no date")
    store.progression.postpone_case(REFERENCE, NOW, "Robin Ashdown")
    claimed = store.dispatch.claim_outgoing(NOW)
    assert claimed is not None
    store.dispatch.mark_failed(claimed.id, NOW, "550 chair@council.example unknown")
    store.contact_lists.note_change(NOW, "Alex Approver", "0" * 64, "1" * 64, {"changed": 1})


def test_no_word_of_a_case_can_be_read_in_any_file(store: Store, tmp_path: Path) -> None:
    _fill(store)
    written = b"".join(path.read_bytes() for path in sorted(tmp_path.iterdir()))
    assert REFERENCE.encode() in written  # references are public, and this grep finds what is there
    for word in SECRETS:
        assert word.encode() not in written, word
        assert word.encode("utf-16-le") not in written, word


def test_every_table_with_sealed_columns_was_looked_at(store: Store, tmp_path: Path) -> None:
    _fill(store)
    with closing(sqlite3.connect(tmp_path / "cspr-bot.db")) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        sealed = [
            name for name in tables if any("sealed" in row[1] for row in db.execute(f"PRAGMA table_info({name})"))
        ]
        assert all(db.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in sealed)  # noqa: S608
    assert len(sealed) == 11


@pytest.mark.parametrize(
    ("table", "column", "first", "second"),
    [
        ("originals", "sealed_raw", "inbox_id = 1", "inbox_id = 2"),
        ("inbox", "sealed", "id = 1", "id = 2"),
    ],
)
def test_what_is_moved_between_two_mails_does_not_open(
    store: Store, tmp_path: Path, table: str, column: str, first: str, second: str
) -> None:
    for server_id in ("one", "two"):
        store.registration.register(keep(store, server_id), Registration("enquiry", "held", (server_id,)), NOW)
    with closing(sqlite3.connect(tmp_path / "cspr-bot.db")) as db:
        db.execute(f"UPDATE {table} SET {column} = (SELECT {column} FROM {table} WHERE {first}) WHERE {second}")  # noqa: S608
        db.commit()
    with pytest.raises(SealBrokenError):
        store.reports.original(2) if table == "originals" else store.reports.inbox_rows()


def test_the_state_of_one_case_does_not_open_in_another(store: Store, tmp_path: Path) -> None:
    open_a_case(store)
    open_a_case(store, "NS-SECOND-1")
    with closing(sqlite3.connect(tmp_path / "cspr-bot.db")) as db:
        columns = "wrapped_key = (SELECT wrapped_key FROM cases WHERE reference = 'NS-SECOND-1')"
        db.execute(f"UPDATE cases SET {columns} WHERE reference = '{REFERENCE}'")  # noqa: S608
        db.commit()
    with pytest.raises(SealBrokenError):
        store.progression.load_case(REFERENCE)


def test_an_original_comes_back_to_the_byte_after_years(tmp_path: Path) -> None:
    with closing(new_store(tmp_path)) as first:
        inbox_id = keep(first)
    with closing(new_store(tmp_path)) as second:
        assert second.reports.original(inbox_id) == RAW_MAIL
