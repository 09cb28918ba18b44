"""No test reaches the network; and where continuous integration runs, none is skipped for a missing program."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import settings

from tests.fakes.postgresql import postgresql as postgresql  # noqa: PLC0414 - a fixture for every room

# Far more than any example takes on a busy machine: it finds what hangs. How fast we are is for the benchmarks to say.
settings.register_profile("cspr-bot", deadline=timedelta(seconds=5))
settings.load_profile("cspr-bot")

_LOCAL_NAMES = frozenset({"", "localhost"})
_WATCHED = frozenset(
    {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"}
)
_is_guarding = [False]


class NetworkUsedError(Exception):
    """A test, or what it tests, wanted to leave this machine."""


def _is_local(address: object) -> bool:
    """Say whether an address is a path of a Unix socket, loopback, or nothing at all."""
    match address:
        case (host, *_):
            return _is_local(host)
        case str(host):
            if host in _LOCAL_NAMES or host.startswith(("/", "\0")):
                return True
            try:
                return ip_address(host.partition("%")[0]).is_loopback
            except ValueError:
                return False
        case bytes(path):
            return path.startswith((b"/", b"\0")) or path == b"localhost"
        case _:
            return address is None


def _guard(event: str, arguments: tuple[object, ...]) -> None:
    """Look at what Python itself reports before it opens a connection (an audit hook: nothing is replaced)."""
    if event not in _WATCHED or not _is_guarding[0]:
        return
    address = arguments[1] if event.startswith(("socket.connect", "socket.send")) else arguments[0]
    if not _is_local(address):
        raise NetworkUsedError(f"{event}: a test may not leave this machine")


sys.addaudithook(_guard)


@contextmanager
def _guarding() -> Iterator[None]:
    _is_guarding[0] = True
    try:
        yield
    finally:
        _is_guarding[0] = False


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    with _guarding():
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the same stories be told on the other database."""
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite", help="what scenarios run on")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail a run in which something was skipped, where CI is set: it installs what a bare machine may lack.

    Tests marked `corpus` read what lies beside the project, and are skipped where it does not.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get("CI") or reporter is None or hasattr(session.config, "workerinput"):
        return
    skipped = [report for report in reporter.stats.get("skipped", ()) if "corpus" not in report.keywords]
    if skipped and exitstatus == 0:
        reporter.write_line(f"{len(skipped)} tests were skipped, which is a failure where CI is set", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the suites of faults have counted, a line for each, whichever process ran it, and all in one table."""
    reports = terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", [])
    rows = [value for report in reports for name, value in report.user_properties if name == "fault"]
    for transport, heading in sorted({(row[0], row[1]) for row in rows}):
        terminalreporter.write_line(f"{f'faults of {transport}':52} {heading}")
        for whose, _, fault, counted, *_ in rows:
            if whose == transport:
                terminalreporter.write_line(f"  {fault:50} {counted}")
    if rows:
        _print_fault_model(terminalreporter, rows)
    crashes = [value for report in reports for name, value in report.user_properties if name == "crash"]
    for database in sorted({row[0] for row in crashes}):
        told = f"{f'the crash matrix, on {database}':42} {'runs':>5} {'lost':>5} {'doubled':>8}  result"
        terminalreporter.write_line(told)
        for whose, row, runs, lost, doubled in crashes:
            if whose == database:
                result = "BROKEN" if lost or doubled else "held"
                terminalreporter.write_line(f"  {row:40} {runs:5} {lost:5} {doubled:8}  {result}")


def _print_fault_model(terminalreporter: pytest.TerminalReporter, rows: list[Any]) -> None:
    """Print the fault model: of each row and transport how many faults were tried, and what became of the mails."""
    transports = sorted({row[0] for row in rows})
    names = list(dict.fromkeys(row[4] for row in rows))
    columns = "  ".join(f"{transport:>31}" for transport in transports)
    terminalreporter.write_line(f"{'the fault model (spec: 3b, transport)':38} {columns}")
    heads = "  ".join(f"{'faults':>6} {'mails':>6} {'told':>5} {'lost':>4} {'twice':>6}" for _ in transports)
    terminalreporter.write_line(f"{'':38} {heads}")
    for name in (*names, "in all"):
        cells = []
        for transport in transports:
            counted = [row[5] for row in rows if row[0] == transport and name in {row[4], "in all"}]
            mails, told, lost, doubled = (
                (sum(numbers) for numbers in zip(*counted, strict=True)) if counted else (0,) * 4
            )
            cells.append(f"{len(counted):6} {mails:6} {told:5} {lost:4} {doubled:6}" if counted else f"{'-':>31}")
        terminalreporter.write_line(f"  {name:36} {'  '.join(cells)}")
