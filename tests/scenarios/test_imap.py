"""The same case over a real IMAP server, the server's own mishaps included."""

from email import message_from_bytes

import pytest

from cspr_bot.demonstration.post import new_mail
from cspr_bot.pipeline.ports import TemporaryFailure
from tests.contracts.imap_world import ImapWorld, imap_world
from tests.scenarios.partnership import LETTER, Partnership
from tests.scenarios.people import COMPLETE, MAILBOX, word_file
from tests.servers.imap_proxy import ImapFault
from tests.servers.smtp_sink import SmtpFault


def refer(home: Partnership, world: ImapWorld) -> None:
    sender = f"{COMPLETE.referrer.name} <{COMPLETE.referrer.email}>"
    world.deliver(new_mail(sender, MAILBOX, "Referral", LETTER, home.now, word_file(COMPLETE)))


def test_a_referral_comes_in_and_is_acknowledged_once_though_the_server_numbers_its_mails_anew(
    home: Partnership,
) -> None:
    home.wait_until("2026-12-15 10:12")
    with imap_world() as world:
        home.reopen()
        home.office.mailbox = mailbox = world.open()
        refer(home, world)
        world.line.faults.append(ImapFault("EXAMINE", "garble", (b"[UIDVALIDITY 1", b"[UIDVALIDITY 2")))
        world.sink.faults.append(SmtpFault("RCPT", "451 4.7.1 later"))
        with pytest.raises(TemporaryFailure, match="anew"):  # under its old number it cannot be had any more
            home.work()
        home.work()
        (case,) = home.references()
        home.wait_until("2026-12-15 12:00")
        world.move_by_hand("Processed", "INBOX")  # a person drags it back
        home.work()
        assert home.references() == [case]
        assert len(home.office.store.reports.inbox_rows()) == 2
        assert {row.status for row in home.office.store.reports.outbox_rows()} == {"sent"}
        effects = [message_from_bytes(raw)["X-CSPR-Effect"] for raw in world.arrived()]
        assert len(effects) == len(set(effects)) == len(home.sent()) == len(world.kept_in_sent())
        assert world.lying_in("inbox") == []
        mailbox.close()


def test_while_the_server_is_away_nothing_is_lost(home: Partnership) -> None:
    home.wait_until("2026-12-15 10:12")
    with imap_world() as world:
        home.reopen()
        home.office.mailbox = mailbox = world.open()
        refer(home, world)
        world.line.faults.append(ImapFault("GREETING", "drop after"))
        with pytest.raises(TemporaryFailure):
            home.work()
        home.work()
        assert len(home.references()) == 1
        mailbox.close()
