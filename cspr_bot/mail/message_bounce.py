"""Whom a mail system says that it could not reach, where it wrote no report by the standard: flufl.bounce knows how.

The library is given what our own parser made of a mail, never the bytes: two parsers that see two mails in one are an
attack. What it finds is hearsay, weighed by `correspondence.bounces`.
"""

import logging
from dataclasses import replace
from email.message import Message

from cspr_bot.correspondence.address import parse_address
from cspr_bot.correspondence.bounces import RETURNED, has_report
from cspr_bot.correspondence.headers import split_headers
from cspr_bot.correspondence.message import Attachment, ParsedMail

# Mail systems say in the first lines whom they could not reach; a form that is pasted into a mail is longer.
MOST_CHARACTERS = 20_000
MOST_ADDRESSES = 50


def with_unreached(mail: ParsedMail) -> ParsedMail:
    """Add to a mail the addresses that it says were not reached, or not yet. Never raises for what it is fed."""
    if not mail.is_readable or has_report(mail) or len(mail.text) > MOST_CHARACTERS:
        return mail
    from flufl.bounce import all_failures  # noqa: PLC0415 - only where it is asked

    logging.getLogger("flufl.bounce").disabled = True  # it would write what it failed on, and so a stranger's words
    try:
        delayed, failed = all_failures(_as_message(mail))
    except Exception:  # noqa: BLE001 - its detectors fail on odd mails; of a mail that it cannot read it knows nothing
        return mail
    return replace(mail, failed=_plain(failed), delayed=_plain(delayed - failed))


def _as_message(mail: ParsedMail) -> Message:
    """Put our own reading of a mail into the shape that the library takes."""
    whole = Message()
    for name, value in mail.headers:
        if name.lower() not in {"content-type", "content-transfer-encoding"}:
            whole[name] = value
    whole["Content-Type"] = "multipart/mixed"
    whole.attach(_text("text/plain", mail.text))
    for item in mail.attachments:
        if item.media_type in RETURNED:
            whole.attach(_returned(item))
    return whole


def _text(media_type: str, text: str) -> Message:
    part = Message()
    part["Content-Type"] = media_type
    part.set_payload(text)
    return part


def _returned(item: Attachment) -> Message:
    """Give the mail that came back as its headers and the beginning of its text."""
    block = split_headers(item.content)
    inner = Message()
    for name, value in block.fields:
        if name.lower() not in {"content-type", "content-transfer-encoding"}:
            inner[name] = value
    inner.set_payload(item.content[block.body_at : block.body_at + MOST_CHARACTERS].decode("utf-8", "replace"))
    outer = Message()
    outer["Content-Type"] = "message/rfc822"
    outer.attach(inner)
    return outer


def _plain(addresses: frozenset[bytes | str]) -> tuple[str, ...]:
    """Keep what is an address; a stranger wrote the rest."""
    texts = (item.decode("ascii", "replace") if isinstance(item, bytes) else item for item in addresses)
    plain = sorted(address for text in texts if (address := parse_address(text)))
    return tuple(plain[:MOST_ADDRESSES])
