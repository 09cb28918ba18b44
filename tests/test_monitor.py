"""What a running daemon tells of itself: the truth also where the database fails, and nothing of a person."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection

import pytest

from cspr_bot.monitor import Monitor, Pulse

START = datetime(2026, 12, 15, 10, tzinfo=UTC)
PATIENCE = timedelta(minutes=6)


@dataclass
class Desk:
    """A daemon that a test lets work or fail, and a clock that it turns."""

    at: datetime = START
    pulse: Pulse = field(default_factory=lambda: Pulse(START))
    is_broken: bool = False

    def queues(self) -> Mapping[str, Mapping[str, int]]:
        if self.is_broken:
            raise OSError("secret.db cannot be read")
        return {"inbox": {"filed": 3, "held": 1}, "outbox": {"waiting": 2}}

    def duties(self) -> Mapping[str, int]:
        return {"open": 7, "late": 1}

    def monitor(self) -> Monitor:
        return Monitor(self.pulse, self, lambda: self.at, PATIENCE, "nsscp-live")


@pytest.fixture
def served() -> Iterator[tuple[Desk, Monitor]]:
    desk = Desk()
    monitor = desk.monitor()
    assert monitor.start("127.0.0.1:0")
    yield desk, monitor
    monitor.stop()


def asked(monitor: Monitor, path: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", monitor.port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    told = answer.read().decode()
    connection.close()
    return answer.status, told


def test_it_is_well_from_the_start_and_as_long_as_rounds_end_well() -> None:
    desk = Desk()
    assert desk.monitor().answer("/healthz") == (HTTPStatus.OK, "text/plain; charset=utf-8", b"well\n")
    desk.at += PATIENCE
    assert desk.monitor().answer("/healthz")[0] == HTTPStatus.OK
    desk.at += timedelta(seconds=1)
    desk.pulse.beat(desk.at, is_good=False)  # a failed round is no sign of life
    status, _, body = desk.monitor().answer("/healthz")
    assert (status, body) == (HTTPStatus.SERVICE_UNAVAILABLE, b"no good round since 2026-12-15T10:00:00+00:00\n")
    desk.pulse.beat(desk.at, is_good=True)
    assert desk.monitor().answer("/healthz")[0] == HTTPStatus.OK


def test_one_that_stands_by_is_well_and_says_so() -> None:
    desk = Desk()
    desk.pulse.beat(desk.at, is_good=True, leads=False)
    assert desk.monitor().answer("/healthz")[2] == b"well; another daemon leads\n"
    assert "\ncspr_bot_leads 0.0\n" in desk.monitor().answer("/metrics")[2].decode()


def test_every_figure_is_told_in_the_manner_of_prometheus() -> None:
    desk = Desk()
    desk.pulse.beat(desk.at, is_good=True)
    desk.pulse.beat(desk.at, is_good=False)
    status, kind, body = desk.monitor().answer("/metrics")
    assert (status, kind.partition(";")[0]) == (HTTPStatus.OK, "text/plain")
    lines = body.decode().splitlines()
    for line in (
        'cspr_bot_rounds_total{result="good"} 1.0',
        'cspr_bot_rounds_total{result="failed"} 1.0',
        'cspr_bot_queue_rows{queue="inbox",state="held"} 1.0',
        'cspr_bot_queue_rows{queue="outbox",state="waiting"} 2.0',
        'cspr_bot_duties{state="late"} 1.0',
        "cspr_bot_database_up 1.0",
    ):
        assert line in lines
    figures = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert float(figures["cspr_bot_last_good_round_timestamp_seconds"]) == START.timestamp()
    assert float(figures["process_resident_memory_bytes"]) > 0


def test_where_the_database_fails_the_rest_is_told_and_nothing_of_the_failure(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk(is_broken=True)
    told = desk.monitor().answer("/metrics")[2].decode()
    assert "\ncspr_bot_database_up 0.0\n" in told
    assert 'cspr_bot_rounds_total{result="good"} 0.0' in told
    assert "secret" not in told + caplog.text


def test_it_answers_over_http_on_this_machine(served: tuple[Desk, Monitor]) -> None:
    desk, monitor = served
    assert asked(monitor, "/healthz") == (200, "well\n")
    status, told = asked(monitor, "/metrics?name[]=up")
    assert (status, "cspr_bot_info{" in told) == (200, True)
    desk.at += timedelta(hours=1)
    for path, expected in (("/healthz", 503), ("/", 404), ("/../etc/passwd", 404)):
        assert asked(monitor, path)[0] == expected


def test_an_address_that_is_taken_keeps_nobody_from_working(
    served: tuple[Desk, Monitor], caplog: pytest.LogCaptureFixture
) -> None:
    _, first = served
    second = Desk().monitor()
    assert not second.start(f"127.0.0.1:{first.port}")
    assert f"figures cannot be told at 127.0.0.1:{first.port}" in caplog.text
    second.stop()
