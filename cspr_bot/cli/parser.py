"""The command line: which commands there are, and what each of them takes."""

import argparse
import os
import re
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from cspr_bot import __version__

Add = Callable[[argparse.ArgumentParser], None]
MOST_DAYS = 36_500
EARLIEST, LATEST = 1900, 2199  # years; nothing the program reckons with lies outside


class LineParser(argparse.ArgumentParser):
    """Says in one line what is wrong with the command line, and where to read how it should be."""

    def error(self, message: str) -> NoReturn:
        """End with status 2."""
        self.exit(2, f"{self.prog}: {_in_plain_words(message)}; see `{self.prog} --help`\n")


def build_parser() -> argparse.ArgumentParser:
    """Build the whole command line. `--home`, `--now` and `--json` may stand before or after the command."""
    parser = LineParser(
        prog="cspr-bot",
        description="The clerk who never sleeps: keeps the clocks of Child Safeguarding Practice Reviews.",
        parents=[_common()],
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"cspr-bot {__version__}")
    parser.set_defaults(home=None, now=None, json=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, target, help_text, add in COMMANDS:
        command = commands.add_parser(
            name, help=help_text, description=help_text, parents=[_common()], allow_abbrev=False
        )
        add(command)
        command.set_defaults(run=_runner(target))
    return parser


def moment(text: str) -> datetime:
    """Read an ISO 8601 moment; one without an offset is the office's own time."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a moment such as 2026-12-15T10:12") from error
    if not EARLIEST <= found.year <= LATEST:
        raise argparse.ArgumentTypeError(f"{text!r} lies too far away: the year must be {EARLIEST} to {LATEST}")
    return found


def pair(text: str) -> tuple[str, str]:
    """Read `name=value`."""
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form name=value")
    return name, value


def words(text: str) -> str:
    """Read a text that says something: who it was, or why."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it says nothing")
    return text.strip()


def number_of_days(text: str) -> int:
    """Read a number of days, a hundred years at most."""
    if not (text.isascii() and text.isdecimal() and int(text) <= MOST_DAYS):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of days")
    return int(text)


def row_id(text: str) -> int:
    """Read the number of a mail or an event, as the lists print it."""
    if not (text.isascii() and text.isdecimal() and int(text) < 2**63):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number such as the lists print")
    return int(text)


def _in_plain_words(message: str) -> str:
    """Name the nearest command where one was mistyped; leave everything else as argparse says it."""
    found = re.match(
        r"argument (?:COMMAND|verify \| show REF|retry \| cancel|export): invalid choice: '(.*?)'", message
    )
    if found is None:
        return message
    from difflib import get_close_matches  # noqa: PLC0415 - only who mistypes needs it

    meant = next(iter(get_close_matches(found[1], [command[0] for command in COMMANDS], n=1)), "")
    return f"there is no command {found[1]!r}" + (f"; did you mean {meant!r}?" if meant else "")


def _common() -> LineParser:
    common = LineParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--home", type=Path, metavar="DIR", help="the folder of the installation (or CSPR_BOT_HOME)")
    common.add_argument("--now", type=moment, metavar="ISO", help="turn the clock by hand (folder mailbox only)")
    common.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    return common


def _runner(target: str) -> Callable[[argparse.Namespace], int]:
    """Give what runs a command: its module is loaded only then."""
    module, _, function = target.partition(":")

    def run(options: argparse.Namespace) -> int:
        options.home_given = options.home
        options.home = options.home or Path(os.environ.get("CSPR_BOT_HOME") or ".")
        with ExitStack() as options.closing:
            return int(getattr(import_module(f"cspr_bot.cli.{module}"), function)(options))

    return run


# ---------------------------------------------------------------------------------------------------------------------
# What each command takes


def _nothing(_command: argparse.ArgumentParser) -> None:
    """Take no arguments."""


