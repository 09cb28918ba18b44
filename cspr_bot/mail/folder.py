"""The folder mailbox: a Maildir++ on a local disk, the embedded default, which any mail program can open beside us.

The standard library's `mailbox` is not used: it does not sync the folder, names files by chance, and overwrites what
has the same name. What a Maildir promises is kept here in five steps: write in `tmp`, sync the file, link it to its
name in `new`, sync the folder, remove the name in `tmp`. A crash leaves a mail or none, and never half of one. The disk
must be a local one that knows hard links (ext4, xfs), not a network's.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from cspr_bot.pipeline.ports import (
    Draft,
    GoneError,
    ListedMail,
    MailboxFolder,
    OutgoingMail,
    TemporaryFailure,
    Trace,
)

_SENT = ".Sent"
_FILED = (".Processed", ".Held")
_ROOMS = ("tmp", "new", "cur")
_UNIQUE_NAME = re.compile(r"[0-9]{9,}[._][^/]*\.[^/]+")
_HOURS_IN_TMP = 36
_ATTEMPTS_AT_A_MOVING_FILE = 3
_MOVING = "another program moves the mail about"


class FolderMailbox:
    """A mailbox in a folder. `server_id` is a mail's file name without its flags: it stays when mail programs move it.

    Mails wait in the Maildir itself; `.Processed`, `.Held` and `.Sent` are made where they are missing.
    """

    keeps_ids = True

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._path = path
        self._now = now
        with _failures_of_the_world():
            self._make("")
            for folder in (*_FILED, _SENT):
                self._make(folder)
                (path / folder / "maildirfolder").touch(mode=0o600)
            self._clean_up()

    def list_new(self) -> Sequence[ListedMail]:
        """List the inbox, oldest first. A file dropped in by hand is given a name that no other mail will ever have."""
        with _failures_of_the_world():
            found: dict[str, int] = {}
            # First `new`, then `cur`: a mail that a mail program moves meanwhile is seen in one of them at least.
            for file in self._files("", "new", "cur"):
                with suppress(FileNotFoundError):
                    status = file.stat()
                    name = _base(self._with_unique_name(file, status))
                    found.setdefault(name, status.st_mtime_ns)
            return [ListedMail(name) for name in sorted(found, key=lambda name: (found[name], name))]

    def list_filed(self) -> Sequence[ListedMail]:
        """List what lies in the folders for what was filed, in the order in which it came."""
        with _failures_of_the_world():
            found: dict[str, int] = {}
            for file in (file for folder in _FILED for file in self._files(folder, "new", "cur")):
                with suppress(FileNotFoundError):
                    found.setdefault(_base(file), file.stat().st_mtime_ns)
            ordered = sorted(found, key=lambda name: (found[name], name))
            return [ListedMail(name, lain_since=_moment_of(found[name])) for name in ordered]

    def download(self, server_id: str) -> bytes:
        """Give the bytes of a mail, wherever it was moved to."""
        with _failures_of_the_world():
            for _ in range(_ATTEMPTS_AT_A_MOVING_FILE):
                file = self._find(server_id, self._folders())
                if file is None:
                    raise GoneError("the mail is no longer in the mailbox")
                with suppress(FileNotFoundError), file.open("rb") as opened:
                    return read_whole(opened)
        raise TemporaryFailure(_MOVING)

    def file(self, server_id: str, folder: MailboxFolder) -> None:
        """Move a mail out of the inbox by one rename: it lies in one folder or in the other at every moment."""
        with _failures_of_the_world():
            for _ in range(_ATTEMPTS_AT_A_MOVING_FILE):
                file = self._find(server_id, [""])
                if file is None:
                    return
                if folder == "Earlier":
                    self._make(".Earlier")
                room = self._path / f".{folder}" / file.parent.name
                with suppress(FileNotFoundError):
                    file.rename(room / file.name)
                    _sync_folder(room)
                    return  # to where it was moved from a crash may bring it back: then it is moved again
        raise TemporaryFailure(_MOVING)

    def prepare(self, mail: OutgoingMail) -> Draft:
        """Make nothing ready, for a file is written whole or not at all; say where it was sent before."""
        return Draft(is_sent=self.trace(mail, Draft()) == "sent")

    def send(self, mail: OutgoingMail, draft: Draft) -> None:  # noqa: ARG002 - the mail itself is enough here
        """Put a mail in `.Sent` under a name made of its effect: the second time it is there already."""
        name = _name_of_effect(mail.effect)
        with _failures_of_the_world():
            if self._find(name, self._folders()) is None:
                self._write(self._path / _SENT, name, mail.content)

    def trace(self, mail: OutgoingMail, draft: Draft) -> Trace:  # noqa: ARG002
        """Look for a mail with this effect; the disk always knows."""
        with _failures_of_the_world():
            return "sent" if self._find(_name_of_effect(mail.effect), self._folders()) else "not_sent"

    def deliver(self, raw: bytes) -> str:
        """Put a mail in the inbox as a mail server would, and give its server id. Twice gives two mails."""
        moment = self._now()
        digest = sha256(raw).hexdigest()[:16]
        number = 0
        with _failures_of_the_world():
            while True:
                name = f"{int(moment.timestamp()):010d}.M{moment.microsecond:06d}N{number}.{digest}"
                if self._find(name, self._folders()) is None and self._write(self._path, name, raw):
                    return name
                number += 1

    def _make(self, folder: str) -> None:
        for room in _ROOMS:
            (self._path / folder / room).mkdir(mode=0o700, parents=True, exist_ok=True)

    def _folders(self) -> list[str]:
        """Give the inbox and every folder beside it, for people make their own and file mails there."""
        with os.scandir(self._path) as entries:
            return ["", *sorted(entry.name for entry in entries if _is_folder(entry))]

    def _files(self, folder: str, *rooms: str) -> Iterator[Path]:
        for room in rooms:
            with os.scandir(self._path / folder / room) as entries:
                files = [entry.path for entry in entries if _is_mail(entry)]
            yield from map(Path, files)

    def _find(self, server_id: str, folders: Sequence[str]) -> Path | None:
        """Find a mail by its id: by its usual names at once, by a search of the folder where it has other flags."""
        if "/" in server_id or server_id.startswith("."):
            return None
        for folder in folders:
            usual = (self._path / folder / "new" / server_id, self._path / folder / "cur" / f"{server_id}:2,S")
            found = next((file for file in usual if file.is_file()), None) or self._search(server_id, folder)
            if found:
                return found
        return None

    def _search(self, server_id: str, folder: str) -> Path | None:
        """Look at every name in a folder: every mail that is sent is looked for so, and there may be ten thousands."""
        for room in ("new", "cur"):
            with os.scandir(self._path / folder / room) as entries:
                for entry in entries:
                    if entry.name.partition(":2,")[0] == server_id and _is_mail(entry):
                        return Path(entry.path)
        return None

    def _with_unique_name(self, file: Path, status: os.stat_result) -> Path:
        """Rename what a person dropped in under a name of their own: `form.eml` may come again next week.

        The new name holds the time and the number of the file, so that two never share one, and the old name.
        """
        if _UNIQUE_NAME.fullmatch(_base(file)):
            return file
        seconds, rest = divmod(status.st_mtime_ns, 1_000_000_000)
        renamed = file.with_name(f"{seconds:010d}.M{rest:09d}I{status.st_ino}.{file.name}")
        file.rename(renamed)
        _sync_folder(file.parent)
        return renamed

    def _write(self, folder: Path, name: str, content: bytes) -> bool:
        """Write a file whole or not at all. False where the name is taken, which is no harm: nothing is overwritten."""
        draft = folder / "tmp" / f"{name}.{os.getpid()}"
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, folder / "new" / name)
            _sync_folder(folder / "new")
        except FileExistsError:
            return False
        finally:
            draft.unlink(missing_ok=True)
        return True

    def _clean_up(self) -> None:
        """Remove what a crash left in `tmp` 36 hours ago or earlier, as the Maildir convention has it."""
        latest = self._now().timestamp() - _HOURS_IN_TMP * 3600
        for folder in self._folders():
            for file in self._files(folder, "tmp"):
                with suppress(FileNotFoundError):
                    if file.stat().st_mtime < latest:
                        file.unlink()


def _base(file: Path) -> str:
    """Give a file's name without the flags that mail programs put behind it."""
    return file.name.partition(":2,")[0]


def _is_mail(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file of its own: a link would lead out of the mailbox."""
    return not entry.name.startswith(".") and entry.is_file(follow_symlinks=False)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.name.startswith(".") and all(Path(entry.path, room).is_dir() for room in _ROOMS)


def _name_of_effect(effect: str) -> str:
    return f"{sha256(effect.encode()).hexdigest()}.effect"


def read_whole(file: BinaryIO) -> bytes:
    """Read an open file, but not one that grows meanwhile: somebody is still copying it in by hand."""
    content = file.read()
    if os.fstat(file.fileno()).st_size != len(content):
        raise TemporaryFailure("the mail is still being written")
    return content


def _sync_folder(folder: Path) -> None:
    """Make a new name durable: after a power loss the file is there under it."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def _failures_of_the_world() -> Iterator[None]:
    """Whatever a disk refuses, it may allow when somebody has mended it: no mail is given up for it."""
    try:
        yield
    except OSError as failure:
        raise TemporaryFailure(f"the folder mailbox: {failure.strerror or 'the disk refuses'}") from failure


def _moment_of(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds // 10**9, UTC)
