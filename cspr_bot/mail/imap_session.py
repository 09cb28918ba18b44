"""A connection to an IMAP server: verified TLS, the login, the names of the folders, and every failure as one line."""

import imaplib
import logging
import re
import socket
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import imapclient
from imapclient import exceptions

from cspr_bot.mail.login import Login
from cspr_bot.mail.server import Server, verified_tls, why_unreachable
from cspr_bot.pipeline.ports import MailboxFailure, TemporaryFailure

T = TypeVar("T")
Folder = tuple[frozenset[bytes], str]  # flags and name

# At its most talkative the library writes passwords and whole mails.
logging.getLogger("imapclient").setLevel(logging.WARNING)

CONNECT_SECONDS = 20
ANSWER_SECONDS = 60
LEAVE_SECONDS = 3
NEEDED = ("UIDPLUS",)

MADE = ("Sending", "Processed", "Held")
OWN = (*MADE, "Earlier")
# Folders in which nothing arrives (RFC 3501, RFC 6154).
NOT_NEW = frozenset(
    {b"\\noselect", b"\\nonexistent", b"\\sent", b"\\drafts", b"\\trash", b"\\junk", b"\\archive", b"\\all"}
)

# The same on servers that tell no uses. Junk is not among them: rather is a mail read too many.
NAMES_NOT_NEW = frozenset({"Trash", "Deleted Items", "Deleted Messages", "Drafts", "Templates", "Outbox", "Sent"})

_CODE = re.compile(r"\[([A-Z-]{2,40})[ \]]")
_SENT_NAMES = ("Sent", "Sent Items", "Sent Messages", "Sent Mail")
_JUNK_NAMES = ("Junk", "Junk Email", "Junk E-mail", "Spam", "Bulk Mail")
# What the library raises where a server's answer makes no sense.
_GARBAGE = (ValueError, KeyError, IndexError)
# Response codes of RFC 5530 and 9208 that speak of the mailbox, and not of one mail.
_OF_THE_MAILBOX = frozenset({"OVERQUOTA", "UNAVAILABLE", "NOPERM", "AUTHORIZATIONFAILED", "EXPIRED", "LIMIT"})
_WORDS = {"": "", "OVERQUOTA": " (the mailbox is full)"}


@dataclass(frozen=True, slots=True)
class FolderNames:
    """What an administrator calls the folders; "" is found by its use (RFC 6154), or by its usual names."""

    junk: str = ""
    sent: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the folders of this mailbox are called on the server. A mailbox may have none for junk.

    `prefix` begins the names of a person's own folders; `separator` stands between a folder and one in it.
    """

    inbox: str
    junk: str | None
    sent: str
    prefix: str
    separator: str

    @property
    def sending(self) -> str:
        """Where a mail lies for the moment in which it leaves."""
        return self.own("Sending")

    def own(self, name: str) -> str:
        """Give the name of a folder of ours."""
        return f"{self.prefix}{name}"

    @property
    def has_inbox_folders(self) -> bool:
        """Whether a folder in the inbox can be told from one beside it: not where all folders bear the inbox's name."""
        return bool(self.separator) and not self.prefix.upper().startswith("INBOX")

    def below_inbox(self, client: Any) -> list[str]:  # noqa: ANN401
        """List the folders in the inbox, at any depth, but those that have a use of their own."""
        if not self.has_inbox_folders:
            return []
        found = client.list_folders(directory="", pattern=f"{self.inbox}{self.separator}*")
        apart = {self.junk, self.sent, *map(self.own, OWN)}
        return sorted(
            name
            for flags, _, name in found
            if name not in apart
            and name.rpartition(self.separator)[2] not in NAMES_NOT_NEW
            and not set(map(bytes.lower, flags)) & NOT_NEW
        )


