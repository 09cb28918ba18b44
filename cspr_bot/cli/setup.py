"""Setting up: make a home, and say everything that is wrong with one."""

import sys
from argparse import Namespace
from dataclasses import replace
from itertools import chain
from pathlib import Path
from shlex import quote

from cspr_bot.bootstrap.keys import master_key
from cspr_bot.bootstrap.mailboxes import open_mailbox
from cspr_bot.bootstrap.making import make_home
from cspr_bot.bootstrap.present import present_of
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.bootstrap.world import SystemClock
from cspr_bot.cli.failures import SaidNoError
from cspr_bot.cli.output import as_typed, print_json
from cspr_bot.cli.previewing import template_problems
from cspr_bot.config import Home, Problem, read_home
from cspr_bot.documents.office import find_office


def init(options: Namespace) -> int:
    """Make a home, or what is missing of one."""
    folder = options.folder or options.home
    try:
        made = make_home(folder)
    except OSError as error:
        raise SaidNoError(f"{error.filename or folder}: a home cannot be made there ({error.strerror})") from error
    if options.json:
        print_json({"home": str(folder), "made": [str(path.relative_to(folder)) for path in made]})
        return 0
    if not made:
        print(f"Nothing was missing in {folder}; nothing was touched.")
        return 0
    print(f"Made a home in {folder}: {len(made)} files.\n")
    bot = f"{as_typed()} --home {quote(str(folder))}"
    print("Next:")
    print(f"  1. Put your own addresses into {folder / 'config' / 'contacts.toml'}")
    print(f"  2. {bot} check       says everything that is wrong, and how to mend it")
    print(f"  3. {bot} rehearse    shows every mail of an imagined case, and when it would go")
    print(f"  4. {bot} run         starts the work")
    return 0


def check(options: Namespace) -> int:
    """Read every file and render every mail; print all problems at once. Exit 1 where one is an error."""
    now = options.now or present_of(options.home)
    home = read_home(options.home, today=now.date())
    problems = home.warnings if isinstance(home, Home) else home
    if isinstance(home, Home):
        found = (template_problems(home, now), _key_problems(options.home), _secret_problems(home), _office_problems())
        problems = (*problems, *chain.from_iterable(found))
    elif not (options.home / "config").is_dir():
        raise SaidNoError(
            f"{options.home}: there is no home here; `{as_typed()} init {quote(str(options.home))}` makes one"
        )
    errors = [problem for problem in problems if not problem.is_warning]
    if options.json:
        print_json({"problems": problems, "errors": len(errors), "warnings": len(problems) - len(errors)})
        return 1 if errors else 0
    for problem in problems:
        print(problem, file=sys.stderr)
    if errors:
        print(f"{len(errors)} to mend before it runs; warnings: {len(problems) - len(errors)}.", file=sys.stderr)
        return 1
    print(f"Ready to run: every file, contact and mail was checked. Warnings: {len(problems)}.")
    return 0


def _key_problems(folder: Path) -> tuple[Problem, ...]:
    """Say what is wrong with the key; where nothing was ever sealed with one, it is yet to be made."""
    key = master_key(folder)
    if isinstance(key, bytes):
        return ()
    is_needed = (folder / "var" / "master-key").exists() or (folder / "var" / "cspr-bot.db").exists()
    return (replace(key, is_warning=not is_needed),)


def _secret_problems(home: Home) -> tuple[Problem, ...]:
    """Say what is wrong with the secrets of a live mailbox; nobody is asked anything."""
    if not home.settings.is_live:
        return ()
    try:
        open_mailbox(home.folder, home.settings.mailbox, SystemClock().now)
    except NotReadyError as error:
        return tuple(
            Problem("secret", "", line.removeprefix("secret "), "then run `check` again") for line in error.problems
        )
    return ()


def _office_problems() -> tuple[Problem, ...]:
    """Say which files wait for a person here because LibreOffice is missing."""
    if find_office():
        return ()
    what = "it is not installed, so every Word 97 (.doc) and RTF file waits for a person to open it"
    return (Problem("this machine", "LibreOffice", what, "install libreoffice-writer-nogui", is_warning=True),)
