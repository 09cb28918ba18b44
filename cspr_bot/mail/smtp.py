"""Handing a mail over to an SMTP server (RFC 5321), so that of every failure it is known whether the mail left."""

import re
import smtplib
from base64 import b64encode
from collections.abc import Callable

from cspr_bot.mail.login import Login
from cspr_bot.mail.server import Server, verified_tls, why_unreachable
from cspr_bot.pipeline.ports import MailboxFailure, NothingLeft, OutgoingMail, PermanentFailure, TemporaryFailure

ANSWER_SECONDS = 60
VERDICT_SECONDS = 180  # RFC 5321 asks for ten minutes; who waits less does not know, and must not send again
TOO_LARGE = frozenset({552, 523})

_BARE_END = re.compile(rb"\r\n|\r|\n")
_DOT = re.compile(rb"^\.", re.MULTILINE)


class UnansweredError(TemporaryFailure):
    """The whole mail was given, and no verdict came back: the server may or may not have taken it."""


class Submission:
    """Sends each mail over a connection of its own."""

    def __init__(self, server: Server, login: Login, verdict_seconds: float = VERDICT_SECONDS) -> None:
        self.server = server
        self._login = login
        self._verdict_seconds = verdict_seconds

    def submit(self, mail: OutgoingMail, at_the_brink: Callable[[], None]) -> None:
        """Send a mail; `at_the_brink` is called before the one line after which the server may take it.

        1. Up to that line, and where `at_the_brink` raises, nothing is sent: a server drops what has no end.
        2. A clear "no" is the truth: `NothingLeft` (4xx), `PermanentFailure` (5xx), or `MailboxFailure` where we
           ourselves are what is refused.
        3. No clear answer is an `UnansweredError`, and nobody may send again without looking.
        """
        client = self._connect(mail.sender.rpartition("@")[2])
        try:
            self._give(client, mail)
            at_the_brink()
            self._end(client)
        finally:
            client.close()

    def probe(self, domain: str) -> None:
        """Connect and log in, and send nothing."""
        self._connect(domain).close()

    def _connect(self, domain: str) -> smtplib.SMTP:
        host = self.server.host
        while True:
            try:
                client = self._greet(domain)
            except smtplib.SMTPException as refusal:
                raise MailboxFailure(f"{host} does not greet as a mail server with TLS does") from refusal
            except OSError as failure:
                raise MailboxFailure(why_unreachable(failure, host)) from failure
            try:
                _show(client, self._login)
            except smtplib.SMTPAuthenticationError as refusal:
                client.close()
                if not self._login.was_refused():
                    raise MailboxFailure(f"{host} refuses the login ({refusal.smtp_code})") from refusal
            except (smtplib.SMTPException, OSError) as failure:
                client.close()
                raise MailboxFailure(f"{host} lets nobody log in") from failure
            except BaseException:
                client.close()
                raise
            else:
                return client

    def _greet(self, domain: str) -> smtplib.SMTP:
        context = verified_tls(self.server.ca_file)
        host, port = self.server.host, self.server.port
        if self.server.security == "tls":
            return smtplib.SMTP_SSL(host, port, domain, timeout=ANSWER_SECONDS, context=context)
        client = smtplib.SMTP(host, port, domain, timeout=ANSWER_SECONDS)
        try:
            client.starttls(context=context)
        except BaseException:
            client.close()
            raise
        return client

    def _give(self, client: smtplib.SMTP, mail: OutgoingMail) -> None:
        """Say from whom and to whom, and give the mail without its end."""
        content = _on_the_wire(mail.content)
        try:
            size = [f"size={len(content)}"] if client.has_extn("size") else []
            self._judge_sender(*client.mail(mail.sender, size))
            self._judge(*client.rcpt(mail.recipient))
            self._judge(*client.docmd("DATA"), wanted=3)
            client.send(content)
        except smtplib.SMTPException as failure:
            raise NothingLeft(f"{self.server.host} broke off before it had the mail") from failure
        except OSError as failure:
            raise NothingLeft(why_unreachable(failure, self.server.host)) from failure

    def _end(self, client: smtplib.SMTP) -> None:
        """Give the mail's end, and hear the verdict."""
        try:
            if client.sock is not None:
                client.sock.settimeout(self._verdict_seconds)
            client.send(b".\r\n")
            code, text = client.getreply()
        except (smtplib.SMTPException, OSError) as failure:
            raise UnansweredError(f"{self.server.host} did not say whether it took the mail") from failure
        if code // 100 not in {2, 4, 5}:
            raise UnansweredError(f"{self.server.host} gave no clear answer ({code})")
        self._judge(code, text)

    def _judge_sender(self, code: int, text: bytes) -> None:
        """Judge the answer to MAIL: that we may not send, or not so much, is no fault of a recipient's."""
        if code in TOO_LARGE:
            self._judge(code, text)
        if code // 100 != 2:
            raise MailboxFailure(f"{self.server.host} lets us send nothing ({_status(code, text)})")

    def _judge(self, code: int, text: bytes, *, wanted: int = 2) -> None:
        """Raise what a refusal means. `wanted` is the class of the answer that is none."""
        if code // 100 == 5:
            raise PermanentFailure(f"{self.server.host} refuses the mail ({_status(code, text)})")
        if code // 100 != wanted:
            raise NothingLeft(f"{self.server.host} cannot take the mail now ({_status(code, text)})")


def _show(client: smtplib.SMTP, login: Login) -> None:
    """Log in. The library's own `login` knows passwords of ASCII only (python/cpython#73936)."""
    client.ehlo_or_helo_if_needed()
    offered = client.esmtp_features.get("auth", "").upper().split()
    if login.is_token:
        words = f"user={login.user}\1auth=Bearer {login.secret()}\1\1"
        # Where the token is no good the server first says why, as a challenge, and wants an empty answer.
        answers, mechanism = ["XOAUTH2 " + _base64(words), ""], "XOAUTH2"
    elif "PLAIN" in offered or "LOGIN" not in offered:
        answers, mechanism = [f"PLAIN {_base64(f'{chr(0)}{login.user}{chr(0)}{login.secret()}')}"], "PLAIN"
    else:
        answers, mechanism = ["LOGIN", _base64(login.user), _base64(login.secret())], "LOGIN"
    if mechanism not in offered:
        raise smtplib.SMTPNotSupportedError
    code, text = client.docmd("AUTH", answers[0])
    for answer in answers[1:]:
        if code == 334:
            code, text = client.docmd(answer)
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, text)


def _base64(words: str) -> str:
    return b64encode(words.encode()).decode("ascii")


def _on_the_wire(content: bytes) -> bytes:
    """Give a mail as SMTP wants it: every line ended by CRLF, one that begins with a dot given a second."""
    unified = _BARE_END.sub(b"\r\n", content)
    ended = unified if unified.endswith(b"\r\n") else unified + b"\r\n"
    return _DOT.sub(b"..", ended)


def _status(code: int, text: bytes) -> str:
    """Give a reply's code and its enhanced status (RFC 3463), and none of its words."""
    found = re.match(rb"[245]\.\d{1,3}\.\d{1,3}", text)
    return f"{code} {found[0].decode('ascii')}" if found else str(code)
