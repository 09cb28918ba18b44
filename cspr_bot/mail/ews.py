"""The partnership's mailbox on an Exchange server of its own, over Exchange Web Services.

A mail is sent so that it survives a lost answer, on Exchange and on servers that only speak like it:

1. A draft is made of the exact bytes, with the effect in a property of its own, and with those headers as properties
   that a server drops when they stand in the MIME alone (`prepare`).
2. The draft is marked: from here on it may leave.
3. That draft is sent (SendItem). Exchange moves it to Sent; what it clearly refuses is unmarked.

Where the answer is lost a copy in Sent says that it left. A marked draft says nothing: one maker's server sends, says
that it failed, and keeps the draft. Then `trace` says "cannot_tell", and no program sends it again.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from typing import Any, Literal

from exchangelib import Account, ExtendedProperty, Message, errors
from exchangelib.folders import Folder, FolderCollection
from exchangelib.items import MeetingCancellation, MeetingRequest, MeetingResponse, PostItem
from exchangelib.restriction import Q

from cspr_bot.mail.ews_connection import (
    EwsAccess,
    EwsConnection,
    is_said_by_exchange,
    is_unavailable,
    nothing_left,
)
from cspr_bot.pipeline.ports import (
    Draft,
    GoneError,
    ListedMail,
    MailboxFolder,
    OutgoingMail,
    PauseNote,
    PermanentFailure,
    TemporaryFailure,
    Trace,
)

LONG_AGO = datetime.min.replace(tzinfo=UTC)
PROPERTIES = "3e6b94b1-71f4-4c3a-9d0b-6a6f6d0f5c0e"  # ours alone
GONE = "the mail is no longer in the mailbox"
JUNK = "junk:"
MARKED = "may have left"
# Headers that Exchange may drop unless they are given as properties too.
HEADERS = (
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "X-CSPR-Bot",
    "X-CSPR-Case",
    "X-CSPR-Notice",
    "X-CSPR-Effect",
)  # fmt: skip
OF_THE_MIME = (b"mime-version", b"content-")
REFUSED_FOR_GOOD = (
    errors.ErrorInvalidRecipients,
    errors.ErrorMissingRecipients,
    errors.ErrorMessageSizeExceeded,
    errors.ErrorMimeContentInvalid,
)


class EffectProperty(ExtendedProperty):  # type: ignore[misc]
    """What finds a mail of ours again."""

    property_set_id, property_name, property_type = PROPERTIES, "cspr-effect", "String"


class StateProperty(ExtendedProperty):  # type: ignore[misc]
    """Whether a draft of ours may have left."""

    property_set_id, property_name, property_type = PROPERTIES, "cspr-state", "String"


class TransportHeaders(ExtendedProperty):  # type: ignore[misc]
    """The headers as they came, every one in its place: the MIME that Exchange gives out is made anew (0x007D)."""

    property_tag, property_type = 0x007D, "String"


def _header_property(name: str) -> type[ExtendedProperty]:
    named = {"distinguished_property_set_id": "InternetHeaders", "property_name": name, "property_type": "String"}
    return type(f"Header{name.replace('-', '')}", (ExtendedProperty,), named)


def _field_of(header: str) -> str:
    return f"cspr_{header.lower().replace('-', '_')}"


Message.register("cspr_effect_key", EffectProperty)
Message.register("cspr_state", StateProperty)
for _header in HEADERS:
    Message.register(_field_of(_header), _header_property(_header))
for _kind in (Message, MeetingRequest, MeetingResponse, MeetingCancellation, PostItem):
    _kind.register("transport_headers", TransportHeaders)


class EwsMailbox:
    """`Mailbox` on Exchange. `server_id` is the id of an item, which Exchange changes when the item is moved."""

    keeps_ids = False

    def __init__(self, access: EwsAccess, now: Callable[[], datetime], note: PauseNote | None = None) -> None:
        self.connection = EwsConnection(access, now, note)
        self._folders: dict[str, Folder] = {}
        self._unavailable: dict[str, Message] = {}  # marked drafts that Exchange said it could not send just then

    def list_new(self) -> Sequence[ListedMail]:
        """List the inbox with every folder in it, then the junk; each oldest first, by the server's own reckoning."""
        return self.connection.run(lambda account: [*self._list(account)])

    def list_filed(self) -> Sequence[ListedMail]:
        """List what the program has filed, oldest first; each mail by the id that it has where it lies now."""

        def look(account: Account) -> list[ListedMail]:
            filed = [mail for name in ("Processed", "Held") for mail in _mails(self._own_folder(account, name))]
            return sorted(filed, key=lambda mail: mail.lain_since or LONG_AGO)

        return self.connection.run(look)

    def download(self, server_id: str) -> bytes:
        """Give a mail: its headers as they came, and the content as Exchange gives it out."""
        return self.connection.run(lambda account: _download(account, server_id.removeprefix(JUNK)))

    def file(self, server_id: str, folder: MailboxFolder) -> None:
        """Move a mail. Where it was moved before its old id is of nothing any more."""
        self.connection.run(lambda account: self._file(account, server_id.removeprefix(JUNK), folder))

    def prepare(self, mail: OutgoingMail) -> Draft:
        """Make a draft, or find it; one that was marked is so no longer, for somebody has decided."""

        def make(account: Account) -> Draft:
            if self._find(account, "sent", mail):
                return Draft(is_sent=True)
            drafts = self._find(account, "drafts", mail)
            for spare in drafts[1:]:
                account.bulk_delete([spare])
            draft = drafts[0] if drafts else self._make(account, mail)
            if draft.cspr_state:
                _mark(draft, None)
            return Draft(mail.effect)

        return self.connection.run(make)

    def send(self, mail: OutgoingMail, draft: Draft) -> None:  # noqa: ARG002 - it is found by its effect
        """Mark the draft and send it."""
        try:
            found = self.connection.run(lambda account: self._marked(account, mail))
        except TemporaryFailure as failure:
            raise nothing_left(failure) from failure
        try:
            self.connection.run(lambda account: self._send(account, found))
        except TemporaryFailure as failure:
            self._judge(failure, found, mail.effect)

    def _judge(self, failure: TemporaryFailure, draft: Message, effect: str) -> None:
        """Raise what became of a draft that could not be sent. Only what Exchange itself says is believed at once."""
        cause = failure.__cause__
        if isinstance(cause, REFUSED_FOR_GOOD):
            with suppress(TemporaryFailure):
                self.connection.run(lambda account: account.bulk_delete([(draft.id, draft.changekey)]))
            raise PermanentFailure(f"Exchange refuses the mail: {type(cause).__name__}") from cause
        is_said = is_said_by_exchange(cause)
        if is_said or is_unavailable(cause):
            try:  # where the draft is there still, it has not left
                self.connection.run(lambda _: _mark(draft, None))
            except TemporaryFailure as later:
                if not is_said:
                    self._unavailable[effect] = draft
                    raise TemporaryFailure(str(failure), retry_after=later.retry_after) from failure
            raise nothing_left(failure) from failure
        raise TemporaryFailure(str(failure)) from failure

    def trace(self, mail: OutgoingMail, draft: Draft) -> Trace:  # noqa: ARG002
        """Look in Sent, then among the drafts."""

        def look(account: Account) -> Trace:
            if self._find(account, "sent", mail):
                return "sent"
            if (unavailable := self._unavailable.pop(mail.effect, None)) is not None:
                _mark(unavailable, None)  # it is there still, so it has not left
            drafts = self._find(account, "drafts", mail)
            return "not_sent" if drafts and not any(found.cspr_state for found in drafts) else "cannot_tell"

        return self.connection.run(look)

    def discard(self, mail: OutgoingMail) -> None:
        """Delete every copy of one mail of ours, wherever it lies."""

        def remove(account: Account) -> None:
            known = [self._folder(account, name) for name in ("inbox", "junk", "sent", "drafts")]
            own = [self._own_folder(account, name) for name in ("Processed", "Held")]
            for folder in (*known, *own, *self._below_inbox(account)):
                for wanted in ({"cspr_effect_key": mail.effect}, {"message_id": mail.message_id}):
                    if found := [(item.id, item.changekey) for item in folder.filter(**wanted).only("id", "changekey")]:
                        account.bulk_delete(found)

        self.connection.run(remove)

    def close(self) -> None:
        """Let go of the connection."""
        self.connection.close()

    # -----------------------------------------------------------------------------------------------------------------

    def _list(self, account: Account) -> Iterator[ListedMail]:
        for folder in (self._folder(account, "inbox"), *self._below_inbox(account)):
            yield from _mails(folder)
        for mail in _mails(self._folder(account, "junk")):
            yield ListedMail(JUNK + mail.server_id, is_junk=True, lain_since=mail.lain_since)

    def _below_inbox(self, account: Account) -> Iterator[Folder]:
        yield from FolderCollection(account, [self._folder(account, "inbox")]).find_folders(depth="Deep")

    def _file(self, account: Account, item_id: str, name: MailboxFolder) -> None:
        found = _one(account, item_id, "parent_folder_id")
        watched = {folder.id for folder in (self._folder(account, "inbox"), self._folder(account, "junk"))}
        if found is None:
            return
        if found.parent_folder_id.id not in watched | {folder.id for folder in self._below_inbox(account)}:
            return
        target = self._own_folder(account, name)
        del self._folders[name]  # should somebody have removed it, it is made anew the next time
        moved = _only(account.bulk_move([(item_id, None)], to_folder=target))
        if isinstance(moved, Exception) and not isinstance(moved, errors.ErrorItemNotFound):
            raise moved
        self._folders[name] = target

    def _folder(self, account: Account, name: Literal["inbox", "junk", "sent", "drafts"]) -> Folder:
        if name not in self._folders:
            self._folders[name] = getattr(account, name)
        return self._folders[name]

    def _own_folder(self, account: Account, name: str) -> Folder:
        """Find a folder of ours beside the inbox, and make it where it is missing."""
        if name not in self._folders:
            root = account.msg_folder_root
            found = list(FolderCollection(account, [root]).find_folders(q=Q(name=name), depth="Shallow"))
            self._folders[name] = found[0] if found else Folder(parent=root, name=name).save()
        return self._folders[name]

    def _find(self, account: Account, where: Literal["sent", "drafts"], mail: OutgoingMail) -> list[Message]:
        """Find mails of ours by their property; the copy in Sent by its Message-ID too, should that have been lost."""
        folder = self._folder(account, where)
        wanted = ("id", "changekey", "cspr_state")
        found = list(folder.filter(cspr_effect_key=mail.effect).only(*wanted))
        if not found and where == "sent":
            found = list(folder.filter(message_id=mail.message_id).only(*wanted))
        return found

    def _make(self, account: Account, mail: OutgoingMail) -> Message:
        given = BytesHeaderParser().parsebytes(mail.content)
        headers = {_field_of(name): str(given[name]) for name in HEADERS if given[name] is not None}
        drafts = self._folder(account, "drafts")
        draft = Message(
            account=account, folder=drafts, mime_content=mail.content, cspr_effect_key=mail.effect, **headers
        )
        return draft.save()

    def _marked(self, account: Account, mail: OutgoingMail) -> Message:
        drafts = self._find(account, "drafts", mail)
        if len(drafts) != 1:
            raise errors.ErrorItemNotFound("the draft is not there")
        (draft,) = drafts
        _mark(draft, MARKED)
        return draft

    def _send(self, account: Account, draft: Message) -> None:
        sent = self._folder(account, "sent")
        outcome = _only(account.bulk_send([(draft.id, draft.changekey)], copy_to_folder=sent))
        if isinstance(outcome, Exception):
            raise outcome


