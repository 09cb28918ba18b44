"""What every mailbox promises, whichever transport it is."""

from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest

from cspr_bot.mail.folder import FolderMailbox
from cspr_bot.pipeline.ports import Draft, GoneError, KeepsFiledMail, Mailbox, OutgoingMail
from tests.contracts.transports import MAKERS, WITHOUT_JUNK, Transport, opened
from tests.fakes.mailbox import FakeMailbox

US = "partnership@nsscp.example"
THEM = "casereview@police.example"


@pytest.fixture(params=MAKERS)
def transport(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Transport]:
    with opened(request.param, tmp_path) as transport:
        yield transport


def incoming(number: int = 1) -> bytes:
    return (
        f"Received: from mx.council.example by mx.nsscp.example; Mon, 23 Nov 2026 09:{number:02}:00 +0000\r\n"
        f"From: Rowan Ashdown <r.ashdown@council.example>\r\nTo: {US}\r\nSubject: one\r\n"
        f"Message-ID: <{number}@council.example>\r\nDate: Mon, 23 Nov 2026 09:{number:02}:00 +0000\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"Hello, caf\xe9 {number}\r\n"
    ).encode("latin-1")


def outgoing(effect: str = "one") -> OutgoingMail:
    content = (
        f"Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\nX-CSPR-Bot: test\r\n"
        f"X-CSPR-Case: NS-7F3K-2Q\r\nX-CSPR-Notice: N2\r\nX-CSPR-Effect: {effect}\r\n"
        f"From: NSSCP <{US}>\r\nTo: {THEM}\r\nSubject: NSSCP NS-7F3K-2Q: please reply\r\n"
        f"Message-ID: <{effect}@nsscp.example>\r\nIn-Reply-To: <1@council.example>\r\n"
        "References: <1@council.example>\r\nDate: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n"
    ).encode()
    return OutgoingMail(US, THEM, f"<{effect}@nsscp.example>", effect, content)


def send(mailbox: Mailbox, mail: OutgoingMail) -> Draft:
    draft = mailbox.prepare(mail)
    assert not draft.is_sent
    mailbox.send(mail, draft)
    return draft


def contents(mailbox: Mailbox) -> list[bytes]:
    return [mailbox.download(mail.server_id) for mail in mailbox.list_new()]


# ---------------------------------------------------------------------------------------------------------------------
# In


def test_a_new_mailbox_is_empty(transport: Transport) -> None:
    assert list(transport.mailbox.list_new()) == []


def test_what_was_delivered_is_listed_and_downloads_byte_for_byte(transport: Transport) -> None:
    transport.world.deliver(incoming())
    assert contents(transport.mailbox) == [incoming()]


def test_mails_are_listed_oldest_first(transport: Transport) -> None:
    mails = [incoming(number) for number in range(10)]
    for mail in mails:
        transport.world.deliver(mail)
    assert contents(transport.mailbox) == mails


def test_what_was_filed_can_be_listed_again_with_the_bytes_that_came(transport: Transport) -> None:
    """After a database was put back from a copy: a transport that cannot is told apart by its type."""
    if not isinstance(transport.mailbox, KeepsFiledMail):
        return
    for number in (1, 2, 3):
        transport.world.deliver(incoming(number))
    first, second, _ = transport.mailbox.list_new()
    transport.mailbox.file(first.server_id, "Processed")
    transport.mailbox.file(second.server_id, "Held")
    filed = transport.mailbox.list_filed()
    if transport.mailbox.keeps_ids:
        assert [mail.server_id for mail in filed] == [first.server_id, second.server_id]
    assert [transport.mailbox.download(mail.server_id) for mail in filed] == [incoming(1), incoming(2)]


def test_the_same_bytes_delivered_twice_are_two_mails(transport: Transport) -> None:
    transport.world.deliver(incoming())
    transport.world.deliver(incoming())
    assert len({mail.server_id for mail in transport.mailbox.list_new()}) == 2


def test_looking_changes_nothing(transport: Transport) -> None:
    transport.world.deliver(incoming())
    first = list(transport.mailbox.list_new())
    transport.mailbox.download(first[0].server_id)
    assert list(transport.mailbox.list_new()) == first
    assert transport.world.lying_in("inbox") == [incoming()]


def test_a_process_that_starts_anew_knows_a_mail_by_the_same_id(transport: Transport) -> None:
    transport.world.deliver(incoming())
    before = list(transport.mailbox.list_new())
    assert list(transport.reopened().list_new()) == before


def test_what_comes_later_is_listed_later(transport: Transport) -> None:
    transport.world.deliver(incoming(1))
    (first,) = transport.mailbox.list_new()
    transport.world.deliver(incoming(2))
    assert next(iter(transport.mailbox.list_new())) == first
    assert contents(transport.mailbox) == [incoming(1), incoming(2)]


def test_a_filed_mail_is_no_longer_new_and_lies_in_its_folder(transport: Transport) -> None:
    transport.world.deliver(incoming(1))
    transport.world.deliver(incoming(2))
    first, second = transport.mailbox.list_new()
    transport.mailbox.file(first.server_id, "Processed")
    transport.mailbox.file(second.server_id, "Held")
    assert list(transport.mailbox.list_new()) == []
    assert transport.world.lying_in("inbox") == []
    assert transport.world.lying_in("Processed") == [incoming(1)]
    assert transport.world.lying_in("Held") == [incoming(2)]


