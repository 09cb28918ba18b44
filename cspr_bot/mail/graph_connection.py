"""The line to Microsoft Graph: signed in as an app, one request at a time, never sleeping, every failure told apart.

`O365` is the session; what it would do by itself is switched off, for each of these was measured to lose or double
mail: its retries (they sleep up to six hours), its paging (stops at an empty page), its refresh of tokens (dies on the
first expiry), its token file (in clear text), its logger (addresses and tokens).
"""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any, Literal
from urllib.parse import quote

import requests
from msal import ConfidentialClientApplication
from O365.connection import Connection
from O365.utils.token import MemoryTokenBackend

from cspr_bot.mail.graph_errors import failure_of, response_of
from cspr_bot.mail.pause import Pause, http_date, seconds_to_wait
from cspr_bot.pipeline.ports import CutShort, MailboxFailure, PauseNote, TemporaryFailure

Method = Literal["get", "post", "patch", "delete"]

TEN_MINUTES = timedelta(minutes=10)
REQUESTS_IN_TEN_MINUTES = 8_000  # Microsoft's own ceiling is 10,000 for an app and a mailbox
MOST_PAGES = 10_000
SCOPE = ".default"

logging.getLogger("O365").setLevel(logging.CRITICAL)  # it writes addresses, and in its debug output tokens
logging.getLogger("msal").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class GraphAccess:
    """How the app gets in: where, to which mailbox, and with what. `credential` is as msal takes it."""

    tenant_id: str
    client_id: str
    mailbox: str
    credential: str | Mapping[str, str]
    authority: str = "https://login.microsoftonline.com"
    endpoint: str = "https://graph.microsoft.com"
    ca_file: str = ""
    timeouts: tuple[float, float] = (10, 60)


class _Tokens(MemoryTokenBackend):  # type: ignore[misc]
    """Keeps tokens in memory alone. The library's own way to refresh one is never taken."""

    def token_is_expired(self, *, username: str | None = None) -> bool:  # noqa: ARG002
        """Say no: an expired token is noticed here, before a request is made and when it is refused."""
        return False