def _mails(folder: Folder) -> Iterator[ListedMail]:
    """List a folder, oldest first, by the server's own reckoning: not every server's moments can be read here."""
    for item in folder.all().only("id", "changekey", "datetime_received").order_by("datetime_received"):
        came = getattr(item, "datetime_received", None)
        yield ListedMail(str(item.id), lain_since=datetime.fromisoformat(came.isoformat()) if came else None)


def _mark(draft: Message, state: str | None) -> None:
    draft.cspr_state = state
    draft.save(update_fields=["cspr_state"])


def _only(answers: Iterable[Any]) -> Any:  # noqa: ANN401 - one of the library's many classes
    """Give the one answer there must be: of a document that was cut short the library makes none, without a word."""
    found = list(answers)
    if len(found) != 1:
        raise errors.TransportError("the answer was cut short")
    return found[0]


def _one(account: Account, item_id: str, *fields: str) -> Any:  # noqa: ANN401 - one of the library's many classes
    """Fetch one item; None where it is gone."""
    found = _only(account.fetch([(item_id, None)], only_fields=list(fields)))
    if isinstance(found, errors.ErrorItemNotFound | errors.ErrorInvalidIdMalformed | errors.ErrorInvalidId):
        return None
    if isinstance(found, Exception):
        raise found
    return found


