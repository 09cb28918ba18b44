"""A browser without a window: it asks the application as a server would, in this process."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from starlette.types import ASGIApp, Message

HOST = "127.0.0.1:8080"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    def header(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key == name.lower())

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.text)
        return found[1] if found else ""

    @property
    def words(self) -> str:
        """What a person reads of the page."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.text.replace("<wbr>", ""))).split())


@dataclass(slots=True)
class Browser:
    """Keeps its cookies, and says of itself what a browser says."""

    application: ASGIApp
    host: str = HOST
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: str = ""

    def get(self, path: str, **headers: str) -> Reply:
        return self.ask("GET", path, headers=headers)

    def send(self, path: str, fields: Mapping[str, str] | None = None, **headers: str) -> Reply:
        """Send a form of the page that was seen last."""
        said = {"origin": "null", "sec-fetch-site": "same-origin", **headers}
        return self.ask("POST", path, urlencode({"csrf": self.csrf, **(fields or {})}).encode(), said)

    def follow(self, reply: Reply) -> Reply:
        """Go where the reply leads."""
        assert reply.status == 303, reply.text
        return self.get(reply.header("location"))

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Reply:
        """Ask for exactly this, dots and all."""
        reply = asyncio.run(self._ask(method, path, body, {"host": self.host, **(headers or {})}))
        for key, value in reply.headers:
            if key == "set-cookie":
                for name, morsel in SimpleCookie(value).items():
                    self.cookies[name] = morsel.value
        self.csrf = reply.csrf or self.csrf
        return reply

    async def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        route, _, query = path.partition("?")
        if self.cookies:
            headers = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **headers}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": route,
            "raw_path": route.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items() if value],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8080),
        }
        got: list[Message] = []

        asked = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive() -> Message:
            """Give what is sent; after that the browser waits, and does not go away."""
            for message in asked:
                return message
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: Message) -> None:
            got.append(message)

        with suppress(RuntimeError) if "expects_bug" in headers else nullcontext():  # the server would log it
            await self.application(scope, receive, send)
        start = next(message for message in got if message["type"] == "http.response.start")
        content = b"".join(message.get("body", b"") for message in got if message["type"] == "http.response.body")
        return Reply(start["status"], tuple((key.decode(), value.decode()) for key, value in start["headers"]), content)