def _init(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="where (default: the home)")
    command.add_argument("--silent", action="store_true", help="ask nothing, also at a terminal")
    for name, metavar, help_text in (
        ("name", "TEXT", "the partnership's whole name"),
        ("short-name", "TEXT", "its short name, which begins every subject"),
        ("mailbox", "ADDRESS", "the partnership's own mailbox"),
        ("known-domains", "DOMAINS", "who may refer, with blanks between"),
        ("coordinator-name", "TEXT", "the co-ordinator's name"),
        ("coordinator", "ADDRESS", "the co-ordinator's own address"),
        ("installation", "NAME", "a name for this installation"),
    ):
        command.add_argument(f"--{name}", default="", metavar=metavar, help=help_text)


def _files(command: argparse.ArgumentParser) -> None:
    command.add_argument("files", nargs="+", type=Path, metavar="FILE")


def _run(command: argparse.ArgumentParser) -> None:
    command.add_argument("--once", action="store_true", help="every station until nothing is left to do, then end")
    old = command.add_mutually_exclusive_group()
    old.add_argument(
        "--take-since",
        type=moment,
        metavar="DATE",
        help="at the first start on a server: what came earlier is put in the folder Earlier, and answered by nobody",
    )
    old.add_argument(
        "--take-all", action="store_true", help="at the first start on a server: deal with all that lies in the inbox"
    )
    command.add_argument(
        "--moved-back",
        action="store_true",
        help="after a restore, where the mailbox cannot list what was filed: it lies in the inbox again",
    )
    command.add_argument(
        "--clock-is-right",
        action="store_true",
        help="the machine's clock was ahead and is right now: go on, though the log was written at a later moment",
    )


def _doctor(command: argparse.ArgumentParser) -> None:
    command.add_argument("--probe", action="store_true", help="send a mail to ourselves and follow it")
    command.add_argument(
        "--other", action="append", default=[], metavar="ADDRESS", help="another mailbox of the tenant, to be refused"
    )


def _rehearse(command: argparse.ArgumentParser) -> None:
    command.add_argument("--from", dest="start", type=moment, metavar="ISO", help="when the referral comes")
    command.add_argument(
        "--event",
        type=pair,
        action="append",
        default=[],
        metavar="NAME=ISO",
        help="an event; with fields: NAME;field=value=ISO",
    )
    command.add_argument(
        "--diff",
        type=Path,
        metavar="FILE",
        help="another procedure.toml: what it would change for an imagined case, and for every open one",
    )
    command.add_argument("--ics", type=Path, metavar="FILE", help="write every deadline as a calendar file too")
    command.add_argument("--svg", type=Path, metavar="FILE", help="draw the timetable as a picture too")


def _preview(command: argparse.ArgumentParser) -> None:
    command.add_argument("reference", nargs="?", metavar="REF", help="a case whose mails to show (default: every mail)")
    command.add_argument("--html", type=Path, metavar="DIR", help="where to write the pages")


def _open(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="the form, if there is one that can be read"
    )
    command.add_argument("--mail", type=row_id, metavar="ID", help="the held mail that it came with")
    command.add_argument("--received-at", type=moment, metavar="ISO", help="when it was first received")
    command.add_argument("--quiet", action="store_true", help="take over a running case: nothing past is sent")
    _by(command)


def _cases(command: argparse.ArgumentParser) -> None:
    command.add_argument("--all", action="store_true", help="closed ones too")


def _reference(command: argparse.ArgumentParser) -> None:
    command.add_argument("reference", metavar="REF")


def _show(command: argparse.ArgumentParser) -> None:
    _reference(command)
    command.add_argument(
        "--strict", action="store_true", help="the bare DAYS of the flowchart in calendar days too; they chase nobody"
    )


def _export(command: argparse.ArgumentParser) -> None:
    _reference(command)
    command.add_argument("folder", type=Path, metavar="DIR", help="a folder that is yet to be made")


def _letter(command: argparse.ArgumentParser) -> None:
    _reference(command)
    command.add_argument(
        "name", nargs="?", metavar="LETTER", help="such as N19, or N19-to-referrer (default: list what there is)"
    )
    command.add_argument(
        "-o", "--out", type=Path, metavar="PATH", help="the file of one letter, or the folder of several"
    )


