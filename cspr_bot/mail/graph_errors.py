"""What a refusal of Microsoft Graph means for a mail: try again, leave it to a person, or look where the mail is."""

import requests
from urllib3.exceptions import NewConnectionError

from cspr_bot.pipeline.ports import GoneError, MailboxFailure, NothingLeft, PermanentFailure, TemporaryFailure


class ResyncError(TemporaryFailure):
    """What was remembered of a folder is worth nothing: it has to be listed whole."""


NO_MAILBOX = frozenset(
    {
        "ErrorInvalidUser",
        "ErrorNonExistentMailbox",
        "MailboxNotEnabledForRESTAPI",
        "MailboxNotSupportedForRESTAPI",
        "Request_ResourceNotFound",
        "ResourceNotFound",
        "ErrorMailboxMoveInProgress",
    }
)
FULL = frozenset({"ErrorQuotaExceeded", "QuotaExceeded", "ErrorMailboxStoreUnavailable", "ErrorInsufficientResources"})
MALFORMED_ID = frozenset({"ErrorInvalidIdMalformed", "ErrorInvalidId", "RequestBroker--ParseUri"})
NOBODY_KNOWS = frozenset({408, 409, 412, 423, 425})


def failure_of(
    problem: Exception | requests.Response, *, is_sending: bool = False, retry_after: float | None = None
) -> Exception:
    """Say what a failed request means. Of one that was to send a mail, only a clear refusal says that it did not."""
    if isinstance(problem, requests.Response):
        return _refused(problem, is_sending=is_sending, retry_after=retry_after)
    if isinstance(problem, requests.exceptions.SSLError):
        return MailboxFailure(
            "the line to Microsoft is not trusted: its certificate is not one that this machine knows"
        )
    if isinstance(problem, requests.exceptions.ConnectTimeout) or _was_never_connected(problem):
        return MailboxFailure("Microsoft is not to be reached")
    if is_sending:
        return TemporaryFailure("the line was cut while a mail was being sent")
    if isinstance(problem, requests.exceptions.Timeout):
        return MailboxFailure("Microsoft does not answer in time")
    return MailboxFailure("the line to Microsoft was cut")


def _was_never_connected(problem: Exception) -> bool:
    """Say whether there was no line at all, so that nothing can have been heard."""
    reason = getattr(problem.args[0], "reason", None) if problem.args else None
    return isinstance(reason, NewConnectionError)


def _refused(response: requests.Response, *, is_sending: bool, retry_after: float | None) -> Exception:
    status, code = response.status_code, code_of(response)
    told = f"Microsoft answers {status}" + (f" {code}" if code else "")
    if code in FULL or status == 507:
        return MailboxFailure(f"the mailbox is full, or its store is away: {told}")
    if status == 429 or status >= 500 or status in NOBODY_KNOWS:
        return _not_now(told, status, is_sending=is_sending, retry_after=retry_after)
    if status == 401:
        return MailboxFailure(f"the app's token is not accepted: {told}")
    if status == 403:
        return MailboxFailure(f"the app may not do this in the mailbox: {told}")
    if status == 410 or code in {"SyncStateNotFound", "resyncRequired", "SyncStateInvalid"}:
        return ResyncError(told)
    if code in NO_MAILBOX:
        return MailboxFailure(f"the mailbox is not there: {told}")
    if status == 404 or code in MALFORMED_ID:
        # A draft that is not found may just have left by an earlier attempt: its sender has to look.
        return TemporaryFailure("the draft was gone when it was to be sent") if is_sending else GoneError(told)
    return PermanentFailure(told)


def _not_now(told: str, status: int, *, is_sending: bool, retry_after: float | None) -> TemporaryFailure:
    """Say that it did not work this time; of a mail that was being sent nobody knows, whatever the number says."""
    if is_sending:
        return TemporaryFailure(told, retry_after=retry_after)
    if status == 429 or retry_after is not None:
        return MailboxFailure(told, retry_after=retry_after)
    return NothingLeft(told)


def response_of(refused: requests.exceptions.HTTPError) -> requests.Response:
    """Give the answer that was a refusal; the library always has it."""
    if refused.response is None:
        raise MailboxFailure("Microsoft's answer was lost") from refused
    return refused.response


def code_of(response: requests.Response) -> str:
    """Give Microsoft's own code of a refusal; never its text, which repeats addresses."""
    try:
        found = response.json()["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return ""
    return (
        found
        if isinstance(found, str) and len(found) < 80 and found.replace("_", "").replace("-", "").isalnum()
        else ""
    )
