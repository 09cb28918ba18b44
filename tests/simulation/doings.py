"""What happens in a life, one thing after another: what people do, and what goes wrong."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.pipeline.kept import NewEvent
from cspr_bot.pipeline.ports import PermanentFailure, TemporaryFailure
from cspr_bot.procedure.events import allowed_now
from tests.procedure.histories import History
from tests.scenarios.people import COORDINATOR
from tests.simulation.ground import MOVED, Files
from tests.simulation.mailbox import CALLS
from tests.simulation.people import forged_referral, other_mail, referral
from tests.simulation.plan import Doing, Happening
from tests.simulation.weather import DiedError, Kind, Order

if TYPE_CHECKING:
    from tests.simulation.life import Life

CHILDREN = 8


class Doings:
    """Does to a life what its plan says. A person's command may fail as the daemon may; they leave it at that."""

    def __init__(self, life: "Life") -> None:
        self._life = life
        self._copy: bytes | None = None
        self._does: Mapping[Doing, Callable[[Happening], None]] = {
            "refer": self._refer,
            "refer_again": self._refer_again,
            "forge": lambda item: life.post(forged_referral(item.salt % CHILDREN, life.world.now)),
            "write": lambda item: life.post(other_mail(life.world.now, Random(item.salt))),  # noqa: S311
            "work": lambda item: self._command(self._decides_on_held, item.salt),
            "record": lambda item: self._command(self._records, item.salt),
            "call_fails": self._call_fails,
            "mailbox_away": self._mailbox_away,
            "sent_unreadable": self._sent_unreadable,
            "call_slow": self._order("call", "slow"),
            "moves_mail": lambda item: self._takes_mail(item.salt, "elsewhere"),
            "deletes_mail": lambda item: self._takes_mail(item.salt, None),
            "puts_back": self._puts_back,
            "statement_fails": self._order("statement", "disk"),
            "commit_fails": self._order("commit", "disk"),
            "answer_of_commit_lost": self._order("committed", "disk"),
            "database_away": self._database_away,
            "copies": lambda item: self._command(self._copies, item.salt),
            "restores": self._restores,
            "dies_at_call": self._order("call", "dies"),
            "dies_at_statement": self._order("statement", "dies"),
            "dies_at_commit": self._dies_at_commit,
            "second_worker": self._order("call", "second"),
            "is_off": self._is_off,
            "clock_steps": self._clock_steps,
            "contacts_change": self._contacts_change,
            "file_breaks": self._file_breaks,
        }

    def do(self, item: Happening) -> None:
        """Do one thing."""
        self._does[item.what](item)

    # -----------------------------------------------------------------------------------------------------------------
    # Those who write

    def _refer(self, item: Happening) -> None:
        self._life.post(referral(item.salt % CHILDREN, self._life.world.now, is_junk=item.salt % 11 == 0))

    def _refer_again(self, item: Happening) -> None:
        """Send the same mail a second time, or the same form with another letter."""
        before = [post for post in self._life.world.ledger.posted.values() if post.what == "referral"]
        if before and item.salt % 2:
            self._life.post(before[item.salt % len(before)])
        elif before:
            number = before[item.salt % len(before)].form or 0
            self._life.post(referral(number, self._life.world.now, says="Have you received this?\n"))

    # -----------------------------------------------------------------------------------------------------------------
    # The person at the command line, and whoever has access to the mailbox

    def _command(self, command: Callable[[int], None], salt: int) -> None:
        """Let a person give a command, in a process of its own, in whatever weather there is."""
        if self._life.is_told_by_mail_alone:
            return
        try:
            command(salt)
        except DiedError:
            self._life.leaves_desk()
        except (TemporaryFailure, PermanentFailure, NotReadyError):
            pass
        self._life.soon()

    def _decides_on_held(self, salt: int) -> None:
        """Decide on every held mail, and on every mail of ours that waits for a person."""
        desk, ledger = self._life.desk(), self._life.world.ledger
        opened = (post for post in ledger.posted.values() if post.is_proven and not post.is_junk)
        has_case = {post.form for post in opened}
        forms = self._forms_by_inbox()
        for row in desk.store.reports.inbox_rows(held_only=True):
            form = forms.get(row.id)
            is_new = form is not None and form not in has_case
            has_case.add(form)
            desk.registry.release(row.id, "referral" if is_new else "ignore", COORDINATOR)
        departed = {mail.effect for mail in self._life.world.server.departed}
        for mail in desk.store.reports.outbox_rows():
            if mail.status in {"unknown", "failed"}:
                effect = self._life.effect_of(mail.id)
                if effect not in departed and salt % 2:
                    desk.store.dispatch.retry(mail.id, desk.clock.now())
                elif desk.store.dispatch.cancel(mail.id, desk.clock.now()):
                    ledger.given_up.add(effect)

    def _forms_by_inbox(self) -> dict[int, int]:
        """Say which mail of the inbox holds the form of which child."""
        with self._life.weather.calm():
            posted = self._life.world.ledger.posted.items()
            fates = [(self._life.checks.fate_of(name), post.form) for name, post in posted if post.form is not None]
        return {fate["id"]: form for fate, form in fates if fate is not None and form is not None}

    def _records(self, salt: int) -> None:
        """Record something that the stages allow on one of the cases."""
        desk = self._life.desk()
        cases = [row.reference for row in desk.store.reports.case_rows() if not row.is_provisional]
        if not cases:
            return
        reference = sorted(cases)[salt % len(cases)]
        now, procedure = desk.clock.now(), desk.home.procedure
        case = desk.store.progression.load_case(reference).case
        if not case.stages:
            return
        names = [name for name in allowed_now(case, procedure) if name not in {"withdrawn", "merged", "case_joined"}]
        if not names:
            return
        name = names[salt // 7 % len(names)]
        past = History(procedure, case, now, None)
        fields = {
            item.name: past._value(item, salt + place) for place, item in enumerate(procedure.events[name].fields)
        }
        given = {key: value for key, value in fields.items() if value}
        desk.progression.record(NewEvent(reference, name, now, "cli", COORDINATOR, given))

    def _takes_mail(self, salt: int, to: str | None) -> None:
        """Let a person take a mail out of the inbox, before the program has seen it or after."""
        server = self._life.world.server
        if not server.inbox:
            return
        name = sorted(server.inbox)[salt % len(server.inbox)]
        raw = server.inbox.pop(name)
        if to is not None:
            server.folders[to][name] = raw
        self._life.world.ledger.taken_away.add(name)

    def _puts_back(self, item: Happening) -> None:
        """Let a person move a mail back into the inbox, where it keeps its id."""
        server = self._life.world.server
        filed = [(folder, name) for folder, names in server.folders.items() for name in sorted(names)]
        if filed:
            folder, name = filed[item.salt % len(filed)]
            server.inbox[name] = server.folders[folder].pop(name)
            self._life.world.ledger.taken_away.discard(name)
            self._life.soon()

    # -----------------------------------------------------------------------------------------------------------------
    # What goes wrong

    def _order(self, kind: Kind, act: str) -> Callable[[Happening], None]:
        """Let something happen at one of the next moments of a kind."""
        most = {"call": 120, "server": 40, "statement": 300, "commit": 60, "committed": 60}[kind]

        def order(item: Happening) -> None:
            self._life.weather.orders.append(Order(kind, 1 + item.salt % most, act, item.salt // most))

        return order

    def _call_fails(self, item: Happening) -> None:
        """Let a call of the mail server fail, and perhaps the next of its kind as well."""
        call = sorted(CALLS)[item.salt % len(CALLS)]
        for place in range(1 + item.salt // 6 % 3):
            order = Order("server", 1 + item.salt // 18 % 12, "fails", item.salt // 200 + place, frozenset({call}))
            self._life.weather.orders.append(order)

    def _dies_at_commit(self, item: Happening) -> None:
        """Let the process die at a commit: before it, or when it is durable and nobody has heard of it."""
        self._order("commit" if item.salt % 2 else "committed", "dies")(replace(item, salt=item.salt // 2))

    def _mailbox_away(self, item: Happening) -> None:
        self._life.weather.mailbox_away_until = self._life.world.now + timedelta(minutes=item.salt % 3000)

    def _sent_unreadable(self, item: Happening) -> None:
        self._life.weather.sent_unreadable_until = self._life.world.now + timedelta(minutes=item.salt % 300)

    def _database_away(self, item: Happening) -> None:
        self._life.weather.database_away_until = self._life.world.now + timedelta(minutes=item.salt % 120)

    def _is_off(self, item: Happening) -> None:
        """Let the machine be off, for minutes or for weeks."""
        life = self._life
        life.dies()
        life.off_until = life.world.now + timedelta(minutes=(5, 60, 600, 3000, 30_000)[item.salt % 5])

    def _clock_steps(self, item: Happening) -> None:
        """Let the machine's clock go wrong by up to an hour, or be set right."""
        world = self._life.world
        world.skew = timedelta(minutes=item.salt % 121 - 60) if not world.skew else timedelta()
        self._life.soon()

    def _contacts_change(self, item: Happening) -> None:
        """Let an agency have another address; who changes the file restarts the daemon."""
        world = self._life.world
        world.files = replace(world.files, moved=world.files.moved ^ {sorted(MOVED)[item.salt % len(MOVED)]})
        self._life.dies()

    def _file_breaks(self, item: Happening) -> None:
        """Let a slip break a file, or mend what is broken; the daemon is restarted and cannot."""
        world = self._life.world
        world.files = Files(world.files.moved, is_broken=not world.files.is_broken and item.salt % 4 > 0)
        self._life.dies()

    def _copies(self, salt: int) -> None:  # noqa: ARG002
        path = self._life.folder / "copy.db"
        path.unlink(missing_ok=True)
        with self._life.weather.calm():
            self._life.desk().store.back_up(path)
        self._copy = path.read_bytes()

    def _restores(self, item: Happening) -> None:  # noqa: ARG002
        """Put the last copy back in the place of the database, as `restore` does."""
        life = self._life
        if self._copy is None:
            return
        path = life.folder / "restored.db"
        path.write_bytes(self._copy)
        with life.weather.calm():
            life.desk().make_copy_ready(path)
            life.put_database(path.read_bytes())
        life.world.ledger.was_restored = True
        life.world.ledger.audited = (0, bytes(32))
        life.desk()

    def second_worker(self, salt: int) -> None:
        """Let a second process work on the same database, in the midst of a call of the first."""
        with suppress(TemporaryFailure, PermanentFailure, NotReadyError):
            desk = self._life.desk()
            match salt % 3:
                case 0:
                    desk.intake.take()
                    while desk.registry.step() or desk.progression.step():
                        pass
                case 1:
                    self._decides_on_held(salt)
                case _:
                    self._records(salt)