def _record(command: argparse.ArgumentParser) -> None:
    _reference(command)
    command.add_argument("event", metavar="EVENT", help="what happened, such as triage_confirmed")
    command.add_argument(
        "--set", dest="fields", type=pair, action="append", default=[], metavar="k=v", help="a field of it"
    )
    command.add_argument("--at", type=moment, metavar="ISO", help="when it happened (default: now)")
    command.add_argument("--reason", type=words, metavar="TEXT", help="why, where it has to be given")
    _by(command)


def _undo(command: argparse.ArgumentParser) -> None:
    _reference(command)
    command.add_argument("event", type=row_id, metavar="EVENT_ID")
    command.add_argument("--reason", required=True, type=words, metavar="TEXT", help="why it is taken back")
    _by(command)


def _merge(command: argparse.ArgumentParser) -> None:
    _reference(command)
    command.add_argument("into", metavar="INTO", help="the case that stays")
    _by(command)


def _due(command: argparse.ArgumentParser) -> None:
    command.add_argument("--days", type=number_of_days, metavar="N", help="what is due within N days (default: all)")


def _inbox(command: argparse.ArgumentParser) -> None:
    command.add_argument("--held", action="store_true", help="only what waits for a person")
    parts = command.add_subparsers(metavar="export")
    export = parts.add_parser("export", help="write a mail's original bytes", parents=[_common()], allow_abbrev=False)
    export.add_argument("id", type=row_id, metavar="ID")
    export.add_argument("file", type=Path, metavar="FILE")
    export.set_defaults(run=_runner("mails:export"))


def _outbox(command: argparse.ArgumentParser) -> None:
    parts = command.add_subparsers(metavar="retry | cancel")
    for name, help_text in (("retry", "send it again"), ("cancel", "never send it")):
        part = parts.add_parser(name, help=help_text, parents=[_common()], allow_abbrev=False)
        part.add_argument("id", type=row_id, metavar="ID")
        part.set_defaults(run=_runner(f"mails:{name}"))


def _release(command: argparse.ArgumentParser) -> None:
    command.add_argument("id", type=row_id, metavar="ID")
    command.add_argument("--as", dest="choice", required=True, choices=("referral", "reply", "ignore"))
    command.add_argument("--case", metavar="REF", help="the case that a reply belongs to")
    command.add_argument("--reason", type=words, metavar="TEXT", help="why, to be kept with who said so")
    _by(command)


def _board(command: argparse.ArgumentParser) -> None:
    command.add_argument("--listen", metavar="HOST:PORT", help="where it answers (default: [board] listen in bot.toml)")
    command.add_argument("--link", action="store_true", help="print a new link to a board that is running, and end")
    command.add_argument("--by", type=words, metavar="WHO", help="who signs in (default: the name of your account)")


def _audit(command: argparse.ArgumentParser) -> None:
    parts = command.add_subparsers(metavar="verify | show REF", required=True)
    verify = parts.add_parser("verify", help="check the whole chain", parents=[_common()], allow_abbrev=False)
    verify.add_argument(
        "--witness", metavar="ROW:HASH", help="an end of the log that was kept elsewhere, as the second channel told it"
    )
    verify.set_defaults(run=_runner("audits:verify"))
    show = parts.add_parser("show", help="print one case's", parents=[_common()], allow_abbrev=False)
    _reference(show)
    show.set_defaults(run=_runner("audits:show"))


def _keys(command: argparse.ArgumentParser) -> None:
    parts = command.add_subparsers(metavar="rotate", required=True)
    rotate = parts.add_parser("rotate", help="change the master key", parents=[_common()], allow_abbrev=False)
    rotate.set_defaults(run=_runner("keeping:rotate_keys"))


def _erase(command: argparse.ArgumentParser) -> None:
    _reference(command)
    command.add_argument(
        "--by", required=True, type=words, action="append", metavar="WHO", help="who says so; two of them, so twice"
    )


def _file(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="FILE")