def test_what_was_there_before_us_is_put_aside_and_is_new_again_when_a_person_fetches_it(transport: Transport) -> None:
    transport.world.deliver(incoming(1))
    transport.world.deliver(incoming(2))
    (mail, _) = transport.mailbox.list_new()
    for _ in range(2):
        transport.mailbox.file(mail.server_id, "Earlier")
    assert transport.world.lying_in("Earlier") == [incoming(1)]
    assert contents(transport.reopened()) == [incoming(2)]


def test_it_is_known_since_when_a_mail_has_lain_there(transport: Transport) -> None:
    """A folder on a disk has nobody who would have written it down; nothing is old there."""
    transport.world.deliver(incoming(1))
    moments = [mail.lain_since for mail in transport.mailbox.list_new()]
    assert (moments == [None]) == isinstance(transport.mailbox, FolderMailbox | FakeMailbox)
    assert all(moment.tzinfo is not None for moment in moments if moment is not None)


def test_filing_a_mail_twice_does_nothing_the_second_time(transport: Transport) -> None:
    transport.world.deliver(incoming())
    (mail,) = transport.mailbox.list_new()
    for folder in ("Held", "Held", "Processed"):
        transport.mailbox.file(mail.server_id, folder)
    transport.reopened().file(mail.server_id, "Held")
    lying = [*transport.world.lying_in("Held"), *transport.world.lying_in("Processed")]
    assert lying == [incoming()]


def test_filing_a_mail_that_is_gone_does_nothing(transport: Transport) -> None:
    transport.world.deliver(incoming())
    (mail,) = transport.mailbox.list_new()
    transport.world.remove_all()
    transport.mailbox.file(mail.server_id, "Processed")
    assert list(transport.mailbox.list_new()) == []


def test_a_mail_that_is_gone_cannot_be_downloaded_and_never_will(transport: Transport) -> None:
    transport.world.deliver(incoming())
    (mail,) = transport.mailbox.list_new()
    transport.world.remove_all()
    with pytest.raises(GoneError):
        transport.mailbox.download(mail.server_id)


def test_an_id_that_was_never_given_is_of_no_mail(transport: Transport) -> None:
    transport.mailbox.file("nothing", "Processed")
    with pytest.raises(GoneError):
        transport.mailbox.download("nothing")


@pytest.mark.parametrize("transport", sorted(MAKERS.keys() - WITHOUT_JUNK), indirect=True)
def test_what_the_server_took_for_junk_is_read_and_marked(transport: Transport) -> None:
    transport.world.deliver(incoming(1), to_junk=True)
    transport.world.deliver(incoming(2))
    listed = {transport.mailbox.download(mail.server_id): mail for mail in transport.mailbox.list_new()}
    assert {raw: mail.is_junk for raw, mail in listed.items()} == {incoming(1): True, incoming(2): False}
    transport.mailbox.file(listed[incoming(1)].server_id, "Held")
    assert transport.world.lying_in("junk") == []
    assert transport.world.lying_in("Held") == [incoming(1)]


# ---------------------------------------------------------------------------------------------------------------------
# Out


def test_what_is_sent_arrives_once_and_is_kept_in_sent(transport: Transport) -> None:
    mail = outgoing()
    draft = send(transport.mailbox, mail)
    assert transport.mailbox.trace(mail, draft) == "sent"
    assert len(transport.world.arrived()) == len(transport.world.kept_in_sent()) == 1


def test_every_header_arrives(transport: Transport) -> None:
    mail = outgoing()
    send(transport.mailbox, mail)
    (raw,) = transport.world.arrived()
    ours, theirs = message_from_bytes(mail.content), message_from_bytes(raw)
    for name in ours.keys():  # noqa: SIM118 - a message is no mapping
        assert theirs[name] == ours[name], name
    assert theirs.get_payload(decode=True) == ours.get_payload(decode=True)


def test_what_is_only_prepared_has_not_left(transport: Transport) -> None:
    mail = outgoing()
    draft = transport.mailbox.prepare(mail)
    assert not draft.is_sent
    assert transport.mailbox.trace(mail, draft) in {"draft", "not_sent", "cannot_tell"}
    assert transport.world.arrived() == transport.world.kept_in_sent() == []


def test_preparing_again_gives_the_same_mail_and_not_a_second(transport: Transport) -> None:
    mail = outgoing()
    transport.mailbox.prepare(mail)
    draft = transport.reopened().prepare(mail)
    transport.mailbox.send(mail, draft)
    assert len(transport.world.arrived()) == len(transport.world.kept_in_sent()) == 1


def test_what_was_sent_is_known_by_its_effect_when_it_is_prepared_again(transport: Transport) -> None:
    mail = outgoing()
    send(transport.mailbox, mail)
    assert transport.reopened().prepare(mail).is_sent
    assert len(transport.world.arrived()) == 1


def test_another_effect_is_another_mail(transport: Transport) -> None:
    send(transport.mailbox, outgoing("one"))
    send(transport.mailbox, outgoing("two"))
    assert len(transport.world.arrived()) == 2


def test_a_mail_that_was_sent_is_not_a_new_one(transport: Transport) -> None:
    send(transport.mailbox, outgoing())
    assert list(transport.mailbox.list_new()) == []
