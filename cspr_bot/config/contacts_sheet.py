"""The contact list as a spreadsheet: written for people to work in, and read back cell by cell.

Formulas are dead both ways. What begins like one is written as text, and a formula that is read is never reckoned: it
stays in its place, for whoever reads the rows to refuse.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from cspr_bot.correspondence.sheet import Sheet, SheetRow

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Row = Mapping[str, object]

# The keys of a [[contact]], in the order in which people read them.
LISTS = ("answers_from", "deputies", "escalate_to")
DATES = ("confirmed", "valid_from", "valid_to", "away_from", "away_until")
COLUMNS = (
    *("role", "agency", "agency_name", "name", "email", "deputies", "escalate_to", "answers_from"),
    *DATES,
    "allow_insecure",
)
TITLE = "Contacts"
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
MOST_ROWS, MOST_COLUMNS, LARGEST_CELL = 2_000, 60, 4_000
MOST_PARTS, LARGEST_UNPACKED = 200, 32 * 1024 * 1024
_WIDTHS = {"role": 22, "agency": 17, "agency_name": 34, "name": 38, "email": 36, "allow_insecure": 24}
_NOTES = (
    ("role", "What the contact answers for. One role may have several rows, and one address several roles."),
    ("agency", "The organisation's key, one word such as police; empty for the partnership's own people."),
    ("agency name", "The organisation's whole name, as mails call it."),
    ("name", "Whom a mail greets."),
    ("email", "One address, of a person or a team that reads it. A new one is asked first, and used when it answers."),
    ("deputies", "Who is written to from the first reminder of a late duty on, and when the first address is away."),
    ("escalate to", "Who is written to from the second level on."),
    ("answers from", "Other people who answer for this address. Nothing is sent to them."),
    ("confirmed", "The day on which the address was confirmed. Of a new one this says nothing: its holder is asked."),
    ("valid from, valid to", "The first and the last day, so that an agency changes hands without a gap."),
    ("away from, away until", "The first and the last day of an absence: the deputies are asked instead."),
    ("allow insecure", "Why an address outside the secure domains may be used; empty for all others."),
    ("", "Several addresses in one cell: one on each line, or with ; between. Dates: 30/11/2026 or 2026-11-30."),
    ("", "Then: cspr-bot contacts import FILE shows what would change, and changes nothing before you add --apply."),
)


def as_workbook(rows: Iterable[Row]) -> bytes:
    """Write the list as an Excel workbook, with a second sheet that says what each column means."""
    from openpyxl import Workbook  # noqa: PLC0415 - 0.2 s, and only for who wants a workbook

    book = Workbook()
    sheet = book.active
    sheet.title = TITLE
    _fill(sheet, [list(map(_heading, COLUMNS)), *([row.get(key) for key in COLUMNS] for row in rows)])
    for place, key in enumerate(COLUMNS, 1):
        width = _WIDTHS.get(key, 36 if key in LISTS else 13)
        sheet.column_dimensions[sheet.cell(1, place).column_letter].width = width
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    notes = book.create_sheet("What to write")
    _fill(notes, [["Column", "What to write"], *map(list, _NOTES)])
    notes.column_dimensions["A"].width, notes.column_dimensions["B"].width = 22, 110
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def as_csv(rows: Iterable[Row]) -> bytes:
    """Write the list as CSV that Excel opens rightly: with its mark for UTF-8, and nothing that it would reckon."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(map(_heading, COLUMNS))
    for row in rows:
        writer.writerow(_inert(_text(row.get(key))) for key in COLUMNS)
    return out.getvalue().encode("utf-8-sig")


def read_sheet(content: bytes) -> Sheet:
    """Read a workbook or a CSV file, whichever it is."""
    return _read_workbook(content) if content.startswith(b"PK") else _read_csv(content)


def contact_list_in(content: bytes, name: str) -> Sheet | None:
    """Read a file of a mail where it is a contact list: a workbook or CSV whose first row has the columns of one."""
    is_workbook = content.startswith(b"PK") and b"xl/workbook.xml" in content
    if not is_workbook and not name.lower().endswith(".csv"):
        return None
    sheet = read_sheet(content)
    headings = {" ".join(cell.lower().split()) for cell in sheet.rows[0].cells} if sheet.rows else set()
    return sheet if {"role", "name", "email"} <= headings else None


