"""How the program gets into a simulated Graph."""

import re
from pathlib import Path
from typing import Any

from cspr_bot.config.settings import GraphMailbox
from cspr_bot.mail.graph_connection import GraphAccess
from tests.graph_simulator.server import CLIENT, TENANT, GraphSimulator

MAILBOX = "partnership@nsscp.example"


def access_to(simulator: GraphSimulator, *, answers_within: float = 5) -> GraphAccess:
    """Give the app its access, with the certificate that is registered for it."""
    credential = {
        "private_key": simulator.app.key.decode(),
        "public_certificate": simulator.app.certificate.decode(),
    }
    return GraphAccess(
        TENANT,
        CLIENT,
        MAILBOX,
        credential,
        authority=simulator.url,
        endpoint=simulator.url,
        ca_file=str(simulator.ca_file),
        timeouts=(5, answers_within),
    )


def graph_settings(**given: Any) -> GraphMailbox:  # noqa: ANN401 - as the settings have them
    """Give the settings of a mailbox on Microsoft 365."""
    return GraphMailbox(TENANT, CLIENT, MAILBOX, **{"certificate": "graph-cert", **given})


def move_to_graph(home: Path, server: GraphSimulator) -> None:
    """Let a home that was just made use the simulated tenant, its contacts confirmed."""
    bot, contacts = home / "config" / "bot.toml", home / "config" / "contacts.toml"
    table = (
        f'[mailbox.graph]\ntenant_id = "{TENANT}"\nclient_id = "{CLIENT}"\ncertificate = "graph-cert"\n'
        f'mailbox = "{MAILBOX}"\nauthority = "{server.url}"\nendpoint = "{server.url}"\n'
        f'ca_file = "{server.ca_file}"\n\n[database]'
    )
    text = bot.read_text(encoding="utf-8")
    bot.write_text(
        text.replace('transport = "folder"', 'transport = "graph"', 1).replace("[database]", table, 1), encoding="utf-8"
    )
    text = re.sub(
        r"^\[\[contact\]\]$", "[[contact]]\nconfirmed = 2026-11-01", contacts.read_text("utf-8"), flags=re.MULTILINE
    )
    contacts.write_text(text.replace("01632 96", "0000 00"), encoding="utf-8")  # the invented ones are refused
    secret = home / "var" / "graph-cert"
    secret.write_bytes(server.app.both)
    secret.chmod(0o600)
