"""Microsoft Graph's mail over TLS on this machine, with its sign-in server, its manners and its faults.

It keeps what it is told, so that a mail which was sent is in Sent and one that was moved is not in the inbox; it
answers in Microsoft's words, and it breaks when and how a plan says. It knows nothing of the program that it serves.
"""

import base64
import binascii
import json
import re
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.graph_simulator.certificates import app_pair, write_server_files
from tests.graph_simulator.faults import Fault, Plan, ordered
from tests.graph_simulator.sign_in import SignIn
from tests.graph_simulator.store import Exchange, Folder, Message, RefusedError

TENANT = "11111111-2222-4333-8444-555555555555"
CLIENT = "66666666-7777-4888-8999-000000000000"
ROUTES: tuple[tuple[str, str, str], ...] = (
    ("GET", r"/mailFolders", "folders"),
    ("POST", r"/mailFolders", "make_folder"),
    ("GET", r"/mailFolders/(?P<folder>[^/]+)", "folder"),
    ("GET", r"/mailFolders/(?P<folder>[^/]+)/childFolders", "folders"),
    ("GET", r"/mailFolders/(?P<folder>[^/]+)/messages", "list"),
    ("GET", r"/mailFolders/(?P<folder>[^/]+)/messages/delta", "delta"),
    ("GET", r"/messages", "find"),
    ("POST", r"/messages", "create"),
    ("GET", r"/messages/(?P<message>[^/]+)", "get"),
    ("PATCH", r"/messages/(?P<message>[^/]+)", "patch"),
    ("DELETE", r"/messages/(?P<message>[^/]+)", "delete"),
    ("GET", r"/messages/(?P<message>[^/]+)/\$value", "value"),
    ("POST", r"/messages/(?P<message>[^/]+)/move", "move"),
    ("POST", r"/messages/(?P<message>[^/]+)/send", "send"),
)
NEEDS_SEND = {"send"}
MOST_CALLS_AT_ONCE = 4


@dataclass(frozen=True)
class Exchanged:
    """One request and its answer, for a referee."""

    operation: str
    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    status: int
    answer: bytes
    media_type: str


@dataclass
class Answer:
    """What is answered where nothing goes wrong."""

    status: int = 200
    body: object = None
    media_type: str = "application/json"

    @property
    def content(self) -> bytes:
        """The bytes of it."""
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


@dataclass
class Watch:
    """What was observed: how many requests of each kind, how many at once, and which came too early."""

    counts: Counter[str] = field(default_factory=Counter)
    total: int = 0
    at_once: int = 0
    most_at_once: int = 0
    too_early: int = 0
    not_before: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    without_prefer: int = 0
    unknown: list[str] = field(default_factory=list)
    struck: list[Fault] = field(default_factory=list)


