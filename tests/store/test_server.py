"""Several daemons on one PostgreSQL server: one leads, what it writes too late is refused, nothing happens twice."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Event

import pytest
from sqlalchemy import create_engine, make_url, select
from sqlalchemy.exc import ProgrammingError

from cspr_bot.pipeline.kept import Progress
from cspr_bot.pipeline.ports import CaseMoved, PermanentFailure, TemporaryFailure
from cspr_bot.procedure.case import Notification
from cspr_bot.store import Store, WrongHomeError, WrongKeyError, open_store
from cspr_bot.store.database import make_engine
from cspr_bot.store.lead import LeadLost
from cspr_bot.store.migrations import STEPS
from cspr_bot.store.migrations.run import upgrade
from cspr_bot.store.server import how_to_connect
from cspr_bot.store.tables import event_queue
from tests.fakes.postgresql import Server, started
from tests.fakes.store import (
    LATER,
    MASTER_KEY,
    NOW,
    RAW_MAIL,
    REFERENCE,
    SECRETS,
    a_mail,
    a_new_case,
    a_referral,
    keep,
    open_a_case,
    step,
    with_tasks,
)

SHORT = timedelta(milliseconds=300)


@pytest.fixture
def stores(postgresql: Server) -> Iterator[tuple[Store, Store]]:
    """Two daemons of one installation, on two hosts."""
    first = postgresql.emptied_store()
    second = postgresql.new_store("emptied")
    yield first, second
    first.close()
    second.close()


def _both(stores: tuple[Store, Store], work: Callable[[Store], object]) -> list[object]:
    """Let two do the same at the same time; give what each got, or the kind of failure."""
    barrier = Barrier(2)

    def one(store: Store) -> object:
        barrier.wait()
        try:
            return work(store)
        except (CaseMoved, TemporaryFailure) as failure:
            return type(failure)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(one, stores))


# --- each effect happens once


def test_two_who_open_a_new_schema_share_it(postgresql: Server) -> None:
    schema, barrier = postgresql.new_schema(), Barrier(2)

    def one(server_id: str) -> None:
        barrier.wait()
        with closing(postgresql.new_store(schema)) as store:
            keep(store, server_id)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, ("one", "two")))
    with closing(postgresql.new_store(schema)) as store:
        assert len(store.reports.inbox_rows()) == 2
        assert store.installation.verify_audit() is None


def test_a_schema_from_before_keeps_its_forms_and_learns_those_that_came_by_no_mail(postgresql: Server) -> None:
    schema = postgresql.new_schema()
    with closing(postgresql.new_store(schema)) as store:
        inbox_id = open_a_case(store)
        with store.engine.begin() as connection:  # as the fourth schema had it
            connection.exec_driver_sql("ALTER TABLE form_digests ALTER COLUMN inbox_id SET NOT NULL")
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0004'")
    with closing(postgresql.new_store(schema)) as store:
        assert store.registration.find_form(["digest-of-the-form"]) == (REFERENCE, inbox_id)
        store.progression.open_cases([replace(a_new_case("NS-SECOND-1"), digests=("another",))], [], NOW)
        assert store.registration.find_form(["another"]) == ("NS-SECOND-1", None)


@pytest.mark.parametrize("mails", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_of_many_mails_each_is_claimed_by_one_of_two(stores: tuple[Store, Store], mails: int) -> None:
    open_a_case(stores[0])
    step(stores[0], *(a_mail(number) for number in range(mails)))

    def send_all(store: Store) -> list[int]:
        sent = []
        while (outgoing := store.dispatch.claim_outgoing(NOW)) is not None:
            store.dispatch.mark_sent(outgoing.id, NOW)
            sent.append(outgoing.id)
        return sent

    first, second = _both(stores, send_all)
    assert isinstance(first, list)
    assert isinstance(second, list)
    assert sorted([*first, *second]) == list(range(1, mails + 1))
    assert stores[0].installation.verify_audit() is None


def test_a_delivery_is_kept_and_registered_by_one_only(stores: tuple[Store, Store]) -> None:
    first, second = _both(stores, keep)
    assert first == second
    assert isinstance(first, int)
    _both(stores, lambda store: store.registration.register(first, a_referral(f"NS-{id(store)}"), NOW))
    assert len(stores[0].reports.case_rows()) == 1
    assert stores[0].reports.counts().events == {"waiting": 1}


def test_a_step_is_written_by_one_only(stores: tuple[Store, Store]) -> None:
    open_a_case(stores[0])
    progress = Progress(with_tasks(), LATER, mails=(a_mail(),))
    results = _both(stores, lambda store: store.progression.commit(1, progress, NOW))
    assert sorted(results, key=str) == sorted([CaseMoved, None], key=str)
    assert stores[0].progression.load_case(REFERENCE).version == 2


def test_the_log_of_two_writers_is_one_chain_and_is_read_whole_meanwhile(stores: tuple[Store, Store]) -> None:
    def write_and_read(store: Store) -> list[object]:
        return [(keep(store, f"{id(store)}-{count}"), store.installation.verify_audit())[1] for count in range(20)]

    assert _both(stores, write_and_read) == [[None] * 20, [None] * 20]
    assert stores[0].installation.audit_head().seq == 40


def test_the_last_two_of_a_group_settled_at_once_let_happen_what_waits_for_it_once(stores: tuple[Store, Store]) -> None:
    group = Notification("N9", "N9", "agency", event=1, when_all_sent="partners_informed")
    for number in range(10):
        reference = f"NS-{number}"
        open_a_case(stores[0], reference)
        step(
            stores[0],
            *(a_mail(10 * number + place, order=group) for place in (1, 2)),
            case=with_tasks(reference=reference),
        )
        claimed = [store.dispatch.claim_outgoing(NOW) for store in stores]
        mails = {id(store): mail.id for store, mail in zip(stores, claimed, strict=True) if mail is not None}
        _both(stores, lambda store, mails=mails: store.dispatch.mark_sent(mails[id(store)], NOW))  # type: ignore[misc]
    with stores[0].engine.connect() as connection:
        names = connection.scalars(select(event_queue.c.name)).all()
    assert names.count("partners_informed") == 10


# --- one leads


def test_one_of_two_leads_until_it_lets_go(stores: tuple[Store, Store]) -> None:
    assert sorted(_both(stores, lambda store: store.take_lead()), key=str) == [False, True]
    leader, other = stores if stores[0].has_time_to_send() else stores[::-1]
    assert leader.take_lead()
    assert not other.take_lead()
    assert not other.has_time_to_send()
    leader.give_up_lead()
    assert other.take_lead()
    assert other.has_time_to_send()


def test_what_a_leader_writes_renews_its_lease(postgresql: Server) -> None:
    with closing(postgresql.emptied_store()), closing(postgresql.new_store("emptied", lease=SHORT)) as leader:
        assert leader.take_lead()
        before = _until(postgresql)
        keep(leader)
        assert _until(postgresql) > before


def test_a_person_at_the_command_writes_without_leading(stores: tuple[Store, Store]) -> None:
    assert stores[0].take_lead()
    assert keep(stores[1])


def test_what_a_relieved_leader_writes_late_is_refused_and_it_sends_nothing(postgresql: Server) -> None:
    with (
        closing(postgresql.emptied_store()),
        closing(postgresql.new_store("emptied", lease=SHORT)) as late,
        closing(postgresql.new_store("emptied")) as other,
    ):
        assert late.take_lead()
        open_a_case(late)
        step(late, a_mail())
        claimed = late.dispatch.claim_outgoing(NOW)
        assert claimed is not None
        _wait(SHORT)
        assert other.take_lead()
        assert not late.has_time_to_send()
        with pytest.raises(LeadLost, match="another cspr-bot leads by now"):
            late.dispatch.mark_sent(claimed.id, NOW)
        with pytest.raises(LeadLost):
            keep(late, "too late")
        assert not late.take_lead()
        assert [mail.id for mail in other.dispatch.interrupted_mails()] == [claimed.id]
        assert other.installation.verify_audit() is None


LED = """
import sys
from datetime import timedelta
from cspr_bot.store import open_store
from cspr_bot.store.database import make_engine
from cspr_bot.store.lead import LeadLost
from tests.fakes.store import MASTER_KEY, NOW, a_mail, keep, open_a_case, step

