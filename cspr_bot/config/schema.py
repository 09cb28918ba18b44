"""Reads a table into a frozen dataclass by its type hints, and notes every key that is unknown, missing or wrong."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Final, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

import msgspec

from cspr_bot.config.problems import Findings, Place, show, spell, suggest

T = TypeVar("T")


class Bad(Enum):
    """What stands for a value that could not be read; the problem has been noted."""

    BAD = "bad"


BAD: Final = Bad.BAD
LARGEST_NUMBER = 1_000_000_000
Reader = Callable[[object, Place, Findings], object]

_WORDS: Mapping[object, str] = {
    str: "text in quotes",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    date: "a date such as 2026-11-30",
    time: "a time of day such as 09:00:00",
    datetime: "a moment such as 2026-11-30T09:00:00Z",
}


@dataclass(frozen=True, slots=True)
class Schema:
    """How special types are read: `by_type` for a type hint, `by_field` for one field of one class."""

    by_type: Mapping[object, Reader] = field(default_factory=dict)
    by_field: Mapping[tuple[type, str], Reader] = field(default_factory=dict)


PLAIN = Schema()


def read_table(
    cls: type[T],
    value: object,
    place: Place,
    findings: Findings,
    schema: Schema = PLAIN,
    given: Mapping[str, object] | None = None,
) -> T | None:
    """Read one table. None where a required key is missing or wrong; an optional one that is wrong has its default.

    `given` are fields whose values do not come from the table, such as a name that is the table's own key.
    """
    if not isinstance(value, Mapping):
        findings.error(place, f"this must be a table, not {show(value)}", f"write [{spell(place)}] above its keys")
        return None
    given = given or {}
    hints = _hints(cast("Hashable", cls))
    wanted = {item.name: item for item in fields(cast("Any", cls)) if item.name not in given}
    for key in value:
        if key not in wanted:
            findings.error((*place, str(key)), "there is no such key", suggest(str(key), wanted))
    values = dict(given)
    is_whole = True
    for name, item in wanted.items():
        is_required = item.default is MISSING and item.default_factory is MISSING
        if name not in value:
            if is_required:
                findings.error((*place, name), "this key is missing", f"it must be {expected(hints[name])}")
            is_whole = is_whole and not is_required
            continue
        reader = schema.by_field.get((cls, name))
        here = (*place, name)
        read = (
            reader(value[name], here, findings)
            if reader
            else read_value(hints[name], value[name], here, findings, schema)
        )
        if read is BAD:
            is_whole = is_whole and not is_required
        else:
            values[name] = read
    return cls(**values) if is_whole else None


def read_value(hint: object, value: object, place: Place, findings: Findings, schema: Schema = PLAIN) -> object:
    """Read one value by its type hint; BAD where it is wrong, and then a problem has been noted."""
    hint = _without_none(hint)
    if reader := schema.by_type.get(hint):
        return reader(value, place, findings)
    if isinstance(hint, type) and is_dataclass(hint):
        read = read_table(hint, value, place, findings, schema)
        return BAD if read is None else read
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is tuple and arguments[1:] == (...,):
        return _read_list(arguments[0], value, place, findings, schema)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return _read_mapping(arguments[1], value, place, findings, schema)
    return _read_leaf(hint, value, place, findings)


def _read_list(hint: object, value: object, place: Place, findings: Findings, schema: Schema) -> object:
    if not isinstance(value, list):
        what = f"this must be {_list_of(hint)}, not {show(value)}"
        findings.error(place, what, "put it in square brackets")
        return BAD
    entries = [read_value(hint, entry, (*place, number), findings, schema) for number, entry in enumerate(value)]
    return BAD if any(entry is BAD for entry in entries) else tuple(entries)


def _read_mapping(hint: object, value: object, place: Place, findings: Findings, schema: Schema) -> object:
    """Read a table of tables or values. Entries that are wrong are left out, so that the rest can be checked."""
    if not isinstance(value, Mapping):
        findings.error(place, f"this must be a table, not {show(value)}", f"write [{spell(place)}] above its keys")
        return BAD
    entries = {key: _read_named(hint, key, entry, (*place, key), findings, schema) for key, entry in value.items()}
    return {key: entry for key, entry in entries.items() if entry is not BAD}


def _read_named(hint: object, key: str, value: object, place: Place, findings: Findings, schema: Schema) -> object:
    """Read an entry of a mapping; its key is the value of its own field `name`, if it has one."""
    is_named = isinstance(hint, type) and is_dataclass(hint) and "name" in _hints(hint) and hint not in schema.by_type
    if not is_named:
        return read_value(hint, value, place, findings, schema)
    read = read_table(cast("type[Any]", hint), value, place, findings, schema, {"name": key})
    return BAD if read is None else read


def _read_leaf(hint: object, value: object, place: Place, findings: Findings) -> object:
    if isinstance(value, int) and not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
        findings.error(place, "this number is beyond all measure", "write a smaller one")
        return BAD
    try:
        return msgspec.convert(value, cast("type[Any]", hint), builtin_types=(date, time, datetime))
    except msgspec.ValidationError:
        findings.error(place, f"this must be {expected(hint)}, not {show(value)}", _mend(hint, value))
        return BAD


def _mend(hint: object, value: object) -> str:
    """Say how to mend a value of the wrong type."""
    if get_origin(hint) is Literal:
        return suggest(str(value), map(str, get_args(hint)))
    if isinstance(value, str) and hint in {int, bool, date, time}:
        return "write it without quotes"
    if hint is str and not isinstance(value, dict | list):
        return f'write it in quotes: "{value}"'
    return f"write {expected(hint)}"


def expected(hint: object) -> str:
    """Say in words what a type hint asks for."""
    hint = _without_none(hint)
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(f'"{choice}"' for choice in get_args(hint))
    if get_origin(hint) is tuple:
        return _list_of(get_args(hint)[0])
    return _WORDS.get(hint, "a table")


def _list_of(hint: object) -> str:
    return f"a list, each entry {expected(hint)}"


def _without_none(hint: object) -> object:
    """Take `X | None` for X: TOML has no empty value."""
    if get_origin(hint) in {Union, UnionType}:
        return next(argument for argument in get_args(hint) if argument is not type(None))
    return hint


@cache
def _hints(cls: Hashable) -> Mapping[str, object]:
    return get_type_hints(cls)
