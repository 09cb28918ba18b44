"""Versions of the administrator's files: a copy of what the daemon works by, and a word for `check` about both.

A daemon never works by files that somebody may be writing at that moment. It copies them, checks the copy, and works by
that: so what was checked is what is used, whole, and what is refused touches nothing.
"""

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from cspr_bot.bootstrap.making import COPIED

IN_FORCE = "in-force"
STATE = "state.json"
SHOWN = 12  # characters of a checksum, enough to tell two versions apart


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the files: its checksum, and where its copy lies."""

    digest: str
    folder: Path


@dataclass(frozen=True, slots=True)
class FilesState:
    """By which version a daemon works and since when, and which it refused; "" where it refused none."""

    in_force: str
    since: str
    refused: str = ""
    refused_at: str = ""


Stamp = tuple[tuple[str, int, int, int, int], ...]


def stamp_of(home: Path) -> Stamp:
    """Give what changes whenever a file is written, renamed or given other rights; nothing is read for it."""
    found = []
    for path in _files(home):
        try:
            stat = path.stat()
        except OSError:
            continue
        found.append((str(path), stat.st_mtime_ns, stat.st_size, stat.st_ino, stat.st_mode))
    return tuple(found)


def digest_of(files: Path) -> str:
    """Give the checksum of a version: of every file by its name, its rights and its bytes."""
    whole = sha256()
    for path in _files(files):
        content = path.read_bytes()
        head = f"{path.relative_to(files).as_posix()}\0{path.stat().st_mode & 0o777:o}\0{len(content)}\0"
        whole.update(head.encode("utf-8", "surrogateescape") + content)
    return whole.hexdigest()[:SHOWN]


def copy_of(home: Path) -> Version:
    """Copy the files as they are at this moment, with their rights. Raise `OSError` where that cannot be."""
    room = home / "var" / IN_FORCE
    room.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = room / ".part"
    shutil.rmtree(beside, ignore_errors=True)
    for path in _files(home):
        target = beside / path.relative_to(home)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    beside.mkdir(exist_ok=True)
    digest = digest_of(beside)
    folder = room / digest
    if folder.is_dir():
        shutil.rmtree(beside)
    else:
        beside.rename(folder)
    return Version(digest, folder)


def keep_only(home: Path, digest: str) -> None:
    """Remove the copies of every other version."""
    room = home / "var" / IN_FORCE
    for path in room.iterdir():
        if path.is_dir() and path.name != digest:
            shutil.rmtree(path, ignore_errors=True)


def tell_state(home: Path, state: FilesState) -> None:
    """Leave word by which version the daemon works; a disk that takes no more keeps nobody from working."""
    path = home / "var" / IN_FORCE / STATE
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(asdict(state)), encoding="utf-8")
    beside.replace(path)


def told_state(home: Path) -> FilesState | None:
    """Give by which version the daemon works, or last did; None where none has said so."""
    try:
        told = json.loads((home / "var" / IN_FORCE / STATE).read_text(encoding="utf-8"))
        return FilesState(**told)
    except (OSError, ValueError, TypeError):
        return None


def state_lines(home: Path) -> tuple[str, ...]:
    """Say which version the files are, and by which the daemon works where that is another."""
    state, here = told_state(home), digest_of(home)
    if state is None:
        return ()
    since = datetime.fromisoformat(state.since)
    if state.in_force == here:
        return (f"Version {here}: the service works by it since {since:%d %B %Y %H:%M} UTC.",)
    lines = [f"Here: version {here}. The service works by version {state.in_force} since {since:%d %B %Y %H:%M} UTC."]
    if state.refused == here:
        lines.append(f"It refused {here} at {datetime.fromisoformat(state.refused_at):%d %B %Y %H:%M} UTC.")
    else:
        lines.append("It looks at the files once a minute, or has not run since they were changed.")
    return tuple(lines)


def _files(home: Path) -> list[Path]:
    return sorted(
        path for name in COPIED for path in (home / name).rglob("*") if path.is_file() and not _is_hidden(path)
    )


def _is_hidden(path: Path) -> bool:
    """Whether a file is an editor's, or one that is just being written beside another."""
    return path.name.startswith(".") or path.name.endswith(("~", ".swp", ".part"))
