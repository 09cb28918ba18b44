"""A table that somebody keeps in a spreadsheet, as plain values: what stands in each cell, as text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row, by the number that the spreadsheet shows beside it. `formulas` are the places of cells that reckon.

    A date is written as 2026-11-30, an empty cell is "".
    """

    number: int
    cells: tuple[str, ...]
    formulas: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in it."""
        return not self.formulas and not any(self.cells)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a table that are not empty, or why it cannot be read."""

    rows: tuple[SheetRow, ...] = ()
    flaw: str = ""