class GraphConnection:
    """Requests to one mailbox. Where the server asked to be left alone, nothing is asked of it before the time is up.

    It is asked for one thing at a time. The first request signs in; making a connection reaches nobody.
    """

    def __init__(self, access: GraphAccess, now: Callable[[], datetime], note: PauseNote | None = None) -> None:
        self.access = access
        self.base = f"{access.endpoint.rstrip('/')}/v1.0/users/{quote(access.mailbox)}"
        self.skew: timedelta | None = None
        self._now = now
        self._lock = Lock()
        self._pause = Pause("Microsoft", now, note)
        self._asked: deque[datetime] = deque()
        self._tokens = _Tokens()
        self._app: ConfidentialClientApplication | None = None
        self._connection: Connection | None = None
        self._sessions: tuple[requests.Session, ...] = ()

    # -----------------------------------------------------------------------------------------------------------------
    # What is asked

    def get(self, url: str, *, prefer: str = "") -> dict[str, Any]:
        """Get one JSON document. A line that was cut is tried once more: nothing changes by looking."""
        try:
            return self._json("get", url, prefer=prefer)
        except requests.exceptions.Timeout as slow:
            raise failure_of(slow) from slow
        except requests.exceptions.RequestException:
            pass
        try:
            return self._json("get", url, prefer=prefer)
        except requests.exceptions.RequestException as cut:
            raise failure_of(cut) from cut

    def pages(self, url: str, *, prefer: str = "") -> Iterator[dict[str, Any]]:
        """Get every page of a list, empty ones included, to the last."""
        seen: set[str] = set()
        link: str | None = url
        while link is not None:
            if link in seen or len(seen) > MOST_PAGES:
                raise TemporaryFailure("Microsoft's list of mails goes round in a circle")
            seen.add(link)
            page = self.get(link, prefer=prefer)
            if not isinstance(page.get("value"), list):
                raise TemporaryFailure("Microsoft's answer is no list")
            yield page
            link = self._own(page.get("@odata.nextLink"))

    def change(self, method: Method, url: str, body: object = None, *, expected: int) -> dict[str, Any]:
        """Change something that may be changed twice, or not at all: a draft, a folder, where a mail lies."""
        try:
            return self._json(method, url, body=body, expected=expected)
        except requests.exceptions.RequestException as cut:
            raise failure_of(cut) from cut

    def let_go(self, url: str) -> None:
        """Let a draft go out. Whatever the answer, if it is not "accepted" nobody knows what became of it.

        Where it was refused for a reason that lies in the mailbox or in the mail, it has not left.
        """
        try:
            self._json("post", url, expected=202, is_sending=True)
        except requests.exceptions.RequestException as cut:
            raise failure_of(cut, is_sending=True) from cut

    def download(self, url: str) -> bytes:
        """Get raw bytes, whole: what is shorter than announced is `CutShort`, and a page of HTML is no mail."""
        received = bytearray()
        try:
            with closing(self._request("get", url, stream=True)) as response:
                announced = response.headers.get("Content-Length", "")
                is_page = response.headers.get("Content-Type", "").lower().startswith("text/html")
                if is_page or response.status_code != 200:
                    raise TemporaryFailure("something between here and Microsoft answered with a web page")
                for chunk in response.iter_content(65_536):
                    received += chunk
        except requests.exceptions.HTTPError as refused:
            raise self._refusal(response_of(refused), is_sending=False) from refused
        except requests.exceptions.RequestException as cut:
            if received:
                raise CutShort("the mail came only in part", bytes(received)) from cut
            raise failure_of(cut) from cut
        if announced.isdecimal() and int(announced) != len(received):
            raise CutShort("the mail came only in part", bytes(received))
        return bytes(received)

    def status_of(self, url: str) -> int:
        """Give the status with which something is answered, where even a refusal is an answer."""
        try:
            return self._request("get", url).status_code
        except requests.exceptions.HTTPError as refused:
            return response_of(refused).status_code
        except requests.exceptions.RequestException as cut:
            raise failure_of(cut) from cut

    def sign_in(self) -> None:
        """Sign in, and nothing else."""
        self._sign_in(anew=False)

    def close(self) -> None:
        """Let go of every line. What is asked next signs in anew."""
        with self._lock:
            for session in self._sessions:
                session.close()
            self._sessions = ()
            self._app = self._connection = None

    # -----------------------------------------------------------------------------------------------------------------
    # How it is asked

    def _json(
        self,
        method: Method,
        url: str,
        *,
        body: object = None,
        prefer: str = "",
        expected: int = 200,
        is_sending: bool = False,
    ) -> dict[str, Any]:
        try:
            response = self._request(method, url, body=body, prefer=prefer)
        except requests.exceptions.HTTPError as refused:
            raise self._refusal(response_of(refused), is_sending=is_sending) from refused
        if response.status_code != expected:
            raise TemporaryFailure(f"Microsoft answers {response.status_code} where {expected} was to come")
        if not response.content:
            return {}
        try:
            found = response.json()
        except ValueError as error:
            raise TemporaryFailure("something between here and Microsoft answered with a web page") from error
        if not isinstance(found, dict):
            raise TemporaryFailure("Microsoft's answer is not what it should be")
        return found

    def _request(
        self, method: Method, url: str, *, body: object = None, prefer: str = "", stream: bool = False
    ) -> requests.Response:
        """Make one request; one that the server refuses for its token is made once more with a new one."""
        with self._lock:
            try:
                return self._once(method, url, body, prefer, stream=stream)
            except requests.exceptions.HTTPError as refused:
                if response_of(refused).status_code != 401:
                    raise
            self._sign_in(anew=True)
            return self._once(method, url, body, prefer, stream=stream)

    def _once(self, method: Method, url: str, body: object, prefer: str, *, stream: bool) -> requests.Response:
        self._wait_for_leave()
        self._sign_in(anew=False)
        connection = self._connection
        assert connection is not None  # noqa: S101 - whoever signs in makes it
        headers = {"Prefer": prefer} if prefer else {}
        more: dict[str, Any] = {"headers": headers, "stream": stream, "allow_redirects": False}
        if isinstance(body, bytes):
            headers["Content-type"] = "text/plain"  # spelt like this, or the library adds its own
        if body is not None:
            more["data"] = body
        response = getattr(connection, method)(url, **more)
        self._note_time(response)
        return response  # type: ignore[no-any-return]

    def _wait_for_leave(self) -> None:
        """Refuse to ask before the server's time is up, or above our own ceiling: the caller comes again."""
        self._pause.check()
        now = self._now()
        while self._asked and now - self._asked[0] >= TEN_MINUTES:
            self._asked.popleft()
        if len(self._asked) >= REQUESTS_IN_TEN_MINUTES:
            wait = (self._asked[0] + TEN_MINUTES - now).total_seconds()
            raise MailboxFailure("as much was asked of Microsoft as it allows in ten minutes", retry_after=wait)
        self._asked.append(now)

    def _refusal(self, response: requests.Response, *, is_sending: bool) -> Exception:
        """Turn a refusal into what the caller can act on, and remember how long the server wants to be left alone."""
        self._note_time(response)
        wait: float | None = None
        if response.status_code in {429, 503}:
            wait = seconds_to_wait(response.headers.get("Retry-After"), self._now())
            self._pause.begin(wait)
        return failure_of(response, is_sending=is_sending, retry_after=wait)

    def _note_time(self, response: requests.Response) -> None:
        stated = http_date(response.headers.get("Date", ""))
        if stated is not None:
            self.skew = stated - self._now()

    def _own(self, link: object) -> str | None:
        """Follow a link to the next page only where it leads to the same server: the token goes along."""
        if link is None:
            return None
        if not isinstance(link, str) or not link.startswith(f"{self.access.endpoint.rstrip('/')}/"):
            raise TemporaryFailure("Microsoft's answer leads to another server")
        return link

    # -----------------------------------------------------------------------------------------------------------------
    # How it gets in

    def _sign_in(self, *, anew: bool) -> None:
        """See to it that the next request bears a token that is good; without one nothing is asked."""
        try:
            if self._app is None or self._connection is None:
                self._connect()
            if anew and self._app is not None:
                self._app.remove_tokens_for_client()
            found = self._app.acquire_token_for_client(scopes=[self._scope]) if self._app else {}
        except (requests.exceptions.RequestException, ValueError) as error:
            self._app = None
            raise MailboxFailure(f"the sign-in at Microsoft fails: {_named(error)}") from error
        if "access_token" not in found:
            self._app = None  # what it remembers of the refusal would outlast the mending
            raise MailboxFailure(f"Microsoft refuses the sign-in: {told_refusal(found)}")
        if self._connection is not None:
            self._connection.update_session_auth_header(access_token=found["access_token"])

    @property
    def _scope(self) -> str:
        return f"{self.access.endpoint.rstrip('/')}/{SCOPE}"

    def _connect(self) -> None:
        access = self.access
        self._sessions = tuple(
            _session(url, access.ca_file, access.timeouts) for url in (access.authority, access.endpoint)
        )
        self._app = ConfidentialClientApplication(
            access.client_id,
            client_credential=access.credential,
            authority=f"{access.authority.rstrip('/')}/{access.tenant_id}",
            instance_discovery=access.authority.startswith("https://login.microsoftonline.com"),
            token_cache=self._tokens,
            http_client=self._sessions[0],
        )
        connection = Connection(
            (access.client_id, access.credential),
            tenant_id=access.tenant_id,
            auth_flow_type="credentials",
            token_backend=self._tokens,
            requests_delay=0,
            request_retries=0,
            timeout=access.timeouts,
            verify_ssl=access.ca_file or True,
            default_headers={"Prefer": 'IdType="ImmutableId"'},
        )
        connection.session = self._sessions[1]
        self._connection = connection


