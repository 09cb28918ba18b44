"""Puts a checked contact list in force: whole or not at all, whoever else works at it and whenever the power is cut."""

import fcntl
import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from stat import S_IMODE

from cspr_bot.bootstrap.durable import sync_folder
from cspr_bot.bootstrap.office import Office, confined_reader
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.config.contacts_proposal import Checked, contacts_path
from cspr_bot.config.contacts_sheet import read_sheet
from cspr_bot.correspondence.sheet import Sheet
from cspr_bot.pipeline.ports import TemporaryFailure

MOVED = "config/contacts.toml: it was changed meanwhile; nothing was written: look at the difference anew"
ODD = "config/contacts.toml: what was written cannot be read again as it was meant; nothing was changed"


LARGEST = 8 * 1024 * 1024
IS_ARCHIVE = b"PK"


def read_contact_sheet(content: bytes) -> Sheet:
    """Read a workbook or CSV. A workbook is opened in the bounded child: it may have come from anybody."""
    if len(content) > LARGEST:
        return Sheet(flaw=f"it is larger than {LARGEST // 1024 // 1024} MB, and no contact list is")
    if not content.startswith(IS_ARCHIVE):
        return read_sheet(content)
    reader = confined_reader(Path(), sheets=True)
    try:
        read = reader.read(content)
    finally:
        reader.close()
    sheet = read.files[0].sheet if read.files else None
    return sheet or Sheet(flaw="; ".join(read.mail.problems) or "it cannot be read")


def person_at_keyboard() -> str:
    """Give the account that is logged in, also where it has taken another's rights."""
    return os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name


def put_in_force(office: Office, checked: Checked, by: str) -> None:
    """Write a list that was checked in the place of the one that it was compared with.

    1. The new file lies beside the old one, durable, and was read again to the byte.
    2. The log says who changes what, by checksums.
    3. One rename puts it in force. A cut before leaves the old list, one behind it the new; there is no third.

    A list that somebody has changed since is left alone. Owner and rights stay: the service must still read it.
    """
    if checked.after is None:
        raise NotReadyError(tuple(map(str, checked.errors)))
    path = contacts_path(office.folder).resolve()
    before, after = checked.before.encode(), checked.after.encode()
    with _alone(path.parent):
        if path.read_bytes() != before:
            raise NotReadyError((MOVED,))
        beside = path.with_name(f".{path.name}.part")
        try:
            _write_like(path, beside, after)
            if beside.read_bytes() != after:
                raise NotReadyError((ODD,))
            counts = {name: len(getattr(checked.proposal, name)) for name in ("added", "changed", "removed")}
            digests = sha256(before).hexdigest(), sha256(after).hexdigest()
            office.store.contact_lists.note_change(office.clock.now(), by, *digests, counts)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        sync_folder(path.parent)


def _write_like(path: Path, beside: Path, content: bytes) -> None:
    """Write a file with the owner and the rights of another; one that a crash has left is begun anew."""
    like = path.stat()
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if (like.st_uid, like.st_gid) != (os.geteuid(), os.getegid()):
            os.fchown(descriptor, like.st_uid, like.st_gid)
        os.fchmod(descriptor, S_IMODE(like.st_mode))
        file.write(content)
        file.flush()
        os.fsync(descriptor)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep a second administrator out while one writes."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise TemporaryFailure("somebody else is changing the contact list at this moment") from error
    finally:
        os.close(descriptor)
