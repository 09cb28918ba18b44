"""Beside the stations: once a night, what lies in the mailbox is held against what the database knows of it."""

from dataclasses import dataclass
from datetime import time, timedelta

from cspr_bot.pipeline.digest_facts import Reconciled
from cspr_bot.pipeline.ports import Clock, KeepsFiledMail, Mailbox
from cspr_bot.pipeline.rules import Rules
from cspr_bot.pipeline.stores import ReconciliationStore

NIGHT = time(2)  # local time: what happened until the office closed lies still
LOOKS_BACK = timedelta(days=30)  # for so long a mailbox must keep what was filed: it is the journal of last resort
PATIENCE = timedelta(hours=1)  # for a mail that was taken in and not yet worked on


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Compares the mailbox with the database, once each night, and keeps what it found for the morning's page.

    It mends nothing by itself: a mail that somebody moved out of the inbox before the program had seen it may have
    been dealt with, or may be a referral that nobody has read. Only a person can tell.
    """

    mailbox: Mailbox
    store: ReconciliationStore
    clock: Clock
    rules: Rules

    def step(self) -> Reconciled | None:
        """Compare, where it is night and nobody has; what fails of the mailbox is raised, and tried the next round."""
        now = self.clock.now()
        local = now.astimezone(self.rules.calendar.hours.zone)
        last = self.store.last_reconciled()
        if local.time() < NIGHT or (last is not None and last.on >= local.date()):
            return None
        there = self._filed()
        found = Reconciled(
            on=local.date(),
            strangers=0 if there is None else self.store.count_strangers(there),
            missing=0 if there is None else self.store.count_missing(there, now - LOOKS_BACK),
            stranded=self.store.count_stranded(now - PATIENCE),
        )
        self.store.put_reconciled(now, found)
        return found

    def _filed(self) -> tuple[str, ...] | None:
        """Give the ids of what was filed; None where the mailbox cannot, or where a mail that was moved has another."""
        if not isinstance(self.mailbox, KeepsFiledMail) or not self.mailbox.keeps_ids:
            return None
        return tuple(mail.server_id for mail in self.mailbox.list_filed())
