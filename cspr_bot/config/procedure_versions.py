"""The versions of the procedure in a home: procedure.toml, and beside it a file for each change that is to come."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from hashlib import sha256
from pathlib import Path

from cspr_bot.config.files import ConfigFile, read_file, read_text
from cspr_bot.config.problems import Findings, Problem
from cspr_bot.config.procedure_file import read_procedure
from cspr_bot.procedure.definition import Procedure

FROM = "effective_from"
_KEY_LENGTH = 12


@dataclass(frozen=True, slots=True)
class ProcedureVersion:
    """One version: its key follows from every word of the file but its comments, so that no change goes unnoticed.

    `file` is what problems call it, and `text` the file itself, from which it can be read again when the file is gone.
    """

    key: str
    procedure: Procedure
    file: str
    text: str

    @property
    def begins_on(self) -> date:
        """The first day on which it is in force."""
        return self.procedure.effective_from or date.min


def later_files(folder: Path) -> Mapping[str, ConfigFile]:
    """Read the files beside procedure.toml that are versions of it: all whose names begin like its own."""
    found = sorted(path for path in folder.glob("procedure*.toml") if path.name != "procedure.toml")
    return {path.stem: read_file(path, f"config/{path.name}") for path in found}


def versions_of(
    files: Iterable[ConfigFile], *, today: date, close_of_business: time
) -> tuple[ProcedureVersion, ...] | None:
    """Read every version, in the order in which they come into force; None where one is no good.

    A version is in force until the next one begins, so there can be no gap between two. What can be wrong is noted:
    two that begin on one day, and none that has begun yet.
    """
    versions: list[ProcedureVersion] = []
    findings: dict[str, Findings] = {}
    is_whole = True
    for file in files:
        procedure = read_procedure(file, close_of_business=close_of_business)
        if procedure is None:
            is_whole = False
            continue
        version = ProcedureVersion(key_of(file.table), procedure, file.findings.file, file.text)
        findings[version.file] = file.findings
        _check_day(version, versions, file.findings)
        versions.append(version)
    if not is_whole:
        return None
    ordered = tuple(sorted(versions, key=lambda version: version.begins_on))
    first = ordered[0]
    if first.begins_on > today:
        what = f"no procedure is in force today, {today}: this one is the first, from {first.begins_on} on"
        findings[first.file].error((FROM,), what, "leave this line out, or put the file of the version before it back")
    return ordered


def in_force(versions: tuple[ProcedureVersion, ...], on: date) -> ProcedureVersion:
    """Give the version that is in force on a day; before the first one begins, that one."""
    return next((version for version in reversed(versions) if version.begins_on <= on), versions[0])


def key_of(table: Mapping[str, object]) -> str:
    """Give the key of a version. Comments and blanks are no part of it; the order of what the file says is."""
    return sha256(json.dumps(table, default=str).encode()).hexdigest()[:_KEY_LENGTH]


def read_kept_procedure(text: str, key: str, close_of_business: time) -> Procedure | tuple[Problem, ...]:
    """Read a version that was kept with its cases, as the text that it was; or give all that is wrong with it now."""
    file = read_text(text, Findings(f"procedure {key}"))
    procedure = read_procedure(file, close_of_business=close_of_business)
    errors = tuple(problem for problem in file.findings.problems if not problem.is_warning)
    return procedure if procedure is not None and not errors else errors


def _check_day(version: ProcedureVersion, before: list[ProcedureVersion], findings: Findings) -> None:
    same = next((other for other in before if other.begins_on == version.begins_on), None)
    if same is None:
        return
    if version.procedure.effective_from is None:
        what = f"neither this file nor {same.file} says from which day on it is in force"
        findings.error((FROM,), what, f"write {FROM} = YYYY-MM-DD at the top, or give a file that is none another name")
    else:
        what = f"{same.file} comes into force on the same day, {version.begins_on}"
        findings.error((FROM,), what, "give one of the two another day, or take one away")
