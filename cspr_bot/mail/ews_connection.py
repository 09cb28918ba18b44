"""One account on an Exchange server, by a library that is told everything and is let to try nothing twice.

exchangelib's usual policy sends again what a server may have sent already, and its pool remembers the first policy that
it saw: here there is only `FailFast`, and one account (docs/decisions/0003).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import requests.adapters
from exchangelib import BASIC, DELEGATE, NTLM, Account, Configuration, Credentials, FailFast, Version, errors
from exchangelib.ewsdatetime import EWSTimeZone
from exchangelib.protocol import BaseProtocol
from exchangelib.version import Build

from cspr_bot.pipeline.ports import MailboxFailure, NothingLeft, TemporaryFailure

T = TypeVar("T")

ANSWER_SECONDS = 60

# At its most talkative the library writes passwords and whole mails.
for _name in ("exchangelib", "exchangelib.util.xml"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

# What Exchange says of the mailbox as a whole, and not of one mail.
OF_THE_MAILBOX = (
    errors.ErrorServerBusy,
    errors.ErrorAccessDenied,
    errors.ErrorNonExistentMailbox,
    errors.ErrorMailboxStoreUnavailable,
    errors.ErrorMailboxMoveInProgress,
    errors.ErrorQuotaExceeded,
    errors.ErrorExceededConnectionCount,
    errors.ErrorAccountDisabled,
    errors.ErrorPasswordExpired,
    errors.ErrorImpersonateUserDenied,
    errors.UnauthorizedError,
)
# By these Exchange itself says of a mail that it did not take it. Every other error may come after the effect.
REFUSED = (
    *OF_THE_MAILBOX,
    errors.ErrorSendAsDenied,
    errors.ErrorSubmissionQuotaExceeded,
    errors.ErrorIrresolvableConflict,
    errors.ErrorChangeKeyRequired,
)


@dataclass(frozen=True, slots=True)
class EwsAccess:
    """Where the server is and who we are to it; `ca_file` is "" for the authorities of the machine."""

    endpoint: str
    mailbox: str
    user: str
    password: str = field(repr=False)
    auth: Literal["ntlm", "basic"] = "ntlm"
    build: tuple[int, int, int, int] = (15, 2, 2562, 17)
    ca_file: Path | None = None
    answer_seconds: float = ANSWER_SECONDS


class EwsConnection:
    """The account, made when it is first needed."""

    def __init__(self, access: EwsAccess) -> None:
        self.access = access
        self._account: Account | None = None

    def run(self, work: Callable[[Account], T]) -> T:
        """Do something with the account. What the mailbox as a whole refuses is a `MailboxFailure`.

        Every other failure is a `TemporaryFailure`, of which nobody knows whether it came before or after the effect.
        """
        try:
            if self._account is None:
                self._account = self._open()
            return work(self._account)
        except errors.UnauthorizedError as refusal:
            raise MailboxFailure("Exchange refuses the login") from refusal
        except OF_THE_MAILBOX as refusal:
            raise MailboxFailure(f"Exchange refuses: {_name_of(refusal)}", retry_after=_wait(refusal)) from refusal
        except (errors.EWSError, requests.RequestException) as failure:
            raise TemporaryFailure(f"Exchange: {_name_of(failure)}") from failure
        except (ValueError, KeyError, AttributeError, TypeError) as nonsense:
            # What the library makes of an answer that is not what Exchange would say; such a bug of ours is a bug.
            if not _is_of_a_library(nonsense):
                raise
            raise TemporaryFailure("Exchange gave an answer that makes no sense") from nonsense

    def _open(self) -> Account:
        access = self.access
        _trust(access.ca_file, access.answer_seconds)
        configuration = Configuration(
            service_endpoint=access.endpoint,
            credentials=Credentials(access.user, access.password),
            auth_type=NTLM if access.auth == "ntlm" else BASIC,
            version=Version(Build(*access.build)),
            retry_policy=FailFast(),
            max_connections=1,
        )
        return Account(
            access.mailbox,
            config=configuration,
            autodiscover=False,
            access_type=DELEGATE,
            default_timezone=EWSTimeZone("UTC"),
        )

    def knock(self, address: str) -> Literal["open", "refused", "absent"]:
        """Say whether another mailbox can be entered; nothing in it is looked at."""

        def enter(account: Account) -> None:
            other = Account(
                address,
                config=Configuration(
                    service_endpoint=self.access.endpoint,
                    credentials=account.protocol.credentials,
                    auth_type=account.protocol.auth_type,
                    version=account.version,
                    retry_policy=FailFast(),
                    max_connections=1,
                ),
                autodiscover=False,
                access_type=DELEGATE,
                default_timezone=EWSTimeZone("UTC"),
            )
            other.inbox  # noqa: B018 - asking for it is the knock

        try:
            self.run(enter)
        except TemporaryFailure as failure:
            return "refused" if isinstance(failure.__cause__, errors.ErrorAccessDenied) else "absent"
        return "open"

    def close(self) -> None:
        """Let go of every connection."""
        if self._account is not None:
            self._account.protocol.close()
            self._account = None


def _trust(ca_file: Path | None, seconds: float) -> None:
    """Tell the library whom to trust and how long to wait; both are of the whole process, which has one account."""
    verify: str | bool = True if ca_file is None else str(ca_file)

    class Adapter(requests.adapters.HTTPAdapter):
        def send(self, request: requests.PreparedRequest, *given: Any, **named: Any) -> requests.Response:  # noqa: ANN401
            named["verify"] = verify  # else a variable of the environment would decide
            return super().send(request, *given, **named)

    BaseProtocol.HTTP_ADAPTER_CLS = Adapter
    BaseProtocol.TIMEOUT = seconds


def _is_of_a_library(failure: Exception) -> bool:
    """Say whether the innermost code that failed is somebody else's."""
    innermost = failure.__traceback__
    while innermost is not None and innermost.tb_next is not None:
        innermost = innermost.tb_next
    return innermost is not None and not innermost.tb_frame.f_globals["__name__"].startswith("cspr_bot")


def _name_of(failure: Exception) -> str:
    """Give the name of an error, and none of its words: they may quote a subject or an address."""
    return type(failure).__name__


def _wait(failure: Exception) -> float | None:
    wait = getattr(failure, "back_off", None)
    return float(wait) if isinstance(wait, int | float) else None


def is_said_by_exchange(failure: BaseException | None) -> bool:
    """Say whether it was Exchange itself that refused, so that nothing of what was asked was done.

    The library gives some errors the same names when it only guesses from a status: "Caused by closed connection".
    """
    return isinstance(failure, REFUSED) and not str(failure).startswith("Caused by ")


def is_unavailable(failure: BaseException | None) -> bool:
    """Say whether a server said that it can do nothing at the moment (503): likely true, and to be checked."""
    return str(failure).startswith("Caused by HTTP 503")


def nothing_left(failure: TemporaryFailure) -> TemporaryFailure:
    """Say that nothing left, in the same words."""
    return failure if isinstance(failure, NothingLeft) else NothingLeft(str(failure), retry_after=failure.retry_after)
