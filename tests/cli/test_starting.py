"""How the program starts: at once, with nothing heavy loaded before a command is known."""

import errno
import subprocess
import sys
from argparse import Namespace

import pytest

from cspr_bot.cli import carry_out
from cspr_bot.cli.failures import SaidNoError, UsageError
from cspr_bot.pipeline.ports import PermanentFailure, TemporaryFailure
from tests.cli.commands import Type

HEAVY = ("sqlalchemy", "lxml", "jinja2", "rich", "cryptography", "apscheduler", "alembic", "msgspec", "pypdfium2")
LISTING = (
    "import sys; from cspr_bot.cli import main\ntry: main(sys.argv[1:])\nfinally: print(*sys.modules, file=sys.stderr)"
)


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["show", "--help"], ["nonsense"], []])
def test_nothing_heavy_is_loaded_before_a_command_is_known(words: list[str]) -> None:
    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", LISTING, *words], capture_output=True, text=True, check=False, timeout=30
    )
    loaded = ended.stderr.split()
    assert "cspr_bot.cli.parser" in loaded
    assert [name for name in HEAVY if name in loaded] == []


def test_the_version_is_told(type_: Type) -> None:
    said = type_("--version")
    assert (said.status, said.out.split()[0]) == (0, "cspr-bot")


def test_help_names_every_command(type_: Type) -> None:
    said = type_("--help")
    commands = (
        "init check run demo open read classify rehearse inbox preview release cases show record undo due outbox audit"
    )
    assert all(f"\n    {name}" in said.out for name in commands.split())


def test_wrong_usage_is_one_line_and_status_two(type_: Type) -> None:
    nothing = type_()
    assert (nothing.status, nothing.out, len(nothing.problems)) == (2, "", 1)
    mistyped = type_("cass")
    assert mistyped.problems == ["cspr-bot: there is no command 'cass'; did you mean 'cases'?; see `cspr-bot --help`"]
    assert type_("zzzzz").problems == ["cspr-bot: there is no command 'zzzzz'; see `cspr-bot --help`"]
    assert type_("due", "--days", "-1").status == 2
    assert type_("outbox", "retry", "x").status == 2
    assert type_("audit").status == 2


def failing(error: BaseException) -> Namespace:
    """A command that ends so."""

    def run(_options: Namespace) -> int:
        raise error

    return Namespace(run=run)


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (KeyboardInterrupt(), 130, "interrupted; what was done is kept"),
        (OSError(errno.ENOSPC, "No space left on device", "var/x"), 75, "var/x: No space left on device"),
        (OSError(errno.EACCES, "Permission denied", "var/x"), 1, "var/x: Permission denied"),
        (TemporaryFailure("the mailbox does not answer"), 75, "the mailbox does not answer"),
        (PermanentFailure("it was erased\x1b[2J"), 1, "it was erased [2J"),
        (UsageError("not so"), 2, "not so"),
        (SaidNoError("no"), 1, "no"),
    ],
)
def test_a_failure_of_the_world_is_one_line_and_a_status(
    error: BaseException, status: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert carry_out(failing(error)) == status
    assert capsys.readouterr().err == f"{told}\n"


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(LookupError, match="a bug"):
        carry_out(failing(LookupError("a bug")))


def test_a_reader_that_has_read_enough_ends_the_command_quietly() -> None:
    script = "python=$0; $python -m cspr_bot rehearse --json | head -c 10 >/dev/null; exit ${PIPESTATUS[0]}"
    ended = subprocess.run(  # noqa: S603 - our own program
        ["/bin/bash", "-c", script, sys.executable], capture_output=True, text=True, check=False, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_module_does_what_the_command_does() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "cspr_bot", "--version"], capture_output=True, text=True, check=False, timeout=30
    )
    assert (ended.returncode, ended.stdout.split()[0]) == (0, "cspr-bot")
