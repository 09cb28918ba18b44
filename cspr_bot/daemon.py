"""Runs the stations when they are due. The scheduler only ticks: no deadline lives in it, so none is lost with it."""

import logging
import os
import signal
import socket
from threading import Event
from time import monotonic
from types import FrameType
from typing import Protocol

log = logging.getLogger(__name__)

NOW_AND_THEN = 10  # seconds


class Cycle(Protocol):
    """One round of every station. It says of itself whether it was a good one."""

    def __call__(self) -> bool:
        """Work until nothing is left to do; False where the world failed and the next round must try again."""
        ...


def run_until_stopped(cycle: Cycle, poll_seconds: int) -> None:
    """Run a cycle at once and then every `poll_seconds`, until SIGTERM or SIGINT.

    A cycle that came to its end is a sign of life, a good one or not: to be started anew mends no mailbox. What is
    well is for the heartbeat to say.

    A stop waits for the cycle that is running. A cycle that takes longer than its period is not started twice, and
    one that was missed is run once. What a cycle raises is a bug: it ends the daemon, and systemd starts it again.
    """
    from apscheduler.schedulers.background import BackgroundScheduler  # noqa: PLC0415 - 84 ms, and only a daemon needs it

    stopping = Event()
    bugs: list[Exception] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        log.info("stopping: %s", signal.Signals(number).name)
        stopping.set()

    def tick() -> None:
        if stopping.is_set():
            return
        try:
            cycle()
            tell_service_manager("WATCHDOG=1")
        except Exception as bug:  # noqa: BLE001 - it is raised again below, where it ends the process
            bugs.append(bug)
            stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    tell_service_manager("READY=1")
    tick()
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(
        tick, "interval", seconds=poll_seconds, id="cycle", max_instances=1, coalesce=True, misfire_grace_time=None
    )
    scheduler.start()
    stopping.wait()
    tell_service_manager("STOPPING=1")
    scheduler.shutdown(wait=True)
    if bugs:
        raise bugs[0]


class SignOfLife:
    """Tells systemd's watchdog in the midst of a round that the work goes on, now and then.

    Who says nothing for ten minutes is started anew, and a round over thousands of mails takes longer.
    """

    def __init__(self) -> None:
        self._said_at = monotonic()

    def __call__(self) -> None:
        """Say it, unless it was said just now."""
        if monotonic() - self._said_at >= NOW_AND_THEN:
            self._said_at = monotonic()
            tell_service_manager("WATCHDOG=1")


def tell_service_manager(state: str) -> None:
    """Tell systemd how we are (sd_notify(3)); without it, nobody is told."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    path = f"\0{address[1:]}" if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        try:
            notify.connect(path)
            notify.sendall(state.encode("ascii"))
        except OSError as error:
            log.warning("the service manager does not listen: %s", error.strerror)
