"""A token server over TLS (RFC 6749): it gives the tokens that a test has laid out, and then refuses."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from tests.servers.authority import Authority


@dataclass
class TokenServer:
    """What a test sees: the tokens that are left, and what was asked."""

    tokens: list[str]
    port: int = 0
    asked: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def answering(authority: Authority, tokens: list[str]) -> Iterator[TokenServer]:
    """Answer on loopback until the block ends."""
    state = TokenServer(tokens)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            state.asked.append(dict(parse_qsl(self.rfile.read(length).decode())))
            token = state.tokens.pop(0) if state.tokens else None
            answer = {"access_token": token, "expires_in": 3600} if token else {"error": "invalid_grant"}
            body = json.dumps(answer).encode()
            self.send_response(200 if token else 400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    context = authority.server_context()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        state.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()
