"""Compares what was read with what had to be read, field by field."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.forms.answers import Json

_ABSENT = "(absent)"


@dataclass(frozen=True, slots=True)
class Miss:
    """A field that was read otherwise than written; `is_doubted` if a doubt was said about it."""

    case: str
    path: str
    wanted: Json
    read: Json
    is_doubted: bool

    @property
    def is_invented(self) -> bool:
        """A wrong value of which nothing is said: the one thing that must never happen."""
        return not self.is_doubted and self.path != "doubts" and self.read not in ("", None, _ABSENT)


@dataclass(slots=True)
class Tally:
    """What was measured of one kind of form."""

    cases: int = 0
    fields: int = 0
    misses: list[Miss] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)


def fields_of(form: Json) -> dict[str, Json]:
    """Flatten a form: path → value. Doubts are one field, a list of their paths."""
    assert isinstance(form, dict)
    flat = dict(_leaves({key: value for key, value in form.items() if key not in {"doubts", "missing"}}, ""))
    doubts, missing = form["doubts"], form["missing"]
    assert isinstance(doubts, list)
    assert isinstance(missing, list)
    named = {str(doubt["field"]) for doubt in doubts if isinstance(doubt, dict)}
    return {**flat, "missing": ", ".join(str(path) for path in missing), "doubts": ", ".join(sorted(named))}


def _leaves(value: Json, path: str) -> Iterator[tuple[str, Json]]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _leaves(inner, f"{path}.{key}" if path else key)
        case list():
            for number, inner in enumerate(value):
                yield from _leaves(inner, f"{path}[{number}]")
        case _:
            yield path, value


def compare(case: str, wanted: Json, read: Json) -> tuple[int, list[Miss]]:
    """Give how many fields there are, and which of them differ."""
    left, right = fields_of(wanted), fields_of(read)
    doubts = str(right["doubts"]).split(", ")
    paths = list(dict.fromkeys([*left, *right]))
    misses = [
        Miss(
            case,
            path,
            left.get(path, _ABSENT),
            right.get(path, _ABSENT),
            any(path == one or path.startswith((f"{one}.", f"{one}[")) for one in doubts if one),
        )
        for path in paths
        if left.get(path, _ABSENT) != right.get(path, _ABSENT)
    ]
    return len(left), misses


def add(tally: Tally, case: str, wanted: tuple[dict[str, Json], ...], read: tuple[dict[str, Json], ...]) -> None:
    """Add what was read of one file; a form too many or too few is a wrong verdict."""
    tally.cases += 1
    if len(wanted) != len(read):
        tally.verdicts.append(f"{case}: {len(read)} forms instead of {len(wanted)}")
    for one, other in zip(wanted, read, strict=False):
        count, misses = compare(case, one, other)
        tally.fields += count
        tally.misses += misses


def table_of(tallies: dict[str, Tally]) -> str:
    """Write a line for each kind, and one for all."""
    lines = [f"{'kind':42}{'cases':>6}{'fields':>8}{'wrong':>7}{'invented':>10}"]
    for kind, one in tallies.items():
        lines.append(
            f"{kind:42}{one.cases:6}{one.fields:8}{len(one.misses):7}{sum(miss.is_invented for miss in one.misses):10}"
        )
    cases, fields = sum(one.cases for one in tallies.values()), sum(one.fields for one in tallies.values())
    misses = [miss for one in tallies.values() for miss in one.misses]
    lines.append(f"{'all':42}{cases:6}{fields:8}{len(misses):7}{sum(miss.is_invented for miss in misses):10}")
    return "\n".join(lines)