def _contacts(command: argparse.ArgumentParser) -> None:
    parts = command.add_subparsers(metavar="import FILE | export FILE | test ADDRESS | confirm ADDRESS")
    bring = parts.add_parser(
        "import",
        help="show what a list would change; --apply puts it in force",
        parents=[_common()],
        allow_abbrev=False,
    )
    bring.add_argument("file", type=Path, metavar="FILE", help="a workbook (.xlsx) or .csv, as `export` writes it")
    bring.add_argument("--apply", action="store_true", help="put it in force, where nothing in it is wrong")
    bring.add_argument("--by", type=words, metavar="WHO", help="who says so (default: who is logged in)")
    bring.set_defaults(run=_runner("contacts:bring"))
    export = parts.add_parser("export", help="write the list as a workbook", parents=[_common()], allow_abbrev=False)
    export.add_argument("file", type=Path, metavar="FILE", help="a new file that ends in .xlsx or .csv")
    export.set_defaults(run=_runner("contacts:export"))
    test = parts.add_parser(
        "test", help="ask whoever reads an address to say so", parents=[_common()], allow_abbrev=False
    )
    test.add_argument("who", nargs="+", type=words, metavar="ROLE|ADDRESS")
    test.set_defaults(run=_runner("contacts:test"))
    confirm = parts.add_parser(
        "confirm", help="say that you made sure of an address", parents=[_common()], allow_abbrev=False
    )
    confirm.add_argument("addresses", nargs="+", type=words, metavar="ADDRESS")
    _by(confirm)
    confirm.set_defaults(run=_runner("contacts:confirm"))


def _by(command: argparse.ArgumentParser) -> None:
    command.add_argument("--by", required=True, type=words, metavar="WHO", help="who says so")


COMMANDS: tuple[tuple[str, str, str, Add], ...] = (
    ("init", "setup:init", "make a home", _init),
    ("check", "setup:check", "every config file, template and contact; all problems at once", _nothing),
    ("doctor", "examining:doctor", "the live parts: mailbox, permissions, certificate, clock, disk, database", _doctor),
    ("run", "working:run", "the daemon", _run),
    ("demo", "demonstrating:demo", "the main job, from referral to publication", _nothing),
    ("open", "opening:open_case", "open a case by hand", _open),
    ("read", "reading:read", "read forms from files; touches no database", _files),
    ("classify", "reading:classify", "say of .eml files what the bot would make of them", _files),
    ("rehearse", "rehearsing:rehearse", "the whole timetable of one imagined case", _rehearse),
    ("inbox", "mails:inbox", "every mail received, and what became of it", _inbox),
    ("preview", "previewing:preview", "each mail as it would go", _preview),
    ("release", "mails:release", "decide on a held mail", _release),
    ("cases", "cases:cases", "open cases with their next deadline", _cases),
    ("show", "showing:show", "one case whole", _show),
    ("record", "recording:record", "record that something happened", _record),
    ("undo", "recording:undo", "withdraw a recorded event; nothing is sent again", _undo),
    ("merge", "merging:merge", "two referrals of one incident become one case", _merge),
    ("due", "cases:due", "what is due, soonest first", _due),
    ("contacts", "contacts:contacts", "the contact list; import and export as a workbook", _contacts),
    ("digest", "digesting:digest", "the co-ordinator's page for the day", _nothing),
    ("outbox", "mails:outbox", "mails waiting, sent, failed", _outbox),
    ("board", "boarding:board", "the case board in a browser", _board),
    ("letter", "lettering:letter", "the letters that people are to sign and send, as drafts in Word", _letter),
    ("export", "exporting:export", "a case as an evidence pack", _export),
    ("audit", "audits:verify", "the chained audit log", _audit),
    ("keys", "keeping:rotate_keys", "change the master key while the daemon runs", _keys),
    ("backup", "keeping:back_up_home", "a consistent copy in one file, while the daemon runs", _file),
    ("restore", "keeping:restore_home", "put a copy back into an empty home", _file),
    ("erase", "keeping:erase", "erase a case by destroying its key; two names", _erase),
)
