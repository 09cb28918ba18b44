"""Records what a process asks of the disk, call by call, and builds the disk that a power cut would leave.

The record is strace's: every write with its bytes, every sync, every name that is removed. What was written and not yet
synced may be there after a cut, or not, or in part, sector by sector; a name that was removed may be there again as
long as its folder was not synced. Sectors of 512 bytes are written whole, and a file that is synced keeps its name.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Literal

Model = Literal["dropped", "kept", "torn"]
SECTOR = 512
_CALLS = "pwrite64,write,fsync,fdatasync,ftruncate,unlink"
_LINE = re.compile(r'^\d+ +(\w+)\((?:\d+<([^>]*)>|"([^"]*)")(?:, "([^"]*)")?(?:, (\d+))?(?:, (\d+))?\) += (\d+)')


@dataclass(frozen=True)
class Asked:
    """One thing that was asked of the disk, and of which file; `said` is an acknowledgement, and no matter of disks."""

    call: Literal["write", "sync", "truncate", "remove", "said"]
    name: str
    at: int = 0
    content: bytes = b""


def record(folder: Path, mode: str) -> list[Asked]:
    """Record a process at work in a folder."""
    trace = folder.with_name(f"{folder.name}.trace")
    command = (sys.executable, "-m", "tests.power.at_work", str(folder), mode)
    recording = ("strace", "-f", "-y", "-xx", "-s", "1000000", "-e", f"trace={_CALLS}", "-o", str(trace))
    subprocess.run((*recording, *command), check=True, capture_output=True)  # noqa: S603
    with trace.open(encoding="ascii") as lines:
        return list(_asked(lines, folder))


def _asked(lines: Iterable[str], folder: Path) -> Iterator[Asked]:
    for line in lines:
        found = _LINE.match(line)
        if found is None:
            continue
        call, handle, path, text, first, second, _ = found.groups()
        name, content = _plain(handle or path or "").decode(), _plain(text or "")
        if call == "write" and content.startswith(b"ACK "):
            yield Asked("said", content.decode()[4:].strip())
        elif Path(name) == folder and call in {"fsync", "fdatasync"}:
            yield Asked("sync", "")
        elif Path(name).parent == folder and not name.endswith("-shm"):
            yield from _of_file(call, Path(name).name, content, int(first or 0), int(second or 0))


def _of_file(call: str, name: str, content: bytes, first: int, second: int) -> Iterator[Asked]:
    match call:
        case "pwrite64":
            yield Asked("write", name, second, content[:first])
        case "fsync" | "fdatasync":
            yield Asked("sync", name)
        case "ftruncate":
            yield Asked("truncate", name, first)
        case "unlink":
            yield Asked("remove", name)


def _plain(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


@dataclass
class Disk:
    """A folder as it is on the disk for certain, and what was asked since and may be there or not."""

    files: dict[str, bytearray] = field(default_factory=dict)
    unsynced: list[Asked] = field(default_factory=list)
    removed: dict[str, bytearray] = field(default_factory=dict)

    def ask(self, asked: Asked) -> None:
        """Take in one call."""
        if asked.call == "sync" and asked.name == "":
            self.removed.clear()
        elif asked.call == "sync":
            for item in [item for item in self.unsynced if item.name == asked.name]:
                _apply(self.files, item)
            self.unsynced = [item for item in self.unsynced if item.name != asked.name]
        elif asked.call == "remove":
            self.unsynced = [item for item in self.unsynced if item.name != asked.name]
            if (gone := self.files.pop(asked.name, None)) is not None:
                self.removed[asked.name] = gone
        elif asked.call != "said":
            self.unsynced.append(asked)

    def after_a_cut(self, model: Model, chance: Random) -> dict[str, bytes]:
        """Give the files as they may be found when the power is back."""
        found = {name: bytearray(content) for name, content in self.files.items()}
        if model != "dropped":
            for item in self.unsynced:
                for part in _sectors(item) if model == "torn" else (item,):
                    if model == "kept" or chance.random() < 0.5:
                        _apply(found, part)
        if model == "torn" and chance.random() < 0.5:
            found |= {name: content for name, content in self.removed.items() if name not in found}
        return {name: bytes(content) for name, content in found.items()}


def put(files: dict[str, bytes], folder: Path) -> Path:
    """Put files into a new folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def _apply(files: dict[str, bytearray], asked: Asked) -> None:
    content = files.setdefault(asked.name, bytearray())
    if asked.call == "truncate":
        del content[asked.at :]
        content.extend(bytes(asked.at - len(content)))
        return
    end = asked.at + len(asked.content)
    content.extend(bytes(max(end - len(content), 0)))
    content[asked.at : end] = asked.content


def _sectors(asked: Asked) -> Iterator[Asked]:
    """Cut a write where sectors end."""
    if asked.call == "truncate":
        yield asked
        return
    begin, end = asked.at, asked.at + len(asked.content)
    while begin < end:
        until = min((begin // SECTOR + 1) * SECTOR, end)
        yield Asked("write", asked.name, begin, asked.content[begin - asked.at : until - asked.at])
        begin = until
