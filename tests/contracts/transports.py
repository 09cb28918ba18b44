"""Every transport as the contract suite meets it: the adapter on one side, and the world's own hands on the other."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol

from cspr_bot.mail.folder import FolderMailbox
from cspr_bot.mail.graph import GraphMailbox
from cspr_bot.pipeline.ports import Mailbox
from tests.contracts.ews_world import ews_world
from tests.contracts.imap_world import imap_world
from tests.fakes.mailbox import FakeMailbox
from tests.graph_simulator.server import simulated
from tests.graph_simulator.store import Exchange
from tests.transports.graph import MAILBOX, access_to

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

Place = Literal["inbox", "junk", "Processed", "Held", "Earlier"]


class World(Protocol):
    """What others do and see: the receiving server, the recipients, a person with a mail program."""

    def deliver(self, raw: bytes, *, to_junk: bool = False) -> None:
        """Put a mail in the inbox, or where the server puts what it takes for junk."""
        ...

    def remove_all(self) -> None:
        """Delete every mail in the inbox for good, as a person may."""
        ...

    def drag_all(self, *, within_inbox: bool) -> None:
        """Drag every mail in the inbox into a folder beside it, or into one in it, as a person may."""
        ...

    def lying_in(self, place: Place) -> list[bytes]:
        """Give the mails that lie in a place."""
        ...

    def arrived(self) -> list[bytes]:
        """Give every mail that reached a recipient, once for each time it did."""
        ...

    def kept_in_sent(self) -> list[bytes]:
        """Give the mails that a person finds in Sent."""
        ...


@dataclass(frozen=True)
class Transport:
    """A mailbox, the world around it, and how a process that starts anew opens the same mailbox again."""

    mailbox: Mailbox
    world: World
    reopened: Callable[[], Mailbox]


Maker = Callable[[Path], Iterator[Transport]]


class FolderWorld:
    """A folder, and whoever drops files in it."""

    def __init__(self, path: Path, folder: FolderMailbox) -> None:
        self._path, self._folder = path, folder

    def deliver(self, raw: bytes, *, to_junk: bool = False) -> None:
        assert not to_junk
        self._folder.deliver(raw)

    def remove_all(self) -> None:
        for file in self._path.glob("[nc]*/*"):
            file.unlink()

    def drag_all(self, *, within_inbox: bool) -> None:
        raise NotImplementedError  # a folder on a disk has no list that could be old

    def lying_in(self, place: Place) -> list[bytes]:
        return self._mails("" if place == "inbox" else f".{place}")

    def arrived(self) -> list[bytes]:
        return self._mails(".Sent")

    def kept_in_sent(self) -> list[bytes]:
        return self._mails(".Sent")

    def _mails(self, folder: str) -> list[bytes]:
        return [file.read_bytes() for file in sorted((self._path / folder).glob("[nc]*/*"))]


def a_folder(folder: Path) -> Iterator[Transport]:
    path = folder / "mailbox"
    mailbox = FolderMailbox(path, lambda: NOON)
    yield Transport(mailbox, FolderWorld(path, mailbox), lambda: FolderMailbox(path, lambda: NOON))


class FakeWorld:
    """The fake's own memory."""

    def __init__(self, fake: FakeMailbox) -> None:
        self._fake = fake

    def deliver(self, raw: bytes, *, to_junk: bool = False) -> None:
        self._fake.deliver(raw, is_junk=to_junk)

    def remove_all(self) -> None:
        self._fake.inbox.clear()

    def drag_all(self, *, within_inbox: bool) -> None:
        raise NotImplementedError

    def lying_in(self, place: Place) -> list[bytes]:
        fake = self._fake
        if place in {"inbox", "junk"}:
            return [raw for name, raw in fake.inbox.items() if (name in fake.junk) == (place == "junk")]
        return list(fake.folders[place].values())

    def arrived(self) -> list[bytes]:
        return [mail.content for mail in self._fake.sent]

    def kept_in_sent(self) -> list[bytes]:
        return self.arrived()


def a_fake(_: Path) -> Iterator[Transport]:
    fake = FakeMailbox()
    yield Transport(fake, FakeWorld(fake), lambda: fake)


class GraphWorld:
    """The simulated server, and the hands of everybody who uses the mailbox beside the program."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def deliver(self, raw: bytes, *, to_junk: bool = False) -> None:
        self._exchange.deliver(raw, "junkemail" if to_junk else "inbox")

    def remove_all(self) -> None:
        for message in self._exchange.within("inbox"):
            self._exchange.remove(message.id)

    def drag_all(self, *, within_inbox: bool) -> None:
        target = self._exchange.make_folder("By hand", "inbox" if within_inbox else "msgfolderroot")
        for message in self._exchange.within("inbox"):
            self._exchange.move(message.id, target)

    def lying_in(self, place: Place) -> list[bytes]:
        return self._exchange.lying_in({"junk": "junkemail"}.get(place, place))

    def arrived(self) -> list[bytes]:
        return list(self._exchange.arrived)

    def kept_in_sent(self) -> list[bytes]:
        return self._exchange.lying_in("sentitems")


def a_graph(folder: Path) -> Iterator[Transport]:
    folder.mkdir(exist_ok=True)
    with simulated(folder, MAILBOX, lambda: NOON) as simulator:

        def mailbox() -> GraphMailbox:
            return GraphMailbox(access_to(simulator), lambda: NOON)

        yield Transport(mailbox(), GraphWorld(simulator.exchange), mailbox)


def an_imap_server(_: Path) -> Iterator[Transport]:
    with imap_world() as world:
        yield Transport(world.open(), world, world.open)


def an_exchange_server(folder: Path) -> Iterator[Transport]:
    with ews_world(folder) as world:
        yield Transport(world.open(), world, world.open)


# A transport that joins the house joins here, and the suite runs on it unchanged.
MAKERS: dict[str, Maker] = {
    "folder": a_folder,
    "fake": a_fake,
    "graph": a_graph,
    "imap": an_imap_server,
    "ews": an_exchange_server,
}
WITHOUT_JUNK = {"folder"}  # on a disk nobody sorts the mails


@contextmanager
def opened(name: str, folder: Path) -> Iterator[Transport]:
    """Open a transport by its name, with its servers where it has any; they end with the block."""
    yield from MAKERS[name](folder)
