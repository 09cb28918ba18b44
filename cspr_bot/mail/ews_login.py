"""How requests to an Exchange server leave: whom to trust, how long to wait, and with which token, if any."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests.adapters
from exchangelib.protocol import BaseProtocol
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import HTTPError

from cspr_bot.mail.login import TokenLogin
from cspr_bot.mail.server import why_unreachable
from cspr_bot.pipeline.ports import MailboxFailure


class Line(HTTPSConnection):
    """A line on which a server that is not reached (no name, no answer, no trust) is told from a lost answer.

    The errors of the libraries above do not tell them apart for certain: a line cut in TLS has the same name before the
    first word and after the last. Until the line stands no word of a request has left.
    """

    def connect(self) -> None:
        """Open the line and begin TLS. Raise `MailboxFailure` where that fails."""
        try:
            super().connect()
        except (OSError, HTTPError) as failure:
            cause = failure if isinstance(failure, OSError) else failure.__cause__
            reason = cause if isinstance(cause, OSError) else OSError()
            raise MailboxFailure(f"Exchange: {why_unreachable(reason, self.host)}") from failure


def lay_line(
    ca_file: Path | None, seconds: float, login: TokenLogin | None, heard: Callable[[requests.Response], None]
) -> None:
    """Tell the library how to send; all of it is of the whole process, which has one account.

    The library's own way with tokens asks its own token server, by its own trust, and sends again by itself. Here every
    request is given the token that is good at the moment. One that Exchange refuses for its token is sent once more
    with a new one: whoever is not let in has changed nothing. `heard` is told of every answer.
    """
    verify: str | bool = True if ca_file is None else str(ca_file)

    class Adapter(requests.adapters.HTTPAdapter):
        def get_connection_with_tls_context(self, *given: Any, **named: Any) -> HTTPConnectionPool:  # noqa: ANN401
            pool = super().get_connection_with_tls_context(*given, **named)
            if pool.scheme == "https":
                pool.ConnectionCls = Line
            return pool

        def send(self, request: requests.PreparedRequest, *given: Any, **named: Any) -> requests.Response:  # noqa: ANN401
            named["verify"] = verify  # else a variable of the environment would decide
            if login is not None:
                request.headers["Authorization"] = f"Bearer {login.secret()}"
            response = super().send(request, *given, **named)
            if login is not None and response.status_code == 401 and login.was_refused():
                response.close()
                request.headers["Authorization"] = f"Bearer {login.secret()}"
                response = super().send(request, *given, **named)
            heard(response)
            if response.status_code == 200 and not named.get("stream"):  # NTLM wants a refusal unread
                _check_whole(response)
            return response

    BaseProtocol.HTTP_ADAPTER_CLS = Adapter
    BaseProtocol.TIMEOUT = seconds


def _check_whole(response: requests.Response) -> None:
    """Refuse a document that has lost its end: the library would take half a mail for a whole one."""
    content = response.content
    if b"Envelope" in content[:500] and b"Envelope>" not in content[-100:]:
        raise requests.exceptions.ConnectionError("the answer was cut short")
