"""Clock and chance: what nothing else in the house may ask the machine for."""

import hmac
import secrets
from base64 import b32encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count

from cspr_bot.correspondence.references import make_reference
from cspr_bot.pipeline.ports import Clock


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Give the present moment in UTC, to the second: nothing here is decided by less."""
        return datetime.now(UTC).replace(microsecond=0)


class HomeClock:
    """The clock of a home: the machine's, or where a person has turned it; there it stands."""

    def __init__(self, turned_to: datetime | None, machine: Clock) -> None:
        self._turned_to = turned_to
        self._machine = machine

    def now(self) -> datetime:
        """Give the present moment as this home has it."""
        return self._turned_to or self._machine.now()

    @property
    def is_turned(self) -> bool:
        """Whether a person has turned it."""
        return self._turned_to is not None

    def turn(self, to: datetime | None) -> None:
        """Turn it to a moment, or let it follow the machine's again."""
        self._turned_to = to


@dataclass(frozen=True, slots=True)
class SystemChance:
    """What nobody can guess. `prefix` begins every case reference of a partnership.

    By itself it is the operating system's; `of` something it follows from the installation's own secret.
    """

    prefix: str
    domain: str
    secret: bytes = b""
    bits: Callable[[], bytes] = secrets.token_bytes

    def of(self, *words: str) -> "SystemChance":
        """Give the chance of one thing: the same in the same order whenever it is asked for; without a secret, any."""
        return replace(self, bits=_following(self.secret, words)) if self.secret else self

    def reference(self) -> str:
        """Give a case reference that tells nothing, not even how many there were before."""
        return make_reference(self.prefix, self.bits()[:16])

    def answer_code(self) -> str:
        """Give an answer code of 130 bits: 26 characters of A-Z and 2-7."""
        return b32encode(self.bits()[:17]).decode("ascii")[:26]

    def message_id(self) -> str:
        """Give a Message-ID that nobody can guess, at the mailbox's own domain."""
        return f"<{self.bits()[:16].hex()}@{self.domain}>"

    def effect(self) -> str:
        """Give the key of one effect."""
        return self.bits()[:16].hex()


def _following(secret: bytes, words: tuple[str, ...]) -> Callable[[], bytes]:
    """Give what gives 32 bytes after another, all of them following from a secret and from words (RFC 2104)."""
    numbers = count()
    named = b"".join(len(word).to_bytes(4) + word for word in (word.encode("utf-8", "surrogatepass") for word in words))
    return lambda: hmac.digest(secret, next(numbers).to_bytes(4) + named, "sha256")


def new_master_key() -> bytes:
    """Give a new master key of 256 bits."""
    return secrets.token_bytes(32)
