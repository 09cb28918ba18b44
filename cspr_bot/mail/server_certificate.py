"""Until when the certificate that a mail server shows is good."""

import socket
import ssl
from datetime import UTC, datetime

from cspr_bot.mail.server import Server, verified_tls, why_unreachable
from cspr_bot.pipeline.findings import Finding
from cspr_bot.pipeline.ports import MailboxFailure, TemporaryFailure

CONNECT_SECONDS = 20
WARN_DAYS, BAD_DAYS = 30, 7


def expiry(what: str, server: Server, now: datetime) -> Finding:
    """Say how long a server's certificate is good: doubtful from thirty days before its end, bad from seven."""
    if server.security == "starttls":
        return Finding(what, "noted", "its end is not looked at behind STARTTLS; whether it is trusted is")
    try:
        end = certificate_end(server)
    except TemporaryFailure as failure:
        return Finding(what, "bad", str(failure), "let the machine trust it (ca_file), or have it renewed")
    days = (end - now).days
    told = f"it is good until {end:%d %B %Y}, for {days} days"
    if days >= WARN_DAYS:
        return Finding(what, "good", told)
    return Finding(what, "bad" if days < BAD_DAYS else "doubtful", told, "have it renewed: nothing works without it")


def certificate_end(server: Server) -> datetime:
    """Give the moment until which a certificate is good; it is checked like any other time."""
    try:
        with (
            socket.create_connection((server.host, server.port), timeout=CONNECT_SECONDS) as line,
            verified_tls(server.ca_file).wrap_socket(line, server_hostname=server.host) as secured,
        ):
            shown = secured.getpeercert() or {}
    except OSError as failure:
        raise MailboxFailure(why_unreachable(failure, server.host)) from failure
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(shown["notAfter"])), UTC)
