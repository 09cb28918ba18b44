"""`init` as a conversation: a few questions, each answer checked at once, and then what is best done next."""

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

from cspr_bot.config.first_answers import FirstAnswers, flaw_of

QUESTIONS = (
    ("name", "The partnership's whole name"),
    ("short_name", "Its short name, which begins every subject and reference"),
    ("mailbox", "The address of its mailbox, which this program will watch"),
    ("known_domains", "Who may refer: the domains of your partners, with blanks between"),
    ("coordinator_name", "The co-ordinator's name, as a mail greets them"),
    ("coordinator", "The co-ordinator's own address (not the partnership's mailbox)"),
    ("installation", "A name for this installation, kept in its database"),
)
NEXT = (
    ("check", "Look through every file now (check)?"),
    ("rehearse", "Show the timetable of one imagined case (rehearse)?"),
    ("doctor", "Examine the live parts: key, disk, database, mailbox (doctor)?"),
)


class Talk(Protocol):
    """Somebody who answers."""

    def ask(self, question: str, default: str) -> str:
        """Ask for a line; whoever says nothing means the default."""
        ...

    def agrees(self, question: str) -> bool:
        """Ask for a yes or a no."""
        ...

    def say(self, line: str) -> None:
        """Say something."""
        ...


class TerminalTalk:
    """A person at a terminal, by Rich."""

    def ask(self, question: str, default: str) -> str:
        """Ask for a line."""
        from rich.prompt import Prompt  # noqa: PLC0415 - 40 ms, and only for who is asked

        with _ended_by_hand():
            return Prompt.ask(question, default=default).strip()

    def agrees(self, question: str) -> bool:
        """Ask for a yes or a no."""
        from rich.prompt import Confirm  # noqa: PLC0415

        with _ended_by_hand():
            return Confirm.ask(question, default=True)

    def say(self, line: str) -> None:
        """Say something, as it stands."""
        print(line)


@contextmanager
def _ended_by_hand() -> Iterator[None]:
    """Take the end of all input (Ctrl-D) for what it is: somebody wants to stop here."""
    try:
        yield
    except EOFError as error:
        raise KeyboardInterrupt from error


def can_talk(options: Namespace) -> bool:
    """Say whether somebody sits at a terminal who has said nothing beforehand."""
    return not options.json and not options.silent and sys.stdin.isatty() and sys.stdout.isatty()


def first_answers(talk: Talk, shipped: FirstAnswers) -> FirstAnswers:
    """Ask everything once, and again what cannot be meant. Whoever only presses Enter keeps what ships."""
    talk.say("A few questions; Enter keeps what stands in brackets. All of it can be changed later in config/.\n")
    answers = FirstAnswers()
    for key, question in QUESTIONS:
        default = getattr(shipped, key)
        while True:
            said = talk.ask(question, default)
            flaw = "" if said == default else flaw_of(key, said, answers)
            if not flaw:
                break
            talk.say(f"  {said}: {flaw}")
        answers = replace(answers, **{key: said})
    return answers


def offer_what_is_next(talk: Talk, run: Callable[[str], object]) -> None:
    """Offer the three commands that show whether the home is right; each only where wanted."""
    for command, question in NEXT:
        if talk.agrees(question):
            run(command)
            talk.say("")