def _session(url: str, ca_file: str, timeouts: tuple[float, float]) -> requests.Session:
    """Make a session that trusts what it is told to, and not what some variable names; a proxy is heeded.

    Nothing is asked for compressed: an answer that was cut is then always shorter than it says.
    """
    session = requests.Session()
    session.trust_env = False
    session.verify = ca_file or True
    session.proxies = dict(requests.utils.get_environ_proxies(url))
    session.headers["Accept-Encoding"] = "identity"
    session.request = partial(session.request, timeout=timeouts)  # type: ignore[method-assign]
    return session


def told_refusal(answer: Mapping[str, Any]) -> str:
    """Say why the sign-in was refused: Microsoft's word and number, without the ids that stand behind."""
    error = str(answer.get("error", "no token came"))
    number = next((word for word in str(answer.get("error_description", "")).split() if word.startswith("AADSTS")), "")
    return " ".join(part for part in (error, number.rstrip(":"), SIGN_IN_ERRORS.get(number.rstrip(":"), "")) if part)


SIGN_IN_ERRORS = {
    "AADSTS7000215": "(the client secret is wrong)",
    "AADSTS7000222": "(the client secret has expired)",
    "AADSTS700027": "(the certificate is not the one that is registered, or has expired)",
    "AADSTS700016": "(there is no such app in this tenant: look at client_id and tenant_id)",
    "AADSTS90002": "(there is no such tenant: look at tenant_id)",
    "AADSTS7000112": "(the app is disabled)",
    "AADSTS53003": "(a conditional access policy blocks the app)",
}


def _named(error: Exception) -> str:
    """Name an error without its text, which holds addresses."""
    return "its key or certificate is not fit for use" if isinstance(error, ValueError) else str(failure_of(error))
