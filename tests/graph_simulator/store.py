"""The mailbox on the simulated server: folders and messages as Exchange has them, and whoever else touches them."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.utils import getaddresses
from itertools import count
from threading import RLock

WELL_KNOWN = {
    "msgfolderroot": "Top of Information Store",
    "inbox": "Inbox",
    "drafts": "Drafts",
    "sentitems": "Sent Items",
    "deleteditems": "Deleted Items",
    "junkemail": "Junk Email",
    "outbox": "Outbox",
}
_EFFECT = re.compile(r"singleValueExtendedProperties/Any\(ep: ep/id eq '([^']+)' and ep/value eq '([^']*)'\)")
_MESSAGE_ID = re.compile(r"internetMessageId eq '((?:[^']|'')*)'")


class RefusedError(Exception):
    """What the server answers instead: a status, and Microsoft's own code for it."""

    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message or code


@dataclass
class Folder:
    """A folder, known by its id, and by its well-known name where it has one."""

    id: str
    name: str
    parent: str


@dataclass
class Message:
    """A message. Its id stays; the other one, for who does not ask for that, changes whenever it is moved."""

    id: str
    folder: str
    raw: bytes
    created_at: datetime
    is_draft: bool = False
    is_read: bool = False
    message_id: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    moves: int = 0
    changed: int = 0
    looks_left_as_draft: int = 0

    @property
    def passing_id(self) -> str:
        """The id for who did not ask for one that stays."""
        return f"passing-{self.id}-{self.moves}"

    def addresses(self, header: str) -> list[str]:
        """Give the addresses in a header."""
        mail = message_from_bytes(self.raw, policy=policy.compat32)
        return [address for _, address in getaddresses([str(value) for value in mail.get_all(header, [])])]