class ImapSession:
    """One connection, made when it is needed and kept while it lasts.

    A connection that was lost while nobody used it is made anew once, without a word: what is run must therefore look
    before it acts.
    """

    def __init__(
        self, server: Server, login: Login, names: FolderNames | None = None, answer_seconds: float = ANSWER_SECONDS
    ) -> None:
        self.server = server
        self._login = login
        self._names = names or FolderNames()
        self._answer_seconds = answer_seconds
        self._open: tuple[Any, Layout] | None = None

    def run(self, work: Callable[[Any, Layout], T]) -> T:
        """Do something with the library's client and the folders.

        What the mailbox as a whole refuses is a `MailboxFailure`, every other failure a `TemporaryFailure`: a mail
        upon which the server hangs up must not keep the others waiting.
        """
        may_be_stale = self._open is not None
        self._open = self._open or self._connect()
        host = self.server.host
        try:
            return work(*self._open)
        except imaplib.IMAP4.abort as lost:
            failure: Exception = lost
        except imaplib.IMAP4.error as refusal:
            self.close()
            kind = MailboxFailure if _code(refusal) in _OF_THE_MAILBOX else TemporaryFailure
            raise kind(_why(refusal, host)) from refusal
        except OSError as lost:
            failure = lost
        except _GARBAGE as garbage:
            self.close()
            raise TemporaryFailure(f"{host} gave an answer that is not IMAP") from garbage
        self.close()
        if may_be_stale and not isinstance(failure, TimeoutError):
            return self.run(work)
        raise TemporaryFailure(_why(failure, host)) from failure

    def log_out(self) -> None:
        """Take leave of the server, and let go of the connection; one that does not answer is not waited for."""
        if self._open is not None:
            client = self._open[0]
            with suppress(OSError, imaplib.IMAP4.error):
                client.socket().settimeout(LEAVE_SECONDS)
                client.logout()
            self.close()

    def close(self) -> None:
        """Let go of the connection."""
        if self._open is not None:
            client, self._open = self._open[0], None
            with suppress(OSError, imaplib.IMAP4.error):
                client.shutdown()

    def _connect(self) -> tuple[Any, Layout]:
        try:
            return self._joined()
        except (imaplib.IMAP4.error, OSError) as failure:  # a certificate's failure is a ValueError too: this is first
            raise MailboxFailure(_why(failure, self.server.host)) from failure
        except _GARBAGE as garbage:
            raise MailboxFailure(f"{self.server.host} gave an answer that is not IMAP") from garbage

    def _joined(self) -> tuple[Any, Layout]:
        client = self._log_in()
        try:
            self._require(client)
            return client, _find_folders(client, self._names)
        except BaseException:
            _shut(client)
            raise

    def _require(self, client: Any) -> None:  # noqa: ANN401
        missing = [name for name in NEEDED if not client.has_capability(name)]
        if missing:
            what = f"{self.server.host} does not know {', '.join(missing)}, without which no mail is safe"
            raise MailboxFailure(what)

    def _log_in(self) -> Any:  # noqa: ANN401 - the library has no types
        while True:
            client = self._greet()
            try:
                _show(client, self._login)
            except exceptions.LoginError:
                _shut(client)
                if not self._login.was_refused():
                    raise
            except BaseException:
                _shut(client)
                raise
            else:
                return client

    def _greet(self) -> Any:  # noqa: ANN401
        context = verified_tls(self.server.ca_file)
        is_tls = self.server.security == "tls"
        client = imapclient.IMAPClient(
            self.server.host,
            self.server.port,
            ssl=is_tls,
            ssl_context=context,
            timeout=imapclient.SocketTimeout(min(CONNECT_SECONDS, self._answer_seconds), self._answer_seconds),
        )
        client.normalise_times = False  # else moments come without their zone
        # The library writes some commands in pieces: without this each waits 40 ms for the other side's nod.
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not is_tls:
            try:
                client.starttls(context)
            except BaseException:
                _shut(client)
                raise
        return client


def _why(failure: Exception, host: str) -> str:
    """Say why the server cannot be used, in one line; of its own words only the code."""
    match failure:
        case OSError():
            return why_unreachable(failure, host)
        case exceptions.ProtocolError():
            return f"{host} gave an answer that is not IMAP"
        case exceptions.LoginError():
            return f"{host} refuses the login{_in_words(failure)}"
        case imaplib.IMAP4.abort():
            return f"the connection to {host} was lost"
        case _:
            return f"{host} refuses a command{_in_words(failure)}"


def _code(failure: Exception) -> str:
    """Give the response code of a refusal, such as OVERQUOTA."""
    found = _CODE.search(str(failure))
    return found[1] if found else ""


def _in_words(failure: Exception) -> str:
    code = _code(failure)
    return _WORDS.get(code, f" ({code})")


def _show(client: Any, login: Login) -> None:  # noqa: ANN401
    if login.is_token:
        client.oauth2_login(login.user, login.secret())
    elif client.has_capability("AUTH=PLAIN"):
        client.plain_login(login.user, login.secret())
    else:
        client.login(login.user, login.secret())


def _shut(client: Any) -> None:  # noqa: ANN401
    with suppress(OSError, imaplib.IMAP4.error):
        client.shutdown()


def _find_folders(client: Any, names: FolderNames) -> Layout:  # noqa: ANN401
    """Find the folders, and make those of ours that are missing."""
    listed = client.list_folders()
    folders = [(frozenset(map(bytes.lower, flags)), name) for flags, _, name in listed]
    separator = next((sign.decode("ascii", "replace") for _, sign, _ in listed if sign), "")
    usable = [folder for folder in folders if not folder[0] & {b"\\noselect", b"\\nonexistent"}]
    prefix, there = _prefix(client), {name for _, name in usable}
    sent = names.sent or _special(usable, b"\\sent", prefix, _SENT_NAMES) or f"{prefix}Sent"
    junk = names.junk or _special(usable, b"\\junk", prefix, _JUNK_NAMES)
    if missing := {name for name in (names.sent, names.junk) if name} - there:
        raise MailboxFailure(f"the mailbox has no folder {', '.join(sorted(missing))}, which the settings name")
    layout = Layout("INBOX", junk, sent, prefix, separator)
    for name in (sent, *map(layout.own, MADE)):
        if name not in there:
            make_folder(client, name)
    return layout


def make_folder(client: Any, name: str) -> None:  # noqa: ANN401
    """Make a folder that people see in their mail programs too."""
    client.create_folder(name)
    client.subscribe_folder(name)


def _prefix(client: Any) -> str:  # noqa: ANN401
    """Give what the names of a person's own folders begin with: nothing, or `INBOX.` and the like."""
    if not client.has_capability("NAMESPACE"):
        return ""
    personal: Sequence[tuple[str, str]] = client.namespace().personal or (("", ""),)
    return personal[0][0]


def _special(folders: Iterable[Folder], use: bytes, prefix: str, usual: Sequence[str]) -> str | None:
    """Find a folder by its use, in the person's own part of the tree; else by one of its usual names."""
    own = [folder for folder in folders if folder[1].startswith(prefix)]
    by_use = [name for flags, name in own if use in flags]
    by_name = [f"{prefix}{name}" for name in usual if f"{prefix}{name}" in {name for _, name in own}]
    return next(iter((*by_use, *by_name)), None)
