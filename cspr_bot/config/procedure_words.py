"""How the words of procedure.toml are read: patterns, field values, the kinds of fields, pairs."""

from collections.abc import Mapping
from typing import get_args

from cspr_bot.config.problems import Findings, Place, show, suggest
from cspr_bot.config.schema import BAD, Reader, Schema, read_table, read_value
from cspr_bot.procedure.deadlines import parse_pattern, parse_values
from cspr_bot.procedure.definition import AnswerRule, Field, FieldKind, Pattern, Values

_KINDS: tuple[FieldKind, ...] = tuple(kind for kind in get_args(FieldKind) if kind != "choice")
_PATTERN = 'write an event, or an event with fields: "name(field=a|b, other=c)"'
_VALUES = 'write "field=a|b, other=c"'


def read_pattern(value: object, place: Place, findings: Findings) -> object:
    """Read `name(field=a|b, other=c)`."""
    if not isinstance(value, str):
        findings.error(place, f"this must be text in quotes, not {show(value)}", _PATTERN)
        return BAD
    try:
        pattern = parse_pattern(value)
    except ValueError:
        findings.error(place, f"{show(value)} is not an event pattern", _PATTERN)
        return BAD
    return BAD if _names_twice(value.partition("(")[2], pattern.fields, place, findings) else pattern


def read_values(value: object, place: Place, findings: Findings) -> object:
    """Read `field=a|b, other=c`."""
    if not isinstance(value, str):
        findings.error(place, f"this must be text in quotes, not {show(value)}", _VALUES)
        return BAD
    try:
        values = parse_values(value)
    except ValueError:
        findings.error(place, f"{show(value)} is not a list of fields and their values", _VALUES)
        return BAD
    return BAD if _names_twice(value, values, place, findings) else values


def _names_twice(text: str, values: Mapping[str, tuple[str, ...]], place: Place, findings: Findings) -> bool:
    named = [part.partition("=")[0].strip() for part in text.split(",") if "=" in part]
    if len(named) == len(values):
        return False
    findings.error(place, f"a field stands twice in {show(text)}", 'write every value once: "field=a|b"')
    return True


def _read_fields(value: object, place: Place, findings: Findings) -> object:
    """Read `{ rapid_review = "yes|no", agencies = "agencies?" }`; the mark at the end means that it may be left out."""
    kinds = read_value(Mapping[str, str], value, place, findings)
    if not isinstance(kinds, Mapping):
        return BAD
    fields = [_field(name, kind, (*place, name), findings) for name, kind in kinds.items()]
    return BAD if None in fields else tuple(fields)


def _field(name: str, words: str, place: Place, findings: Findings) -> Field | None:
    is_required = not words.endswith("?")
    word = words.removesuffix("?").strip()
    if "|" in word:
        choices = tuple(choice.strip() for choice in word.split("|"))
        if all(choices) and len(set(choices)) == len(choices):
            return Field(name, "choice", choices, is_required)
        findings.error(place, f"{show(words)} has a choice that is empty or stands twice", 'write "yes|no"')
        return None
    for kind in _KINDS:
        if kind == word:
            return Field(name, kind, (), is_required)
    findings.error(place, f"{show(words)} is no kind of field", suggest(word, _KINDS))
    return None


def _read_pair(
    keys: tuple[str, str], hints: tuple[object, object], value: object, place: Place, findings: Findings
) -> object:
    """Read a table of exactly two keys into a pair."""
    if not isinstance(value, Mapping):
        findings.error(
            place, f"this must be a table, not {show(value)}", f"write {{ {keys[0]} = ..., {keys[1]} = ... }}"
        )
        return BAD
    for key in value:
        if key not in keys:
            findings.error((*place, str(key)), "there is no such key", suggest(str(key), keys))
    read = []
    for key, hint in zip(keys, hints, strict=True):
        if key in value:
            read.append(read_value(hint, value[key], (*place, key), findings, PROCEDURE))
        else:
            findings.error((*place, key), "this key is missing", f"write {key} = ...")
            read.append(BAD)
    return BAD if BAD in read else tuple(read)


def _read_notice_when(value: object, place: Place, findings: Findings) -> object:
    return _read_pair(("when", "notice"), (Pattern, str), value, place, findings)


def _read_length_ladder(value: object, place: Place, findings: Findings) -> object:
    return _read_pair(("up_to", "ladder"), (int, str), value, place, findings)


def _read_answer(value: object, place: Place, findings: Findings) -> object:
    """Read an answer: its `event` is a pattern with one value a field, which gives the event and its fields."""
    pattern: object = BAD
    rest = value
    if isinstance(value, Mapping) and "event" in value:
        pattern = read_pattern(value["event"], (*place, "event"), findings)
        rest = {key: entry for key, entry in value.items() if key != "event"}
    elif isinstance(value, Mapping):
        findings.error((*place, "event"), "this key is missing", _PATTERN)
    fields = pattern.fields if isinstance(pattern, Pattern) else {}
    if any(len(values) != 1 for values in fields.values()):
        findings.error(
            (*place, "event"), "a field has several values, and an answer decides for one", "write one answer each"
        )
    given = {
        "event": pattern.event if isinstance(pattern, Pattern) else "",
        "fields": {name: values[0] for name, values in fields.items()},
    }
    read = read_table(AnswerRule, rest, place, findings, PROCEDURE, given=given)
    return BAD if read is None or pattern is BAD else read


_READERS: Mapping[object, Reader] = {
    Pattern: read_pattern,
    Values: read_values,
    tuple[Field, ...]: _read_fields,
    tuple[Pattern, str]: _read_notice_when,
    tuple[int, str]: _read_length_ladder,
    AnswerRule: _read_answer,
}
PROCEDURE = Schema(by_type=_READERS)
