"""Shows the demonstration: who did what, every mail that went, to whom and why, and where to read all of it."""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from shlex import quote
from textwrap import fill, wrap

from rich.console import Console
from rich.text import Text

from cspr_bot.bootstrap.reading_room import read_any_home
from cspr_bot.cli.notices import clauses_of, subjects_of
from cspr_bot.cli.output import as_typed, clean, console_of_stdout, in_words, print_json, told
from cspr_bot.cli.previewing import write_case_pages
from cspr_bot.config import Home
from cspr_bot.demonstration.director import Scene
from cspr_bot.demonstration.story import Ending, Post, play
from cspr_bot.store import OutboxRow

FOLDER = Path("cspr-demo")
WIDEST = 100  # columns
RULE = "─" * 78
INTRODUCTION = (
    "Two referrals of invented children go through the whole procedure, on {mailbox} and a clock turned by"
    " hand. Every mail that goes out stands below what made it go: what it is about, why, and to whom."
    " L0 is a reminder to whoever must act; L1 to L3 are the levels at which others are told that it is late."
)


def demo(options: Namespace) -> int:
    """Run the main job on the embedded default, from referral to publication."""
    return show(options.home_given or FOLDER, is_json=options.json)


def show(folder: Path, *, is_json: bool = False, post: Post | None = None) -> int:
    """Play the story in a new home, and show it as it goes."""
    console = console_of_stdout()
    console.quiet = is_json
    teller = _Teller(console, read_any_home(folder))
    teller.begin("a simulated Microsoft 365" if post else "a mailbox in a folder")
    ending = play(folder, teller.tell, post)
    pages = write_case_pages(folder, ending.references)
    if is_json:
        print_json(ending)
    else:
        _tell_ending(ending, pages, folder / "var" / "mailbox" / ".Sent" if post is None else None)
    return 0 if ending.is_log_whole else 1


class _Teller:
    """Prints one scene after another."""

    def __init__(self, console: Console, home: Home) -> None:
        self._console = console
        self._zone = home.settings.office.hours.zone
        self._subjects = subjects_of(home)
        self._clauses = clauses_of(home)
        self._width = min(console.width, WIDEST)

    def begin(self, mailbox: str) -> None:
        """Say what will be seen, before the first scene is ready."""
        self._console.print(fill(INTRODUCTION.format(mailbox=mailbox), self._width), style="dim")

    def tell(self, scene: Scene) -> None:
        """Print what somebody did, or that a day came on which something was due, and the mails that followed."""
        at = f"{told(scene.at, self._zone)}  "
        what = clean(scene.told or "the day has come for reminders")
        lines = wrap(at + what, self._width, subsequent_indent=" " * len(at), break_on_hyphens=False)
        head = Text("\n" + "\n".join(lines), style="bold")
        if not scene.told:
            head.stylize("not bold dim", len(at) + 1)
        self._console.print(head, soft_wrap=True)
        for rows in _alike(scene.mails):
            self._tell_mails(rows)

    def _tell_mails(self, rows: list[OutboxRow]) -> None:
        """Print mails that say the same of the same case: what, why, and below it to whom."""
        first = rows[0]
        level = f" [{first.level}]" if first.level else ""
        why = self._clauses.get(first.notice, "")
        said = f"  {first.case}  {self._subjects.get(first.notice, first.notice)}{level}"
        *above, last = wrap(said, self._width, subsequent_indent=" " * 14, break_on_hyphens=False)
        line = Text("\n".join([*above, last]))
        addresses = list(_lines((row.to for row in rows), self._width - 8))
        room = self._width - len(last)
        if len(addresses) == 1 and len(addresses[0]) + 3 <= room:
            room -= len(addresses[0]) + 3
            line.append(f" → {addresses.pop()}", style="cyan")
        because = f"({first.notice}{f', {why}' if why else ''})"
        line.append(f"  {because}" if len(because) + 2 <= room else f"\n{' ' * 14}{because}", style="dim")
        self._console.print(line, soft_wrap=True)
        for address in addresses:
            self._console.print(Text(f"      → {address}", style="cyan"), soft_wrap=True)


def _alike(rows: Iterable[OutboxRow]) -> Iterator[list[OutboxRow]]:
    """Put together what goes for one case, of one kind and one level, in the order in which it was written."""

    def kind(row: OutboxRow) -> tuple[str, str, str]:
        return row.case, row.notice, row.level or ""

    first: dict[tuple[str, str, str], int] = {}
    listed = list(rows)
    for row in listed:
        first.setdefault(kind(row), row.id)
    for _, alike in groupby(sorted(listed, key=lambda row: (first[kind(row)], row.id)), kind):
        yield list(alike)


def _lines(addresses: Iterable[str], width: int) -> Iterator[str]:
    """Put addresses side by side as long as there is room; each stands once, with how many mails went there."""
    line = ""
    for address, number in Counter(addresses).items():
        word = f"{address} ({number} mails)" if number > 1 else address
        if line and len(line) + 2 + len(word) > width:
            yield line
            line = ""
        line = f"{line}, {word}" if line else word
    yield line


def _tell_ending(ending: Ending, pages: Path, sent: Path | None) -> None:
    print(f"\n{RULE}")
    for reference, stage in zip(ending.references, ending.stages, strict=True):
        print(f"Case {reference}: {in_words(stage)}")
    counts = Counter(f"{in_words(row.kind or 'new')} {row.status}" for row in ending.inbox)
    came = ", ".join(f"{what} {number}" for what, number in counts.items())
    print(fill(f"{len(ending.inbox)} mails came in: {came}.", WIDEST))
    levels = ", ".join(f"{number} {level}" for level, number in sorted(ending.by_level.items()))
    print(f"{ending.mails} mails went out ({levels}), each to one recipient; none twice.")
    print(f"The audit log is {'whole' if ending.is_log_whole else 'BROKEN'}.")
    bot, first = f"{as_typed()} --home {quote(str(ending.home))}", ending.references[0]
    places = (
        ("every mail as a page", str(pages)),
        *((("every mail as sent", str(sent)),) if sent else ()),
        ("a case whole", f"{bot} show {first}"),
        ("what came in", f"{bot} inbox"),
        ("what went out", f"{bot} outbox"),
        ("the co-ordinator's day", f"{bot} digest"),
        ("the audit log", f"{bot} audit show {first}"),
    )
    print("\nRead on:")
    for what, where in places:
        print(f"  {what:22} {where}")
