"""What every mailbox promises, whichever transport it is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cspr_bot.mail.folder import FolderMailbox
from cspr_bot.pipeline.ports import Mailbox, OutgoingMail, PermanentFailure
from tests.fakes.mailbox import FakeMailbox

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MAIL = b"From: a@council.example\r\nSubject: one\r\n\r\nHello\r\n"


@dataclass(frozen=True)
class Transport:
    """A mailbox, and the world's way of putting a mail into it."""

    mailbox: Mailbox
    deliver: Callable[[bytes], str]
    sent: Callable[[], list[bytes]]


@pytest.fixture(params=["folder", "fake"])
def transport(request: pytest.FixtureRequest, tmp_path: Path) -> Transport:
    if request.param == "fake":
        fake = FakeMailbox()
        return Transport(fake, fake.deliver, lambda: [mail.content for mail in fake.sent])
    folder = FolderMailbox(tmp_path / "mailbox", lambda: NOON)
    sent = tmp_path / "mailbox" / ".Sent" / "new"
    return Transport(folder, folder.deliver, lambda: [file.read_bytes() for file in sent.iterdir()])


def outgoing(effect: str) -> OutgoingMail:
    content = f"X-CSPR-Effect: {effect}\r\n\r\nHello".encode()
    return OutgoingMail("us@nsscp.example", "them@police.example", f"<{effect}@nsscp.example>", effect, content)


def test_a_new_mailbox_is_empty(transport: Transport) -> None:
    assert list(transport.mailbox.list_new()) == []


def test_what_was_delivered_is_listed_with_its_size_and_downloads_byte_for_byte(transport: Transport) -> None:
    server_id = transport.deliver(MAIL)
    listed = transport.mailbox.list_new()
    assert [(mail.server_id, mail.size) for mail in listed] == [(server_id, len(MAIL))]
    assert transport.mailbox.download(server_id) == MAIL


def test_mails_are_listed_oldest_first(transport: Transport) -> None:
    ids = [transport.deliver(MAIL + bytes([number])) for number in range(65, 75)]
    assert [mail.server_id for mail in transport.mailbox.list_new()] == ids


def test_the_same_bytes_delivered_twice_are_two_mails(transport: Transport) -> None:
    assert transport.deliver(MAIL) != transport.deliver(MAIL)
    assert len(transport.mailbox.list_new()) == 2


def test_downloading_changes_nothing(transport: Transport) -> None:
    server_id = transport.deliver(MAIL)
    transport.mailbox.download(server_id)
    assert [mail.server_id for mail in transport.mailbox.list_new()] == [server_id]


def test_a_filed_mail_is_no_longer_new_and_can_still_be_had_by_its_id(transport: Transport) -> None:
    server_id = transport.deliver(MAIL)
    transport.mailbox.file(server_id, "Processed")
    assert list(transport.mailbox.list_new()) == []
    assert transport.mailbox.download(server_id) == MAIL


def test_filing_a_mail_twice_does_nothing_the_second_time(transport: Transport) -> None:
    server_id = transport.deliver(MAIL)
    transport.mailbox.file(server_id, "Held")
    transport.mailbox.file(server_id, "Held")
    transport.mailbox.file(server_id, "Processed")
    assert transport.mailbox.download(server_id) == MAIL


def test_filing_a_mail_that_is_gone_does_nothing(transport: Transport) -> None:
    transport.mailbox.file("nothing", "Processed")
    assert list(transport.mailbox.list_new()) == []


def test_a_mail_that_is_gone_cannot_be_downloaded_and_never_will(transport: Transport) -> None:
    with pytest.raises(PermanentFailure):
        transport.mailbox.download("nothing")


def test_what_was_sent_can_be_traced_by_its_effect(transport: Transport) -> None:
    assert transport.mailbox.trace("one") == "not_sent"
    transport.mailbox.send(outgoing("one"))
    assert transport.mailbox.trace("one") == "sent"
    assert transport.mailbox.trace("two") == "not_sent"
    assert transport.sent() == [outgoing("one").content]


def test_a_mail_that_was_sent_is_not_a_new_one(transport: Transport) -> None:
    transport.mailbox.send(outgoing("one"))
    assert list(transport.mailbox.list_new()) == []
