"""Clock and chance: what nothing else in the house may ask the machine for."""

import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import UTC, datetime

from cspr_bot.correspondence.references import make_reference


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Give the present moment in UTC, to the second: nothing here is decided by less."""
        return datetime.now(UTC).replace(microsecond=0)


class HomeClock:
    """The clock of a home: the machine's, or where a person has turned it; there it stands."""

    def __init__(self, turned_to: datetime | None) -> None:
        self._turned_to = turned_to
        self._system = SystemClock()

    def now(self) -> datetime:
        """Give the present moment as this home has it."""
        return self._turned_to or self._system.now()

    def turn(self, to: datetime | None) -> None:
        """Turn it to a moment, or let it follow the machine's again."""
        self._turned_to = to


@dataclass(frozen=True, slots=True)
class SystemChance:
    """What nobody can guess, from the operating system. `prefix` begins every case reference of a partnership."""

    prefix: str
    domain: str

    def reference(self) -> str:
        """Give a case reference that tells nothing, not even how many there were before."""
        return make_reference(self.prefix, secrets.token_bytes(16))

    def answer_code(self) -> str:
        """Give an answer code of 130 bits: 26 characters of A-Z and 2-7."""
        return b32encode(secrets.token_bytes(17)).decode("ascii")[:26]

    def message_id(self) -> str:
        """Give a Message-ID that nobody can guess, at the mailbox's own domain."""
        return f"<{secrets.token_hex(16)}@{self.domain}>"

    def effect(self) -> str:
        """Give a random key of one effect."""
        return secrets.token_hex(16)


def new_master_key() -> bytes:
    """Give a new master key of 256 bits."""
    return secrets.token_bytes(32)
