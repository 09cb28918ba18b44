"""Remembers what a text was found to be: printed words for good, since every form has them, and others for one form."""

from collections.abc import Callable, Hashable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

_MOST_PRINTED = 4_096

P = ParamSpec("P")
T = TypeVar("T")


class Memory:
    """Two shelves: `printed` is kept from form to form, `written` holds a person's words and is emptied after each."""

    __slots__ = ("printed", "written")

    def __init__(self) -> None:
        self.printed: dict[Hashable, object] = {}
        self.written: dict[Hashable, object] = {}

    def forget(self, is_printed: Callable[[str], bool]) -> None:
        """Keep what was found out about the form's own words alone. No word of a person outlives its form here."""
        known: dict[str, bool] = {}
        for key, found in self.written.items():
            text = key[1] if isinstance(key, tuple) else ""
            if text not in known:
                known[text] = is_printed(text)
            if known[text] and len(self.printed) < _MOST_PRINTED:
                self.printed[key] = found
        self.written.clear()


class Remembering(Protocol):
    """What has a memory."""

    @property
    def memory(self) -> Memory:
        """Where it remembers."""


S = TypeVar("S", bound=Remembering)


def remembered(find: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Ask a question about a text, the first argument, only once. The answer depends on the arguments alone."""
    name = find.__name__

    def ask(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (name, *args)
        memory = self.memory
        if key in memory.printed:
            return memory.printed[key]  # type: ignore[return-value]
        if key in memory.written:
            return memory.written[key]  # type: ignore[return-value]
        found = find(self, *args, **kwargs)
        memory.written[key] = found
        return found

    ask.__doc__ = find.__doc__
    return ask
