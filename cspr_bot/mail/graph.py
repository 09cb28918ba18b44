"""The partnership's mailbox on Microsoft 365, over Microsoft Graph.

A mail is sent in the way that was measured to survive a lost answer: a draft is made of the exact bytes and marked with
the effect in a property of its own; before anything is made or sent, that property is looked up; only that one draft is
ever sent. Ids are asked for as immutable ones, which stay when a mail is moved within the mailbox.
"""

import base64
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from cspr_bot.mail.graph_connection import GraphAccess, GraphConnection
from cspr_bot.pipeline.ports import (
    Draft,
    GoneError,
    ListedMail,
    MailboxFailure,
    MailboxFolder,
    OutgoingMail,
    PauseNote,
    PermanentFailure,
    TemporaryFailure,
    Trace,
)

EFFECT = "String {3e6b94b1-71f4-4c3a-9d0b-6a6f6d0f5c0e} Name cspr-effect"
JUNK = "junk:"  # before the id of a mail in the junk: one that a person fetches out is another delivery
PAGE = 100
LISTED_ANEW_AFTER = timedelta(hours=1)
_LISTED = "$select=id,receivedDateTime"
_LOOKED_AT = (
    "$select=id,isDraft,parentFolderId,internetMessageId,createdDateTime,toRecipients,ccRecipients,bccRecipients"
)


