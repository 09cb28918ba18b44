"""Chooses the transport that a home names. Each is loaded only where it is used: the live ones weigh 20 to 30 MB."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cspr_bot.bootstrap.keys import secret_of
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.config.problems import Problem
from cspr_bot.config.settings import GraphMailbox, MailboxSettings
from cspr_bot.pipeline.ports import Mailbox

if TYPE_CHECKING:
    from cspr_bot.mail.graph import GraphMailbox as GraphTransport

_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----(.*?)-----END \1-----", re.DOTALL)
MAILS_PER_MINUTE = 20  # of a live transport: Exchange Online takes 30 from one mailbox, and others may use it too


def open_mailbox(home: Path, settings: MailboxSettings, now: Callable[[], datetime]) -> Mailbox:
    """Make the mailbox of a home. A live one reaches no server before it is first asked for something."""
    match settings.transport:
        case "folder":
            from cspr_bot.mail.folder import FolderMailbox  # noqa: PLC0415

            return FolderMailbox(home / settings.folder.path, now)
        case "graph" if settings.graph is not None:
            return open_graph(home, settings.graph, now)
        case "imap" if settings.imap is not None:
            from cspr_bot.bootstrap.imap import open_imap  # noqa: PLC0415

            return open_imap(home, settings.imap)
        case "ews" if settings.ews is not None:
            from cspr_bot.bootstrap.ews import open_ews  # noqa: PLC0415

            return open_ews(home, settings.ews)
        case later:
            raise NotReadyError((f'config/bot.toml: mailbox.transport: "{later}" is not in this version yet',))


def open_graph(home: Path, settings: GraphMailbox, now: Callable[[], datetime]) -> "GraphTransport":
    """Make the mailbox of Microsoft 365 with its secret."""
    from cspr_bot.mail.graph import GraphMailbox as GraphTransport  # noqa: PLC0415
    from cspr_bot.mail.graph_connection import GraphAccess  # noqa: PLC0415

    access = GraphAccess(
        settings.tenant_id,
        settings.client_id,
        settings.mailbox,
        _credential(home, settings),
        authority=settings.authority,
        endpoint=settings.endpoint,
        ca_file=str(home / settings.ca_file) if settings.ca_file else "",
    )
    return GraphTransport(access, now)


def _credential(home: Path, settings: GraphMailbox) -> str | dict[str, str]:
    """Give the app's secret, or its key and certificate, which lie in one file as PEM."""
    name = settings.certificate or settings.client_secret
    found = secret_of(home, name)
    if isinstance(found, Problem):
        raise NotReadyError((str(found),))
    try:
        text = found.decode("ascii").strip()
    except UnicodeDecodeError:
        raise NotReadyError(
            (f"secret {name}: this is not text; put the PEM file or the client secret there",)
        ) from None
    if settings.client_secret:
        return text
    blocks = dict(_PEM.findall(text)[::-1])  # where a chain stands in it, the app's own certificate comes first
    if "CERTIFICATE" not in blocks or not (keys := [kind for kind in blocks if kind.endswith("PRIVATE KEY")]):
        what = "it must hold a certificate and its private key, both as PEM"
        raise NotReadyError((f"secret {name}: {what}; docs/microsoft-365.md shows how to make them",))
    return {
        "private_key": _block(keys[0], blocks[keys[0]]),
        "public_certificate": _block("CERTIFICATE", blocks["CERTIFICATE"]),
    }


def _block(kind: str, content: str) -> str:
    return f"-----BEGIN {kind}-----{content}-----END {kind}-----\n"
