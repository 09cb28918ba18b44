"""The server of the board: one process, and no log of who asked for what."""

from starlette.types import ASGIApp
from uvicorn import Config, Server

__all__ = ["MOST_AT_ONCE", "Server", "make_server"]

MOST_AT_ONCE = 64  # connections; one browser opens six


def make_server(application: ASGIApp) -> Server:
    """Give a server that can be told to serve what listens already. It does not say what it is."""
    return Server(
        Config(
            application,
            access_log=False,
            log_level="warning",
            server_header=False,
            date_header=False,
            proxy_headers=False,
            lifespan="off",
            http="h11",
            ws="none",
            timeout_keep_alive=30,
            limit_concurrency=MOST_AT_ONCE,
            timeout_graceful_shutdown=5,
        )
    )
