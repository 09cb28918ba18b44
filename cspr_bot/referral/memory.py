"""Remembers what a text was found to be: printed words for good, since every form has them, and others for one form."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

_MOST_PRINTED = 4_096  # texts


class Memory:
    """What was found out about each text: the question, and what it was asked about → the answer.

    `written` are the texts that were met since the last form, and may be a person's words.
    """

    __slots__ = ("answers", "written")

    def __init__(self) -> None:
        self.answers: dict[str, dict[object, Any]] = {}
        self.written: list[str] = []

    def met(self, text: str) -> dict[object, Any]:
        """Begin to remember a text."""
        self.written.append(text)
        answers: dict[object, Any] = {}
        self.answers[text] = answers
        return answers

    def forget(self, is_printed: Callable[[str], bool]) -> None:
        """Keep what was found out about the form's own words alone. No word of a person outlives its form here."""
        kept = len(self.answers) - len(self.written)
        for text in self.written:
            if kept < _MOST_PRINTED and is_printed(text):
                kept += 1
            else:
                del self.answers[text]
        self.written.clear()


class Remembering(Protocol):
    """What has a memory."""

    @property
    def memory(self) -> Memory:
        """Where it remembers."""


S = TypeVar("S", bound=Remembering)
T = TypeVar("T")
A = TypeVar("A")
_NOTHING: Any = object()


def remembered(find: Callable[[S, str], T]) -> Callable[[S, str], T]:
    """Ask a question about a text only once. The answer depends on the text alone."""
    name = find.__name__

    def ask(self: S, text: str) -> T:
        answers = self.memory.answers.get(text)
        if answers is None:
            answers = self.memory.met(text)
        found: T = answers.get(name, _NOTHING)
        if found is _NOTHING:
            found = answers[name] = find(self, text)
        return found

    ask.__doc__ = find.__doc__
    return ask


def remembered_about(find: Callable[[S, str, A], T]) -> Callable[[S, str, A], T]:
    """Ask a question about a text and something else only once."""
    name = find.__name__

    def ask(self: S, text: str, about: A) -> T:
        answers = self.memory.answers.get(text)
        if answers is None:
            answers = self.memory.met(text)
        key = (name, about)
        found: T = answers.get(key, _NOTHING)
        if found is _NOTHING:
            found = answers[key] = find(self, text, about)
        return found

    ask.__doc__ = find.__doc__
    return ask