def _download(account: Account, item_id: str) -> bytes:
    found = _one(account, item_id, "mime_content", "transport_headers")
    if found is None:
        raise GoneError(GONE)
    if not isinstance(found.mime_content, bytes):
        raise TemporaryFailure("Exchange gives no content for a mail")
    return joined(found.transport_headers, found.mime_content)


def joined(transport_headers: str | None, mime: bytes) -> bytes:
    """Put the headers as they came in the place of those that were made anew; what describes the content stays."""
    if not transport_headers:
        return mime
    head, blank, body = mime.partition(b"\r\n\r\n")
    came = _fields(transport_headers.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "surrogateescape"))
    kept = [line for line in came if not line.lower().startswith(OF_THE_MIME)]
    described = [line for line in _fields(head + b"\r\n") if line.lower().startswith(OF_THE_MIME)]
    return b"".join([*kept, *described]) + blank[2:] + body


def _fields(block: bytes) -> list[bytes]:
    """Take a block of headers apart, each with the lines that continue it; what is no header ends it."""
    fields: list[bytes] = []
    for line in block.splitlines(keepends=True):
        if line.strip(b"\r\n") == b"":
            continue
        if line[:1] in b" \t" and fields:
            fields[-1] += line
        elif b":" in line:
            fields.append(line)
    return fields
