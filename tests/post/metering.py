"""What reading one mail costs: processor time of everybody who works on it, and the most memory of the child."""

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cspr_bot.confinement.reader import ConfinedReader

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Cost:
    """What one mail took. `peak_bytes` is the most that the child ever had in memory: never less than this mail's."""

    seconds: float = 0.0
    peak_bytes: int = 0
    address_limit: int = field(default=resource.RLIM_INFINITY)


class Meter:
    """Measures a confined reader by processor time, so that a busy machine makes nothing slower."""

    def __init__(self, reader: ConfinedReader) -> None:
        self._reader = reader

    @contextmanager
    def cost(self) -> Iterator[Cost]:
        """Measure what happens inside; the values are there when it is over."""
        measured = Cost()
        before = self._spent()
        yield measured
        measured.seconds = self._spent() - before
        if (now := self._pid()) is not None:
            measured.peak_bytes = _peak(now)
            measured.address_limit = resource.prlimit(now, resource.RLIMIT_AS)[0]

    def _pid(self) -> int | None:
        child = self._reader._child
        return None if child is None else child._process.pid

    def _spent(self) -> float:
        """Give what we, every child that has ended (it goes on counting there), and the one that lives have spent."""
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + ended.ru_utime + ended.ru_stime + _seconds_of(self._pid())


def _seconds_of(pid: int | None) -> float:
    if pid is None:
        return 0.0
    numbers = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / _TICKS


def _peak(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
