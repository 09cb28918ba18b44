"""Has LibreOffice make a Word document of the kinds that are not read here themselves: Word 97 (.doc) and RTF.

LibreOffice is a large program and the file is a stranger's, so it runs as a process of its own, for one file, with a
profile of its own that is thrown away with everything else it wrote. It is started by the reading child, and bounded
by inheritance: it needs 400 MB of addresses and 64 open files, which is less than the child itself may have, so there
is no limit that would have to be widened, no helper with wider ones that a stranger's file could talk to, and no
network where the child has lost it. On top of that it gets a processor limit, a time, and a group of processes that
ends with it; and it ends with the child. Macros are switched off, and so are links to other files and addresses.
"""

import ctypes
import hashlib
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal

from cspr_bot.documents.refusal import DAMAGED, NO_OFFICE, TOO_LARGE, TOO_SLOW, Refused

OfficeKind = Literal["doc", "rtf"]

WALL_SECONDS = 20.0
MEMORY_BYTES = 512 * 1024 * 1024
OPEN_FILES = 64
LARGEST_RESULT = 64 * 1024 * 1024

_FILTERS: dict[OfficeKind, str] = {"doc": "MS Word 97", "rtf": "Rich Text Format"}
_MADE = "docx:MS Word 2007 XML"
_START_AGAIN = 81  # it has set up the profile, and would like to be started once more
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG = 1
_KERNEL = ctypes.CDLL(None, use_errno=True)

_SETTINGS = (
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Writer/Content/Update", "Link", "0"),
    ("Inet/Settings", "ooInetProxyType", "2"),  # whatever it may want of the network, it asks nobody for
    ("Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)


def find_office() -> Path | None:
    """Find LibreOffice: the program itself rather than the script that starts it, for that starts others too."""
    script = shutil.which("soffice") or shutil.which("libreoffice")
    if script is None:
        return None
    program = Path(script).resolve().with_name("soffice.bin")
    return program if program.is_file() else Path(script)


def to_word(content: bytes, kind: OfficeKind, *, program: Path | None = None, seconds: float = WALL_SECONDS) -> bytes:
    """Make a .docx of a document. Raise `Refused` where LibreOffice is not there, or cannot do it in time."""
    program = program or find_office()
    if program is None:
        raise Refused("unreadable", NO_OFFICE)
    with tempfile.TemporaryDirectory(prefix="cspr-bot-", ignore_cleanup_errors=True) as name:
        room = Path(name)
        (room / f"document.{kind}").write_bytes(content)
        profile = _make_profile(room)
        try:
            _run(_command(program, room, kind), room, time.monotonic() + seconds)
        finally:
            _pipe_of(profile).unlink(missing_ok=True)
        return _result(room / "made" / "document.docx")


def _command(program: Path, room: Path, kind: OfficeKind) -> tuple[str, ...]:
    return (
        str(program),
        f"-env:UserInstallation={(room / 'profile').as_uri()}",
        "--headless",
        "--norestore",
        "--nologo",
        "--nodefault",
        "--nolockcheck",
        f"--infilter={_FILTERS[kind]}",
        "--convert-to",
        _MADE,
        "--outdir",
        str(room / "made"),
        str(room / f"document.{kind}"),
    )


def _make_profile(room: Path) -> Path:
    profile = room / "profile"
    (profile / "user").mkdir(parents=True)
    items = "".join(
        f'<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse">'
        f"<value>{value}</value></prop></item>"
        for path, name, value in _SETTINGS
    )
    (profile / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<oor:items xmlns:oor="http://openoffice.org/2001/registry">{items}</oor:items>',
        encoding="utf-8",
    )
    return profile


def _pipe_of(profile: Path) -> Path:
    """Give the socket by which a second LibreOffice would find the first: one that was killed leaves it behind."""
    digest = hashlib.md5(profile.as_uri().encode("utf-16-le"), usedforsecurity=False).digest()
    return Path(f"/tmp/OSL_PIPE_{os.getuid()}_SingleOfficeIPC_{''.join(f'{byte:x}' for byte in digest)}")  # noqa: S108


def _run(command: tuple[str, ...], room: Path, deadline: float) -> None:
    """Run it, and once more where it has only set itself up. Raise `Refused` where it is not done in time."""
    for _ in range(2):
        if _status(command, room, deadline) != _START_AGAIN:
            return


def _status(command: tuple[str, ...], room: Path, deadline: float) -> int:
    process = subprocess.Popen(  # noqa: S603 - the command is our own
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=room,
        env={"HOME": str(room), "TMPDIR": str(room), "PATH": os.defpath, "LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
        process_group=0,
        preexec_fn=bound,  # noqa: PLW1509 - who reads documents has one thread
    )
    try:
        return process.wait(max(deadline - time.monotonic(), 0))
    except subprocess.TimeoutExpired:
        raise Refused("unreadable", TOO_SLOW) from None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def bound() -> None:
    """Bound this process before it becomes LibreOffice: it dies with who started it, and limits are only lowered."""
    _KERNEL.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    _lower(resource.RLIMIT_AS, MEMORY_BYTES)
    _lower(resource.RLIMIT_NOFILE, OPEN_FILES)
    _lower(resource.RLIMIT_FSIZE, LARGEST_RESULT)
    _lower(resource.RLIMIT_CPU, int(WALL_SECONDS))
    _lower(resource.RLIMIT_CORE, 0)
    any(_KERNEL.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWNET | _CLONE_NEWUSER))


def _lower(kind: int, limit: int) -> None:
    hard = resource.getrlimit(kind)[1]
    most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(kind, (most, most))


def _result(path: Path) -> bytes:
    if not path.is_file():
        raise Refused("unreadable", DAMAGED)
    if path.stat().st_size >= LARGEST_RESULT:  # there it was cut off
        raise Refused("too_large", TOO_LARGE)
    return path.read_bytes()
