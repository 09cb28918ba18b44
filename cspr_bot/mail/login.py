"""Who we are to a mail server: a user with a password, or with a token that is fetched and renewed (RFC 6749)."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPSHandler, Request, build_opener

from cspr_bot.mail.server import verified_tls
from cspr_bot.pipeline.ports import MailboxFailure

SECONDS = 20
SPARE_SECONDS = 120
LARGEST_ANSWER = 65_536
SHORTEST_LIFE = 60


class Login(Protocol):
    """What a server is shown. `is_token`: by XOAUTH2, else as a password."""

    @property
    def user(self) -> str:
        """The name of the account."""
        ...

    @property
    def is_token(self) -> bool:
        """Whether the secret is an access token."""
        ...

    def secret(self) -> str:
        """Give the password, or a token that is still good. May raise `MailboxFailure`."""
        ...

    def was_refused(self) -> bool:
        """Hear that a server refused the secret; True where another one may be had."""
        ...


@dataclass(frozen=True, slots=True)
class PasswordLogin:
    """A user and a password, which stays out of every log and of `repr`."""

    user: str
    password: str = field(repr=False)
    is_token: bool = field(default=False, init=False)

    def secret(self) -> str:
        """Give the password."""
        return self.password

    def was_refused(self) -> bool:
        """Say no: there is no other password."""
        return False


class TokenLogin:
    """A user and the token of a registered program, by client credentials or, where one is given, a refresh token.

    A token is used until two minutes before it ends. One that a server refuses before that is renewed once.
    """

    is_token = True

    def __init__(self, user: str, token_url: str, fields: dict[str, str], ca_file: Path | None = None) -> None:
        self.user = user
        self._url = token_url
        self._fields = fields  # client_id, client_secret, scope, and refresh_token where one is used
        self._ca_file = ca_file
        self._token: str | None = None
        self._good_until = 0.0
        self._is_new = False

    def secret(self) -> str:
        """Give a token, a new one where the last is spent."""
        self._is_new = self._token is None or time.monotonic() >= self._good_until
        return self._fetch() if self._is_new else self._token or ""

    def was_refused(self) -> bool:
        """Forget a token; True where it was not fetched for this very login, so that a new one is worth a try."""
        self._token = None
        return not self._is_new

    def _fetch(self) -> str:
        answer = self._ask()
        token, life = answer.get("access_token"), answer.get("expires_in", 300)
        if not isinstance(token, str) or not token:
            raise MailboxFailure("the token server's answer holds no token")
        self._token = token
        seconds = float(life) if isinstance(life, int | float | str) and str(life).isdecimal() else 300.0
        self._good_until = time.monotonic() + max(seconds - SPARE_SECONDS, SHORTEST_LIFE)
        refresh = answer.get("refresh_token")
        if isinstance(refresh, str) and "refresh_token" in self._fields:
            self._fields = {**self._fields, "refresh_token": refresh}
        return token

    def _ask(self) -> dict[str, object]:
        grant = "refresh_token" if "refresh_token" in self._fields else "client_credentials"
        body = urlencode({"grant_type": grant, **self._fields}).encode("ascii")
        request = Request(self._url, body)  # noqa: S310 - the settings allow https only
        opener = build_opener(HTTPSHandler(context=verified_tls(self._ca_file)))
        try:
            with opener.open(request, timeout=SECONDS) as answer:
                read = json.loads(answer.read(LARGEST_ANSWER))
        except HTTPError as refusal:
            with refusal:
                raise MailboxFailure(f"the token server refuses ({_error_of(refusal)})") from refusal
        except (URLError, OSError) as failure:
            raise MailboxFailure("the token server cannot be reached") from failure
        except ValueError as garbage:
            raise MailboxFailure("the token server's answer is not JSON") from garbage
        return read if isinstance(read, dict) else {}


def _error_of(refusal: HTTPError) -> str:
    """Give the name of an OAuth error, such as `invalid_client`, and nothing else of the answer."""
    try:
        name = json.loads(refusal.read(LARGEST_ANSWER)).get("error", "")
    except (ValueError, AttributeError, OSError):
        name = ""
    is_name = isinstance(name, str) and name.replace("_", "").isalpha() and name.isascii() and len(name) < 40
    return name if is_name else f"status {refusal.code}"
