"""The promises, checked after every step of a life: nothing lost or doubled, the right recipients, an honest log."""

import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from cspr_bot.config import Home
from cspr_bot.correspondence.contacts import Contact
from cspr_bot.pipeline.ports import OutgoingMail
from cspr_bot.procedure.reminders import ladder_of, rung_reached
from cspr_bot.store import Store
from cspr_bot.store.audit import AuditEntry, link
from tests.simulation.people import Post

AN_HOUR = timedelta(hours=1)
FATES = ("held", "filed", "ignored")


class BrokenPromiseError(AssertionError):
    """A promise was broken, and which."""


def promise(kept: object, broken: str, *about: object) -> None:
    """Hold a promise."""
    if not kept:
        raise BrokenPromiseError(": ".join(map(str, (broken, *about))))


@dataclass
class Ledger:
    """What the world knows for certain, whatever became of any process or database."""

    posted: dict[str, Post] = field(default_factory=dict)
    taken_away: set[str] = field(default_factory=set)
    effects: Counter[str] = field(default_factory=Counter)
    sent: Counter[tuple[object, ...]] = field(default_factory=Counter)
    given_up: set[str] = field(default_factory=set)  # effects of which a person has decided
    audited: tuple[int, bytes] = (0, bytes(32))
    was_restored: bool = False