store = open_store(sys.argv[1], MASTER_KEY, now=NOW, schema="emptied", lease=timedelta(milliseconds=300))
assert store.take_lead()
open_a_case(store)
step(store, a_mail())
claimed = store.dispatch.claim_outgoing(NOW)
print("claimed", flush=True)
sys.stdin.readline()
has_time = store.has_time_to_send()
try:
    store.dispatch.mark_sent(claimed.id, NOW)
    print("written, may send:", has_time, flush=True)
except LeadLost as lost:
    print("refused, may send:", has_time, flush=True)
"""


@pytest.mark.parametrize("ending", ["stopped", "killed"])
def test_a_leader_that_is_stopped_past_its_lease_or_killed_is_relieved(postgresql: Server, ending: str) -> None:
    with closing(postgresql.emptied_store()) as other:
        with subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", LED, postgresql.url()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as leader:
            assert leader.stdin is not None
            assert leader.stdout is not None
            assert leader.stdout.readline() == "claimed\n"
            leader.send_signal(signal.SIGSTOP if ending == "stopped" else signal.SIGKILL)
            _wait(SHORT)
            assert other.take_lead()
            interrupted = other.dispatch.interrupted_mails()
            assert len(interrupted) == 1
            other.dispatch.mark_waiting(interrupted[0].id, NOW, "interrupted")
            again = other.dispatch.claim_outgoing(NOW)
            assert again is not None
            other.dispatch.mark_sent(again.id, LATER)
            if ending == "stopped":
                leader.send_signal(signal.SIGCONT)
                said, _ = leader.communicate("go on\n")
                assert said == "refused, may send: False\n"
        (row,) = other.reports.outbox_rows()
        assert (row.status, row.sent_at) == ("sent", LATER)
        assert other.installation.verify_audit() is None


def _until(server: Server) -> float:
    return float(server.run_sql("SELECT extract(epoch FROM until) FROM emptied.leads")[0][0])


def _wait(lease: timedelta) -> None:
    Event().wait(lease.total_seconds() * 1.5)


# --- the server goes away and comes back


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_server_that_restarts_is_reached_again_and_has_all_that_was_acknowledged(how: str) -> None:
    with started() as server, closing(server.new_store(server.new_schema())) as store:
        assert store.take_lead()
        kept = keep(store)
        getattr(server, how)()
        with pytest.raises(TemporaryFailure, match="cannot be reached"):
            keep(store, "meanwhile")
        with pytest.raises(TemporaryFailure, match="cannot be reached"):
            store.reports.inbox_rows()
        server.start()
        assert store.take_lead()
        assert keep(store, "meanwhile") != kept
        assert store.reports.original(kept) == RAW_MAIL
        assert store.installation.verify_audit() is None


def test_a_session_that_is_ended_under_our_hands_has_written_nothing(
    stores: tuple[Store, Store], postgresql: Server
) -> None:
    open_a_case(stores[0])
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query <> ''"

    def write() -> None:
        with stores[0].installation._db.write() as tx:
            tx.note(NOW, "person", "something")
            postgresql.run_sql(ended)
            tx.rows(select(event_queue))

    with pytest.raises(TemporaryFailure):
        write()
    assert "something" not in {row.entry.what for row in stores[0].installation.audit_of()}
    assert keep(stores[0], "afterwards")


# --- settings, schemas, rights


def test_a_server_that_may_lose_what_it_acknowledged_is_refused() -> None:
    with started("fsync=off") as server, pytest.raises(PermanentFailure, match="has fsync = off, and not on"):
        server.new_store("careless")


@pytest.mark.parametrize("schema", ["pg_secret", "Two Words", "a" * 64, 'x"; DROP'])
def test_what_is_no_name_for_a_schema_is_refused(postgresql: Server, schema: str) -> None:
    with pytest.raises(PermanentFailure, match="small letters"):
        postgresql.new_store(schema)


def test_another_driver_is_refused_without_its_password() -> None:
    with pytest.raises(PermanentFailure, match=r"no driver is installed for postgresql\+pg8000") as refused:
        open_store("postgresql+pg8000://user:secret@host/db", MASTER_KEY, now=NOW)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "mode"),
    [
        ("postgresql+psycopg://user@db.example/cspr", "require"),
        ("postgresql+psycopg://user@db.example/cspr?sslmode=verify-full", None),
        ("postgresql+psycopg://user@127.0.0.1/cspr", None),
        ("postgresql+psycopg://user@/cspr?host=/run/postgresql", None),
    ],
)
def test_what_crosses_a_network_is_encrypted(url: str, mode: str | None) -> None:
    assert how_to_connect(make_url(url), "schema").get("sslmode") == mode


def test_one_partnership_cannot_reach_another_on_the_same_server(postgresql: Server) -> None:
    """Each has its schema and its role: by our statements, by its key and by the server's own rights."""
    ours, theirs = postgresql.new_schema(), postgresql.new_schema()
    for schema in (ours, theirs):
        postgresql.run_sql(f"CREATE ROLE {schema} LOGIN", f"CREATE SCHEMA {schema} AUTHORIZATION {schema}")
    their_key = bytes(32)
    with (
        closing(open_store(postgresql.url(ours), MASTER_KEY, now=NOW, schema=ours)) as our_store,
        closing(open_store(postgresql.url(theirs), their_key, now=NOW, schema=theirs)) as their_store,
    ):
        our_store.installation.bind("ours")
        their_store.installation.bind("theirs")
        open_a_case(their_store)
        assert our_store.reports.case_rows() == ()
        assert our_store.reports.inbox_rows() == ()
        assert not our_store.registration.has_case(REFERENCE)
        with pytest.raises(WrongHomeError):
            their_store.installation.bind("ours")
        with pytest.raises(PermanentFailure, match="our role needs a schema of its own"):
            open_store(postgresql.url(ours), their_key, now=NOW, schema=theirs)
    with pytest.raises(WrongKeyError):
        open_store(postgresql.url(), MASTER_KEY, now=NOW, schema=theirs)
    engine = create_engine(postgresql.url(ours))
    with engine.connect() as connection, pytest.raises(ProgrammingError, match="permission denied"):
        connection.exec_driver_sql(f"SELECT * FROM {theirs}.cases")  # noqa: S608
    engine.dispose()


