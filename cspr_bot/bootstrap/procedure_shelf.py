"""The shelf of procedures: those of the home's files, and those that open cases keep when the files have changed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from cspr_bot.config import Home, in_force, read_kept_procedure
from cspr_bot.pipeline.ports import PermanentFailure
from cspr_bot.procedure.definition import Procedure


@dataclass(frozen=True, slots=True)
class ProcedureShelf:
    """Finds every version by its key. What is not in the files is read, once, from what was kept of it."""

    home: Home
    kept_text: Callable[[str], str | None]
    _read: dict[str, Procedure] = field(default_factory=dict)

    def in_force(self, on: date) -> str:
        """Give the key of the version in force on a day."""
        return in_force(self.home.versions, on).key

    def procedure(self, key: str) -> Procedure:
        """Give a version, from the files or from what was kept."""
        for version in self.home.versions:
            if version.key == key:
                return version.procedure
        if key not in self._read:
            self._read[key] = self._kept(key)
        return self._read[key]

    def _kept(self, key: str) -> Procedure:
        text = self.kept_text(key)
        if text is None:
            raise PermanentFailure(
                f"the version {key} of the procedure is neither in config/ nor in the database: put its file back"
            )
        found = read_kept_procedure(text, key, self.home.settings.office.close_of_business)
        if isinstance(found, Procedure):
            return found
        raise PermanentFailure(f"the case goes by a procedure that cannot be read any more: {found[0]}")