class GraphSimulator:
    """A Graph of one mailbox. `url` is both its endpoint and its authority."""

    def __init__(self, folder: Path, mailbox: str, now: Callable[[], datetime]) -> None:
        self.exchange = Exchange(now)
        self.mailbox = mailbox
        self.other_mailboxes = {"director@nsscp.example", "somebody.else@nsscp.example"}
        self.reaches_others = False
        self.roles = {"Mail.ReadWrite", "Mail.Send"}
        self.app = app_pair()
        self.sign_in = SignIn(TENANT, CLIENT, certificate=self.app.der, secret="invented-secret")
        self.plan: Plan = ordered()
        self.watch = Watch()
        self.exchanged: list[Exchanged] = []
        self.records = False
        self.most_a_page = 1000
        self.delta_is_known = True
        self.ca_file, self._key_file = write_server_files(folder)
        self._deltas: dict[str, tuple[str, int]] = {}
        self._lock = Lock()
        self.ending = Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.simulator = self
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca_file, self._key_file)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self.url = f"https://localhost:{self._server.server_address[1]}"
        self._thread = Thread(target=lambda: self._server.serve_forever(poll_interval=0.05), daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Serve no more."""
        self.ending.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # -----------------------------------------------------------------------------------------------------------------

    def strikes(self, operation: str) -> Fault | None:
        """Count a request, and say which fault strikes it."""
        with self._lock:
            watch = self.watch
            watch.counts[operation] += 1
            watch.total += 1
            if operation != "token" and self.exchange.now() < watch.not_before:
                watch.too_early += 1
            fault = self.plan(operation, watch.counts[operation], watch.total)
            if fault is not None and fault.status in {429, 503} and operation != "token":
                watch.not_before = self.exchange.now() + timedelta(seconds=_seconds(fault.headers.get("Retry-After")))
            if fault is not None:
                watch.struck.append(fault)
            if fault is not None and fault.kind == "revoke":
                self.sign_in.tokens.clear()
            return fault

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count how many requests are served at once."""
        with self._lock:
            self.watch.at_once += 1
            self.watch.most_at_once = max(self.watch.most_at_once, self.watch.at_once)
        try:
            yield
        finally:
            with self._lock:
                self.watch.at_once -= 1

    def serve(self, operation: str, request: "Request") -> Answer:
        """Do what is asked for."""
        with self.exchange.lock:
            return getattr(self, f"_{operation}")(request)  # type: ignore[no-any-return]

    def admit(self, operation: str, request: "Request") -> None:
        """Let in who has a token, a role and business with this mailbox."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token not in self.sign_in.tokens:
            raise RefusedError(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
        if request.user.lower() in self.other_mailboxes:
            if not self.reaches_others:
                raise RefusedError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        elif request.user.lower() != self.mailbox:
            raise RefusedError(404, "ErrorInvalidUser", f"The requested user '{request.user}' is invalid.")
        if ("Mail.Send" if operation in NEEDS_SEND else "Mail.ReadWrite") not in self.roles:
            raise RefusedError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")

    # -----------------------------------------------------------------------------------------------------------------
    # One method an operation

    def _folders(self, request: "Request") -> Answer:
        parent = request.parts.get("folder", "msgfolderroot")
        found = self.exchange.children(self.exchange.folder(parent).id)
        if wanted := re.fullmatch(r"displayName eq '(.*)'", request.query.get("$filter", "")):
            found = [folder for folder in found if folder.name == wanted[1].replace("''", "'")]
        return self._page(request, [self._told_folder(folder) for folder in found])

    def _make_folder(self, request: "Request") -> Answer:
        made = self.exchange.make_folder(str(request.json["displayName"]))
        return Answer(201, self._told_folder(self.exchange.folder(made)))

    def _folder(self, request: "Request") -> Answer:
        return Answer(200, self._told_folder(self.exchange.folder(request.parts["folder"])))

    def _list(self, request: "Request") -> Answer:
        messages = self.exchange.look_at(self.exchange.within(request.parts["folder"]))
        if not request.query.get("$orderby", "receivedDateTime").startswith("receivedDateTime"):
            raise RefusedError(400, "ErrorInvalidProperty")
        return self._page(request, [self._told(message, request) for message in messages])

    def _find(self, request: "Request") -> Answer:
        found = self.exchange.matching(request.query["$filter"])
        return self._page(request, [self._told(message, request) for message in self.exchange.look_at(found)])

    def _delta(self, request: "Request") -> Answer:
        """Give all messages with a token, and with a token what changed since; only within one folder."""
        folder = self.exchange.folder(request.parts["folder"]).id
        token = request.query.get("$deltatoken")
        if not self.delta_is_known:
            self._deltas.clear()
        if token is not None and token not in self._deltas:
            raise RefusedError(410, "SyncStateNotFound", "The sync state generation is not found.")
        since = self._deltas[token][1] if token is not None else -1
        messages = [message for message in self.exchange.within(folder) if message.changed > since]
        told: list[object] = [self._told(message, request) for message in messages]
        told += [
            {"id": gone, "@removed": {"reason": "deleted"}}
            for at, where, gone in self.exchange.removed
            if at > since and where == folder and token is not None
        ]
        new = f"delta-{len(self._deltas)}-{self.exchange.change}"
        self._deltas[new] = (folder, self.exchange.change)
        link = f"{self.url}{request.path}?$deltatoken={new}"
        return Answer(200, {"value": told, "@odata.deltaLink": link})

    def _create(self, request: "Request") -> Answer:
        if not request.headers.get("content-type", "").startswith("text/plain"):
            raise RefusedError(400, "ErrorInvalidRequest", "only MIME is made into drafts here")
        try:
            raw = base64.b64decode(request.body, validate=True)
        except binascii.Error:
            raise RefusedError(400, "ErrorMimeContentInvalidBase64String") from None
        return Answer(201, self._told(self.exchange.create(raw), request))

    def _get(self, request: "Request") -> Answer:
        (message,) = self.exchange.look_at([self.exchange.find(request.parts["message"])])
        return Answer(200, self._told(message, request))

    def _patch(self, request: "Request") -> Answer:
        message = self.exchange.find(request.parts["message"])
        self.exchange.patch(message, request.json)
        return Answer(200, self._told(message, request))

    def _delete(self, request: "Request") -> Answer:
        self.exchange.move(self.exchange.find(request.parts["message"]).id, "deleteditems")
        return Answer(204)

    def _value(self, request: "Request") -> Answer:
        return Answer(200, self.exchange.find(request.parts["message"]).raw, "text/plain")

    def _move(self, request: "Request") -> Answer:
        message = self.exchange.find(request.parts["message"])
        return Answer(201, self._told(self.exchange.move(message.id, str(request.json["destinationId"])), request))

    def _send(self, request: "Request") -> Answer:
        self.exchange.send(self.exchange.find(request.parts["message"]))
        return Answer(202)

    # -----------------------------------------------------------------------------------------------------------------

    def _page(self, request: "Request", rows: list[object]) -> Answer:
        skip = int(request.query.get("$skip", "0"))
        most = min(int(request.query.get("$top", "10")), self.most_a_page)
        told: dict[str, object] = {"value": rows[skip : skip + most]}
        if skip + most < len(rows):
            told["@odata.nextLink"] = f"{self.url}{request.path}?{request.query_with(str(skip + most))}"
        return Answer(200, told)

    def _told(self, message: Message, request: "Request") -> dict[str, object]:
        """Tell of a message what `$select` asks for."""
        stays = "immutableid" in request.headers.get("prefer", "").lower()
        if not stays:
            self.watch.without_prefer += 1
        whole: dict[str, object] = {
            "id": message.id if stays else message.passing_id,
            "isDraft": message.is_draft,
            "isRead": message.is_read,
            "parentFolderId": message.folder,
            "internetMessageId": message.message_id,
            "createdDateTime": _moment(message.created_at),
            "receivedDateTime": _moment(message.created_at),
            "toRecipients": _recipients(message.addresses("To")),
            "ccRecipients": _recipients(message.addresses("Cc")),
            "bccRecipients": _recipients(message.addresses("Bcc")),
        }
        wanted = request.query.get("$select")
        kept = {"id", *wanted.split(",")} if wanted else whole.keys()
        return {"@odata.etag": f'W/"{message.changed}"', **{name: whole[name] for name in whole if name in kept}}

    def _told_folder(self, folder: Folder) -> dict[str, object]:
        return {
            "id": folder.id,
            "displayName": folder.name,
            "parentFolderId": folder.parent,
            "childFolderCount": len(self.exchange.children(folder.id)),
            "totalItemCount": len(self.exchange.within(folder.id)),
        }


@dataclass(frozen=True)
class Request:
    """One request, taken apart."""

    method: str
    path: str
    raw_query: str
    headers: dict[str, str]
    body: bytes
    user: str = ""
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def query(self) -> dict[str, str]:
        """The query's values."""
        return {name: values[0] for name, values in parse_qs(self.raw_query).items()}

    @property
    def json(self) -> dict[str, Any]:
        """The body as JSON."""
        found = json.loads(self.body)
        return found if isinstance(found, dict) else {}

    def query_with(self, skip: str) -> str:
        """Give the same query for a later page."""
        others = [part for part in self.raw_query.split("&") if part and not part.startswith(("$skip=", "%24skip="))]
        return "&".join([*others, f"$skip={skip}"])


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    simulator: GraphSimulator

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of lines that were cut: that is what this server is for."""


class _Handler(BaseHTTPRequestHandler):
    """Takes requests apart, lets faults strike, and answers."""

    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 60
    disable_nagle_algorithm = True
    wbufsize = -1

    def serve(self) -> None:
        """Serve whatever is asked for."""
        simulator = self.server.simulator
        split = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, unquote(split.path), split.query, headers, self.rfile.read(length))
        with simulator.counted():
            if "/oauth2/" in request.path or "/.well-known/" in request.path:
                self._sign_in(request)
            else:
                self._graph(request)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = serve  # noqa: N815 - so the library asks for them

    def _sign_in(self, request: Request) -> None:
        simulator = self.server.simulator
        base = f"{simulator.url}/{TENANT}"
        if request.path.endswith("openid-configuration"):
            is_ours = request.path.startswith(f"/{TENANT}/")
            found = {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
            }
            self._answer(Answer(200, found) if is_ours else Answer(400, {"error": "invalid_tenant"}))
            return
        fault = simulator.strikes("token")
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        status, told = simulator.sign_in.answer(form, f"{base}/oauth2/v2.0/token")
        self._finish(fault, Answer(status, told))

    def _graph(self, request: Request) -> None:
        simulator = self.server.simulator
        found = self._routed(request)
        if found is None:
            simulator.watch.unknown.append(f"{request.method} {request.path}")
            self._answer(_refusal(RefusedError(405, "ErrorInvalidRequest", "no such thing")))
            return
        operation, request = found
        fault = simulator.strikes(operation)
        if fault is not None and fault.kind in {"drop_before", "status", "page"}:
            self._finish(fault, Answer())
            return
        try:
            simulator.admit(operation, request)
            answer = simulator.serve(operation, request)
        except RefusedError as refused:
            answer = _refusal(refused)
        if simulator.records:
            url = f"{simulator.url}{self.path}"
            simulator.exchanged.append(
                Exchanged(
                    operation,
                    request.method,
                    url,
                    request.headers,
                    request.body,
                    answer.status,
                    answer.content,
                    answer.media_type,
                )
            )
        self._finish(fault, answer, request)

    def _routed(self, request: Request) -> tuple[str, Request] | None:
        found = re.fullmatch(r"/v1\.0/users/(?P<user>[^/]+)(?P<rest>/.*)", request.path)
        for method, pattern, operation in ROUTES if found else ():
            parts = re.fullmatch(pattern, found["rest"]) if found and method == request.method else None
            if found and parts:
                routed = Request(
                    request.method,
                    request.path,
                    request.raw_query,
                    request.headers,
                    request.body,
                    found["user"],
                    parts.groupdict(),
                )
                return operation, routed
        return None

    def _finish(self, fault: Fault | None, answer: Answer, request: Request | None = None) -> None:
        """Answer, or let the fault have its way with the answer."""
        match fault.kind if fault else None:
            case "drop_before" | "drop_after":
                self._cut()
            case "hang_after":
                self.server.simulator.ending.wait(30)
                self._cut()
            case "status" | "status_after" if fault:
                refusal = _refusal(RefusedError(fault.status, fault.code))
                self._answer(refusal, dict(fault.headers))
            case "page":
                page = b"<!DOCTYPE html><html><body>Please sign in to the network</body></html>"
                self._answer(Answer(200, page, "text/html; charset=utf-8"))
            case "truncate":
                content = answer.content
                self._head(answer, len(content), {})
                self.wfile.write(content[: len(content) // 2])
                self._cut()
            case "empty_page" if request and isinstance(answer.body, dict) and answer.status == 200:
                link = f"{self.server.simulator.url}{self.path}"
                self._answer(Answer(200, {"value": [], "@odata.nextLink": f"{link}&again=1"}))
            case "twice" if isinstance(answer.body, dict) and answer.status == 200:
                self._answer(Answer(200, {**answer.body, "value": [*answer.body["value"], *answer.body["value"]]}))
            case _:
                self._answer(answer)

    def _answer(self, answer: Answer, headers: dict[str, str] | None = None) -> None:
        content = answer.content
        self._head(answer, len(content), headers or {})
        self.wfile.write(content)
        self.wfile.flush()

    def _head(self, answer: Answer, length: int, headers: dict[str, str]) -> None:
        self.send_response(answer.status)
        if answer.body is not None:
            self.send_header("Content-Type", answer.media_type)
        self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _cut(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
        with suppress(OSError):
            self.connection.close()

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002
        """Tell the time of the simulated server."""
        return f"{self.server.simulator.exchange.now():%a, %d %b %Y %H:%M:%S GMT}"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Write no log."""


@contextmanager
def simulated(folder: Path, mailbox: str, now: Callable[[], datetime]) -> Iterator[GraphSimulator]:
    """Run a simulator for as long as the block takes."""
    simulator = GraphSimulator(folder, mailbox, now)
    simulator.start()
    try:
        yield simulator
    finally:
        simulator.stop()


def _refusal(refused: RefusedError) -> Answer:
    error = {"code": refused.code, "message": refused.message}
    return Answer(refused.status, {"error": error})


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _recipients(addresses: list[str]) -> list[dict[str, object]]:
    return [{"emailAddress": {"name": address, "address": address}} for address in addresses]


def _seconds(text: str | None) -> float:
    """Read what a Retry-After asks for, as far as it is obeyed: a second at least, a quarter of an hour at most."""
    if text is None or not text.isdecimal():
        return 0
    return min(max(float(text), 1), 900)
