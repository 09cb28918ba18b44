"""What one form says otherwise than another: by field, for a person to see."""

from collections.abc import Iterator

from cspr_bot.referral.form import ReferralForm
from cspr_bot.referral.form_json import as_json

NOT_ANSWERS = frozenset({"missing", "doubts"})


def changed_fields(before: ReferralForm | None, after: ReferralForm) -> tuple[str, ...]:
    """Give the paths of the fields that differ, in the order of the form; a table counts as one field."""
    old, new = dict(_answers(before or ReferralForm())), dict(_answers(after))
    return tuple(dict.fromkeys(field_of(path) for path in (*new, *old) if old.get(path, "") != new.get(path, "")))


def changes(before: ReferralForm | None, after: ReferralForm) -> tuple[str, ...]:
    """Give each change in words: the field, what it said and what it says."""
    old, new = dict(_answers(before or ReferralForm())), dict(_answers(after))
    paths = dict.fromkeys((*new, *old))
    return tuple(
        f"{path}: {old.get(path) or 'blank'} -> {new.get(path) or 'blank'}"
        for path in paths
        if old.get(path, "") != new.get(path, "")
    )


def _answers(form: ReferralForm) -> Iterator[tuple[str, str]]:
    """Walk what was answered, as (path, words)."""
    for name, value in as_json(form).items():
        if name not in NOT_ANSWERS:
            yield from _walk(name, value)


def _walk(path: str, value: object) -> Iterator[tuple[str, str]]:
    match value:
        case {"raw": str() as raw}:
            yield path, " ".join(raw.split())
        case dict():
            for name, inner in value.items():
                yield from _walk(f"{path}.{name}", inner)
        case list():
            for number, inner in enumerate(value, start=1):
                yield from _walk(f"{path}[{number}]", inner)
        case _:
            yield path, "" if value is None else " ".join(str(value).split())


def field_of(path: str) -> str:
    """Give the field that a path lies in: a row's cell is in its table, an ethnic code in its group."""
    table, bracket, _ = path.partition("[")
    if bracket:
        return table
    head, dot, _ = path.rpartition(".")
    return head if dot and "." in head else path
