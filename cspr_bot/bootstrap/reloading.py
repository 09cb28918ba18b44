"""Takes up files that an administrator has changed, between two rounds: checked, or not at all."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from cspr_bot.alarm import SecondChannel
from cspr_bot.bootstrap.checking import examine_files
from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.versions import FilesState, Stamp, Version, copy_of, digest_of, keep_only, stamp_of, tell_state
from cspr_bot.config import Home, Problem, Settings, read_home, read_home_settings
from cspr_bot.pipeline.facts import RefusedFiles
from cspr_bot.pipeline.ports import Clock, PermanentFailure, TemporaryFailure

AN_HOUR = timedelta(hours=1)
log = logging.getLogger(__name__)

# What a running service holds open, or was started with.
ONLY_AT_START = ("installation", "mailbox", "database", "metrics", "board")


class FilesInForce:
    """By which version of the administrator's files the daemon works.

    A good version is taken up whole between two rounds. A bad one is refused, the one before stays in force, and
    people are told once: by the second channel (`tell`), and the co-ordinator and the administrator by mail. What was
    claimed to be sent meanwhile is not touched; the gate asks the new list just before each mail.
    """

    def __init__(self, office: Office, machine: Clock, tell: Callable[[str], bool]) -> None:
        self._office = office
        self._machine = machine
        self._tell = tell
        self._stamp: Stamp = ()
        self._state = FilesState("", machine.now().isoformat())
        self._begin()

    def look(self) -> bool:
        """Look whether the files have changed, and take them up or refuse them; True where others are in force now."""
        stamp = stamp_of(self._office.folder)
        if stamp == self._stamp:
            return False
        try:
            version = copy_of(self._office.folder)
        except OSError as error:
            what = f"it cannot be copied ({error.strerror})"
            self._refuse("unknown", (Problem("config", "", what, "look at the disk"),))
            return False
        is_new = version.digest != self._state.in_force and self._judge(version)
        if version.digest == self._state.in_force and not is_new:
            self._put_back()
        self._stamp = stamp  # not before it is judged: a database that is locked lets us look again
        return is_new

    def _begin(self) -> None:
        """Work by a copy from the first round on; where none can be made, by the files themselves until one can."""
        try:
            self._stamp = stamp_of(self._office.folder)
            version = copy_of(self._office.folder)
        except OSError as error:
            log.warning("the files cannot be copied (%s); working by the files themselves", error.strerror)
            self._stamp = ()
            return
        found = self._read(version)
        if found is not None:
            self._put_in_force(version, found)

    def _read(self, version: Version) -> Home | None:
        """Read a copy of what was read a moment ago; None where it has become bad since, which the next look tells."""
        home = read_home(version.folder, today=self._today())
        if isinstance(home, Home):
            return home
        self._stamp = ()
        return None

    def _judge(self, version: Version) -> bool:
        found = examine_files(version.folder, self._today(), self._office.clock.now())
        errors = found.errors
        if found.home is not None:
            errors = (*errors, *_unchangeable(self._office.home.settings, found.home.settings))
        if errors or found.home is None:
            self._refuse(version.digest, errors)
            return False
        before, after = self._state.in_force, version.digest
        now = self._office.clock.now()
        self._office.store.installation.note(now, "clock", "files_in_force", before=before, after=after)
        self._put_in_force(version, found.home)
        log.info("files: version %s is in force, in the place of %s", after, before)
        return True

    def _put_in_force(self, version: Version, home: Home) -> None:
        self._office.take_up(home)
        self._say(FilesState(version.digest, self._machine.now().isoformat()))
        keep_only(self._office.folder, version.digest)

    def _put_back(self) -> None:
        """The files are again those in force."""
        if self._state.refused:
            log.info("files: version %s, which is in force, is back", self._state.in_force)
            self._say(replace(self._state, refused="", refused_at=""))

    def _refuse(self, digest: str, errors: tuple[Problem, ...]) -> None:
        """Keep what is in force, and tell of it: once for each version that is refused."""
        if self._state.refused == digest:
            return
        in_force = self._state.in_force
        log.error("files: version %s is refused (%d errors); %s stays in force", digest, len(errors), in_force)
        for problem in errors:
            log.error("files: %s", where(problem))
        self._say(replace(self._state, refused=digest, refused_at=self._machine.now().isoformat()))
        name = self._office.home.settings.installation
        self._tell(
            f"cspr-bot {name}: changed files are refused, version {digest}; version {in_force} stays in force. "
            f"It would not start with them. First: {where(errors[0])}. `cspr-bot check` says all of it.\n"
        )
        try:
            facts = RefusedFiles(in_force, digest, tuple(map(str, errors)))
            self._office.notice_board.tell_refused(facts)
        except (PermanentFailure, TemporaryFailure) as failure:
            log.warning("files: nobody could be written to: %s", failure)

    def _say(self, state: FilesState) -> None:
        self._state = state
        try:
            tell_state(self._office.folder, state)
        except OSError as error:
            log.warning("files: the version cannot be noted (%s)", error.strerror)

    def _today(self) -> date:
        return self._office.clock.now().date()


def tell_of_broken_files(folder: Path, now: datetime) -> bool:
    """Tell by the second channel that a service cannot start, once an hour for each version; False where nobody was.

    systemd tries again and again, and bot.toml may be what is broken: then nobody can be told from here, and it is the
    heartbeat whose silence is noticed.
    """
    settings = read_home_settings(folder)
    if settings is None:
        return False
    mark = folder / "var" / "told-broken"
    digest = digest_of(folder)
    try:
        is_told = mark.read_text(encoding="utf-8") == digest
        if is_told and now.timestamp() - mark.stat().st_mtime < AN_HOUR.total_seconds():
            return False
    except OSError:
        is_told = False
    channel = SecondChannel(settings.alarm.command, settings.alarm.url)
    told = channel.tell(
        f"cspr-bot {settings.installation}: it does not start, for its files are broken (version {digest}). No "
        "reminder goes out until they are mended: `cspr-bot check` says what is wrong.\n"
    )
    if told:
        mark.write_text(digest, encoding="utf-8")
    return told


def where(problem: Problem) -> str:
    """Say where something is wrong, and nothing of what stands there: it may be somebody's address."""
    return str(replace(problem, what="wrong", remedy="see `check`"))


def _unchangeable(before: Settings, after: Settings) -> tuple[Problem, ...]:
    """Name what only a restart changes."""
    return tuple(
        Problem("config/bot.toml", name, "a running service cannot change this", "restart it, or put it back")
        for name in ONLY_AT_START
        if getattr(before, name) != getattr(after, name)
    )
