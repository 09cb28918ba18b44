"""Exchange Web Services over TLS on this machine: it keeps what it is told, and breaks when and how a plan says."""

import base64
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

import spnego
from lxml import etree
from lxml.builder import ElementMaker

from tests.ews_simulator.store import Exchange, Folder, Item, RefusedError
from tests.servers.authority import Authority, make_authority

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
T_SPACE = "http://schemas.microsoft.com/exchange/services/2006/types"
M_SPACE = "http://schemas.microsoft.com/exchange/services/2006/messages"
NS = {"s": SOAP, "t": T_SPACE, "m": M_SPACE}
S = ElementMaker(namespace=SOAP, nsmap=NS)
T = ElementMaker(namespace=T_SPACE, nsmap=NS)
E = ElementMaker(namespace="http://schemas.microsoft.com/exchange/services/2006/errors")
M = ElementMaker(namespace=M_SPACE, nsmap=NS)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LONGEST_WAIT = 900
USER, PASSWORD = "COUNCIL\\cspr", "an-invented-password"
PAGE = b"<html><body>Please sign in</body></html>"

Element = Any
Kind = Literal[
    "drop before", "drop after", "hang after", "status", "status after", "error", "busy", "page", "cut", "short"
]  # fmt: skip


@dataclass(frozen=True)
class EwsFault:
    """What happens at an operation: before or after its effect, as an HTTP status, a response code, or nonsense.

    `wait` is how long to leave the server alone: as Retry-After beside a status, in milliseconds with "busy".
    """

    operation: str
    kind: Kind
    status: int = 500
    code: str = "ErrorServerBusy"
    wait: str = ""

    def seconds(self, now: datetime) -> float:
        """Give for how long we want to be left alone; a quarter of an hour is all that anybody heeds."""
        if self.kind == "busy":
            return min(int(self.wait) / 1000, LONGEST_WAIT)
        if self.status not in {429, 503} or not self.wait:
            return 0
        if self.wait.isdecimal():
            return min(int(self.wait), LONGEST_WAIT)
        return (parsedate_to_datetime(self.wait) - now).total_seconds()


