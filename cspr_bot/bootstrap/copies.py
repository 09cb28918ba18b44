"""A copy of a home in one file, made while it works, and put back into an empty one.

In it are the database, sealed as it is, the administrator's files and a page about it. The key is not, nor is any other
secret, nor the mailbox: that is where everything that came since is found again.
"""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from cspr_bot import __version__
from cspr_bot.bootstrap.databases import database_file
from cspr_bot.bootstrap.durable import sync_folder
from cspr_bot.bootstrap.keys import MASTER_KEY, master_key
from cspr_bot.bootstrap.making import COPIED
from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.config import Problem

DATABASE = "cspr-bot.db"
ABOUT = "about.json"
THERE_ALREADY = "{}: it is there already; nothing is overwritten, so name another file"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back: of when the copy is, and which of the administrator's files were there and were kept."""

    made_at: datetime
    kept: tuple[str, ...]


def back_up(office: Office, file: Path) -> None:
    """Write a copy of a home; it is whole or not there at all, and nothing that is there is overwritten."""
    if file.exists():
        raise NotReadyError((THERE_ALREADY.format(file),))
    now = office.real_now()
    about = {
        "installation": office.home.settings.installation,
        "made_at": now.isoformat(),
        "program": __version__,
        "audit_rows": office.store.installation.audit_head().seq,
    }
    with TemporaryDirectory(prefix=".cspr-bot-backup-", dir=file.parent) as scratch:  # no name here is anybody else's
        database, unfinished = Path(scratch) / DATABASE, Path(scratch) / "copy"
        office.store.back_up(database)
        with _opened(unfinished) as opened:
            with ZipFile(opened, "w", ZIP_STORED) as copy:
                copy.writestr(ABOUT, json.dumps(about))
                copy.write(database, DATABASE)
                for path in _administrators_files(office.folder):
                    copy.write(path, path.relative_to(office.folder).as_posix(), ZIP_DEFLATED)
            opened.flush()
            os.fsync(opened.fileno())
        _publish(unfinished, file)
    office.store.installation.note(office.clock.now(), "person", "backup_made")


def _publish(unfinished: Path, file: Path) -> None:
    """Give a finished file its name, and never over another, whoever made that meanwhile."""
    try:
        os.link(unfinished, file)
    except FileExistsError as error:
        raise NotReadyError((THERE_ALREADY.format(file),)) from error
    sync_folder(file.parent)


def restore(folder: Path, file: Path) -> Restored:
    """Put a copy back into a home without a database, with the key that it was made with.

    A file of the administrator's that is there is kept, and named where it differs: it may be the newer one.
    """
    if isinstance(key := master_key(folder), Problem):
        raise NotReadyError((f"put the key of the copy in {folder / 'var' / MASTER_KEY} first; {key.what}",))
    try:
        with ZipFile(file) as copy:
            about = json.loads(copy.read(ABOUT))
            made_at = datetime.fromisoformat(about["made_at"])
            kept = tuple(_put_back_files(copy, folder))
            office = Office(folder)
            try:
                _put_back_database(copy, office)
            finally:
                office.close()
    except (BadZipFile, KeyError, ValueError, EOFError) as error:
        raise NotReadyError((f"{file}: this is no whole copy made by `cspr-bot backup`",)) from error
    return Restored(made_at, kept)


def _administrators_files(folder: Path) -> Iterator[Path]:
    for name in COPIED:
        yield from sorted(path for path in (folder / name).rglob("*") if path.is_file() and not path.is_symlink())


def _put_back_files(copy: ZipFile, folder: Path) -> Iterator[str]:
    """Put back the files that are missing; give the names of those that are there and are others."""
    for entry in copy.infolist():
        top, _, rest = entry.filename.partition("/")
        if top not in COPIED or not rest or ".." in rest.split("/"):
            continue
        target = folder / entry.filename
        if target.exists():
            if target.read_bytes() != copy.read(entry):
                yield entry.filename
            continue
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        target.write_bytes(copy.read(entry))
        target.chmod(0o640)


def _put_back_database(copy: ZipFile, office: Office) -> None:
    """Put the database in its place, by one rename where that is a file; what is not empty is left alone."""
    file = database_file(office.home.settings, office.folder)
    unfinished = office.folder.resolve() / "var" / f"{DATABASE}.part"
    if file is not None and file.exists():
        raise NotReadyError((f"{file}: this home has a database; restore into an empty one, or move it away",))
    try:
        with copy.open(DATABASE) as source, _opened(unfinished) as opened:
            shutil.copyfileobj(source, opened, _CHUNK)  # the reader checks what it reads against its checksum
            opened.flush()
            os.fsync(opened.fileno())
        office.make_copy_ready(unfinished)
        if file is None:
            office.fill_server_from(unfinished)
        else:
            for left in (f"{file.name}-wal", f"{file.name}-shm"):
                file.with_name(left).unlink(missing_ok=True)  # of another database: it would be read into this one
            unfinished.rename(file)
            sync_folder(file.parent)
    finally:
        for ending in ("", "-wal", "-shm"):
            unfinished.with_name(f"{unfinished.name}{ending}").unlink(missing_ok=True)


def _opened(path: Path) -> BinaryIO:
    """Open a new file that only its owner can read; one that a crash has left is begun anew."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
