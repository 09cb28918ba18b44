"""What is about to go wrong: orders that wait for the n-th call, statement or commit, and what holds for a while."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Kind = Literal["call", "server", "statement", "commit", "committed"]


def away() -> sqlite3.OperationalError:
    """Give what the driver raises where somebody else has locked the database."""
    return failed(sqlite3.SQLITE_BUSY)


def failed(code: int) -> sqlite3.OperationalError:
    """Give what the driver raises where the disk fails."""
    error = sqlite3.OperationalError("a fault that was ordered")
    error.sqlite_errorcode = code
    return error


class DiedError(BaseException):
    """The process is gone: nothing may catch this."""


@dataclass
class Order:
    """Let something happen at the n-th moment of a kind from now on; a call has two, before it and after its effect.

    `at` narrows the moments to calls of some names.
    """

    kind: Kind
    left: int
    act: str
    salt: int = 0
    at: frozenset[str] = frozenset()


@dataclass
class Weather:
    """What the world has in store for whoever calls. `act` does what an order says when its moment has come."""

    act: Callable[[Order], None]
    now: Callable[[], datetime]
    orders: list[Order] = field(default_factory=list)
    mailbox_away_until: datetime | None = None
    sent_unreadable_until: datetime | None = None
    database_away_until: datetime | None = None
    is_calm: bool = False
    fired: int = 0
    failed_calls: set[str] = field(default_factory=set)  # of the mail server, since somebody last emptied it

    def passes(self, kind: Kind, name: str = "") -> None:
        """Let a moment pass, and with it whatever was ordered for it."""
        if self.is_calm:
            return
        if kind == "statement" and self.database_away_until is not None and self.database_away_until > self.now():
            raise away()
        for order in tuple(self.orders):
            if order.kind == kind and (not order.at or name in order.at):
                order.left -= 1
                if order.left <= 0:
                    self.orders.remove(order)
                    self.fired += 1
                    self.act(order)

    @contextmanager
    def calm(self) -> Iterator[None]:
        """Let nothing happen for a while: whoever checks the world is not part of it."""
        before, self.is_calm = self.is_calm, True
        try:
            yield
        finally:
            self.is_calm = before

    def clears(self) -> None:
        """Forget all that was ordered."""
        self.orders.clear()
        self.mailbox_away_until = self.sent_unreadable_until = self.database_away_until = None

    def is_fair(self, now: datetime) -> bool:
        """Say whether nothing holds now and nothing is ordered."""
        return not self.orders and self.lasts_nothing(now)

    def lasts_nothing(self, now: datetime) -> bool:
        """Say whether nothing holds now that fails whoever calls."""
        lasting = (self.mailbox_away_until, self.sent_unreadable_until, self.database_away_until)
        return not any(until is not None and until > now for until in lasting)


class Door:
    """Stands before a port, and lets a moment pass before each call and after it."""

    def __init__(self, port: object, weather: Weather) -> None:
        self._port = port
        self._weather = weather

    def __getattr__(self, name: str) -> object:
        found = getattr(self._port, name)
        if not callable(found):
            return found
        weather = self._weather

        def called(*arguments: object, **named: object) -> object:
            weather.passes("call", name)
            answer = found(*arguments, **named)
            weather.passes("call", name)
            return answer

        return called