class Checks:
    """Looks at one life's database and mailbox with eyes of its own. `store` is for its keys alone."""

    def __init__(self, file: Path, store: Store, ledger: Ledger) -> None:
        self._ledger = ledger
        self._ring = store.intake._db.ring
        self._eyes = sqlite3.connect(file, isolation_level=None)
        self._eyes.row_factory = sqlite3.Row

    def close(self) -> None:
        """Let go of the database."""
        self._eyes.close()

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Ask the database."""
        return self._eyes.execute(query, values).fetchall()

    # -----------------------------------------------------------------------------------------------------------------
    # In the moment in which something happens

    def departs(self, mail: OutgoingMail, home: Home, on: datetime) -> None:
        """Check a mail of ours in the moment it leaves: that it does so once, and to whom."""
        ledger = self._ledger
        found = self.rows(
            "SELECT id, reference, notice, role, task, event, rung, is_listed, substr(queued_at, 1, 13) AS hour "
            "FROM outbox WHERE header_hash = ?",
            self._ring.hash("effect", mail.effect),
        )
        promise(found, "a mail left that stands in no outbox", mail.effect)
        row = found[0]
        ledger.effects[mail.effect] += 1
        promise(ledger.effects[mail.effect] == 1, "sent twice", row["id"], row["notice"])
        about = (row["event"] or row["hour"]) if row["task"] is None else (row["task"], row["rung"])
        same = (row["reference"], row["notice"], about, mail.recipient)
        if row["task"] is not None or not ledger.was_restored:  # events are numbered anew after a restore
            ledger.sent[same] += 1
            promise(ledger.sent[same] == 1, "the same said twice", *same)
        self._right_recipient(mail.recipient, row, home, on)

    def _right_recipient(self, address: str, row: sqlite3.Row, home: Home, on: datetime) -> None:
        day = home.calendar.day_of(on)
        contacts = [contact for contact in home.book.contacts if contact.is_valid(day)]
        promise(address != home.book.partnership.mailbox, "sent to ourselves", row["id"])
        if row["is_listed"] and row["role"] != "referrer":  # a contact may refer, and is answered like anybody
            own = [contact for contact in contacts if address in _addresses(contact)]
            promise(own, "sent to nobody on the list", row["id"], address)
            roles = {contact.role for contact in own}
            is_right = row["role"] in roles or "coordinator" in roles or row["role"] == "agency"
            promise(is_right, "sent to the wrong role", row["id"], row["role"], roles)
            return
        posts = [name for name, post in self._ledger.posted.items() if post.sender == address and post.is_proven]
        promise(posts, "sent to somebody who never proved to have written", row["id"])
        cases = {case for name in posts for case in self._cases_of(name)}
        promise(row["reference"] in cases, "sent to the sender of another case", row["id"], row["reference"], cases)

    def _cases_of(self, server_id: str) -> set[str]:
        found = self.rows(
            "SELECT id, reference FROM inbox WHERE server_hash = ?", self._ring.hash("server id", server_id)
        )
        opened = {
            row["reference"]
            for inbox in found
            for row in self.rows("SELECT reference FROM form_digests WHERE inbox_id = ?", inbox["id"])
        }
        return opened | {name for row in found for name in (row["reference"], f"held:{row['id']}")}

    def files(self, server_id: str, folder: str) -> None:
        """Check a mail that is about to leave the inbox: what became of it is written down by then.

        A person may have decided on it in this very moment: then it goes where it would have gone before.
        """
        row = self.fate_of(server_id)
        promise(row is not None and row["status"] in FATES, "moved before its fate was written down", server_id, folder)

    def fate_of(self, server_id: str) -> sqlite3.Row | None:
        """Give what became of a mail; None where it was not kept."""
        found = self.rows(
            "SELECT id, status, kind, reference FROM inbox WHERE server_hash = ?",
            self._ring.hash("server id", server_id),
        )
        promise(len(found) <= 1, "one delivery is kept twice", server_id)
        return found[0] if found else None

    # -----------------------------------------------------------------------------------------------------------------
    # After every step

    def after_step(self) -> None:
        """Check what must hold at every moment, in the midst of any trouble."""
        self._log_is_whole()
        self._outbox_is_honest()

    def _log_is_whole(self) -> None:
        seq, last = self._ledger.audited
        for row in self.rows("SELECT * FROM audit WHERE seq > ? ORDER BY seq", seq):
            at = datetime.fromisoformat(row["at"]).astimezone(UTC)
            entry = AuditEntry(at, row["reference"], row["actor"], row["what"], msgspec.json.decode(row["details"]))
            seq, last = seq + 1, link(last, row["seq"], entry)
            promise((row["seq"], bytes(row["hash"])) == (seq, last), "the audit log does not verify", row["seq"])
        (head,) = self.rows("SELECT seq, hash, seal FROM audit_head")
        is_ours = bytes(head["seal"]) == self._ring.chain_seal(seq, last)
        promise(
            (head["seq"], bytes(head["hash"])) == (seq, last) and is_ours, "the log does not end where it says", seq
        )
        self._ledger.audited = (seq, last)

    def _outbox_is_honest(self) -> None:
        departed = {self._ring.hash("effect", effect): effect for effect in self._ledger.effects}
        for row in self.rows("SELECT id, status, notice, header_hash FROM outbox WHERE status <> 'waiting'"):
            effect = departed.get(bytes(row["header_hash"]))
            if row["status"] == "sent":
                promise(effect is not None, "counts as sent, and never left", row["id"], row["notice"])
            elif row["status"] in {"failed", "cancelled"} and effect not in self._ledger.given_up:
                promise(effect is None, f"counts as {row['status']}, and has left", row["id"], row["notice"])

    # -----------------------------------------------------------------------------------------------------------------
    # After a good round in fair weather

    def after_good_round(self, now: datetime) -> None:
        """Check that nothing that is due waits, and no mail."""
        self.after_unread_round(now)
        new = self.rows("SELECT id FROM inbox WHERE status = 'new'")
        promise(not new, "a mail was not looked at", *(row["id"] for row in new))

    def after_unread_round(self, now: datetime) -> None:
        """Check that nothing that is due waits, even where no mail could be read."""
        moment = now.isoformat(timespec="microseconds")
        late = self.rows("SELECT reference FROM cases WHERE next_moment <= ?", moment)
        promise(not late, "a case's moment has come, and nothing was done", *(row["reference"] for row in late))
        waiting = self.rows("SELECT id FROM outbox WHERE status = 'waiting' AND not_before <= ?", moment)
        promise(not waiting, "a mail waits that may go", *(row["id"] for row in waiting))

    def each_rung_was_sent(self, store: Store, home: Home, now: datetime) -> None:
        """Check by the ladders themselves that no reminder of any case has come and was not sent."""
        for row in self.rows("SELECT reference FROM cases WHERE reference <> 'digest'"):
            case = store.progression.load_case(row["reference"]).case
            for task in case.open_tasks:
                ladder = ladder_of(home.procedure.timers[task.timer], task, home.procedure, home.calendar)
                rung = rung_reached(task, ladder, now, home.calendar)
                promise(rung is None, "a reminder has come and was not sent", row["reference"], task.id, rung)

    def next_wake(self) -> datetime | None:
        """Give the next moment for which the program itself asks to be woken."""
        (row,) = self.rows(
            "SELECT min(at) AS at FROM (SELECT min(next_moment) AS at FROM cases "
            "UNION ALL SELECT min(not_before) FROM outbox WHERE status = 'waiting' "
            "UNION ALL SELECT min(not_before) FROM event_queue WHERE status = 'waiting')"
        )
        return None if row["at"] is None else datetime.fromisoformat(row["at"])

    def is_sending(self) -> bool:
        """Say whether a mail is on its way, and nobody knows what became of it."""
        return bool(self.rows("SELECT id FROM outbox WHERE status = 'sending' LIMIT 1"))

    def is_busy(self) -> bool:
        """Say whether anything waits that is not for a day to come."""
        return self.is_sending() or any(
            self.rows(query)
            for query in (
                "SELECT id FROM outbox WHERE status = 'waiting'",
                "SELECT id FROM event_queue WHERE status = 'waiting'",
                "SELECT id FROM inbox WHERE status = 'new'",
            )
        )

    # -----------------------------------------------------------------------------------------------------------------
    # At the end, when all troubles are over

    def at_end(self, store: Store, lying: dict[str, str]) -> None:
        """Check that every mail is accounted for, and every form a case or held. `lying` says where each mail lies."""
        promise(store.installation.verify_audit() is None, "the audit log does not verify at the end")
        promise(not self.is_busy(), "something waits for ever", *map(tuple, self._waiting()))
        for server_id, post in self._ledger.posted.items():
            self._is_accounted_for(server_id, post, lying.get(server_id))
        self._each_child_is_one_case(store)
        for row in self.rows("SELECT id, reference FROM outbox WHERE status = 'unknown'"):
            told = self.rows(
                "SELECT id FROM event_queue WHERE name = 'mail_unknown' AND reference = ?", row["reference"]
            )
            promise(told, "nobody was told of a mail of which nobody knows", row["id"])

    def _waiting(self) -> list[sqlite3.Row]:
        return [
            *self.rows(
                "SELECT 'outbox', id, notice, status, not_before, attempts FROM outbox "
                "WHERE status IN ('waiting', 'sending')"
            ),
            *self.rows("SELECT 'event', id, name, not_before FROM event_queue WHERE status = 'waiting'"),
            *self.rows("SELECT 'inbox', id, status FROM inbox WHERE status = 'new'"),
        ]

    def _is_accounted_for(self, server_id: str, post: Post, place: str | None) -> None:
        row = self.fate_of(server_id)
        if row is None:
            promise(server_id in self._ledger.taken_away, "lost", post.what, server_id)
            return
        promise(row["status"] in FATES, "never looked at", post.what)
        promise(place is not None or server_id in self._ledger.taken_away, "gone from the mailbox", post.what)
        if post.form is not None:
            is_passed_over = row["status"] == "ignored" and not self._was_released(row["id"])
            promise(not is_passed_over, "a form was passed over", post.what, row["id"])
            is_known = row["status"] != "filed" or self.rows(
                "SELECT 1 FROM cases WHERE reference = ?", row["reference"]
            )
            promise(is_known, "a form has neither a case nor is it held", post.what, row["id"])

    def _was_released(self, inbox_id: int) -> bool:
        """Say whether a person has decided on a mail, by the command or by mail."""
        released = self.rows("SELECT details FROM audit WHERE what = 'mail_released'")
        return any(msgspec.json.decode(row["details"])["inbox"] == inbox_id for row in released)

    def _each_child_is_one_case(self, store: Store) -> None:
        counted: Counter[str] = Counter()
        for row in self.rows("SELECT reference FROM cases WHERE NOT provisional"):
            form = store.registration.form_of(row["reference"])
            if form is not None:
                counted[f"{form.child.name} {form.child.dob.iso}"] += 1
        promise(all(count == 1 for count in counted.values()), "one child, several cases", dict(counted))


def _addresses(contact: Contact) -> tuple[str, ...]:
    return (contact.email, *contact.deputies, *contact.escalate_to, *contact.answers_from)
