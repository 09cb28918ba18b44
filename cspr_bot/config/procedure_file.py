"""Reads procedure.toml into a procedure, or notes all that is wrong with it."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import time
from typing import get_origin, get_type_hints

from cspr_bot.config.files import ConfigFile
from cspr_bot.config.problems import suggest
from cspr_bot.config.procedure_checks import check_references
from cspr_bot.config.procedure_readings import check_lines, with_readings
from cspr_bot.config.procedure_stages import check_stages
from cspr_bot.config.procedure_timers import check_timers
from cspr_bot.config.procedure_words import PROCEDURE
from cspr_bot.config.schema import BAD, PLAIN, expected, read_value
from cspr_bot.procedure.definition import Procedure, Values

# The tables of the file that bear another name than the procedure's own field.
_TABLES: Mapping[str, tuple[str, ...]] = {
    "regions": ("region",),
    "events": ("event",),
    "timers": ("timer",),
    "ladders": ("ladder",),
    "moments": ("moment",),
    "notices": ("notice",),
    "answers": ("answer",),
    "ambiguities": ("ambiguity",),
    "duties": ("duty",),
    "keywords": ("keywords",),
    "role_titles": ("role_title",),
    "escalation_roles": ("escalation",),
    "length_ladders": ("length_ladder",),
}
# Tables each of whose keys is a field of the procedure.
_IN_PARTS = ("provisional", "recommendations")


def read_procedure(file: ConfigFile, *, close_of_business: time = time(17)) -> Procedure | None:
    """Read procedure.toml; None where the file or a key that must be there is no good.

    Names are looked up in the file's tables, so that an entry that is wrong in itself is not reported as missing too.
    """
    if not file.is_readable:
        return None
    file = with_readings(file)
    _check_keys(file)
    procedure = _read(file)
    check_lines(file.table, file.findings)
    if procedure is not None:
        check_references(procedure, file)
        check_stages(procedure, file.findings, is_whole=_is_whole(procedure, file.table))
        check_timers(procedure, file.findings, close_of_business)
    return procedure


def _is_whole(procedure: Procedure, table: Mapping[str, object]) -> bool:
    """Say whether every event and every automatic move of the file could be read."""
    events, automatic = table.get("event", {}), table.get("automatic", [])
    written = [len(entries) for entries in (events, automatic) if isinstance(entries, Mapping | list)]
    return written == [len(procedure.events), len(procedure.automatic)]


def _read(file: ConfigFile) -> Procedure | None:
    hints = get_type_hints(Procedure)
    values: dict[str, object] = {}
    is_whole = True
    for item in fields(Procedure):
        place = _place(item.name)
        raw = _at(file.table, place)
        if raw is None and get_origin(hints[item.name]) is Mapping:
            raw = {}
        is_required = item.default is MISSING and item.default_factory is MISSING
        read: object = BAD
        if raw is not None:
            schema = PLAIN if hints[item.name] == Values else PROCEDURE  # at the top a table of lists is just that
            read = read_value(hints[item.name], raw, place, file.findings, schema)
        elif is_required:
            file.findings.error(place, "this is missing", f"it must be {expected(hints[item.name])}")
        if read is not BAD:
            values[item.name] = read
        else:
            is_whole = is_whole and not is_required
    return Procedure(**values) if is_whole else None  # type: ignore[arg-type]


def _place(name: str) -> tuple[str, ...]:
    """Say where a field stands: `provisional_roles` is `roles` in the table [provisional]."""
    table, _, part = name.partition("_")
    return (table, part) if table in _IN_PARTS else _TABLES.get(name, (name,))


def _at(table: Mapping[str, object], place: tuple[str, ...]) -> object:
    value: object = table
    for name in place:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _check_keys(file: ConfigFile) -> None:
    """Note keys that no field of the procedure reads, at the top and in the tables that are read in parts."""
    places = [_place(item.name) for item in fields(Procedure)]
    tops = {place[0] for place in places}
    for key, value in file.table.items():
        if key not in tops:
            file.findings.error((key,), "there is no such table or key", suggest(key, tops))
        parts = {place[1] for place in places if place[0] == key and len(place) > 1}
        if parts and not isinstance(value, Mapping):
            file.findings.error((key,), "this must be a table", f"write [{key}] above its keys")
        for part in value if parts and isinstance(value, Mapping) else ():
            if part not in parts:
                file.findings.error((key, part), "there is no such key", suggest(part, parts))
