"""Joins the transport for Microsoft 365 with its settings and its secret; loaded only where it is used."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cspr_bot.bootstrap.keys import secret_of
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.config.problems import Problem
from cspr_bot.config.settings import GraphMailbox
from cspr_bot.mail.graph import GraphMailbox as GraphTransport
from cspr_bot.mail.graph_certificate import expiry, good_until
from cspr_bot.mail.graph_connection import GraphAccess
from cspr_bot.pipeline.findings import Finding
from cspr_bot.pipeline.ports import PauseNote

_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----(.*?)-----END \1-----", re.DOTALL)


def open_graph(
    home: Path, settings: GraphMailbox, now: Callable[[], datetime], note: PauseNote | None = None
) -> GraphTransport:
    """Make the mailbox of Microsoft 365 with its secret."""
    access = GraphAccess(
        settings.tenant_id,
        settings.client_id,
        settings.mailbox,
        _credential(home, settings),
        authority=settings.authority,
        endpoint=settings.endpoint,
        ca_file=str(home / settings.ca_file) if settings.ca_file else "",
    )
    return GraphTransport(access, now, note)


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


def certificate_end(home: Path, settings: GraphMailbox) -> datetime | None:
    """Give the end of the app's certificate as it lies there now; None where a client secret is used."""
    credential = _credential(home, settings)
    return good_until(credential["public_certificate"]) if isinstance(credential, dict) else None


def certificate_finding(home: Path, settings: GraphMailbox, now: datetime) -> Finding | None:
    """Say how long the app's certificate is good; None where a client secret is used."""
    credential = _credential(home, settings)
    return expiry(credential["public_certificate"], now) if isinstance(credential, dict) else None
