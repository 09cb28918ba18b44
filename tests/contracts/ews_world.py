"""A mailbox on a simulated Exchange, and the world around it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cspr_bot.mail.ews import EwsMailbox
from cspr_bot.mail.ews_connection import EwsAccess
from cspr_bot.mail.login import TokenLogin
from cspr_bot.pipeline.ports import PauseNote
from tests.ews_simulator.server import PASSWORD, USER, Simulator, simulated

MAILBOX = "partnership@nsscp.example"
FOLDERS = {"junk": "junkemail"}


@dataclass
class EwsWorld:
    """What others do in the mailbox and see of it."""

    simulator: Simulator
    mailboxes: list[EwsMailbox] = field(default_factory=list)

    def open(
        self,
        answer_seconds: float = 5,
        auth: Literal["basic", "ntlm"] = "basic",
        password: str = PASSWORD,
        token: TokenLogin | None = None,
        note: PauseNote | None = None,
        ca_file: Path | None = None,
    ) -> EwsMailbox:
        """Open the mailbox as a process that starts anew does."""
        access = EwsAccess(
            self.simulator.endpoint,
            MAILBOX,
            USER,
            password,
            auth,
            ca_file=ca_file or self.simulator.authority.ca_file,
            answer_seconds=answer_seconds,
            token=token,
            impersonates=token is not None,
        )
        self.mailboxes.append(EwsMailbox(access, self.simulator.present, note))
        return self.mailboxes[-1]

    def deliver(self, raw: bytes, *, to_junk: bool = False) -> None:
        self.simulator.exchange.deliver(raw, "junkemail" if to_junk else "inbox")

    def remove_all(self) -> None:
        exchange = self.simulator.exchange
        for item in list(exchange.items.values()):
            if item.folder == exchange.folder("inbox").id:
                exchange.remove(item.id)

    def drag_all(self, *, within_inbox: bool) -> None:
        exchange = self.simulator.exchange
        inbox = exchange.folder("inbox").id
        target = exchange.make_folder(inbox if within_inbox else exchange.folder("msgfolderroot").id, "By hand")
        for item in list(exchange.items.values()):
            if item.folder == inbox:
                exchange.move(item.id, target.id)

    def lying_in(self, place: str) -> list[bytes]:
        return self.simulator.exchange.lying_in(FOLDERS.get(place, place))

    def arrived(self) -> list[bytes]:
        return list(self.simulator.exchange.arrived)

    def kept_in_sent(self) -> list[bytes]:
        return self.lying_in("sentitems")

    def marked(self) -> int:
        """Count the drafts of which nobody knows whether they left."""
        exchange = self.simulator.exchange
        drafts = exchange.folder("drafts").id
        marks = [
            value for item in exchange.items.values() if item.folder == drafts for value in item.properties.values()
        ]
        return marks.count("may have left")


@contextmanager
def ews_world(folder: Path) -> Iterator[EwsWorld]:
    """Run the simulator until the block ends."""
    folder.mkdir(exist_ok=True)
    with simulated(folder) as simulator:
        world = EwsWorld(simulator)
        try:
            yield world
        finally:
            for mailbox in world.mailboxes:
                mailbox.close()
