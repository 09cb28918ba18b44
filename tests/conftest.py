"""No test reaches the network; and where continuous integration runs, none is skipped for a missing program."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_address

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
    """Print what the suites of faults have counted, one line a fault, whichever process ran it."""
    reports = terminalreporter.stats.get("passed", []) + terminalreporter.stats.get("failed", [])
    rows = [value for report in reports for name, value in report.user_properties if name == "fault"]
    for transport, heading in sorted({(transport, heading) for transport, heading, _, _ in rows}):
        terminalreporter.write_line(f"{f'faults of {transport}':45} {heading}")
        for whose, _, fault, counted in rows:
            if whose == transport:
                terminalreporter.write_line(f"  {fault:43} {counted}")
