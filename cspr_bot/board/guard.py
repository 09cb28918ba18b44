"""What stands before the pages: the names that we answer to, who may send a form, what a browser may do with a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD"})
# No script, no frame, no picture, form or style from elsewhere; and nothing of a page stays behind in the browser.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Robots-Tag": "noindex, nofollow",
}


@dataclass(frozen=True, slots=True)
class Guard:
    """Turns away what does not come from a page of this board, before any page is asked."""

    pages: ASGIApp
    names: frozenset[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; every answer bears the headers, the refusals too."""
        if scope["type"] != "http":
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(raw=message.setdefault("headers", [])).update(HEADERS)
            await send(message)

        why = refusal(scope["method"], Headers(scope=scope), self.names)
        answer = PlainTextResponse(f"{why}\n", 400 if scope["method"] in SAFE_METHODS else 403) if why else self.pages
        await answer(scope, receive, with_headers)


def refusal(method: str, headers: Mapping[str, str], names: frozenset[str]) -> str:
    """Say why a request is turned away; "" where it may come in.

    A page elsewhere whose name was made to lead to this machine (DNS rebinding) still says its own name in `Host`. A
    form that another page sends says so in `Origin`, or in `Sec-Fetch-Site` where `Origin` is "null": a browser writes
    that of our own forms too, since our pages forbid it to say where they were.
    """
    host = headers.get("host", "")
    if _name_of(host) not in names:
        return "This address is not the board's: use the one that `cspr-bot board` printed."
    if method in SAFE_METHODS:
        return ""
    origin, site = headers.get("origin", ""), headers.get("sec-fetch-site", "")
    is_own = origin == f"http://{host}" if origin != "null" else site == "same-origin"
    if not is_own or site not in {"", "same-origin"}:
        return "This form was not sent from a page of the board."
    return ""


def is_loopback(name: str) -> bool:
    """Say whether an address leads to this machine only."""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _name_of(host: str) -> str:
    """Give the name in a Host header, without its port; "" where it is not one."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # it is no Host whose port is no number
    except ValueError:
        return ""
    return (parts.hostname or "") if parts.netloc == host and "@" not in host else ""
