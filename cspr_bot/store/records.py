"""What is inside the sealed columns, and how values become bytes and come back.

JSON throughout: what is kept for years should say itself what it is, and a field that came later has its default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from cspr_bot.pipeline.kept import Party
from cspr_bot.procedure.case import Notification
from cspr_bot.referral.form import ReferralForm

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class InboxHead:
    """Of a mail received: who and what, and what was said about it."""

    sender: str | None = None
    message_id: str | None = None
    reasons: tuple[str, ...] = ()
    released_by: str | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """What a case was opened with."""

    form: ReferralForm | None = None
    parties: tuple[Party, ...] = ()
    first_message_id: str | None = None


@dataclass(frozen=True, slots=True)
class OutboxHead:
    """Of a mail to be sent: everything but its bytes."""

    sender: str
    recipient: str
    message_id: str
    effect: str
    order: Notification
    contact: str | None = None
    in_reply_to: str | None = None
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """Who recorded an event, in which words. The rules saw neither the name nor the free text."""

    by: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules answered to an event."""

    reason: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AttachmentHead:
    """What a kept file was called by who sent it."""

    name: str
    media_type: str


def _plain(value: object) -> object:
    """Let read-only mappings be written as what they are."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot be kept")


_encoder = msgspec.json.Encoder(enc_hook=_plain)


def to_bytes(value: object) -> bytes:
    """Write a value as JSON. Half a surrogate pair, which a broken mail can hold, becomes a replacement character."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return _encoder.encode(_whole(msgspec.to_builtins(value, enc_hook=_plain)))


def _whole(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            return {_whole(key): _whole(item) for key, item in value.items()}
        case list() | tuple():
            return [_whole(item) for item in value]
        case _:
            return value


def from_bytes(kind: type[Value], written: bytes) -> Value:
    """Read a value. Fields that came later have their defaults, fields that went are passed over."""
    return msgspec.json.decode(written, type=kind)
