"""Every value of a procedure with its place in the file, and every name that the file gives."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass

from cspr_bot.config.problems import Place
from cspr_bot.config.vocabulary import FLAGS, ROLES
from cspr_bot.procedure.definition import Field, Pattern, Procedure

# What the events tell that the rules conclude by themselves and that no table describes.
_TASK_FIELDS = (Field("timer", "timer"), Field("agency", "agency", is_required=False))
_CONCLUDED: Mapping[str, tuple[Field, ...]] = {
    "deadline_passed": _TASK_FIELDS,
    "rung_reached": (*_TASK_FIELDS, Field("rung", "number")),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A value in the procedure: where it stands in the file, whose key it is, and what it is."""

    place: Place
    owner: type
    key: str
    value: object


@dataclass(frozen=True, slots=True)
class Names:
    """Every name there is, by kind; entries that are wrong in themselves count too, so that nobody misses them."""

    procedure: Procedure
    known: Mapping[str, frozenset[str]]

    def fields(self, event: str) -> tuple[Field, ...] | None:
        """Give the fields of an event; None where its own table is wrong and nothing can be said of them."""
        rule = self.procedure.events.get(event)
        return rule.fields if rule else _CONCLUDED.get(event)


def names_of(procedure: Procedure, table: Mapping[str, object]) -> Names:
    """Collect every name that the file gives, and those that are the program's own."""
    kinds = ("region", "event", "timer", "ladder", "moment", "notice", "answer")
    known = {kind: _keys(table.get(kind)) for kind in kinds}
    known["event"] |= frozenset(_CONCLUDED)
    known["role"] = frozenset(ROLES)
    known["flag"] = frozenset(FLAGS)
    return Names(procedure, known)


def walk(procedure: Procedure) -> Iterator[Found]:
    """Give every value that stands in a table of the file, patterns and entries of lists one by one."""
    tables: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("event", procedure.events),
        ("timer", procedure.timers),
        ("ladder", procedure.ladders),
        ("moment", procedure.moments),
        ("notice", procedure.notices),
        ("answer", procedure.answers),
    )
    for kind, entries in tables:
        for name, entry in entries.items():
            yield from _inside(entry, (kind, name))
    lists: tuple[tuple[str, tuple[object, ...]], ...] = (
        ("automatic", procedure.automatic),
        ("course", procedure.course),
    )
    for kind, rules in lists:
        for number, rule in enumerate(rules):
            yield from _inside(rule, (kind, number))


def _inside(entry: object, place: Place) -> Iterator[Found]:
    for item in fields(entry):  # type: ignore[arg-type]
        here = place if item.name == "name" else (*place, item.name)  # a name is the key of its own table
        yield from _value(Found(here, type(entry), item.name, getattr(entry, item.name)))


def _value(found: Found) -> Iterator[Found]:
    match found.value:
        case Pattern():
            yield found
        case (Pattern() as pattern, str() as name):
            yield Found((*found.place, "when"), found.owner, "when", pattern)
            yield Found((*found.place, "notice"), found.owner, "notice", name)
        case tuple():
            for number, entry in enumerate(found.value):
                yield from _value(Found((*found.place, number), found.owner, found.key, entry))
        case value if is_dataclass(value):
            yield from _inside(value, found.place)
        case _:
            yield found


def _keys(table: object) -> frozenset[str]:
    return frozenset(table) if isinstance(table, Mapping) else frozenset()
