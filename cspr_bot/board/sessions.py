"""Who is signed in: sessions end after a while without a click, after a working day, or when somebody signs out.

They live in memory only: who restarts the board signs everybody out.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest

from cspr_bot.board.values import Visitor

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=10)
MOST_SESSIONS = 50
MOST_WRONG = 5
CLOSED_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that is signed in. `csrf` stands in each of its forms; `said` is told once, on the next page."""

    visitor: Visitor
    csrf: str
    began_at: datetime
    seen_at: datetime
    said: str = ""

    def is_over(self, now: datetime) -> bool:
        """Say whether it has ended by itself. A clock that runs backwards ends it too."""
        return not (self.began_at <= self.seen_at <= now < min(self.seen_at + IDLE, self.began_at + LONGEST))

    def accepts(self, token: str) -> bool:
        """Say whether a form is one that this session was given, in a time that does not tell how nearly."""
        return compare_digest(self.csrf.encode(), token.encode("utf-8", "surrogatepass"))


@dataclass(slots=True)
class Sessions:
    """Every session there is, by the digest of its cookie: nobody who reads this memory gets in by it."""

    new_token: Callable[[], str]
    _open: dict[bytes, Session] = field(default_factory=dict)

    def begin(self, visitor: Visitor, now: datetime) -> str:
        """Begin a session under a new cookie, whatever cookie there was before, and give it."""
        self._open = {key: known for key, known in self._open.items() if not known.is_over(now)}
        while len(self._open) >= MOST_SESSIONS:
            del self._open[min(self._open, key=lambda key: self._open[key].seen_at)]
        cookie = self.new_token()
        self._open[_digest(cookie)] = Session(visitor, self.new_token(), now, now)
        return cookie

    def of(self, cookie: str, now: datetime) -> Session | None:
        """Give the session of a cookie, seen now; None where there is none, or it is over."""
        key = _digest(cookie)
        known = self._open.get(key)
        if known is None or known.is_over(now):
            self._open.pop(key, None)
            return None
        self._open[key] = seen = replace(known, seen_at=now)
        return seen

    def end(self, cookie: str) -> None:
        """Sign out."""
        self._open.pop(_digest(cookie), None)

    def say(self, cookie: str, words: str) -> None:
        """Keep something to be told on the next page."""
        key = _digest(cookie)
        if known := self._open.get(key):
            self._open[key] = replace(known, said=words)

    def told(self, cookie: str) -> str:
        """Give what is to be told, once."""
        key = _digest(cookie)
        known = self._open.get(key)
        if known is None or not known.said:
            return ""
        self._open[key] = replace(known, said="")
        return known.said


@dataclass(slots=True)
class WrongTries:
    """How often somebody came with a wrong link: after five in a quarter of an hour the door stays shut as long.

    Nobody guesses a link; this tells whoever tries that it is noticed. Who is in stays in.
    """

    _at: deque[datetime] = field(default_factory=lambda: deque(maxlen=MOST_WRONG))

    def note(self, now: datetime) -> None:
        """Count one."""
        self._at.append(now)

    def is_shut(self, now: datetime) -> bool:
        """Say whether the door is shut."""
        return len(self._at) == MOST_WRONG and now - self._at[0] < CLOSED_FOR


def _digest(cookie: str) -> bytes:
    return sha256(cookie.encode("utf-8", "surrogatepass")).digest()
