"""A mailbox on a real IMAP server, and the world around it: others' hands are the standard library's own client."""

import atexit
import imaplib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from imapclient import imap_utf7

from cspr_bot.mail.imap import ImapMailbox
from cspr_bot.mail.imap_session import ImapSession
from cspr_bot.mail.login import PasswordLogin
from cspr_bot.mail.server import Server
from cspr_bot.mail.smtp import Submission
from tests.servers.authority import Authority, make_authority
from tests.servers.dovecot import PASSWORD, Dovecot, is_installed, running
from tests.servers.imap_proxy import Line, relaying
from tests.servers.smtp_sink import Sink, listening

FOLDERS = {"inbox": "INBOX", "junk": "Spam", "Processed": "Processed", "Held": "Held", "Earlier": "Earlier"}


@dataclass
class ImapWorld:
    """What others do in the mailbox and see of it."""

    user: str
    authority: Authority
    dovecot: Dovecot
    line: Line
    sink: Sink
    prefix: str = ""
    mailboxes: list[ImapMailbox] = field(default_factory=list)

    def open(self, verdict_seconds: float = 5, ca_file: Path | None = None) -> ImapMailbox:
        """Open the mailbox as a process that starts anew does."""
        login, trusted = PasswordLogin(self.user, PASSWORD), ca_file or self.authority.ca_file
        session = ImapSession(Server("localhost", self.line.port, "tls", trusted), login)
        submission = Submission(Server("localhost", self.sink.port, "tls", trusted), login, verdict_seconds)
        self.mailboxes.append(ImapMailbox(session, submission))
        return self.mailboxes[-1]

    def deliver(self, raw: bytes, *, to_junk: bool = False) -> None:
        folder = self._name("junk" if to_junk else "inbox")
        self._by_hand(lambda client: client.append(f'"{folder}"', "", "", raw))

    def make(self, folder: str) -> None:
        """Make a folder, as a person does."""
        self._by_hand(lambda client: client.create(_quoted(folder)))

    def unmake(self, folder: str) -> None:
        """Remove a folder with all that lies in it."""
        self._by_hand(lambda client: client.delete(_quoted(folder)))

    def put(self, folder: str, raw: bytes) -> None:
        """Put a mail in a folder, as a rule of the server does."""
        self._by_hand(lambda client: client.append(_quoted(folder), "", "", raw))

    def remove_all(self) -> None:
        self.empty("INBOX")

    def empty(self, folder: str) -> None:
        """Delete every mail in a folder for good, as a person may."""

        def remove(client: imaplib.IMAP4) -> object:
            client.select(folder)
            client.store("1:*", "+FLAGS", r"(\Deleted)")
            return client.expunge()

        self._by_hand(remove)

    def move_by_hand(self, source: str, target: str) -> None:
        """Drag every mail from one folder into another."""

        def drag(client: imaplib.IMAP4) -> object:
            client.select(source)
            return client.uid("MOVE", "1:*", target)

        self._by_hand(drag)

    def drag_all(self, *, within_inbox: bool) -> None:
        target = "INBOX/By hand" if within_inbox else "By hand"
        self.make(target)
        self._by_hand(lambda client: (client.select("INBOX"), client.uid("MOVE", "1:*", _quoted(target))))

    def mark_all_as_deleted(self) -> None:
        """Mark the mails in the inbox, as a mail program does that removes them only when it is closed."""
        self.mark_all(r"(\Deleted)")

    def mark_all(self, flags: str) -> None:
        """Mark the mails in the inbox, as a mail program does when a person looks at them."""
        self._by_hand(lambda client: (client.select("INBOX"), client.store("1:*", "+FLAGS", flags)))

    def lying_in(self, place: str) -> list[bytes]:
        return self.mails(self._name(place))

    def arrived(self) -> list[bytes]:
        return [mail.content for mail in self.sink.taken]

    def kept_in_sent(self) -> list[bytes]:
        return self.mails(f"{self.prefix}Sent Items")

    def mails(self, folder: str, wanted: str = "BODY.PEEK[]") -> list[bytes]:
        """Give what is wanted of every mail in a folder."""
        found: list[bytes] = []

        def read(client: imaplib.IMAP4) -> None:
            if client.select(f'"{folder}"', readonly=True)[1] == [b"0"]:
                return
            for part in client.fetch("1:*", f"({wanted})")[1]:
                found.extend([part[1]] if isinstance(part, tuple) else [])

        self._by_hand(read)
        return found

    def flagged(self) -> int:
        """Count the mails in Sending of which nobody knows whether they left."""
        counted: list[int] = []

        def count(client: imaplib.IMAP4) -> None:
            client.select(f'"{self.prefix}Sending"', readonly=True)
            counted.append(len(client.search(None, "FLAGGED")[1][0].split()))

        self._by_hand(count)
        return counted[0]

    def _name(self, place: str) -> str:
        return FOLDERS[place] if place == "inbox" else f"{self.prefix}{FOLDERS[place]}"

    def _by_hand(self, work: Callable[[imaplib.IMAP4], object]) -> None:
        with imaplib.IMAP4("127.0.0.1", self.dovecot.plain_port, timeout=20) as client:
            client.authenticate("PLAIN", lambda _: f"\0{self.user}\0{PASSWORD}".encode())
            work(client)


def _quoted(folder: str) -> str:
    """Write a folder's name as IMAP does (RFC 3501, 5.1.3)."""
    return f'"{imap_utf7.encode(folder).decode("ascii")}"'


@dataclass(frozen=True)
class Servers:
    """One Dovecot and one certificate serve a whole run of the tests; each world is another user's."""

    authority: Authority
    dovecot: Dovecot
    users: Iterator[int]


@cache
def _servers(separator: str, prefix: str, more: str) -> Servers:
    stack = ExitStack()
    atexit.register(stack.close)
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="cspr-")))
    authority = make_authority(folder)
    return Servers(authority, stack.enter_context(running(authority, separator, prefix, more)), count(1))


@contextmanager
def imap_world(*, separator: str = "/", prefix: str = "", more: str = "") -> Iterator[ImapWorld]:
    """Give a new mailbox, the line to it and an SMTP sink until the block ends."""
    if not is_installed():
        pytest.skip("Dovecot is not installed (Debian: dovecot-imapd)")
    servers = _servers(separator, prefix, more)
    authority, dovecot = servers.authority, servers.dovecot
    with relaying(authority, dovecot.plain_port) as line, listening(authority, PASSWORD) as sink:
        world = ImapWorld(f"partnership{next(servers.users)}", authority, dovecot, line, sink, prefix)
        try:
            yield world
        finally:
            for mailbox in world.mailboxes:
                mailbox.close()
