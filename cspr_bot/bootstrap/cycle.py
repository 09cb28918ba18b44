"""One round of the daemon: every station, and what to say where the world fails."""

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cspr_bot.alarm import Heartbeat, SecondChannel
from cspr_bot.bootstrap.expiring import ExpiryWatch
from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.reloading import FilesInForce
from cspr_bot.bootstrap.rounds import note_round
from cspr_bot.monitor import Pulse
from cspr_bot.pipeline.ports import Clock, PermanentFailure, TemporaryFailure

if TYPE_CHECKING:
    from cspr_bot.pipeline.digest_facts import Reconciled

log = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=5)
A_ROUND = timedelta(minutes=1)  # what one may take that waits for servers in vain
AGAIN = timedelta(hours=1)


class DaemonCycle:
    """Runs every station of an office once; a failure of the world is said, and tried again the next time.

    Where several daemons work on one server one of them leads, and the others stand by.

    Where the failures go on a person is told by the second channel within five minutes, every hour until it is mended,
    and once when it is: a mailbox that fails cannot be told of by mail. `machine` is the clock by which that goes,
    whatever the home's was turned to. `pulse` is what the rounds have done so far.
    """

    def __init__(self, office: Office, machine: Clock) -> None:
        settings = office.home.settings
        self.pulse = Pulse(machine.now())
        self._office = office
        self._machine = machine
        self._channel = SecondChannel(settings.alarm.command, settings.alarm.url)
        self._heartbeat = Heartbeat(settings.heartbeat.command, settings.heartbeat.url)
        self._failing_since: datetime | None = None
        self._told_at: datetime | None = None
        self._limit_told: datetime | None = None
        self._led: bool | None = None
        self._has_tried_templates = False
        self._expiry = ExpiryWatch(office)
        self._files = FilesInForce(office, machine, self._tell)

    def __call__(self) -> bool:
        """Work until nothing is left to do, or stand by where another leads; False where the world failed."""
        try:
            self._look_at_files()
            if not self._leads():
                self.pulse.beat(self._machine.now(), is_good=True, leads=False)
                return True
            done = self._office.run_once()
        except (TemporaryFailure, PermanentFailure) as failure:
            self._failed(str(failure))
            return False
        if not done.was_quiet:
            log.info(
                "taken=%d registered=%d advanced=%d sent=%d", done.taken, done.registered, done.advanced, done.sent
            )
        self._worked()
        self._try_templates()
        self._tell_what_was_found(done.reconciled)
        return True

    def _tell(self, text: str) -> bool:
        return self._channel.tell(text)

    def _look_at_files(self) -> None:
        """Take up what an administrator has changed, the ways of telling included."""
        if self._files.look():
            settings = self._office.home.settings
            self._channel = SecondChannel(settings.alarm.command, settings.alarm.url)
            self._heartbeat = Heartbeat(settings.heartbeat.command, settings.heartbeat.url)
            self._has_tried_templates = True

    def _leads(self) -> bool:
        """Take the lead, or say once that another has it."""
        leads = self._office.leads()
        if leads != self._led:
            log.info("this daemon leads" if leads else "another daemon leads; this one stands by")
        self._led = leads
        return leads

    def _try_templates(self) -> None:
        """Write every mail once, after the first good round, so that no case has to find out which cannot be."""
        if self._has_tried_templates:
            return
        from cspr_bot.bootstrap.samples import template_flaws  # noqa: PLC0415 - not before the first poll

        self._has_tried_templates = True
        flaws = template_flaws(self._office.home, self._office.clock.now())
        for flaw in flaws:
            log.error("a mail cannot be written: %s", flaw)
        if flaws:
            name = self._office.home.settings.installation
            self._channel.tell(f"cspr-bot {name}: some mails cannot be written: {'; '.join(flaws)}\n")

    def _tell_what_was_found(self, reconciled: "Reconciled | None") -> None:
        """After the night's comparison, tell of mails that nobody may have read, and send the log's end off the host.

        Who holds an earlier end finds out by `audit verify --witness` where the log was cut or written anew.
        """
        if reconciled is None:
            return
        name = self._office.home.settings.installation
        if reconciled.strangers:
            text = f"mails in Processed or Held that the program has never seen: {reconciled.strangers}"
            self._channel.tell(f"cspr-bot {name}: {text}; a referral may be among them: move them to the inbox\n")
        if reconciled.stranded:
            text = f"mails taken in more than an hour ago and not worked on: {reconciled.stranded}"
            self._channel.tell(f"cspr-bot {name}: {text}; look at the program's log\n")
        head = self._office.store.installation.audit_head()
        self._channel.tell(f"cspr-bot {name}: audit log {head.seq}:{head.hash.hex()} (please keep this line)\n")

    def _failed(self, why: str) -> None:
        note_round(self._office.folder, self._machine.now(), why)
        log.warning("this round failed, the next will try again: %s", why)
        now = self._machine.now()
        self.pulse.beat(now, is_good=False)
        self._failing_since = self._failing_since or now
        is_time = self._told_at is None or now - self._told_at >= AGAIN
        if is_time and self._is_too_late_next_time(now, self._failing_since):
            name = self._office.home.settings.installation
            text = f"cspr-bot {name}: not working since {self._failing_since.isoformat()}: {why}\n"
            if self._channel.tell(text):
                self._told_at = now
            else:
                log.error("nobody could be told by the second channel: look at [alarm] in config/bot.toml")

    def _is_too_late_next_time(self, now: datetime, since: datetime) -> bool:
        """Say whether the next round would end too late to tell in time; it broke up to a poll before `since`."""
        poll = timedelta(seconds=self._office.home.settings.mailbox.poll_seconds)
        return now + poll + A_ROUND - (since - poll) > PATIENCE

    def _worked(self) -> None:
        note_round(self._office.folder, self._machine.now())
        if self._told_at is not None:
            self._channel.tell(f"cspr-bot {self._office.home.settings.installation}: working again\n")
        self._failing_since = self._told_at = None
        self._expiry.look(self._machine.now(), self._tell)
        self._tell_of_limit()
        self.pulse.beat(self._machine.now(), is_good=True)
        self._heartbeat.beat()

    def _tell_of_limit(self) -> None:
        """Say, once in an hour, that a limit holds automatic mails back: the mail that says so may lie unread."""
        since = self._office.store.reports.slowed_since(self._office.clock.now() - AGAIN)
        if since is None or since == self._limit_told:
            return
        name = self._office.home.settings.installation
        text = (
            f"cspr-bot {name}: too many automatic mails since {since.isoformat()}: some wait, see `cspr-bot outbox`\n"
        )
        if self._channel.tell(text):
            self._limit_told = since
