"""`make demo-graph`: the demonstration over Microsoft Graph, by TLS and OAuth, on a simulated Microsoft 365."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from cspr_bot.bootstrap.world import SystemClock
from cspr_bot.cli.demonstrating import show
from cspr_bot.demonstration.cast import MAILBOX
from cspr_bot.demonstration.story import Post
from cspr_bot.mail.graph import GraphMailbox
from tests.graph_simulator.server import GraphSimulator, simulated
from tests.transports.graph import access_to

FOLDERS = {"inbox": "Inbox", "Processed": "Processed", "Held": "Held", "drafts": "Drafts", "sentitems": "Sent Items"}


def main(folder: Path) -> int:
    """Play the story; leave the simulated mailbox beside the home, one file a mail."""
    now = SystemClock().now
    with TemporaryDirectory() as keys, simulated(Path(keys), MAILBOX, now) as server:
        post = Post(GraphMailbox(access_to(server, answers_within=30), now), server.exchange.deliver)
        status = show(folder, post=post)
        _tell(server, folder / "microsoft-365")
        return status


def _tell(server: GraphSimulator, folder: Path) -> None:
    """Say what Microsoft 365 saw of it, and where its mailbox can be read."""
    print(f"  {'the mailbox':21} {folder}")  # noqa: T201
    print("\nWhat the simulated Microsoft 365 saw, over TLS and with a certificate for its sign-in:")  # noqa: T201
    for key, name in FOLDERS.items():
        mails = server.exchange.lying_in(key)
        for number, raw in enumerate(mails, start=1):
            file = folder / name / f"{number:04}.eml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(raw)
        print(f"  {name:21} {len(mails)} mails")  # noqa: T201
    watch = server.watch
    counted = ", ".join(f"{name} {number}" for name, number in sorted(watch.counts.items()))
    print(f"  {watch.total} requests, {watch.most_at_once} at once: {counted}")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
