"""What all lives of one process share, because to make it takes longer than a life: homes, templates, forms."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from sqlalchemy import Engine

from cspr_bot.bootstrap.making import make_home
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.bootstrap.reading import read_mail
from cspr_bot.bootstrap.samples import template_writer
from cspr_bot.config import Home, read_home
from cspr_bot.demonstration.post import Enclosure
from cspr_bot.pipeline.ports import MailWriter, Picture, ReadMail
from cspr_bot.procedure.case import Case
from cspr_bot.referral.form import FormDate, ReferralForm
from cspr_bot.referral.rules import FormRules
from cspr_bot.store import open_store
from tests.scenarios.people import COMPLETE, WITH_GAPS, word_file

KEY = bytes(range(32))
START = datetime(2026, 12, 15, 9, tzinfo=UTC)  # a Tuesday
NAMES = ("Jacoby", "Ottilie", "Peregrine", "Marigold", "Barnaby", "Seraphina", "Lysander", "Clementine")
MOVED = {
    "police": ("casereview@police.example", "reviews@police.example"),
    "health": ("safeguarding@nhs.", "care@nhs."),
}
_IN_MEMORY = Path("/dev/shm")  # noqa: S108 - where there is one, a disk in memory: to wait for a real one proves nothing


@dataclass(frozen=True)
class Files:
    """How the administrator's files stand: whose addresses have moved, and whether a slip broke one."""

    moved: frozenset[str] = frozenset()
    is_broken: bool = False


@dataclass
class Ground:
    """What lives stand on. `folder` is theirs alone."""

    folder: Path
    _homes: dict[Files, Home | NotReadyError] = field(default_factory=dict)
    _writers: dict[Files, MailWriter] = field(default_factory=dict)
    _read: dict[bytes, ReadMail] = field(default_factory=dict)
    _empty: bytes = b""
    _first: Engine | None = None

    def home(self, files: Files) -> Home:
        """Give the home as the files stand, read as every start reads it; raise what a start says of a broken one."""
        if files not in self._homes:
            self._homes[files] = self._read_home(files)
        found = self._homes[files]
        if isinstance(found, NotReadyError):
            raise found
        return found

    def writer(self, files: Files) -> MailWriter:
        """Give the writer of a home, its templates compiled."""
        if files not in self._writers:
            home = self.home(files)
            self._writers[files] = template_writer(home, home.folder / "mail_templates")
        return self._writers[files]

    def read(self, raw: bytes, rules: FormRules) -> ReadMail:
        """Read a mail as the bounded child does, in this process; the same bytes once."""
        if raw not in self._read:
            if len(self._read) > 1000:
                self._read.clear()
            self._read[raw] = read_mail(raw, rules)
        return self._read[raw]

    def share_statements(self, engine: Engine) -> None:
        """Let an engine know the statements that the first one compiled: they read the same in every process."""
        self._first = self._first or engine
        engine._compiled_cache, engine.dialect = self._first._compiled_cache, self._first.dialect

    def empty_database(self) -> bytes:
        """Give the file of a database in which nothing was ever kept."""
        if not self._empty:
            path = self.folder / "empty.db"
            open_store(f"sqlite:///{path}", KEY, now=START).close()
            self._empty = path.read_bytes()
        return self._empty

    def _read_home(self, files: Files) -> Home | NotReadyError:
        folder = self.folder / f"home-{len(self._homes)}"
        make_home(folder)
        path = folder / "config" / "contacts.toml"
        text = path.read_text(encoding="utf-8")
        for who in files.moved:
            text = text.replace(*MOVED[who])
        path.write_text(text + ("\n[[contact\n" if files.is_broken else ""), encoding="utf-8")
        home = read_home(folder, today=date(2026, 12, 15))
        return home if isinstance(home, Home) else NotReadyError(tuple(map(str, home)))


class PlainPainter:
    """Draws no picture: how long that takes is measured elsewhere."""

    def picture(self, case: Case, name: str, now: datetime) -> Picture:  # noqa: ARG002
        return Picture(name, b"no picture", "no picture")


@contextmanager
def new_ground(folder: Path | None = None) -> Iterator[Ground]:
    """Give a ground that is gone afterwards; in memory, where there is a disk there."""
    place = Path(mkdtemp(prefix="cspr-sim-", dir=_IN_MEMORY if folder is None and _IN_MEMORY.is_dir() else folder))
    try:
        yield Ground(place)
    finally:
        shutil.rmtree(place)


@cache
def form_of(number: int) -> ReferralForm:
    """Give the form about one child: every third has gaps."""
    base = WITH_GAPS if number % 3 == 2 else COMPLETE
    born = date(2015 + number % 8, 1 + number % 12, 2 + number % 20)
    dob = FormDate(born.strftime("%d/%m/%Y"), born) if base is COMPLETE else base.child.dob
    surname = "Thistlewood" if base is COMPLETE else "Farquharson"
    return replace(base, child=replace(base.child, name=f"{NAMES[number % len(NAMES)]} {surname}", dob=dob))


@cache
def file_of(number: int) -> Enclosure:
    """Give the Word file of one child's form."""
    return word_file(form_of(number))