@dataclass
class Simulator:
    """What a test sees: the mailbox, the faults to come (each once, in order), and every exchange for a referee."""

    exchange: Exchange
    authority: Authority
    port: int = 0
    faults: list[EwsFault] = field(default_factory=list)
    operations: list[str] = field(default_factory=list)
    exchanged: list[bytes] = field(default_factory=list)
    page: int = 1000
    auth: Literal["basic", "ntlm", "oauth"] = "basic"
    tokens: set[str] = field(default_factory=set)  # those that let somebody in
    now: Callable[[], datetime] = lambda: NOON
    not_before: datetime = NOON - timedelta(days=1)
    too_early: int = 0
    away_until: datetime = NOON - timedelta(days=1)
    lists_twice: int = 0  # so many lists name everything twice
    known: set[object] = field(default_factory=set)  # connections that have proven by NTLM who they are

    @property
    def endpoint(self) -> str:
        return f"https://localhost:{self.port}/EWS/Exchange.asmx"

    def present(self) -> datetime:
        """Give the moment that both sides go by."""
        return self.now()

    def fault(self, operation: str) -> EwsFault | None:
        if self.now() < self.away_until:
            return EwsFault(operation, "drop before")
        self.too_early += self.now() < self.not_before
        if not self.faults or self.faults[0].operation != operation:
            return None
        fault = self.faults.pop(0)
        if seconds := fault.seconds(self.now()):
            self.not_before = self.now() + timedelta(seconds=seconds)
        return fault


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    simulator: Simulator
    lock: threading.Lock
    ntlm: Any = None

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not self._is_known():
            return
        envelope: Element = etree.fromstring(body)
        request = envelope.find("s:Body", NS)[0]
        operation = etree.QName(request).localname
        if (whose := envelope.find("s:Header/t:ExchangeImpersonation", NS)) is not None:
            refusal = self.simulator.exchange.impersonated("".join(whose.itertext()).strip())
            if refusal:
                self._say(
                    200, _envelope(_response(operation, [_failed(operation, refusal)])), "text/xml; charset=utf-8"
                )
                return
        with self.lock:
            self.simulator.operations.append(operation)
            fault = self.simulator.fault(operation)
            answer = self._worked(operation, request, fault)
        if answer is not None:
            self.simulator.exchanged += [body, answer]
            self._finish(answer, fault)

    def _is_known(self) -> bool:
        """Say whether the caller may come in; who may not yet is told how."""
        shown = self.headers.get("Authorization", "")
        if self.simulator.auth == "ntlm":
            return self._is_known_by_ntlm(shown)
        if self.simulator.auth == "oauth":
            is_known = shown.removeprefix("Bearer ") in self.simulator.tokens
            if not is_known:
                self._say(401, b"", "text/html", challenge='Bearer error="invalid_token"')
            return is_known
        wanted = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if shown != f"Basic {wanted}":
            self._say(401, b"", "text/html", challenge="Basic realm=exchange")
        return shown == f"Basic {wanted}"

    def _is_known_by_ntlm(self, shown: str) -> bool:
        """Speak NTLM, which knows a connection and not a request (MS-NTHT)."""
        if self.connection in self.simulator.known:
            return True
        if not shown.startswith(("NTLM ", "Negotiate ")):
            self._say(401, b"", "text/html", challenge="NTLM")
            return False
        scheme, _, token = shown.partition(" ")
        if self.ntlm is None:
            self.ntlm = spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)
        try:
            answer = self.ntlm.step(base64.b64decode(token))
        except spnego.exceptions.SpnegoError:
            self.ntlm = None
            self._say(401, b"", "text/html", challenge="NTLM")
            return False
        if self.ntlm.complete:
            self.simulator.known.add(self.connection)
            return True
        self._say(401, b"", "text/html", challenge=f"{scheme} {base64.b64encode(answer or b'').decode()}")
        return False

    def _worked(self, operation: str, request: Element, fault: EwsFault | None) -> bytes | None:
        """Do what is asked, unless the fault comes before it."""
        match fault.kind if fault else None:
            case "drop before":
                self.close_connection = True
                return None
            case "status" if fault:
                self._say(fault.status, b"no", "text/plain", wait=fault.wait)
                return None
            case "busy" if fault:
                self._say(500, _busy(fault.wait), "text/xml; charset=utf-8")
                return None
            case "page":
                self._say(200, PAGE, "text/html")
                return None
            case "error" if fault:
                return _envelope(_response(operation, [_failed(operation, fault.code)]))
            case _:
                return _answer(self.simulator, operation, request)

    def _finish(self, answer: bytes, fault: EwsFault | None) -> None:
        match fault.kind if fault else None:
            case "drop after":
                self.close_connection = True
            case "hang after":
                self.rfile.read(1)  # until the client has had enough
                self.close_connection = True
            case "status after" if fault:
                self._say(fault.status, b"no", "text/plain", wait=fault.wait)
            case "short":
                self._say(200, answer[: len(answer) // 2], "text/xml; charset=utf-8")
            case "cut":
                self._say(200, answer[: len(answer) // 2], "text/xml; charset=utf-8", announced=len(answer))
                self.close_connection = True
            case _:
                self._say(200, answer, "text/xml; charset=utf-8")

    def _say(
        self,
        status: int,
        body: bytes,
        kind: str,
        announced: int | None = None,
        challenge: str = "Basic realm=exchange",
        wait: str = "",
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if announced is None else announced))
        if wait:
            self.send_header("Retry-After", wait)
        if status == 401:
            self.send_header("WWW-Authenticate", challenge)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _busy(milliseconds: str) -> bytes:
    """Say as Exchange does when it throttles: a SOAP fault that names how long it wants to be left alone."""
    told = T.MessageXml(T.Value(milliseconds, Name="BackOffMilliseconds"))
    fault = etree.Element(f"{{{SOAP}}}Fault", nsmap=NS)
    for name, text in (("faultcode", "a:ErrorServerBusy"), ("faultstring", "busy")):
        etree.SubElement(fault, name).text = text
    etree.SubElement(fault, "detail").extend([E.ResponseCode("ErrorServerBusy"), E.Message("busy"), told])
    return etree.tostring(S.Envelope(S.Body(fault)), xml_declaration=True, encoding="utf-8")


def _answer(simulator: Simulator, operation: str, request: Element) -> bytes:
    parts = request.find("m:FolderIds", NS) if operation == "GetFolder" else request.find("m:ItemIds", NS)
    work = _WORK[operation]
    messages = [
        _each(operation, partial(work, simulator, part, request)) for part in ([None] if parts is None else parts)
    ]
    return _envelope(_response(operation, messages))


def _each(operation: str, work: Callable[[], Element | None]) -> Element:
    """Do one part of a request; each has its own answer, and a refusal of one is none of the others."""
    try:
        content = work()
    except RefusedError as refusal:
        return _failed(operation, str(refusal) or "ErrorInternalServerError")
    message = _message(operation, "Success", M.ResponseCode("NoError"))
    if content is not None:
        message.append(content)
    if operation == "UpdateItem":
        message.append(M.ConflictResults(T.Count("0")))
    return message


def _failed(operation: str, code: str) -> Element:
    message = _message(operation, "Error", M.MessageText("refused"), M.ResponseCode(code), M.DescriptiveLinkKey("0"))
    if operation in {"GetFolder", "CreateFolder"}:
        message.append(M.Folders())
    elif operation in {"GetItem", "CreateItem", "UpdateItem", "MoveItem"}:
        message.append(M.Items())
    return message


def _message(operation: str, verdict: str, *content: Element) -> Element:
    message = etree.SubElement(etree.Element("x"), f"{{{M_SPACE}}}{operation}ResponseMessage", nsmap=NS)
    message.set("ResponseClass", verdict)
    message.extend(content)
    return message


def _response(operation: str, messages: list[Element]) -> Element:
    response = etree.Element(f"{{{M_SPACE}}}{operation}Response", nsmap=NS)
    response.append(M.ResponseMessages(*messages))
    return response


def _envelope(response: Element) -> bytes:
    version = T.ServerVersionInfo(
        MajorVersion="15", MinorVersion="2", MajorBuildNumber="2562", MinorBuildNumber="17", Version="V2017_07_11"
    )
    envelope = S.Envelope(S.Header(version), S.Body(response))
    return etree.tostring(envelope, xml_declaration=True, encoding="utf-8")


# ---------------------------------------------------------------------------------------------------------------------
# Folders


def _named(exchange: Exchange, name: Element) -> Folder:
    """Find the folder that is named; of another mailbox only where this login may read it."""
    whose = name.findtext("t:Mailbox/t:EmailAddress", namespaces=NS)
    if whose not in {None, exchange.mailbox, *exchange.readable}:
        raise RefusedError("ErrorAccessDenied" if whose in exchange.refused else "ErrorNonExistentMailbox")
    return exchange.folder(name.get("Id"))


def _got_folder(simulator: Simulator, name: Element, _: Element) -> Element:
    return M.Folders(_folder(_named(simulator.exchange, name)))


def _folder(folder: Folder) -> Element:
    return T.Folder(
        T.FolderId(Id=folder.id, ChangeKey="AQ=="),
        T.ParentFolderId(Id=folder.parent or folder.id),
        T.FolderClass("IPF.Note"),
        T.DisplayName(folder.name),
        T.TotalCount("0"),
        T.ChildFolderCount("0"),
        T.UnreadCount("0"),
    )


def _found_folders(simulator: Simulator, _: None, request: Element) -> Element:
    exchange = simulator.exchange
    parent = _named(exchange, request.find("m:ParentFolderIds", NS)[0])
    found = exchange.below(parent.id, deep=request.get("Traversal") == "Deep")
    wanted = request.find(".//t:Constant", NS)
    if wanted is not None:
        found = [folder for folder in found if folder.name == wanted.get("Value")]
    return M.RootFolder(
        T.Folders(*map(_folder, found)),
        IndexedPagingOffset=str(len(found)),
        TotalItemsInView=str(len(found)),
        IncludesLastItemInRange="true",
    )


def _made(simulator: Simulator, _: None, request: Element) -> Element:
    exchange = simulator.exchange
    parent = _named(exchange, request.find("m:ParentFolderId", NS)[0])
    made = exchange.make_folder(parent.id, request.findtext(".//t:DisplayName", namespaces=NS))
    return M.Folders(T.Folder(T.FolderId(Id=made.id, ChangeKey="AQ==")))


# ---------------------------------------------------------------------------------------------------------------------
# Items


def _got_item(simulator: Simulator, name: Element, request: Element) -> Element:
    exchange = simulator.exchange
    return M.Items(_item(exchange, exchange.item(name.get("Id")), request))


def _removed(simulator: Simulator, name: Element, _: Element) -> None:
    simulator.exchange.remove(name.get("Id"))


def _found_items(simulator: Simulator, _: None, request: Element) -> Element:
    exchange = simulator.exchange
    folders = {_named(exchange, name).id for name in request.find("m:ParentFolderIds", NS)}
    found = sorted((i for i in exchange.items.values() if i.folder in folders), key=lambda item: item.number)
    if (equal := request.find("m:Restriction/t:IsEqualTo", NS)) is not None:
        value = equal.find(".//t:Constant", NS).get("Value")
        found = [item for item in found if _value(item, equal[0]) == value]
    if simulator.lists_twice:
        simulator.lists_twice -= 1
        found = found * 2
    view = request.find("m:IndexedPageItemView", NS)
    offset, most = int(view.get("Offset")), min(int(view.get("MaxEntriesReturned")), simulator.page)
    page = found[offset : offset + most]
    return M.RootFolder(
        T.Items(*(_item(exchange, item, request) for item in page)),
        IndexedPagingOffset=str(offset + len(page)),
        TotalItemsInView=str(len(found)),
        IncludesLastItemInRange=str(offset + len(page) >= len(found)).lower(),
    )


def _value(item: Item, uri: Element) -> str | None:
    if uri.get("FieldURI") == "message:InternetMessageId":
        return item.message_id
    return _property(item, uri)


def _property(item: Item, uri: Element) -> str | None:
    if uri.get("PropertyTag") in {"0x7d", "0x007D", "125"}:
        return item.transport_headers or None
    return item.properties.get(_key(uri))


def _key(uri: Element) -> str:
    if uri.get("DistinguishedPropertySetId") == "InternetHeaders":
        return f"hdr:{uri.get('PropertyName')}"
    return f"{uri.get('PropertySetId')}/{uri.get('PropertyName')}"


def _item(exchange: Exchange, item: Item, request: Element) -> Element:
    fields = request.find("m:ItemShape/t:AdditionalProperties", NS)
    uris = list(fields) if fields is not None else []
    named = {uri.get("FieldURI") for uri in uris}
    element = T.Message()
    if "item:MimeContent" in named:
        element.append(T.MimeContent(base64.b64encode(exchange.mime_of(item)).decode(), CharacterSet="UTF-8"))
    element.append(T.ItemId(Id=item.id, ChangeKey=item.key))
    if "item:ParentFolderId" in named:
        element.append(T.ParentFolderId(Id=item.folder, ChangeKey="AQ=="))
    if "item:DateTimeReceived" in named:
        element.append(T.DateTimeReceived(item.received_at.strftime("%Y-%m-%dT%H:%M:%SZ")))
    for uri in uris:
        value = _property(item, uri) if uri.tag == f"{{{T_SPACE}}}ExtendedFieldURI" else None
        if value is not None:
            same = T.ExtendedFieldURI(**dict(uri.attrib))
            element.append(T.ExtendedProperty(same, T.Value(value)))
    return element


def _created(simulator: Simulator, _: None, request: Element) -> Element:
    exchange = simulator.exchange
    assert request.get("MessageDisposition") == "SaveOnly"
    folder = _named(exchange, request.find("m:SavedItemFolderId", NS)[0])
    message = request.find("m:Items/t:Message", NS)
    item = exchange.add(base64.b64decode(message.findtext("t:MimeContent", namespaces=NS)), folder.id, is_draft=True)
    _put(item, message)
    return M.Items(T.Message(T.ItemId(Id=item.id, ChangeKey=item.key)))


def _put(item: Item, message: Element) -> None:
    for given in message.findall("t:ExtendedProperty", NS):
        item.properties[_key(given.find("t:ExtendedFieldURI", NS))] = given.findtext("t:Value", namespaces=NS)


def _updated(simulator: Simulator, _: None, request: Element) -> Element:
    exchange = simulator.exchange
    change = request.find("m:ItemChanges/t:ItemChange", NS)
    item = exchange.item(change.find("t:ItemId", NS).get("Id"))
    for update in change.find("t:Updates", NS):
        if update.tag == f"{{{T_SPACE}}}SetItemField":
            _put(item, update.find("t:Message", NS))
        else:
            item.properties.pop(_key(update[0]), None)
    item.key = base64.b64encode(str(len(item.key) * 31 + len(item.properties)).encode()).decode()
    return M.Items(T.Message(T.ItemId(Id=item.id, ChangeKey=item.key)))


def _sent(simulator: Simulator, item: Element, request: Element) -> None:
    exchange = simulator.exchange
    assert request.get("SaveItemToFolder") == "true"
    exchange.send(
        item.get("Id"), item.get("ChangeKey"), _named(exchange, request.find("m:SavedItemFolderId", NS)[0]).id
    )


def _moved(simulator: Simulator, item: Element, request: Element) -> Element:
    exchange = simulator.exchange
    moved = exchange.move(item.get("Id"), _named(exchange, request.find("m:ToFolderId", NS)[0]).id)
    return M.Items(T.Message(T.ItemId(Id=moved.id, ChangeKey=moved.key)))


_WORK: dict[str, Callable[[Simulator, Any, Element], Element | None]] = {
    "GetFolder": _got_folder,
    "FindFolder": _found_folders,
    "CreateFolder": _made,
    "FindItem": _found_items,
    "GetItem": _got_item,
    "CreateItem": _created,
    "UpdateItem": _updated,
    "SendItem": _sent,
    "MoveItem": _moved,
    "DeleteItem": _removed,
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - as the library has it
        """Say nothing of a client that hung up."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


@contextmanager
def simulated(folder: Path) -> Iterator[Simulator]:
    """Serve on loopback until the block ends."""
    simulator = Simulator(Exchange(), make_authority(folder))
    handler = type("Handler", (_Handler,), {"simulator": simulator, "lock": threading.Lock()})
    with _Server(("127.0.0.1", 0), handler) as server:
        context = simulator.authority.server_context()
        server.socket = context.wrap_socket(server.socket, server_side=True)
        simulator.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield simulator
        finally:
            server.shutdown()
            with suppress(RuntimeError):
                thread.join()