class Exchange:
    """One mailbox and its world. Everything that left is in `arrived`, once for each time it did."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime(2026, 11, 23, 12, tzinfo=UTC)) -> None:
        self.now = now
        self.lock = RLock()
        self.folders = {key: Folder(key, name, "msgfolderroot") for key, name in WELL_KNOWN.items()}
        self.messages: dict[str, Message] = {}
        self.arrived: list[bytes] = []
        self.removed: list[tuple[int, str, str]] = []  # when, from which folder, which message
        self.keeps_sent = True
        self.shows_sent_after = 0  # looks, for which what was sent still looks like a draft
        self.gives_own_message_ids = False
        self.quota_is_used_up = False
        self._numbers = count(1)
        self._changes = count(1)
        self.change = 0

    # -----------------------------------------------------------------------------------------------------------------
    # The world

    def deliver(self, raw: bytes, folder: str = "inbox") -> str:
        """Put a mail where the server puts it."""
        with self.lock:
            message = self._add(raw, folder)
            found = message_from_bytes(raw, policy=policy.compat32)["Message-ID"]
            message.message_id = str(found or "").strip()
            return message.id

    def make_folder(self, name: str, parent: str = "msgfolderroot") -> str:
        """Make a folder, as a person or a program does."""
        with self.lock:
            if any(folder.name == name and folder.parent == parent for folder in self.folders.values()):
                raise RefusedError(409, "ErrorFolderExists")
            folder = Folder(f"folder-{next(self._numbers)}", name, parent)
            self.folders[folder.id] = folder
            return folder.id

    def lying_in(self, folder: str) -> list[bytes]:
        """Give the mails of a folder, by its id or its name."""
        with self.lock:
            ids = {item.id for item in self.folders.values() if folder in {item.id, item.name}}
            return [message.raw for message in self.messages.values() if message.folder in ids]

    def remove(self, message_id: str) -> None:
        """Delete a message for good."""
        with self.lock:
            message = self.messages.pop(message_id)
            self.removed.append((self._changed(), message.folder, message.id))

    def move(self, message_id: str, folder: str) -> Message:
        """Move a message, as a person or a program does."""
        with self.lock:
            message = self.find(message_id)
            target = self.folder(folder).id
            if message.folder != target:
                self.removed.append((self._changed(), message.folder, message.id))
                message.folder = target
                message.moves += 1
                message.changed = self._changed()
            return message

    # -----------------------------------------------------------------------------------------------------------------
    # What the program asks for

    def folder(self, key: str) -> Folder:
        """Find a folder by its id or its well-known name."""
        try:
            return self.folders[key]
        except KeyError:
            raise RefusedError(404, "ErrorFolderNotFound") from None

    def children(self, parent: str) -> list[Folder]:
        """Give the folders in a folder."""
        return [item for item in self.folders.values() if item.parent == parent and item.id != parent]

    def find(self, message_id: str) -> Message:
        """Find a message by either of its ids."""
        message = self.messages.get(message_id)
        if message is None:
            message = next((item for item in self.messages.values() if item.passing_id == message_id), None)
        if message is None:
            raise RefusedError(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        return message

    def within(self, folder: str) -> list[Message]:
        """Give the messages of a folder, oldest first."""
        target = self.folder(folder).id
        return sorted(
            (message for message in self.messages.values() if message.folder == target),
            key=lambda message: (message.created_at, message.id),
        )

    def matching(self, filter_text: str) -> list[Message]:
        """Give the messages of all folders that a filter names; whatever else it says is refused."""
        if found := _EFFECT.fullmatch(filter_text):
            return [item for item in self.messages.values() if item.properties.get(found[1]) == found[2]]
        if found := _MESSAGE_ID.fullmatch(filter_text):
            wanted = found[1].replace("''", "'")
            return [item for item in self.messages.values() if item.message_id == wanted]
        raise RefusedError(400, "ErrorInvalidUrlQueryFilter")

    def create(self, raw: bytes) -> Message:
        """Make a draft of MIME."""
        self._refuse_where_full()
        message = self._add(raw, "drafts")
        message.is_draft = True
        found = message_from_bytes(raw, policy=policy.compat32)["Message-ID"]
        own = f"<{message.id}@simulated.outlook.example>"
        message.message_id = own if self.gives_own_message_ids else str(found or own).strip()
        return message

    def patch(self, message: Message, changes: dict[str, object]) -> None:
        """Change what may be changed."""
        for name, value in changes.items():
            match name, value:
                case "singleValueExtendedProperties", list():
                    for item in value:
                        message.properties[item["id"]] = item["value"]
                case "internetMessageId", str() if message.is_draft and not self.gives_own_message_ids:
                    message.message_id = value
                case _:
                    raise RefusedError(400, "ErrorInvalidPropertySet")
        message.changed = self._changed()

    def send(self, message: Message) -> None:
        """Send a draft; whatever is no draft any more is not found (olkcli issue 118)."""
        self._refuse_where_full()
        if not message.is_draft or message.folder != "drafts":
            raise RefusedError(404, "ErrorItemNotFound")
        if not message.addresses("To"):
            raise RefusedError(400, "ErrorInvalidRecipients")
        self.arrived.append(message.raw)
        if not self.keeps_sent:
            self.remove(message.id)
            return
        message.looks_left_as_draft = self.shows_sent_after
        if not message.looks_left_as_draft:
            self._show_as_sent(message)

    def look_at(self, messages: Iterable[Message]) -> list[Message]:
        """Give messages as they look now: what was sent may look like a draft for a while."""
        looked = list(messages)
        for message in looked:
            if message.looks_left_as_draft:
                message.looks_left_as_draft -= 1
                if not message.looks_left_as_draft:
                    self._show_as_sent(message)
        return looked

    def _show_as_sent(self, message: Message) -> None:
        message.is_draft = False
        self.move(message.id, "sentitems")

    def _refuse_where_full(self) -> None:
        if self.quota_is_used_up:
            raise RefusedError(403, "ErrorQuotaExceeded", "The mailbox has exceeded its quota.")

    def _add(self, raw: bytes, folder: str) -> Message:
        number = next(self._numbers)
        created_at = self.now() + timedelta(microseconds=number)
        message = Message(f"immutable-{number:06}", self.folder(folder).id, raw, created_at)
        message.changed = self._changed()
        self.messages[message.id] = message
        return message

    def _changed(self) -> int:
        self.change = next(self._changes)
        return self.change