def _heading(key: str) -> str:
    return key.replace("_", " ")


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case date():
            return value.isoformat()
        case list() | tuple():
            return "; ".join(map(str, value))
        case _:
            return str(value)


def _inert(text: str) -> str:
    """Write what a spreadsheet would reckon so that it is text there (OWASP ASVS 5.0, 1.2.10)."""
    return f"'{text}" if text.startswith((*BEGINS_A_FORMULA, "'")) else text


def _fill(sheet: "Worksheet", table: Sequence[Sequence[object]]) -> None:
    """Fill a sheet: the first row as its head, dates as dates, everything else as text whatever it begins with."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415

    for number, values in enumerate(table, 1):
        for place, value in enumerate(values, 1):
            cell = sheet.cell(number, place)
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            if isinstance(value, date):
                cell.value, cell.number_format = value, "yyyy-mm-dd"
            elif text := _lines(value):
                cell.value = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)
                cell.data_type, cell.number_format, cell.quotePrefix = "s", "@", True
            if number == 1:
                cell.font = Font(bold=True)


def _lines(value: object) -> str:
    """Write several addresses one below the other, as a cell shows them best."""
    return "\n".join(map(str, value)) if isinstance(value, list | tuple) else _text(value)


def _read_workbook(content: bytes) -> Sheet:
    """Read the sheet of that name, else the first. A file that is no workbook is said to be none, whatever ails it."""
    from openpyxl import load_workbook  # noqa: PLC0415

    try:
        with ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
            return Sheet(flaw="it unpacks to more than any contact list")
        book = load_workbook(BytesIO(content), read_only=True, keep_links=False)
        sheet: Any = book[TITLE] if TITLE in book.sheetnames else book.worksheets[0]
        sheet.reset_dimensions()
        rows: list[SheetRow] = []
        for number, cells in enumerate(sheet.iter_rows(max_row=MOST_ROWS + 1), 1):
            row = _row_of(number, [(cell.value, cell.data_type == "f") for cell in cells])
            if not row.is_empty:
                rows.append(row)
    except Exception:  # noqa: BLE001 - openpyxl raises whatever its parts raise, and the file is all that can be wrong
        return Sheet(flaw="this is no workbook that can be read")
    return _bounded(rows)


def _read_csv(content: bytes) -> Sheet:
    """Read CSV as Excel writes it: in UTF-8 or in the code page of a British Windows, with commas or semicolons."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    if "\0" in text:
        return Sheet(flaw="this is neither a workbook nor a CSV file")
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        lines = enumerate(csv.reader(StringIO(text, newline=""), delimiter=delimiter), 1)
        rows = [row for number, cells in lines if not (row := _csv_row(number, cells)).is_empty]
    except csv.Error:
        return Sheet(flaw="this is no CSV file that can be read")
    return _bounded(rows)


def _csv_row(number: int, cells: Sequence[str]) -> SheetRow:
    """Read a row of CSV, which cannot tell a formula from text: what begins like one is one, unless it is quoted."""
    return _row_of(
        number,
        [
            (cell[1:] if cell.startswith("'") and len(cell) > 1 else cell, cell.startswith(BEGINS_A_FORMULA))
            for cell in cells
        ],
    )


def _row_of(number: int, cells: Sequence[tuple[object, bool]]) -> SheetRow:
    values = tuple("" if is_formula else _cell(value) for value, is_formula in cells)
    return SheetRow(number, values, tuple(place for place, (_, is_formula) in enumerate(cells) if is_formula))


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    text = _text(value)
    return text.strip()


def _bounded(rows: Sequence[SheetRow]) -> Sheet:
    """Refuse what is no list of contacts for its size alone."""
    if not rows:
        return Sheet(flaw="there is nothing in it")
    if rows[-1].number > MOST_ROWS or max(len(row.cells) for row in rows) > MOST_COLUMNS:
        return Sheet(flaw=f"it is larger than any contact list: {MOST_ROWS} rows and {MOST_COLUMNS} columns at most")
    if any(len(cell) > LARGEST_CELL for row in rows for cell in row.cells):
        return Sheet(flaw=f"a cell in it is longer than {LARGEST_CELL} characters")
    return Sheet(tuple(rows))
