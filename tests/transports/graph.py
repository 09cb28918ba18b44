"""How the program gets into a simulated Graph."""

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
