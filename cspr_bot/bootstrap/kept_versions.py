"""Which version of the procedure each open case goes by, and which of them keep one that the files have no more."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.config import Problem
from cspr_bot.pipeline.ports import PermanentFailure, TemporaryFailure
from cspr_bot.procedure.case import Case

MOVE = "`record REF procedure_changed --by WHO --reason WHY` moves one"


def version_told(office: Office, case: Case) -> str:
    """Say by which version a case goes, as people call it."""
    version = next((item for item in office.home.versions if item.key == case.procedure), None)
    procedure = office.rules_of(case).procedure
    from_day = procedure.effective_from
    begins = f"in force from {from_day:%d %b %Y}" if from_day else "in force from the first"
    if not case.procedure:
        return begins
    where = f"as in {version.file}" if version else "an earlier text, kept with the case"
    return f"{begins}, {where} (version {case.procedure})"


def kept_by_cases(office: Office) -> Mapping[str, tuple[str, ...]]:
    """Give the open cases that go by a version which the files do not have any more, by its key."""
    known = {version.key for version in office.home.versions}
    hiding = office.home.procedure.regions["main"].final
    found: dict[str, list[str]] = {}
    for row in office.store.reports.case_rows(hiding=hiding):
        version = office.store.progression.load_case(row.reference).case.procedure
        if version and version not in known:
            found.setdefault(version, []).append(row.reference)
    return {version: tuple(references) for version, references in found.items()}


def version_problems(folder: Path) -> tuple[Problem, ...]:
    """Say the same of a home, as far as its files, its key and its database let anybody look."""
    if not (folder / "var").is_dir():
        return ()
    try:
        office = Office(folder)
    except NotReadyError:
        return ()  # the files are no good by the machine's own clock, which every other command says
    try:
        return tuple(notes_on_versions(office))
    except (NotReadyError, TemporaryFailure, PermanentFailure):
        return ()  # what keeps the database from being read, `doctor` and every other command tell
    finally:
        office.close()


def notes_on_versions(office: Office) -> Iterator[Problem]:
    """Say which open cases keep a text that the files have no more, and which of these cannot be worked on at all."""
    for version, references in kept_by_cases(office).items():
        whose = f"{', '.join(references)} {'keeps' if len(references) == 1 else 'keep'}"
        try:
            office.rules.under(version)
        except PermanentFailure as failure:
            yield Problem("config/procedure.toml", "", f"{', '.join(references)}: {failure}", f"or {MOVE}")
            continue
        what = f"{whose} an earlier text of the procedure, version {version}: what was changed since is for new cases"
        remedy = f"`rehearse --diff config/procedure.toml` shows what it would change for them, and {MOVE}"
        yield Problem("config/procedure.toml", "", what, remedy, is_warning=True)
