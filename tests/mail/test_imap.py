"""IMAP and SMTP against real servers: who is trusted, how one logs in, and the cuts between two lines."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cspr_bot.mail.imap import ImapMailbox
from cspr_bot.mail.imap_session import FolderNames, ImapSession
from cspr_bot.mail.login import Login, PasswordLogin, TokenLogin
from cspr_bot.mail.server import Security, Server
from cspr_bot.mail.smtp import Submission
from cspr_bot.pipeline.ports import CutShort, GoneError, MailboxFailure, NothingLeft, TemporaryFailure
from tests.contracts.fault_runs import incoming, outgoing
from tests.contracts.imap_world import ImapWorld, imap_world
from tests.servers.authority import make_authority
from tests.servers.dovecot import PASSWORD, TOKEN_KEY
from tests.servers.imap_proxy import ImapFault, relaying
from tests.servers.smtp_sink import SmtpFault, listening
from tests.servers.token_server import answering

MAIL = outgoing(1)
Direct = Callable[..., ImapMailbox]


@pytest.fixture
def world() -> Iterator[ImapWorld]:
    with imap_world() as world:
        yield world


@pytest.fixture
def direct(world: ImapWorld) -> Direct:
    """Open the mailbox on Dovecot itself, with nothing between."""

    def make(
        *,
        security: Security = "tls",
        login: Login | None = None,
        ca_file: Path | None = None,
        names: FolderNames | None = None,
    ) -> ImapMailbox:
        port = world.dovecot.port if security == "tls" else world.dovecot.plain_port
        trusted = ca_file or world.authority.ca_file
        shown = login or PasswordLogin(world.user, PASSWORD)
        session = ImapSession(Server("localhost", port, security, trusted), shown, names)
        submission = Submission(Server("localhost", world.sink.port, "tls", trusted), shown, 5)
        world.mailboxes.append(ImapMailbox(session, submission))
        return world.mailboxes[-1]

    return make


def token_for(user: str) -> str:
    """Sign a token that Dovecot believes."""
    claims = {"email": user, "sub": user, "exp": 4_000_000_000, "iat": 1_700_000_000}
    parts = [_encoded(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    return ".".join([*parts, _encoded(hmac.digest(TOKEN_KEY, ".".join(parts).encode(), "sha256"))])


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


# ---------------------------------------------------------------------------------------------------------------------
# Who is trusted, and how one logs in


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_dovecot_is_spoken_to_in_tls_from_the_first_byte_or_by_starttls(
    world: ImapWorld, direct: Direct, security: Security
) -> None:
    world.deliver(incoming(1))
    mailbox = direct(security=security)
    (mail,) = mailbox.list_new()
    assert mailbox.download(mail.server_id) == incoming(1)


def test_a_certificate_of_an_authority_that_is_not_ours_is_refused(direct: Direct, tmp_path: Path) -> None:
    stranger = make_authority(tmp_path)
    for mailbox in (direct(ca_file=stranger.ca_file), direct(security="starttls", ca_file=stranger.ca_file)):
        with pytest.raises(MailboxFailure, match="the certificate of localhost is not to be trusted"):
            mailbox.list_new()


def test_a_certificate_of_another_name_is_refused(world: ImapWorld, tmp_path: Path) -> None:
    elsewhere = make_authority(tmp_path, "elsewhere.example")
    login = PasswordLogin(world.user, PASSWORD)
    with relaying(elsewhere, world.dovecot.plain_port) as line, listening(elsewhere, PASSWORD) as sink:
        mailbox = ImapSession(Server("localhost", line.port, "tls", elsewhere.ca_file), login)
        with pytest.raises(MailboxFailure, match="not to be trusted"):
            mailbox.run(lambda *_: None)
        with pytest.raises(MailboxFailure, match="not to be trusted"):
            Submission(Server("localhost", sink.port, "tls", elsewhere.ca_file), login).probe("nsscp.example")


def test_a_file_of_authorities_that_is_none_is_said(direct: Direct, tmp_path: Path) -> None:
    with pytest.raises(MailboxFailure, match="ca_file"):
        direct(ca_file=tmp_path / "nothing.pem").list_new()


def test_a_wrong_password_is_a_failure_of_the_mailbox_and_stands_in_no_error(world: ImapWorld, direct: Direct) -> None:
    mailbox = direct(login=PasswordLogin(world.user, "a-wrong-secret"))
    with pytest.raises(MailboxFailure) as imap:
        mailbox.list_new()
    draft = direct().prepare(MAIL)
    with pytest.raises(MailboxFailure) as smtp:
        mailbox.send(MAIL, draft)
    assert "refuses the login" in str(imap.value)
    assert "refuses the login" in str(smtp.value)
    assert "a-wrong-secret" not in f"{imap.value!r}{smtp.value!r}{PasswordLogin('us', 'a-wrong-secret')!r}"
    assert world.arrived() == []


def test_a_token_is_fetched_shown_to_both_servers_and_fetched_anew_when_one_refuses_it(
    world: ImapWorld, direct: Direct
) -> None:
    good = token_for(world.user)
    world.sink.secrets.add(good)
    with answering(world.authority, ["spent", good]) as tokens:
        url = f"https://localhost:{tokens.port}/token"
        login = TokenLogin(world.user, url, {"client_id": "us", "client_secret": "x"}, world.authority.ca_file)
        login.secret()  # as if it had been used before: the next login is refused, and one more token asked for
        mailbox = direct(login=login)
        draft = mailbox.prepare(MAIL)
        mailbox.send(MAIL, draft)
        assert [asked["grant_type"] for asked in tokens.asked] == ["client_credentials"] * 2
    assert len(world.arrived()) == 1


def test_a_token_that_is_refused_when_it_is_new_is_not_asked_for_again_and_again(
    world: ImapWorld, direct: Direct
) -> None:
    with answering(world.authority, ["wrong"] * 9) as tokens:
        url = f"https://localhost:{tokens.port}/token"
        login = TokenLogin(world.user, url, {"client_id": "us", "refresh_token": "x"}, world.authority.ca_file)
        with pytest.raises(MailboxFailure, match="refuses the login"):
            direct(login=login).list_new()
        assert len(tokens.asked) == 1


def test_what_the_token_server_refuses_is_said_by_its_name(world: ImapWorld, direct: Direct) -> None:
    with answering(world.authority, []) as tokens:
        url = f"https://localhost:{tokens.port}/token"
        login = TokenLogin(world.user, url, {"client_id": "us", "client_secret": "x"}, world.authority.ca_file)
        with pytest.raises(MailboxFailure, match=r"the token server refuses \(invalid_grant\)"):
            direct(login=login).list_new()


# ---------------------------------------------------------------------------------------------------------------------
# Servers of other kinds


def test_a_server_that_cannot_move_copies_and_removes_no_mail_of_others() -> None:
    more = "imap_capability = IMAP4rev1 SASL-IR UIDPLUS NAMESPACE SPECIAL-USE LITERAL+"
    with imap_world(more=more) as world:
        mailbox = world.open()
        world.deliver(incoming(1))
        world.deliver(incoming(2))
        first, _ = mailbox.list_new()
        world.mark_all_as_deleted()  # by a person, whose mail program will remove them when it is closed
        mailbox.file(first.server_id, "Processed")
        assert world.lying_in("Processed") == [incoming(1)]
        assert world.lying_in("inbox") == [incoming(2)]
        mailbox.send(MAIL, mailbox.prepare(MAIL))
        assert len(world.kept_in_sent()) == 1
        assert "MOVE" not in world.line.commands


def test_folders_stand_below_the_inbox_where_the_server_has_them_there() -> None:
    with imap_world(separator=".", prefix="INBOX.") as world:
        mailbox = world.open()
        world.deliver(incoming(1))
        world.deliver(incoming(2), to_junk=True)
        one, two = mailbox.list_new()
        assert (one.is_junk, two.is_junk) == (False, True)
        mailbox.file(two.server_id, "Held")
        assert world.lying_in("Held") == [incoming(2)]
        mailbox.send(MAIL, mailbox.prepare(MAIL))
        assert len(world.kept_in_sent()) == 1


def test_a_folder_that_the_settings_name_and_nobody_has_is_said(direct: Direct) -> None:
    with pytest.raises(MailboxFailure, match="no folder Quarantine"):
        direct(names=FolderNames(junk="Quarantine")).list_new()


def test_a_connection_that_was_lost_while_nobody_used_it_is_made_anew_without_a_word(world: ImapWorld) -> None:
    mailbox = world.open()
    assert list(mailbox.list_new()) == []
    world.deliver(incoming(1))
    world.line.faults.append(ImapFault("EXAMINE", "drop before"))
    assert len(mailbox.list_new()) == 1
    assert world.line.connections == 2


def test_a_server_that_numbers_its_mails_anew_never_has_another_mail_moved_for_the_one_meant(world: ImapWorld) -> None:
    mailbox = world.open()
    world.deliver(incoming(1))
    (mail,) = mailbox.list_new()
    _, _, uid = mail.server_id.rpartition(".")
    mailbox.file(f"1.{uid}", "Processed")
    assert world.lying_in("inbox") == [incoming(1)]
    with pytest.raises(TemporaryFailure, match="numbers its mails anew"):  # it is there still, under another number
        mailbox.download(f"1.{uid}")


def test_a_mail_of_another_length_than_the_server_says_is_not_taken_as_whole(world: ImapWorld) -> None:
    mailbox = world.open()
    world.deliver(incoming(1))
    (mail,) = mailbox.list_new()
    size = str(len(incoming(1))).encode()
    looked_for = ImapFault("FETCH", "garble", (b"nothing", b"nothing"))
    world.line.faults += [looked_for, ImapFault("FETCH", "garble", (b"RFC822.SIZE " + size, b"RFC822.SIZE 99999"))]
    with pytest.raises(CutShort) as cut:
        mailbox.download(mail.server_id)
    assert cut.value.received == incoming(1)


# ---------------------------------------------------------------------------------------------------------------------
# The cuts between two lines


def test_who_dies_before_the_last_line_was_given_has_sent_nothing(world: ImapWorld) -> None:
    mailbox = world.open()
    draft = mailbox.prepare(MAIL)
    assert world.open().trace(MAIL, draft) == "not_sent"


def test_who_dies_after_the_mail_was_marked_leaves_it_to_a_person(world: ImapWorld) -> None:
    mailbox = world.open()
    draft = mailbox.prepare(MAIL)
    world.sink.faults.append(SmtpFault("taken"))
    with pytest.raises(TemporaryFailure) as unanswered:
        mailbox.send(MAIL, draft)
    assert not isinstance(unanswered.value, NothingLeft)
    assert world.open().trace(MAIL, draft) == "cannot_tell"
    assert world.flagged() == 1


def test_a_person_who_says_that_it_must_go_again_has_it_sent_again(world: ImapWorld) -> None:
    mailbox = world.open()
    world.sink.faults.append(SmtpFault("end"))
    with pytest.raises(TemporaryFailure):
        mailbox.send(MAIL, mailbox.prepare(MAIL))
    mailbox.send(MAIL, mailbox.prepare(MAIL))
    assert len(world.arrived()) == len(world.kept_in_sent()) == 1
    assert world.flagged() == 0


def test_what_a_person_took_out_of_sending_is_nobodys_guess(world: ImapWorld) -> None:
    mailbox = world.open()
    draft = mailbox.prepare(MAIL)
    world.empty("Sending")
    assert mailbox.trace(MAIL, draft) == "cannot_tell"
    with pytest.raises(NothingLeft, match="could not be marked"):
        mailbox.send(MAIL, draft)
    assert world.arrived() == []
    assert world.sink.broken_off == 1


def test_what_smtp_took_is_sent_though_the_mailbox_fails_just_then_and_is_put_in_sent_later(world: ImapWorld) -> None:
    mailbox = world.open()
    draft = mailbox.prepare(MAIL)
    world.line.faults += [ImapFault("MOVE", "refuse", (b"NO [OVERQUOTA] full",))] * 2
    mailbox.send(MAIL, draft)
    assert mailbox.trace(MAIL, draft) == "sent"
    assert world.kept_in_sent() == []
    with pytest.raises(MailboxFailure, match="the mailbox is full"):
        mailbox.prepare(outgoing(2))
    mailbox.prepare(outgoing(2))
    assert len(world.kept_in_sent()) == len(world.arrived()) == 1


def test_lines_that_begin_with_a_dot_arrive_as_they_were_written(world: ImapWorld) -> None:
    mailbox = world.open()
    mailbox.send(MAIL, mailbox.prepare(MAIL))
    assert world.arrived() == [MAIL.content]
    assert world.sink.taken[0].sender == "partnership@nsscp.example"
    assert world.sink.taken[0].recipients == ("chair@council.example",)


# ---------------------------------------------------------------------------------------------------------------------
# Folders in the inbox


def test_a_folder_in_the_inbox_is_read_at_any_depth_and_what_lies_beside_it_is_a_persons_own(world: ImapWorld) -> None:
    world.make("INBOX/Trash")
    world.put("INBOX/Trash", incoming(9))
    for number, folder in enumerate(("INBOX/From schools", "INBOX/From schools/Ärzte & Co 50%", "Archive"), start=1):
        world.make(folder)
        world.put(folder, incoming(number))
    mailbox = world.open()
    first, second = mailbox.list_new()
    assert [mailbox.download(mail.server_id) for mail in (first, second)] == [incoming(1), incoming(2)]
    assert second.server_id in {mail.server_id for mail in world.open().list_new()}
    mailbox.file(second.server_id, "Held")
    assert world.lying_in("Held") == [incoming(2)]
    world.make("INBOX/made meanwhile")
    world.put("INBOX/made meanwhile", incoming(4))
    assert [mailbox.download(mail.server_id) for mail in mailbox.list_new()] == [incoming(1), incoming(4)]


def test_a_mail_in_a_folder_that_a_person_removes_is_gone(world: ImapWorld) -> None:
    world.make("INBOX/For a day")
    world.put("INBOX/For a day", incoming(1))
    mailbox = world.open()
    (mail,) = mailbox.list_new()
    world.unmake("INBOX/For a day")
    with pytest.raises(GoneError):
        mailbox.download(mail.server_id)
    mailbox.file(mail.server_id, "Processed")
    assert list(mailbox.list_new()) == []


def test_where_every_folder_bears_the_inboxs_name_only_the_inbox_itself_is_read() -> None:
    with imap_world(separator=".", prefix="INBOX.") as world:
        world.make("INBOX.Archive")
        world.put("INBOX.Archive", incoming(1))
        world.deliver(incoming(2))
        mailbox = world.open()
        assert [mailbox.download(mail.server_id) for mail in mailbox.list_new()] == [incoming(2)]
