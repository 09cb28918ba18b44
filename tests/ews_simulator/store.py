"""What an Exchange mailbox holds: folders, items with ids that change when they are moved, and what has left it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import compat32
from hashlib import sha256

DISTINGUISHED = {
    "root": "Root",
    "msgfolderroot": "Top of Information Store",
    "inbox": "Inbox",
    "junkemail": "Junk Email",
    "sentitems": "Sent Items",
    "drafts": "Drafts",
    "deleteditems": "Deleted Items",
}
REGENERATED = ("from", "to", "subject", "date", "message-id", "in-reply-to", "references", "mime-version", "content-")


class RefusedError(Exception):
    """What the server says no to, by its response code."""


@dataclass
class Folder:
    """A folder; the well-known ones have a name that is the same in every language."""

    id: str
    name: str
    parent: str
    well_known: str = ""


@dataclass
class Item:
    """A mail: its MIME, the transport's own headers, and the properties that programs have put on it."""

    id: str
    folder: str
    mime: bytes
    number: int
    received_at: datetime = datetime(2026, 11, 23, 9, tzinfo=UTC)
    key: str = "CQ=="
    properties: dict[str, str] = field(default_factory=dict)
    is_draft: bool = False

    @property
    def message_id(self) -> str:
        return str(message_from_bytes(self.mime)["Message-ID"] or "")

    @property
    def transport_headers(self) -> str:
        return "" if self.is_draft else self.mime.partition(b"\r\n\r\n")[0].decode("latin-1") + "\r\n"


class Exchange:
    """The mailbox, and what reached the recipients. `regenerates`: MIME that is given out has only standard headers."""

    def __init__(self) -> None:
        self.folders: dict[str, Folder] = {}
        self.items: dict[str, Item] = {}
        self.arrived: list[bytes] = []
        self.mailbox = "partnership@nsscp.example"
        self.readable: set[str] = set()  # mailboxes of others that this login may read, and those that it may not
        self.refused: set[str] = set()
        self.may_impersonate: set[str] = {self.mailbox}  # in whose name this login may act
        self.regenerates = False
        self.keeps_properties_in_sent = True
        self.keeps_sent = True
        self.forgets_to_move_drafts = False  # another maker's server: it sends, says that it failed, keeps the draft
        self._count = 0
        for well_known, name in DISTINGUISHED.items():
            parent = {"root": "", "msgfolderroot": "root"}.get(well_known, "msgfolderroot")
            self._add_folder(name, parent and self.folder(parent).id, well_known)

    def folder(self, name: str) -> Folder:
        """Give a folder by its well-known name, its id or the name that people see."""
        if name in self.folders:
            return self.folders[name]
        for folder in self.folders.values():
            if name in {folder.well_known, folder.name}:
                return folder
        raise RefusedError("ErrorFolderNotFound")

    def impersonated(self, address: str) -> str:
        """Say by which code we refuse that somebody acts in another's name; "" where they may."""
        if address in self.may_impersonate:
            return ""
        return "ErrorImpersonateUserDenied" if address in self.refused | self.readable else "ErrorNonExistentMailbox"

    def make_folder(self, parent: str, name: str) -> Folder:
        if any(folder.name == name and folder.parent == parent for folder in self.folders.values()):
            raise RefusedError("ErrorFolderExists")
        return self._add_folder(name, parent)

    def below(self, parent: str, *, deep: bool) -> list[Folder]:
        children = [folder for folder in self.folders.values() if folder.parent == parent]
        return children + [found for child in children if deep for found in self.below(child.id, deep=True)]

    def deliver(self, raw: bytes, folder: str = "inbox") -> Item:
        return self.add(raw, self.folder(folder).id)

    def add(self, mime: bytes, folder: str, *, is_draft: bool = False) -> Item:
        self._count += 1
        item = Item(self._new_id(), folder, mime, self._count, is_draft=is_draft)
        self.items[item.id] = item
        return item

    def item(self, item_id: str) -> Item:
        if item_id not in self.items:
            raise RefusedError("ErrorItemNotFound")
        return self.items[item_id]

    def move(self, item_id: str, folder: str) -> Item:
        """Move an item: from now on it has another id, and nothing has the old one."""
        item = self.item(item_id)
        del self.items[item_id]
        item.id, item.folder = self._new_id(), folder
        self.items[item.id] = item
        return item

    def remove(self, item_id: str) -> None:
        self.item(item_id)
        del self.items[item_id]

    def send(self, item_id: str, key: str, sent: str) -> None:
        item = self.item(item_id)
        if not item.is_draft:
            raise RefusedError("ErrorInvalidOperation")
        if item.key != key:
            raise RefusedError("ErrorIrresolvableConflict")
        self.arrived.append(self.on_the_wire(item))
        if self.forgets_to_move_drafts:
            raise RefusedError("")
        item.is_draft = False
        if not self.keeps_properties_in_sent:
            item.properties = {}
        if self.keeps_sent:
            self.move(item_id, sent)
        else:
            self.remove(item_id)

    def mime_of(self, item: Item) -> bytes:
        """Give the MIME as the server gives it out."""
        return self._with(item.mime, {}) if self.regenerates else item.mime

    def on_the_wire(self, item: Item) -> bytes:
        """Give what leaves: standard headers of the MIME, and those that were given as properties of their own."""
        named = {name[4:]: value for name, value in item.properties.items() if name.startswith("hdr:")}
        return self._with(item.mime, named)

    def _with(self, mime: bytes, named: dict[str, str]) -> bytes:
        message = message_from_bytes(mime, policy=compat32)
        for name in set(message.keys()):
            if not name.lower().startswith(REGENERATED):
                del message[name]
        for name, value in named.items():
            message[name] = value
        return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    def lying_in(self, folder: str) -> list[bytes]:
        where = {found.id for found in self.folders.values() if folder in {found.well_known, found.name}}
        found = [item for item in self.items.values() if item.folder in where]
        return [item.mime for item in sorted(found, key=lambda item: item.number)]

    def _add_folder(self, name: str, parent: str, well_known: str = "") -> Folder:
        folder = Folder(self._new_id(), name, parent, well_known)
        self.folders[folder.id] = folder
        return folder

    def _new_id(self) -> str:
        self._count += 1
        return "AAMk" + sha256(str(self._count).encode()).hexdigest()
