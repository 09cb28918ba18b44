"""Until when the certificate that a mail server shows is good."""

import imaplib
import smtplib
import socket
import ssl
from datetime import UTC, datetime
from typing import Any, Literal

from cspr_bot.mail.expiry import ends
from cspr_bot.mail.server import Server, verified_tls, why_unreachable
from cspr_bot.pipeline.findings import Finding
from cspr_bot.pipeline.ports import MailboxFailure, TemporaryFailure

Speech = Literal["https", "imap", "smtp"]

CONNECT_SECONDS = 20


def expiry(what: str, server: Server, now: datetime, speech: Speech) -> Finding:
    """Say how long a server's certificate is good: doubtful from thirty days before its end, bad from seven."""
    try:
        end = certificate_end(server, speech)
    except TemporaryFailure as failure:
        return Finding(what, "bad", str(failure), "let the machine trust it (ca_file), or have it renewed")
    return ends(what, end, now, "have it renewed: nothing works without it")


def certificate_end(server: Server, speech: Speech) -> datetime:
    """Give the moment until which a certificate is good; it is checked like any other time."""
    context = verified_tls(server.ca_file)
    try:
        shown = _after_starttls(server, speech, context) if server.security == "starttls" else _at_once(server, context)
    except (imaplib.IMAP4.error, smtplib.SMTPException) as failure:
        raise MailboxFailure(f"{server.host} does not begin TLS") from failure
    except OSError as failure:
        raise MailboxFailure(why_unreachable(failure, server.host)) from failure
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)


def _at_once(server: Server, context: ssl.SSLContext) -> dict[str, Any]:
    with (
        socket.create_connection((server.host, server.port), timeout=CONNECT_SECONDS) as line,
        context.wrap_socket(line, server_hostname=server.host) as secured,
    ):
        return dict(secured.getpeercert() or {})


def _after_starttls(server: Server, speech: Speech, context: ssl.SSLContext) -> dict[str, Any]:
    """Greet in clear, begin TLS, and say no more."""
    if speech == "imap":
        client = imaplib.IMAP4(server.host, server.port, CONNECT_SECONDS)
        try:
            client.starttls(context)
            return dict(_secured(client.sock).getpeercert() or {})
        finally:
            client.shutdown()
    # Without a name of ours the library would ask a name server for one.
    with smtplib.SMTP(server.host, server.port, "localhost", timeout=CONNECT_SECONDS) as greeting:
        greeting.starttls(context=context)
        return dict(_secured(greeting.sock).getpeercert() or {})


def _secured(line: socket.socket | None) -> ssl.SSLSocket:
    if not isinstance(line, ssl.SSLSocket):
        raise smtplib.SMTPException("no TLS was begun")
    return line
