"""What is written for SQLite is written so that a server understands it too."""

from datetime import UTC, datetime, timedelta, timezone
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql import Delete, Insert, Select, Update

from cspr_bot.pipeline.ports import PermanentFailure
from cspr_bot.store.tables import Moment, metadata
from cspr_bot.store.upkeep import back_up, problems_of

if TYPE_CHECKING:
    from sqlalchemy import Engine

ROOMS = (
    "audit",
    "cases",
    "dispatch",
    "erasure",
    "installation",
    "intake",
    "outbox",
    "progression",
    "projection",
    "registration",
)
SERVER = postgresql.dialect()  # type: ignore[no-untyped-call]
FILE = sqlite.dialect()
AT = datetime(2026, 7, 1, 12, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize("room", [*ROOMS, "reports"])
def test_every_statement_can_be_said_to_a_server(room: str) -> None:
    module = import_module(f"cspr_bot.store.{room}")
    named = [value for name, value in vars(module).items() if name != "_STATEMENTS"]
    listed = vars(module).get("_STATEMENTS", ())
    statements = [value for value in (*named, *listed) if isinstance(value, Select | Insert | Update | Delete)]
    assert statements
    for statement in statements:
        assert str(statement.compile(dialect=SERVER))


def test_every_table_can_be_made_on_a_server() -> None:
    for table in metadata.sorted_tables:
        assert str(CreateTable(table).compile(dialect=SERVER))
        for index in table.indexes:
            assert str(CreateIndex(index).compile(dialect=SERVER))


def test_a_moment_goes_to_utc_and_comes_back_aware_on_either() -> None:
    kind = Moment()
    assert kind.process_bind_param(AT, FILE) == "2026-07-01T11:00:00.000000+00:00"
    assert kind.process_bind_param(AT, SERVER) == AT
    assert kind.process_result_value("2026-07-01T11:00:00.000000+00:00", FILE) == AT
    assert kind.process_result_value(AT, SERVER) == AT
    assert kind.process_bind_param(None, FILE) is kind.process_result_value(None, FILE) is None


def test_a_moment_without_a_zone_is_a_bug() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        Moment().process_bind_param(datetime(2026, 7, 1), FILE)  # noqa: DTZ001
    assert AT.astimezone(UTC).hour == 11


def test_a_server_has_its_own_tools_for_copies_and_checks(tmp_path: Path) -> None:
    server = cast("Engine", SimpleNamespace(dialect=SERVER))
    assert problems_of(server) == ()
    with pytest.raises(PermanentFailure, match="tools of its server"):
        back_up(server, tmp_path / "copy.db")
