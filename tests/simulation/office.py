"""The office of one process in a simulated world: the real one, but for what touches the machine."""

from dataclasses import replace
from random import Random
from typing import Any, cast

from cspr_bot.bootstrap.cycle import DaemonCycle
from cspr_bot.bootstrap.office import Office
from cspr_bot.pipeline.ports import Clock, Mailbox, ReadMail
from cspr_bot.referral.rules import FormRules
from tests.simulation.disk import put_under
from tests.simulation.ground import KEY, Files, Ground, PlainPainter
from tests.simulation.weather import Door, Weather

DOORS = ("intake", "registration", "progression", "dispatch", "digest")
SECRET = b"what the codes of every life follow from"


class Channel:
    """The second channel: remembers what it told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def tell(self, text: str) -> bool:
        self.told.append(text)
        return True


class InProcess:
    """The parser without its child: what that protects from is tested where files are hostile."""

    def __init__(self, ground: Ground, rules: FormRules) -> None:
        self._ground = ground
        self._rules = rules

    def read(self, raw: bytes) -> ReadMail:
        return self._ground.read(raw, self._rules)

    def close(self) -> None:
        """Nothing is open."""


class SimulatedOffice(Office):
    """An office whose files, clock, chance, mailbox and database are the world's, each port behind a door."""

    def __init__(
        self, ground: Ground, files: Files, machine: Clock, mailbox: Mailbox, weather: Weather, *, seed: str
    ) -> None:
        self.files = files
        super().__init__(ground.folder / "life", home=ground.home(files), machine=machine)
        store = self.store
        put_under(store.engine, weather)
        ground.share_statements(store.engine)
        doors: dict[str, Any] = {name: Door(getattr(store, name), weather) for name in DOORS}
        self.store = replace(store, **doors)
        self.mailbox = cast("Mailbox", Door(mailbox, weather))
        self.reader = cast("Any", InProcess(ground, self.home.form_rules))
        self.writer = cast("Any", Door(ground.writer(files), weather))
        bits = Random(seed).randbytes  # noqa: S311 - to be repeated is what is wanted
        self.chance = replace(self.chance, secret=SECRET, bits=lambda: bits(32))
        self.morning = replace(self.morning, painter=PlainPainter())

    def abandon(self) -> None:
        """Let go of everything as a process does that was killed: nothing is said to anybody."""
        self.store.engine.dispose()

    def _master_key(self) -> bytes:
        return KEY


def daemon_of(office: SimulatedOffice, machine: Clock, channel: Channel) -> DaemonCycle:
    """Give the daemon's round, with its second channel; the templates are known to be sound."""
    cycle = DaemonCycle(office, machine)
    cycle._channel = cast("Any", channel)
    cycle._has_tried_templates = True
    return cycle
