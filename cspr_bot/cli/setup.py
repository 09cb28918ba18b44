"""Setting up: make a home, and say everything that is wrong with one."""

import sys
from argparse import Namespace
from dataclasses import fields
from pathlib import Path
from shlex import quote

from cspr_bot.bootstrap.checking import examine_home
from cspr_bot.bootstrap.kept_versions import version_problems
from cspr_bot.bootstrap.making import make_home, shipped_answers, tell_home
from cspr_bot.bootstrap.present import present_of
from cspr_bot.bootstrap.versions import state_lines
from cspr_bot.cli.conversing import TerminalTalk, can_talk, first_answers, offer_what_is_next
from cspr_bot.cli.failures import SaidNoError
from cspr_bot.cli.output import as_typed, print_json
from cspr_bot.config.first_answers import FirstAnswers, flaws_of


def init(options: Namespace) -> int:
    """Make a home, or what is missing of one: by a conversation at a terminal, silently where anything was said."""
    folder = options.folder or options.home
    given = FirstAnswers(**{item.name: getattr(options, item.name) for item in fields(FirstAnswers)})
    if flaws := flaws_of(given):
        raise SaidNoError("\n".join(flaws))
    is_new = not (folder / "config").exists()
    talk = TerminalTalk() if is_new and given == FirstAnswers() and can_talk(options) else None
    if talk is not None:
        given = first_answers(talk, shipped_answers())
    try:
        made = make_home(folder)
        told = tell_home(folder, made, given)
    except OSError as error:
        raise SaidNoError(f"{error.filename or folder}: a home cannot be made there ({error.strerror})") from error
    if options.json:
        print_json({"home": str(folder), "made": [str(path.relative_to(folder)) for path in made]})
        return 0
    if not told:
        print("config/ was there before, and is never overwritten: change it there.", file=sys.stderr)
    if not made:
        print(f"Nothing was missing in {folder}; nothing was touched.")
        return 0
    _say_what_is_next(folder, len(made))
    if talk is not None:
        offer_what_is_next(talk, lambda command: _run(folder, command))
    return 0


def _say_what_is_next(folder: Path, made: int) -> None:
    print(f"Made a home in {folder}: {made} files.\n")
    bot = f"{as_typed()} --home {quote(str(folder))}"
    print("Next:")
    print(f"  1. Put your own addresses into {folder / 'config' / 'contacts.toml'}")
    print(f"     or: {bot} contacts export list.xlsx, and back with contacts import")
    print(f"  2. {bot} check       says everything that is wrong, and how to mend it")
    print(f"  3. {bot} rehearse    shows every mail of an imagined case, and when it would go")
    print(f"  4. {bot} run         starts the work\n")


def _run(folder: Path, command: str) -> int:
    """Run a command of the program in the new home; what it finds is said, and ends nothing."""
    from cspr_bot.cli import main  # noqa: PLC0415 - it is this program itself

    return main(["--home", str(folder), command])


def check(options: Namespace) -> int:
    """Read every file and render every mail; print all problems at once. Exit 1 where one is an error."""
    now = options.now or present_of(options.home)
    if not (options.home / "config").is_dir():
        raise SaidNoError(
            f"{options.home}: there is no home here; `{as_typed()} init {quote(str(options.home))}` makes one"
        )
    found = examine_home(options.home, now.date(), now)
    problems = (*found.problems, *version_problems(options.home))
    errors = [problem for problem in problems if not problem.is_warning]
    warnings = len(problems) - len(errors)
    if options.json:
        print_json({"problems": problems, "errors": len(errors), "warnings": warnings})
        return 1 if errors else 0
    for problem in problems:
        print(problem, file=sys.stderr)
    for line in state_lines(options.home):
        print(line)
    if errors:
        print(f"{len(errors)} to mend before it runs; warnings: {warnings}.", file=sys.stderr)
        return 1
    print(f"Ready to run: every file, contact and mail was checked. Warnings: {warnings}.")
    return 0
