"""One account on an Exchange server, by a library that is told everything and is let to try nothing twice.

exchangelib's usual policy sends again what a server may have sent already, and its pool remembers the first policy that
it saw: here there is only `FailFast`, and one account (docs/decisions/0003).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, TypeVar

import requests
from exchangelib import (
    BASIC,
    DELEGATE,
    IMPERSONATION,
    NTLM,
    Account,
    Configuration,
    Credentials,
    FailFast,
    Version,
    errors,
)
from exchangelib.ewsdatetime import EWSTimeZone
from exchangelib.transport import NOAUTH
from exchangelib.version import Build

from cspr_bot.mail.ews_login import lay_line
from cspr_bot.mail.login import TokenLogin
from cspr_bot.mail.pause import Pause, bounded, http_date, seconds_to_wait
from cspr_bot.pipeline.ports import MailboxFailure, NothingLeft, PauseNote, TemporaryFailure

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


# By these it refuses to let us into a mailbox.
REFUSED_TO_ENTER = (
    errors.ErrorAccessDenied,
    errors.ErrorImpersonateUserDenied,
    errors.ErrorImpersonationDenied,
    errors.ErrorImpersonationFailed,
)


@dataclass(frozen=True, slots=True)
class EwsAccess:
    """Where the server is and who we are to it; `ca_file` is None for the authorities of the machine.

    `token`: by OAuth in the place of user and password. Where it speaks for a program and not for a person
    (`impersonates`), Exchange has to be told in whose name; that is the mailbox itself.
    """

    endpoint: str
    mailbox: str
    user: str
    password: str = field(repr=False)
    auth: Literal["ntlm", "basic"] = "ntlm"
    build: tuple[int, int, int, int] = (15, 2, 2562, 17)
    ca_file: Path | None = None
    answer_seconds: float = ANSWER_SECONDS
    token: TokenLogin | None = None
    impersonates: bool = False


class EwsConnection:
    """The account, made when it is first needed. Where Exchange wants to be left alone, nothing is asked of it."""

    def __init__(self, access: EwsAccess, now: Callable[[], datetime], note: PauseNote | None = None) -> None:
        self.access = access
        self.skew: timedelta | None = None
        self._now = now
        self._pause = Pause("Exchange", now, note)
        self._account: Account | None = None

    def run(self, work: Callable[[Account], T]) -> T:
        """Do something with the account. What the mailbox as a whole refuses is a `MailboxFailure`.

        So is a server that was not reached (`Line`): an outage is no mail's own fault. Every other failure is a
        `TemporaryFailure`, of which nobody knows whether it came before or after the effect.
        """
        self._pause.check()
        try:
            if self._account is None:
                self._account = self._open()
            return work(self._account)
        except errors.UnauthorizedError as refusal:
            raise MailboxFailure("Exchange refuses the login") from refusal
        except OF_THE_MAILBOX as refusal:
            wait = self._told_to_wait(refusal)
            raise MailboxFailure(f"Exchange refuses: {_name_of(refusal)}", retry_after=wait) from refusal
        except (errors.EWSError, requests.RequestException) as failure:
            raise TemporaryFailure(f"Exchange: {_name_of(failure)}") from failure
        except (ValueError, KeyError, AttributeError, TypeError) as nonsense:
            # What the library makes of an answer that is not what Exchange would say; such a bug of ours is a bug.
            if not _is_of_a_library(nonsense):
                raise
            raise TemporaryFailure("Exchange gave an answer that makes no sense") from nonsense

    def knock(self, address: str) -> Literal["open", "refused", "absent"]:
        """Say whether another mailbox can be entered, as oneself or in its owner's name; nothing in it is looked at."""
        answers = {self._knock(address, way) for way in (DELEGATE, IMPERSONATION)}
        return "open" if "open" in answers else "refused" if "refused" in answers else "absent"

    def close(self) -> None:
        """Let go of every connection."""
        if self._account is not None:
            self._account.protocol.close()
            self._account = None

    def _open(self) -> Account:
        access = self.access
        lay_line(access.ca_file, access.answer_seconds, access.token, self._heard)
        return self._account_of(access.mailbox, IMPERSONATION if access.impersonates else DELEGATE)

    def _account_of(self, address: str, way: str) -> Account:
        access = self.access
        by_token = access.token is not None
        configuration = Configuration(
            service_endpoint=access.endpoint,
            credentials=None if by_token else Credentials(access.user, access.password),
            auth_type=NOAUTH if by_token else NTLM if access.auth == "ntlm" else BASIC,
            version=Version(Build(*access.build)),
            retry_policy=FailFast(),
            max_connections=1,
        )
        return Account(
            address, config=configuration, autodiscover=False, access_type=way, default_timezone=EWSTimeZone("UTC")
        )

    def _knock(self, address: str, way: str) -> Literal["open", "refused", "absent"]:
        try:
            self.run(lambda _: self._account_of(address, way).inbox)  # asking for it is the knock
        except TemporaryFailure as failure:
            return "refused" if isinstance(failure.__cause__, REFUSED_TO_ENTER) else "absent"
        return "open"

    def _heard(self, response: requests.Response) -> None:
        """Learn from the head of an answer what time it is there, and whether we are to wait."""
        stated = http_date(response.headers.get("Date", ""))
        if stated is not None:
            self.skew = stated - self._now()
        asked = response.headers.get("Retry-After")
        if response.status_code in {429, 503} and asked is not None:
            self._pause.begin(seconds_to_wait(asked, self._now()))

    def _told_to_wait(self, refusal: Exception) -> float | None:
        """Give how long Exchange wants to be left alone, where it says so, and heed it."""
        told = getattr(refusal, "back_off", None)
        if not isinstance(told, int | float) or told <= 0 or _is_guessed(refusal):
            return None
        wait = bounded(float(told))
        self._pause.begin(wait)
        return wait


def _is_of_a_library(failure: Exception) -> bool:
    """Say whether the innermost code that failed is somebody else's."""
    innermost = failure.__traceback__
    while innermost is not None and innermost.tb_next is not None:
        innermost = innermost.tb_next
    return innermost is not None and not innermost.tb_frame.f_globals["__name__"].startswith("cspr_bot")


def _name_of(failure: Exception) -> str:
    """Give the name of an error, and none of its words: they may quote a subject or an address."""
    return type(failure).__name__


def is_said_by_exchange(failure: BaseException | None) -> bool:
    """Say whether it was Exchange itself that refused, so that nothing of what was asked was done."""
    return isinstance(failure, REFUSED) and not _is_guessed(failure)


def _is_guessed(failure: BaseException) -> bool:
    """Say whether the library only guesses from a status or a closed line, under the name of what Exchange may say."""
    return "Caused by " in str(failure) or str(failure).startswith("Reraised from ")


def is_unavailable(failure: BaseException | None) -> bool:
    """Say whether a server said that it can do nothing at the moment (503): likely true, and to be checked."""
    return "Caused by HTTP 503" in str(failure)


def nothing_left(failure: TemporaryFailure) -> TemporaryFailure:
    """Say that nothing left, in the same words."""
    return failure if isinstance(failure, NothingLeft) else NothingLeft(str(failure), retry_after=failure.retry_after)
