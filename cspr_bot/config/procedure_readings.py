"""The source's ambiguities in procedure.toml: which reading is chosen, and what it lays over the rest of the file."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from cspr_bot.config.files import ConfigFile
from cspr_bot.config.problems import Findings, Place, show, suggest

TABLE = "ambiguity"
DEFAULT = "default"
Tree = Mapping[str, object]


def with_readings(file: ConfigFile) -> ConfigFile:
    """Lay the reading that is chosen for each ambiguity over the file.

    What a reading gives replaces what stands there, key by key; a list is replaced whole. Of its own table only the
    names are left.
    """
    entries = file.table.get(TABLE)
    if not isinstance(entries, Mapping):
        return file
    table: Tree = file.table
    for name, entry in entries.items():
        readings = entry.get("readings", {}) if isinstance(entry, Mapping) else None
        if not isinstance(entry, Mapping) or not isinstance(readings, Mapping):
            continue  # the reader of the table says what is wrong with it
        for overlay in _chosen(entry, readings, (TABLE, name), file.findings):
            table = laid_over(table, overlay)
    named = {
        name: {**entry, "readings": list(entry["readings"])} if _has_readings(entry) else entry
        for name, entry in entries.items()
    }
    return replace(file, table={**table, TABLE: named})


def check_lines(table: Tree, findings: Findings) -> None:
    """Note every line that the registers name and that is not there.

    A line of another file is written "file: key"; what keeps a duty may be told in words, which have a blank in them.
    """
    for register, key in ((TABLE, "switch"), ("duty", "kept_by")):
        entries = table.get(register)
        for name, entry in entries.items() if isinstance(entries, Mapping) else ():
            paths = entry.get(key, ()) if isinstance(entry, Mapping) else ()
            for number, path in enumerate(paths if isinstance(paths, list) else ()):
                if isinstance(path, str) and " " not in path and not _is_there(table, path):
                    what = f"there is no line {show(path)} in this file"
                    findings.error((register, name, key, number), what, "name the key with its table: timer.T2.length")


def laid_over(below: Tree, above: Tree) -> Tree:
    """Lay one table over another: tables are joined, everything else is replaced."""
    return {**below, **dict(_joined(below, above))}


def _joined(below: Tree, above: Tree) -> Iterator[tuple[str, object]]:
    for key, value in above.items():
        under = below.get(key)
        yield key, laid_over(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value


def _chosen(entry: Tree, readings: Tree, place: Place, findings: Findings) -> Iterator[Tree]:
    reading = entry.get("reading", DEFAULT)
    if reading == DEFAULT:
        return
    overlay = readings.get(str(reading))
    if not isinstance(overlay, Mapping):
        what = f"there is no reading {show(str(reading))}"
        findings.error((*place, "reading"), what, suggest(str(reading), (DEFAULT, *readings)))
    elif TABLE in overlay:
        findings.error((*place, "readings", str(reading)), "a reading cannot choose another", "leave that table out")
    else:
        yield overlay


def _has_readings(entry: object) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("readings"), Mapping)


def _is_there(table: object, path: str) -> bool:
    for key in path.split("."):
        if not isinstance(table, Mapping) or key not in table:
            return False
        table = table[key]
    return True
