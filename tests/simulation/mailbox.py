"""A mail server in memory, with the people who have access to it: what `ports.Mailbox` is to the program."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cspr_bot.pipeline.ports import (
    CutShort,
    Draft,
    GoneError,
    ListedMail,
    MailboxFailure,
    MailboxFolder,
    NothingLeft,
    OutgoingMail,
    PermanentFailure,
    TemporaryFailure,
    Trace,
)
from tests.simulation.weather import Order, Weather

READING = frozenset({"list_new", "download", "file"})
CALLS = frozenset({"list_new", "download", "file", "prepare", "send", "trace"})
FAILURES = ("before", "after", "nothing_left", "mailbox", "refused", "odd")


@dataclass
class MailServer:
    """What lies on the server; it outlives every process. `departed` is what left, in order, each time it did.

    `keeps_drafts`: what is prepared lies in Drafts, and is sent from there, at most once. `lies`: it says of no mail
    that it has left.
    """

    keeps_drafts: bool
    lies: bool = False
    inbox: dict[str, bytes] = field(default_factory=dict)
    folders: dict[str, dict[str, bytes]] = field(default_factory=lambda: {"Processed": {}, "Held": {}, "elsewhere": {}})
    junk: set[str] = field(default_factory=set)
    drafts: dict[str, OutgoingMail] = field(default_factory=dict)
    departed: list[OutgoingMail] = field(default_factory=list)
    late: list[tuple[datetime, OutgoingMail]] = field(default_factory=list)
    lain_since: dict[str, datetime] = field(default_factory=dict)

    def deliver(self, server_id: str, raw: bytes, at: datetime, *, is_junk: bool = False) -> None:
        """Put a mail in the inbox, as the world does."""
        self.inbox[server_id] = raw
        self.lain_since[server_id] = at
        if is_junk:
            self.junk.add(server_id)

    def has_sent(self, mail: OutgoingMail) -> bool:
        """Say whether a mail has left."""
        return not self.lies and any(sent.effect == mail.effect for sent in self.departed)


class SimulatedMailbox:
    """`ports.Mailbox` and `ports.KeepsFiledMail` over a server. `departs` hears of each mail in the moment it leaves.

    `files` hears of each mail that is about to be moved.
    """

    def __init__(
        self,
        server: MailServer,
        weather: Weather,
        now: Callable[[], datetime],
        departs: Callable[[OutgoingMail], None],
        files: Callable[[str, str], None],
    ) -> None:
        self._server = server
        self._weather = weather
        self._now = now
        self._departs = departs
        self._files = files

    def list_new(self) -> Sequence[ListedMail]:
        odd = self._starts("list_new")
        listed = [ListedMail(name, name in self._server.junk) for name in self._server.inbox]
        if odd is not None and listed:  # a page that was asked for twice, and one that tells of a minute ago
            listed = [*listed, listed[odd.salt % len(listed)]]
            gone = [ListedMail(name) for folder in self._server.folders.values() for name in folder]
            listed = [*gone[-1:], *listed]
        self._ends("list_new")
        return listed

    def list_filed(self) -> Sequence[ListedMail]:
        self._starts("list_filed")
        folders, since = self._server.folders, self._server.lain_since
        filed = [name for folder in ("Processed", "Held") for name in folders[folder]]
        return [ListedMail(name, lain_since=since[name]) for name in sorted(filed, key=lambda name: since[name])]

    def download(self, server_id: str) -> bytes:
        odd = self._starts("download")
        places = (self._server.inbox, *self._server.folders.values())
        raw = next((place[server_id] for place in places if server_id in place), None)
        if raw is None:
            raise GoneError("the mail is no longer in the mailbox")
        if odd is not None:
            raise CutShort("only a part came", raw[: odd.salt % len(raw)])
        self._ends("download")
        return raw

    def file(self, server_id: str, folder: MailboxFolder) -> None:
        self._starts("file")
        with self._weather.calm():
            self._files(server_id, folder)
        raw = self._server.inbox.pop(server_id, None)
        if raw is not None:
            self._server.folders[folder][server_id] = raw
        self._ends("file")

    def prepare(self, mail: OutgoingMail) -> Draft:
        self._starts("prepare")
        self._let_late_leave()
        if self._can_look() and self._server.has_sent(mail):
            return Draft(mail.effect, is_sent=True)
        if self._server.keeps_drafts:
            self._server.drafts[mail.effect] = mail
        self._ends("prepare")
        return Draft(mail.effect)

    def send(self, mail: OutgoingMail, draft: Draft) -> None:
        odd = self._starts("send")
        self._let_late_leave()
        if self._server.keeps_drafts and draft.id not in self._server.drafts:
            raise TemporaryFailure("there is no such draft any more")
        if odd is not None and self._server.keeps_drafts:
            self._server.late.append((self._now() + timedelta(seconds=odd.salt % 400), mail))
            raise TemporaryFailure("no answer in time, and the server goes on")
        self._leaves(mail)
        self._ends("send")

    def trace(self, mail: OutgoingMail, draft: Draft) -> Trace:  # noqa: ARG002 - the mail tells enough
        self._starts("trace")
        self._let_late_leave()
        if not self._can_look():
            return "cannot_tell"
        if self._server.has_sent(mail):
            found: Trace = "sent"
        else:
            found = "draft" if mail.effect in self._server.drafts else "not_sent"
        self._ends("trace")
        return found

    # -----------------------------------------------------------------------------------------------------------------

    def _leaves(self, mail: OutgoingMail) -> None:
        self._server.drafts.pop(mail.effect, None)
        self._server.departed.append(mail)
        with self._weather.calm():
            self._departs(mail)

    def _let_late_leave(self) -> None:
        """Send what the server took its time for; a draft that left meanwhile is there no more."""
        now = self._now()
        due = [mail for at, mail in self._server.late if at <= now]
        self._server.late = [item for item in self._server.late if item[0] > now]
        for mail in due:
            if mail.effect in self._server.drafts:
                self._leaves(mail)

    def _can_look(self) -> bool:
        until = self._weather.sent_unreadable_until
        return until is None or until <= self._now()

    def _starts(self, call: str) -> Order | None:
        """Fail as ordered before anything has happened; give the order where it asks for something odd instead."""
        until = self._weather.mailbox_away_until
        if until is not None and until > self._now():
            raise MailboxFailure("the mailbox is away")
        order = self._ordered(call)
        if order is None:
            return None
        how = FAILURES[order.salt % len(FAILURES)]
        match how:
            case "before":
                raise TemporaryFailure("the connection was lost")
            case "nothing_left":
                raise NothingLeft("the server is busy", retry_after=order.salt % 200)
            case "mailbox":
                raise MailboxFailure("too many calls", retry_after=order.salt % 200)
            case "refused":
                raise PermanentFailure("the server refuses this")
            case "after":
                self._fails_after = True
        return order if how == "odd" else None

    def _ends(self, call: str) -> None:  # noqa: ARG002
        if self._fails_after:
            self._fails_after = False
            raise TemporaryFailure("the answer was lost")

    def _ordered(self, call: str) -> Order | None:
        """Count a call of the server, and give what was ordered for it."""
        self._fails_after = False
        if self._weather.is_calm:
            return None
        for order in tuple(self._weather.orders):
            if order.kind == "server" and call in order.at:
                order.left -= 1
                if order.left <= 0:
                    self._weather.orders.remove(order)
                    self._weather.fired += 1
                    self._weather.failed_calls.add(call)
                    return order
        return None
