"""Parsed mails from a few lines, and the contact book of the tests."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from cspr_bot.correspondence.contacts import Contact, ContactBook, Partnership
from cspr_bot.correspondence.message import Attachment, ParsedMail

MakeMail = Callable[..., ParsedMail]


@pytest.fixture
def mail() -> MakeMail:
    """Build a mail from header lines; `Name: value`, one a line."""

    def build(
        headers: str = "", text: str = "", attachments: tuple[Attachment, ...] = (), **more: object
    ) -> ParsedMail:
        lines = [line.strip().partition(":") for line in headers.strip().split("\n") if line.strip()]
        parsed = ParsedMail(tuple((name, value.strip()) for name, _, value in lines), text, attachments=attachments)
        return replace(parsed, **more)  # type: ignore[arg-type]

    return build


@pytest.fixture
def book() -> ContactBook:
    return ContactBook(
        Partnership("North Somerset Safeguarding Children Partnership", "NSSCP", "partnership@nsscp.example"),
        (Contact("police_review_team", "Review team", "casereview@constabulary.example"),),
        known_domains=("council.example", "police.example", "nhs.example"),
        trusted_authserv_ids=("mx.council.example",),
    )
