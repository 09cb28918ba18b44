"""Where a mail server is, how it proves who it is, and why it cannot be reached."""

import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cspr_bot.pipeline.ports import MailboxFailure

Security = Literal["tls", "starttls"]

_WHY: tuple[tuple[type[OSError], str], ...] = (
    (ssl.SSLError, "{host} cannot be spoken to in TLS"),
    (TimeoutError, "{host} does not answer in time"),
    (socket.gaierror, "there is no server {host}"),
    (ConnectionRefusedError, "{host} refuses to be called"),
    (OSError, "the connection to {host} was lost"),
)


@dataclass(frozen=True, slots=True)
class Server:
    """Where a mail server is, and how it is spoken to: TLS from the first byte, or begun by STARTTLS."""

    host: str
    port: int
    security: Security = "tls"
    ca_file: Path | None = None


def verified_tls(ca_file: Path | None) -> ssl.SSLContext:
    """Give what checks a server's certificate and name: by the authorities of the machine, or by those in one file."""
    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except (OSError, ValueError) as failure:
        raise MailboxFailure("the file of certificate authorities (ca_file) cannot be read") from failure
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def why_unreachable(failure: OSError, host: str) -> str:
    """Say in one line why a server cannot be used, without a word of its own: who knows what it quotes."""
    if isinstance(failure, ssl.SSLCertVerificationError):
        return f"the certificate of {host} is not to be trusted ({failure.verify_message}): see ca_file"
    return next(words for kind, words in _WHY if isinstance(failure, kind)).format(host=host)