@dataclass(slots=True)
class _Known:
    """What is remembered of a large folder: its mails with their times, and the link that tells what has changed."""

    mails: dict[str, str]
    link: str
    listed_at: datetime


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found of a mail of ours: the copy that left, or drafts, oldest first."""

    has_left: bool = False
    drafts: tuple[dict[str, Any], ...] = ()
    is_elsewhere: bool = False


class GraphMailbox:
    """`Mailbox` on Microsoft 365. `server_id` is the immutable id of a message."""

    keeps_ids = True

    def __init__(self, access: GraphAccess, now: Callable[[], datetime], note: PauseNote | None = None) -> None:
        self.connection = GraphConnection(access, now, note)
        self._now = now
        self._folders: dict[str, str] = {}
        self._known: dict[str, _Known] = {}
        self._inbox: list[str] = []

    # -----------------------------------------------------------------------------------------------------------------
    # In

    def list_new(self) -> Sequence[ListedMail]:
        """List the inbox with every folder in it, then the junk; each oldest first, nobody's mark of reading asked."""
        inbox: dict[str, str] = {}
        with _never_for_good():
            for folder in self._inbox_folders():
                inbox |= self._list(folder)
            lying = self._list("junkemail")
        junk = {JUNK + server_id: at for server_id, at in lying.items() if server_id not in inbox}
        return [
            ListedMail(server_id, is_junk, _moment(mails[server_id]))
            for mails, is_junk in ((inbox, False), (junk, True))
            for server_id in sorted(mails, key=lambda server_id: (mails[server_id], server_id))
        ]

    def list_filed(self) -> Sequence[ListedMail]:
        """List what the program has filed, oldest first."""
        filed = self._list(self._folder_id("Processed")) | self._list(self._folder_id("Held"))
        return [
            ListedMail(server_id, lain_since=_moment(filed[server_id]))
            for server_id in sorted(filed, key=lambda server_id: (filed[server_id], server_id))
        ]

    def download(self, server_id: str) -> bytes:
        """Give the bytes of a mail as the server received it, wherever in the mailbox it lies."""
        return self.connection.download(f"{self._message(server_id)}/$value")

    def file(self, server_id: str, folder: MailboxFolder) -> None:
        """Move a mail out of the inbox. Where a person has moved or deleted it meanwhile, it is theirs."""
        with _never_for_good(), suppress(GoneError):
            if self._lies_in_inbox(server_id):
                self._move(server_id, folder)

    def _lies_in_inbox(self, server_id: str) -> bool:
        found = self.connection.get(f"{self._message(server_id)}?$select=parentFolderId")
        inbox = self._inbox or self._inbox_folders()
        return found.get("parentFolderId") in {self.known_id("inbox"), self.known_id("junkemail"), *inbox}

    def _move(self, server_id: str, folder: MailboxFolder) -> None:
        """Move a mail; where the folder has been deleted since we knew it, it is made anew."""
        url = f"{self._message(server_id)}/move"
        try:
            self.connection.change("post", url, {"destinationId": self._folder_id(folder)}, expected=201)
        except GoneError:
            self._folders.pop(folder, None)
            self.connection.get(f"{self._message(server_id)}?$select=id")  # gone itself: nothing to move
            self.connection.change("post", url, {"destinationId": self._folder_id(folder)}, expected=201)

    def _inbox_folders(self) -> list[str]:
        """Give the inbox and every folder in it, at any depth; ours are left out, should somebody put them there."""
        ours = {self._folders.get(name) for name in ("Processed", "Held", "Earlier")}
        self._inbox = ["inbox", *(folder for folder in self._folders_in("inbox") if folder not in ours)]
        return self._inbox

    def _folders_in(self, folder: str) -> Iterator[str]:
        url = f"{self.connection.base}/mailFolders/{quote(folder)}/childFolders?$top={PAGE}"
        for child in [item for page in self.connection.pages(url) for item in page["value"]]:
            yield str(child["id"])
            if child.get("childFolderCount"):
                yield from self._folders_in(str(child["id"]))

    def _list(self, folder: str) -> dict[str, str]:
        """Give every mail of a folder with its time: whole, or by what has changed where it is a large one.

        The changes are a saving and never the truth: where they fail, and every hour, the folder is listed whole.
        """
        known = self._known.pop(folder, None)
        if known is not None and self._now() - known.listed_at < LISTED_ANEW_AFTER:
            try:
                self._known[folder] = self._with_changes(known, known.link)
            except MailboxFailure:
                self._known[folder] = known
                raise
            except (TemporaryFailure, PermanentFailure):
                self._known.pop(folder, None)
            else:
                return dict(self._known[folder].mails)
        url = f"{self.connection.base}/mailFolders/{quote(folder)}/messages"
        pages = list(self.connection.pages(f"{url}?{_LISTED}&$orderby=receivedDateTime&$top={PAGE}"))
        mails = {str(item["id"]): str(item.get("receivedDateTime", "")) for page in pages for item in page["value"]}
        if len(mails) > PAGE:
            mails |= self._begin_to_watch(folder, f"{url}/delta?{_LISTED}", mails)
        return mails

    def _begin_to_watch(self, folder: str, url: str, mails: dict[str, str]) -> dict[str, str]:
        """Remember a large folder from now on; a mailbox that will not tell changes is listed whole each time."""
        try:
            known = self._with_changes(_Known(dict(mails), "", self._now()), url)
        except (TemporaryFailure, PermanentFailure):
            return {}
        if known.link:
            self._known[folder] = known
        return known.mails

    def _with_changes(self, known: _Known, url: str) -> _Known:
        mails, link = dict(known.mails), ""
        for page in self.connection.pages(url, prefer=f"odata.maxpagesize={PAGE}"):
            for item in page["value"]:
                if "@removed" in item:
                    mails.pop(str(item["id"]), None)
                else:
                    mails[str(item["id"])] = str(item.get("receivedDateTime", mails.get(str(item["id"]), "")))
            link = str(page.get("@odata.deltaLink", ""))
        return _Known(mails, link, known.listed_at)

    # -----------------------------------------------------------------------------------------------------------------
    # Out

    def prepare(self, mail: OutgoingMail) -> Draft:
        """Find the draft of this effect, or make it of the mail's exact bytes; nothing leaves.

        A draft whose making was cut short bears no mark yet: it is found by its Message-ID, and marked.
        """
        found = self._find(mail)
        if found.has_left:
            return Draft(is_sent=True)
        if found.is_elsewhere:
            raise TemporaryFailure("the mail lies neither in Drafts nor in Sent: it may be leaving at this moment")
        if found.drafts:
            first, *others = found.drafts
            for other in others:  # two of us, or one that was cut between making and marking: one is sent
                self.discard(str(other["id"]))
        else:
            encoded = base64.b64encode(mail.content)
            first = self.connection.change("post", f"{self.connection.base}/messages", encoded, expected=201)
        draft = self._mark(mail, str(first["id"]))
        _check_recipient(mail, draft)
        bears = draft.get("internetMessageId")
        return Draft(str(first["id"]), None if bears == mail.message_id else str(bears))

    def send(self, mail: OutgoingMail, draft: Draft) -> None:  # noqa: ARG002 - it was all put into the draft
        """Send the draft. Microsoft keeps the copy in the mailbox's own Sent Items."""
        self.connection.let_go(f"{self._message(draft.id)}/send")

    def trace(self, mail: OutgoingMail, draft: Draft) -> Trace:
        """Look by the mark, by the Message-ID and by the draft's id, in every folder.

        What is found nowhere was sent and purged, or deleted by a person: nobody here can tell.
        """
        with _never_for_good():
            found = self._find(mail)
            if not found.drafts and not found.has_left and draft.id:
                found = self._sorted([self.look_at(draft.id)])
        if found.has_left:
            return "sent"
        return "draft" if found.drafts else "cannot_tell"

    def _find(self, mail: OutgoingMail) -> _Found:
        found = self._sorted(self.marked(mail.effect))
        if found.has_left or found.drafts or found.is_elsewhere:
            return found
        return self._sorted(self.bearing(mail.message_id))

    def marked(self, effect: str) -> list[dict[str, Any]]:
        """Find the messages that are marked with an effect, in every folder."""
        return self._matching(
            f"singleValueExtendedProperties/Any(ep: ep/id eq '{EFFECT}' and ep/value eq '{_quoted(effect)}')"
        )

    def bearing(self, message_id: str) -> list[dict[str, Any]]:
        """Find the messages with a Message-ID, in every folder."""
        return self._matching(f"internetMessageId eq '{_quoted(message_id)}'")

    def _matching(self, filter_text: str) -> list[dict[str, Any]]:
        url = f"{self.connection.base}/messages?$filter={quote(filter_text)}&{_LOOKED_AT}&$top={PAGE}"
        return [item for page in self.connection.pages(url) for item in page["value"]]

    def look_at(self, draft_id: str) -> dict[str, Any] | None:
        """Look at one message; None where it is gone."""
        try:
            return self.connection.get(f"{self._message(draft_id)}?{_LOOKED_AT}")
        except GoneError:
            return None

    def _sorted(self, messages: Sequence[dict[str, Any] | None]) -> _Found:
        """Tell what has left from what lies in Drafts. What is on its way out, or in a bin, is neither."""
        found = {str(message["id"]): message for message in messages if message is not None}.values()
        outbox, drafts = self.known_id("outbox"), self.known_id("drafts")
        lying = [message for message in found if message.get("isDraft") and message.get("parentFolderId") == drafts]
        lying.sort(key=lambda message: (str(message.get("createdDateTime")), str(message["id"])))
        return _Found(
            has_left=any(not message.get("isDraft") and message.get("parentFolderId") != outbox for message in found),
            drafts=tuple(lying),
            is_elsewhere=any(message.get("parentFolderId") == outbox for message in found),
        )

    def _mark(self, mail: OutgoingMail, draft_id: str) -> dict[str, Any]:
        """Mark a draft with its effect; where the server gave it a Message-ID of its own, ask for ours."""
        properties = [{"id": EFFECT, "value": mail.effect}]
        url = self._message(draft_id)
        draft = self.connection.change("patch", url, {"singleValueExtendedProperties": properties}, expected=200)
        if draft.get("internetMessageId") == mail.message_id:
            return draft
        try:
            return self.connection.change("patch", url, {"internetMessageId": mail.message_id}, expected=200)
        except PermanentFailure:
            return draft  # it keeps its own, and answers to that one count

    def discard(self, draft_id: str) -> None:
        """Put a message into the bin."""
        with suppress(GoneError):
            self.connection.change("delete", self._message(draft_id), expected=204)

    def close(self) -> None:
        """Let go of the line to Microsoft."""
        self.connection.close()

    # -----------------------------------------------------------------------------------------------------------------
    # Names and ids

    def _message(self, server_id: str) -> str:
        return f"{self.connection.base}/messages/{quote(server_id.removeprefix(JUNK), safe='')}"

    def known_id(self, name: str) -> str:
        """Give the id of one of Exchange's own folders."""
        if name not in self._folders:
            found = self.connection.get(f"{self.connection.base}/mailFolders/{name}?$select=id")
            self._folders[name] = str(found["id"])
        return self._folders[name]

    def _folder_id(self, name: MailboxFolder) -> str:
        """Give the id of a folder of ours, which lies beside the inbox; make it where it is missing."""
        if name not in self._folders:
            self._folders[name] = self._find_folder(name) or self._make_folder(name)
        return self._folders[name]

    def _find_folder(self, name: MailboxFolder) -> str | None:
        wanted = quote(f"displayName eq '{name}'")
        url = f"{self.connection.base}/mailFolders?$filter={wanted}&$top={PAGE}"
        return next((str(item["id"]) for page in self.connection.pages(url) for item in page["value"]), None)

    def _make_folder(self, name: MailboxFolder) -> str:
        made = self.connection.change(
            "post", f"{self.connection.base}/mailFolders", {"displayName": name}, expected=201
        )
        return str(made["id"])


@contextmanager
def _never_for_good() -> Iterator[None]:
    """Take no refusal to look or to move for the last word: it is no mail's fault, and a person mends it."""
    try:
        yield
    except PermanentFailure as refused:
        raise TemporaryFailure(str(refused)) from refused


def _check_recipient(mail: OutgoingMail, draft: dict[str, Any]) -> None:
    """Refuse a draft that would go to anybody else: a person has changed it, or the server read it otherwise."""
    try:
        to, *others = [
            str(item["emailAddress"]["address"]).lower()
            for name in ("toRecipients", "ccRecipients", "bccRecipients")
            for item in draft.get(name, ())
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise PermanentFailure("the draft in the mailbox has no recipient") from error
    if others or to != mail.recipient.lower():
        raise PermanentFailure("the draft in the mailbox is addressed to somebody else than the mail")


def _moment(told: str) -> datetime | None:
    """Read when a mail was received; None where Microsoft does not say so in a way that is certain."""
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _quoted(text: str) -> str:
    return text.replace("'", "''")
