"""How long the program takes to start on Microsoft 365, beside a start on a folder, and how much memory it holds then.

Both start in pairs, one after the other, each as a process of its own: it opens its home, and has looked into its
mailbox when it says so. The one on Microsoft 365 signs in with a certificate over TLS on the way, at a simulated server
on this machine. What is compared is the difference within each pair.
"""

import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from cspr_bot.bootstrap.making import make_home  # noqa: E402
from cspr_bot.bootstrap.world import SystemClock  # noqa: E402
from tests.graph_simulator.server import simulated  # noqa: E402
from tests.transports.graph import MAILBOX, move_to_graph  # noqa: E402

PAIRS = 15
MOST_SECONDS, MOST_MEGABYTES = 0.5, 120
LIBRARIES = ("O365", "msal", "requests", "exchangelib", "imapclient")
START = f"""
import sys
from pathlib import Path
from cspr_bot.bootstrap.office import Office

office = Office(Path(sys.argv[1]))
office.intake.take()
print(*sorted(set({LIBRARIES!r}) & sys.modules.keys()), flush=True)
"""


@dataclass(frozen=True)
class Started:
    """What one start took: seconds until the mailbox was looked into, seconds of processor, megabytes at most."""

    wall: float
    processor: float
    megabytes: float
    loaded: tuple[str, ...]


def start(home: Path) -> Started:
    """Start once; the time is over when the mailbox has been looked into, the rest when the process has ended."""
    began = perf_counter()
    with subprocess.Popen([sys.executable, "-c", START, str(home)], stdout=subprocess.PIPE, cwd=ROOT) as process:  # noqa: S603
        assert process.stdout is not None
        said = process.stdout.readline()
        wall = perf_counter() - began
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return Started(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, tuple(said.decode().split()))


def main() -> int:
    """Measure, print, and end with 1 where a bound is passed."""
    with TemporaryDirectory() as name, simulated(Path(name), MAILBOX, SystemClock().now) as server:
        folder, graph = Path(name) / "folder", Path(name) / "graph"
        for home in (folder, graph):
            make_home(home)
        move_to_graph(graph, server)
        start(folder), start(graph)  # the databases are made, and the files are read once
        pairs = [(start(folder), start(graph)) for _ in range(PAIRS)]
    walls = [live.wall - plain.wall for plain, live in pairs]
    processors = [live.processor - plain.processor for plain, live in pairs]
    print(f"{PAIRS} pairs of starts; seconds until the mailbox was looked into, medians (least to most)")
    for which, label in ((0, "folder"), (1, "Microsoft 365")):
        runs = [pair[which] for pair in pairs]
        wall, processor = spread([run.wall for run in runs]), spread([run.processor for run in runs])
        most, loaded = max(run.megabytes for run in runs), ", ".join(runs[0].loaded) or "none"
        print(f"  {label:14} wall {wall}   processor {processor}   {most:5.1f} MB   libraries: {loaded}")
    print(f"  {'difference':14} wall {spread(walls)}   processor {spread(processors)}")
    most = max(live.megabytes for _, live in pairs)
    misses = [
        text
        for is_missed, text in (
            (statistics.median(walls) > MOST_SECONDS, f"more than {MOST_SECONDS} s over the folder's"),
            (most > MOST_MEGABYTES, f"more than {MOST_MEGABYTES} MB"),
            (any(plain.loaded for plain, _ in pairs), "a library of a live transport is loaded on the folder"),
        )
        if is_missed
    ]
    bounds = f"≤ {MOST_SECONDS} s over the folder's, ≤ {MOST_MEGABYTES} MB, no library on the folder"
    print(f"bounds ({bounds}): {'; '.join(misses) or 'kept'}")
    return 1 if misses else 0


def spread(seconds: list[float]) -> str:
    """Give the median with the least and the most."""
    return f"{statistics.median(seconds):.3f} ({min(seconds):.3f} to {max(seconds):.3f})"


if __name__ == "__main__":
    sys.exit(main())
