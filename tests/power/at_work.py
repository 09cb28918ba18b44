"""What is recorded: a store is made and worked with; after each thing that it has acknowledged that is said aloud.

Run as `python -m tests.power.at_work FOLDER MODE`; MODE is what SQLite's `synchronous` is set to, FULL as it ships.
"""

import os
import sys
from pathlib import Path

from sqlalchemy import event

from cspr_bot.store import Store
from cspr_bot.store.upkeep import empty_log
from tests.fakes.store import NOW, a_mail, keep, new_store, open_a_case, step

MAILS = 8


def say(what: str) -> None:
    """Say in one write what is acknowledged by now."""
    os.write(1, f"ACK {what}\n".encode())


def work(store: Store) -> None:
    """Keep mails, open cases, write mails of ours and send them."""
    for number in range(MAILS):
        say(f"kept {keep(store, f'mail {number}')}")
        reference = f"NS-{number}"
        open_a_case(store, reference)
        say(f"case {reference}")
        if number == 0:
            step(store, *(a_mail(place) for place in range(MAILS)), case=store.progression.load_case("NS-0").case)
        outgoing = store.dispatch.claim_outgoing(NOW)
        if outgoing is not None:
            store.dispatch.mark_sent(outgoing.id, NOW)
            say(f"sent {outgoing.id}")
        if number == MAILS // 2:
            empty_log(store.engine)  # what SQLite does by itself after a thousand pages


def main() -> None:
    """Work in a folder."""
    store = new_store(Path(sys.argv[1]))
    if sys.argv[2] != "FULL":
        store.engine.dispose()
        event.listen(store.engine, "connect", lambda given, _: given.execute(f"PRAGMA synchronous = {sys.argv[2]}"))
    say("opened")
    work(store)


if __name__ == "__main__":
    main()
