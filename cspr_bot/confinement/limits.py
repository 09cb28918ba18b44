"""What a reading child may not do: grow, run on, open much, leave a core behind, or reach a network."""

import ctypes
import resource
from contextlib import suppress

MEMORY_BYTES = 512 * 1024 * 1024
CPU_SECONDS = 10
OPEN_FILES = 64
LARGEST_FILE_BYTES = 100_000_000

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38


def confine(memory_bytes: int = MEMORY_BYTES) -> bool:
    """Bound this process for the rest of its life; say whether it lost the network too.

    Losing the network needs a kernel that lets anybody make a namespace. Where it does not, the service's own unit has
    to deny it, and nothing that runs here opens a connection in the first place.
    """
    _bound(resource.RLIMIT_AS, memory_bytes)
    _bound(resource.RLIMIT_CORE, 0)
    _bound(resource.RLIMIT_NOFILE, OPEN_FILES)
    _bound(resource.RLIMIT_FSIZE, LARGEST_FILE_BYTES)
    kernel = ctypes.CDLL(None, use_errno=True)
    kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    kernel.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    return any(kernel.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWNET | _CLONE_NEWUSER))


def allow_cpu(seconds: int = CPU_SECONDS) -> None:
    """Allow this process so many more seconds of processor time; the limit counts from its birth, so it is moved."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + seconds + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    with suppress(ValueError):  # whoever started us allows less
        resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))


def _bound(kind: int, limit: int) -> None:
    """Lower a limit for good. One that is lower already, set by whoever started us, stays."""
    with suppress(ValueError):
        resource.setrlimit(kind, (limit, limit))
