"""What nobody reads who has only the disk: AES-256-GCM bound to its place, and keyed hashes to find things again.

A master key, which the store is given and never keeps, opens the installation's secret. Of that secret come the key
for what belongs to no case yet (raw mails), the key that wraps each case's own data key, and the keys of the hashes.
Changing the master key therefore rewrites one row, running processes go on with the secret that they hold, and
destroying a case's data key destroys the case wherever its copies lie.
"""

import hmac
import os
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from cspr_bot.pipeline.ports import PermanentFailure

KEY_LENGTH = 32
ANY_TEXT = "surrogatepass"  # file names and broken headers hold what UTF-8 proper refuses
_ID_LENGTH = 8
_NONCE_LENGTH = 12
_FORM = b"\x01"
_HEAD_LENGTH = len(_FORM) + _ID_LENGTH
_CACHED_KEYS = 256


class SealBrokenError(PermanentFailure):
    """A sealed value does not open where it lies: it was changed, moved, or sealed under another key."""


class WrongKeyError(Exception):
    """The master key is not the one of this database."""


class Place(NamedTuple):
    """Where a sealed value lies. It is part of what the seal covers, so a value is good in one place only."""

    table: str
    row: str
    column: str

    def __str__(self) -> str:
        """Name the place in an error: rows go by numbers and references, never by people."""
        return f"{self.table}.{self.column}, row {self.row}"


def _joined(*words: bytes) -> bytes:
    """Join words so that no two lists of words give the same bytes."""
    return b"".join(len(word).to_bytes(4) + word for word in words)


def _derived(secret: bytes, purpose: str) -> bytes:
    """Derive a key for one purpose (RFC 5869, expand only: the secret is random throughout)."""
    return HKDFExpand(SHA256(), KEY_LENGTH, b"cspr-bot " + purpose.encode()).derive(secret)


class DataKey:
    """One key that seals values, and the short name under which each value remembers it."""

    __slots__ = ("_cipher", "id")

    def __init__(self, key: bytes) -> None:
        self.id = _derived(key, "key id")[:_ID_LENGTH]
        self._cipher = AESGCM(key)

    def seal(self, place: Place, plain: bytes) -> bytes:
        """Seal a value for its place. The nonce is random: 2^32 values a key are far more than a case will see."""
        nonce = os.urandom(_NONCE_LENGTH)
        return b"".join((_FORM, self.id, nonce, self._cipher.encrypt(nonce, plain, self._covered(place))))

    def open(self, place: Place, sealed: bytes) -> bytes:
        """Open a value. What is not whole, not from this place or not under this key raises `SealBrokenError`."""
        if sealed[:_HEAD_LENGTH] != _FORM + self.id:
            raise SealBrokenError(f"{place}: sealed under another key")
        nonce, body = sealed[_HEAD_LENGTH : _HEAD_LENGTH + _NONCE_LENGTH], sealed[_HEAD_LENGTH + _NONCE_LENGTH :]
        try:
            return self._cipher.decrypt(nonce, body, self._covered(place))
        except (InvalidTag, ValueError) as error:  # ValueError: cut shorter than a nonce
            raise SealBrokenError(f"{place}: changed or moved since it was sealed") from error

    def _covered(self, place: Place) -> bytes:
        return _joined(_FORM, self.id, *(word.encode() for word in place))


_SECRET_PLACE = Place("keys", "installation", "wrapped")


def master_check(master_key: bytes) -> bytes:
    """Give what tells one master key from another without telling it."""
    return _derived(_of_length(master_key), "master key check")


def new_secret() -> bytes:
    """Make the secret of a new installation."""
    return os.urandom(KEY_LENGTH)


def new_token() -> bytes:
    """Make what a row goes by in its seals, where its number is not known before it is written."""
    return os.urandom(16)


def wrap_secret(master_key: bytes, secret: bytes) -> bytes:
    """Wrap the installation's secret under a master key."""
    return DataKey(_derived(_of_length(master_key), "wrapping")).seal(_SECRET_PLACE, secret)


def unwrap_secret(master_key: bytes, wrapped: bytes) -> bytes:
    """Unwrap the installation's secret."""
    return DataKey(_derived(_of_length(master_key), "wrapping")).open(_SECRET_PLACE, wrapped)


def _of_length(key: bytes) -> bytes:
    if len(key) != KEY_LENGTH:
        raise ValueError(f"a master key has {KEY_LENGTH} bytes")
    return key


class Keyring:
    """Every key that follows from the installation's secret."""

    def __init__(self, secret: bytes) -> None:
        self.installation = DataKey(_derived(secret, "data"))
        self._wrapping = DataKey(_derived(secret, "case keys"))
        self._lookup = _derived(secret, "lookup")
        self._chain = _derived(secret, "audit")
        self.chance = _derived(secret, "chance")
        self._opened: dict[bytes, DataKey] = {}

    def new_case_key(self, reference: str) -> tuple[DataKey, bytes]:
        """Make the data key of a case; also give it wrapped, as it is kept."""
        key = os.urandom(KEY_LENGTH)
        return DataKey(key), self._wrapping.seal(_key_place(reference), key)

    def case_key(self, reference: str, wrapped: bytes) -> DataKey:
        """Unwrap the data key of a case.

        Remembered by its wrapped bytes, never by the reference: a case whose opening was rolled back and repeated
        has another key under the same name.
        """
        known = self._opened.get(wrapped)
        if known is None:
            known = DataKey(self._wrapping.open(_key_place(reference), wrapped))
            if len(self._opened) >= _CACHED_KEYS:
                self._opened.clear()
            self._opened[wrapped] = known
        return known

    def hash(self, purpose: str, *words: str) -> bytes:
        """Give the keyed hash under which something secret is found again; the purpose keeps kinds apart."""
        return hmac.digest(
            self._lookup, _joined(purpose.encode(), *(word.encode(errors=ANY_TEXT) for word in words)), sha256
        )

    def chain_seal(self, seq: int, link: bytes) -> bytes:
        """Give the seal over the end of the audit log."""
        return hmac.digest(self._chain, _joined(str(seq).encode(), link), sha256)


def _key_place(reference: str) -> Place:
    return Place("cases", reference, "wrapped_key")
