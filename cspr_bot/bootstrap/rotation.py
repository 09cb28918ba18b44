"""Changing the master key while the daemon runs, in steps of which each can be the last before a power cut.

1. The next key is written beside the old one, durable.
2. The database is opened to both.
3. The next key takes the place of the old one: by one rename, or, where the key is a credential, by the administrator.
4. The database is closed to the old one.

A crash leaves a home that opens with the key that it has, and whoever asks again goes on from there. Running daemons
hold what the key opened, and notice nothing.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from cspr_bot.bootstrap.durable import sync_folder
from cspr_bot.bootstrap.keys import MASTER_KEY, is_kept_elsewhere, master_key
from cspr_bot.bootstrap.making import write_key
from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.config import Problem
from cspr_bot.pipeline.ports import TemporaryFailure

NEXT_KEY = f"{MASTER_KEY}.next"
Rotated = Literal["done", "put_in_place"]


def rotate(office: Office) -> Rotated:
    """Change the master key; "put_in_place" where a person has to carry it to where it is kept, and then ask again."""
    var = office.folder / "var"
    with _alone(var):
        keys, now = office.store.installation, office.clock.now()
        current = _key(office.folder)
        if keys.count_master_keys() > 1 and _written(var / NEXT_KEY) in {None, current}:
            keys.drop_other_master_keys(current, now)
            (var / NEXT_KEY).unlink(missing_ok=True)
            return "done"
        following = _written(var / NEXT_KEY) or _make(var / NEXT_KEY)
        keys.add_master_key(following, now)
        if not _is_kept_here(var, current) or keys.is_key_elsewhere() or office.store.lead is not None:
            return "put_in_place"
        (var / NEXT_KEY).replace(var / MASTER_KEY)
        sync_folder(var)
        keys.drop_other_master_keys(following, now)
        return "done"


def _key(folder: Path) -> bytes:
    key = master_key(folder)
    if isinstance(key, Problem):
        raise NotReadyError((str(key),))
    return key


def _is_kept_here(var: Path, current: bytes) -> bool:
    """Say whether the key in use is the file's."""
    return not is_kept_elsewhere() and _written(var / MASTER_KEY) == current


def _written(path: Path) -> bytes | None:
    """Give the key in a file; None where there is none, or a crash left half of one: nothing knows that one yet."""
    try:
        key = bytes.fromhex(path.read_text("ascii").strip())
    except (FileNotFoundError, ValueError):
        return None
    return key if len(key) == 32 else None


def _make(path: Path) -> bytes:
    path.unlink(missing_ok=True)
    write_key(path)
    sync_folder(path.parent)
    key = _written(path)
    if key is None:
        raise TemporaryFailure(f"{path.name} cannot be read back")
    return key


@contextmanager
def _alone(var: Path) -> Iterator[None]:
    """Keep a second person out who would change the key at the same time."""
    with (var / "keys.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TemporaryFailure("the key is being changed by somebody else") from error
        yield
