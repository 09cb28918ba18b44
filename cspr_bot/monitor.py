"""What others may ask of a running daemon, on this machine only: whether it works, and its figures.

`/healthz` answers from memory, so it says the truth where the database is what fails. `/metrics` is for Prometheus.
Nothing in either is of a person: numbers of rows, and moments.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Protocol

from cspr_bot import __version__

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric

log = logging.getLogger(__name__)

SECONDS = 10  # for whoever asks to finish asking
TEXT = "text/plain; charset=utf-8"


@dataclass(slots=True)
class Pulse:
    """What the rounds have done since the daemon started. The thread that works writes it, the one that tells reads."""

    started_at: datetime
    last_good_at: datetime | None = None
    leads: bool = True
    rounds: dict[str, int] = field(default_factory=lambda: {"good": 0, "failed": 0})

    def beat(self, at: datetime, *, is_good: bool, leads: bool = True) -> None:
        """Note a round that has ended."""
        self.rounds["good" if is_good else "failed"] += 1
        self.leads = leads
        if is_good:
            self.last_good_at = at

    def is_well(self, now: datetime, patience: timedelta) -> bool:
        """Say whether a good round ended not longer ago than `patience`, the start counting as one."""
        return now - (self.last_good_at or self.started_at) <= patience


class Figures(Protocol):
    """How full the queues are. Either may be asked at any time, and from any thread; they raise where they fail."""

    def queues(self) -> Mapping[str, Mapping[str, int]]:
        """Give queue → state → number of rows."""
        ...

    def duties(self) -> Mapping[str, int]:
        """Give how many duties are open, and how many of those are late."""
        ...


class Monitor:
    """Answers on an address of this machine, in a thread of its own that ends with the process."""

    def __init__(
        self, pulse: Pulse, figures: Figures, now: Callable[[], datetime], patience: timedelta, installation: str
    ) -> None:
        self._pulse = pulse
        self._figures = figures
        self._now = now
        self._patience = patience
        self._installation = installation
        self._registry: CollectorRegistry | None = None
        self._server: ThreadingHTTPServer | None = None

    @property
    def port(self) -> int:
        """The port on which it answers: the one asked for, or what the system gave where that was 0."""
        return 0 if self._server is None else int(self._server.server_address[1])

    def start(self, listen: str) -> bool:
        """Answer at `host:port` from now on; False where that cannot be had: nobody is kept from working by it."""
        host, _, port = listen.rpartition(":")
        try:
            self._server = ThreadingHTTPServer((host, int(port)), self._handler())
        except OSError as error:
            log.error("figures cannot be told at %s: %s", listen, error.strerror)  # noqa: TRY400 - one line is enough
            return False
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, name="monitor", daemon=True).start()
        return True

    def stop(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def answer(self, path: str) -> tuple[HTTPStatus, str, bytes]:
        """Give status, kind and body for what was asked."""
        match path.partition("?")[0]:
            case "/healthz":
                return self._health()
            case "/metrics":
                return HTTPStatus.OK, *self._metrics()
            case _:
                return HTTPStatus.NOT_FOUND, TEXT, b"ask for /healthz or /metrics\n"

    def _health(self) -> tuple[HTTPStatus, str, bytes]:
        if self._pulse.is_well(self._now(), self._patience):
            return HTTPStatus.OK, TEXT, b"well\n" if self._pulse.leads else b"well; another daemon leads\n"
        since = self._pulse.last_good_at or self._pulse.started_at
        return HTTPStatus.SERVICE_UNAVAILABLE, TEXT, f"no good round since {since.isoformat()}\n".encode()

    def _metrics(self) -> tuple[str, bytes]:
        from prometheus_client import CollectorRegistry, ProcessCollector, exposition  # noqa: PLC0415 - only where asked

        if self._registry is None:
            self._registry = CollectorRegistry()
            ProcessCollector(registry=self._registry)
            self._registry.register(self)
        return exposition.CONTENT_TYPE_LATEST, exposition.generate_latest(self._registry)

    def collect(self) -> "Iterator[Metric]":
        """Give every figure, as Prometheus asks for them; those of a database that fails are left out."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415

        about = GaugeMetricFamily("cspr_bot_info", "The program.", labels=("version", "installation"))
        about.add_metric((__version__, self._installation), 1)
        yield about
        rounds = CounterMetricFamily("cspr_bot_rounds", "Rounds since the start.", labels=("result",))
        for result, number in self._pulse.rounds.items():
            rounds.add_metric((result,), number)
        yield rounds
        good_at = self._pulse.last_good_at
        seconds = good_at.timestamp() if good_at else 0.0
        yield GaugeMetricFamily("cspr_bot_last_good_round_timestamp_seconds", "When one ended, or 0.", value=seconds)
        yield GaugeMetricFamily("cspr_bot_leads", "Whether this daemon does the work.", value=self._pulse.leads)
        yield from self._of_database()

    def _of_database(self) -> "Iterator[Metric]":
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415

        reached = 1
        try:
            queues, duties = self._figures.queues(), self._figures.duties()
        except Exception as error:  # noqa: BLE001 - who asks for figures must get those that there are
            log.warning("some figures cannot be told: %s", type(error).__name__)
            queues, duties, reached = {}, {}, 0
        yield GaugeMetricFamily("cspr_bot_database_up", "Whether the database answered.", value=reached)
        rows = GaugeMetricFamily("cspr_bot_queue_rows", "Rows of each queue.", labels=("queue", "state"))
        for queue, states in queues.items():
            for state, number in states.items():
                rows.add_metric((queue, state), number)
        yield rows
        tasks = GaugeMetricFamily("cspr_bot_duties", "Duties that are open.", labels=("state",))
        for state, number in duties.items():
            tasks.add_metric((state,), number)
        yield tasks

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        monitor = self

        class Handler(BaseHTTPRequestHandler):
            timeout = SECONDS
            server_version = "cspr-bot"
            sys_version = ""

            def do_GET(self) -> None:
                status, kind, body = monitor.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
                """Say nothing: it is asked every few seconds."""

        return Handler