def test_the_steps_lead_to_the_schema_that_a_new_one_has(postgresql: Server) -> None:
    stepped, made = postgresql.new_schema(), postgresql.new_schema()
    postgresql.new_store(made).close()
    engine = make_engine(postgresql.url(), stepped)
    upgrade(engine, STEPS)
    engine.dispose()
    assert _columns(postgresql, stepped) == _columns(postgresql, made)


def _columns(server: Server, schema: str) -> list[tuple[object, ...]]:
    columns = "table_name, column_name, data_type, is_nullable"
    asked = f"SELECT {columns} FROM information_schema.columns WHERE table_schema = '{schema}' ORDER BY 1, 2"  # noqa: S608
    indexes = f"SELECT replace(indexdef, '{schema}.', '') FROM pg_indexes WHERE schemaname = '{schema}' ORDER BY 1"  # noqa: S608
    return [tuple(row) for row in (*server.run_sql(asked), *server.run_sql(indexes))]


def test_no_word_of_a_case_can_be_read_in_any_file_of_the_server(
    stores: tuple[Store, Store], postgresql: Server
) -> None:
    open_a_case(stores[0])
    step(stores[0], a_mail(code="ABCDEFGHIJKLMNOPQRSTUVWX27"))
    written = b"".join(path.read_bytes() for path in postgresql.files())
    assert REFERENCE.encode() in written
    assert [word for word in SECRETS if word.encode() in written] == []
