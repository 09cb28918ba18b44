"""The words of the form as data: labels, headings, options and what must be given, as `config/form.toml` holds them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

SECTIONS = ("referrer", "child", "family", "criteria", "summary", "other_agencies", "other_processes", "end")
# Every answer the form has a place for, and two halves of a name that other forms ask for apart.
PATHS = (
    "referrer.name",
    "referrer.email",
    "referrer.role",
    "referrer.tel",
    "referrer.agency",
    "referrer.date_submitted",
    "child.name",
    "child.forename",
    "child.surname",
    "child.dob",
    "child.home_address",
    "child.date_of_death_or_incident",
    "child.carer",
    "child.location_of_incident",
    "child.ethnic_origin",
    "child.ethnic_origin.specify",
    "child.faith",
    "child.disability",
    "child.child_protection_plan",
    "family.name",
    "family.relationship",
    "family.dob",
    "family.address",
    "family.ethnic_origin",
    "criteria.deceased",
    "criteria.seriously_harmed",
    "criteria.abuse_or_neglect",
    "criteria.agency_working_concern",
    "summary",
    "other_agencies.name",
    "other_agencies.agency",
    "other_agencies.contact",
    "other_agencies.still_involved",
    "other_processes.process",
    "other_processes.status",
)
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "ethnic_origin": (
        *("A1", "A2", "A3", "B1", "B2", "B3", "B4", "C1", "C2", "C3", "C4", "C5"),
        *("D1", "D2", "D3", "E1", "F1"),
    ),
    "child_protection_plan": ("yes", "no", "has_been", "not_known"),
    "criteria": ("yes", "no", "known", "suspected"),
}
# What a mail can sensibly ask for again: a choice of words in a row of a table is nobody's duty.
_MAY_BE_REQUIRED = tuple(
    path
    for path in PATHS
    if path.partition(".")[0] in {"referrer", "child", "criteria", "summary"}
    and path not in {"child.forename", "child.surname"}
)


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One answer: its path, its title for people, the labels it may stand beside, and whether it must be given."""

    path: str
    title: str
    labels: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True, slots=True)
class SectionRule:
    """One part of the form: the headings it may have, and the printed sentences in it that are no answers."""

    name: str
    headings: tuple[str, ...] = ()
    guidance: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OptionRule:
    """One box of a choice: the first label is as printed on our form."""

    choice: str
    value: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormRules:
    """All that makes a document our form. `not_known` are words that answer a question by saying that nobody can.

    `printed` is what else stands on the form: nobody wrote it, and it answers nothing.
    """

    titles: tuple[str, ...]
    placeholders: tuple[str, ...]
    not_known: tuple[str, ...]
    sections: tuple[SectionRule, ...]
    fields: tuple[FieldRule, ...]
    options: tuple[OptionRule, ...]
    printed: tuple[str, ...] = ()

    @property
    def required(self) -> tuple[str, ...]:
        """The paths that must be given, in the order of the form."""
        return tuple(rule.path for rule in self.fields if rule.required)

    def title_of(self, path: str) -> str:
        """Name an answer for people: "Date of birth". A row's path such as `family[1].dob` has its column's title."""
        head, bracket, rest = path.partition("[")
        plain = head + rest.partition("]")[2] if bracket else path
        titles = {rule.path: rule.title for rule in self.fields}
        section = {"family": "Family", "other_agencies": "Other agencies", "other_processes": "Other processes"}
        return titles.get(plain) or section.get(plain) or plain.replace("_", " ").replace(".", ", ")


def form_rules(table: Mapping[str, object]) -> FormRules | tuple[str, ...]:
    """Build the rules from the tables of form.toml, or give every problem: `place: what is wrong; how to mend it`."""
    problems: list[str] = []
    _check_keys(table, ("titles", "placeholders", "not_known", "printed", "section", "field", "option"), "", problems)
    fields = _table(table, "field", problems)
    sections = _table(table, "section", problems)
    options = _table(table, "option", problems)
    _check_keys(fields, PATHS, "field.", problems)
    _check_keys(sections, SECTIONS, "section.", problems)
    _check_keys(options, OPTIONS, "option.", problems)
    rules = FormRules(
        titles=_words(table, "titles", "", problems),
        placeholders=_words(table, "placeholders", "", problems, needed=False),
        not_known=_words(table, "not_known", "", problems, needed=False),
        printed=_words(table, "printed", "", problems, needed=False),
        sections=tuple(_section(name, _table(sections, name, problems, "section."), problems) for name in SECTIONS),
        fields=tuple(_field(path, _table(fields, path, problems, "field."), problems) for path in PATHS),
        options=tuple(
            rule
            for choice in OPTIONS
            for rule in _options(choice, _table(options, choice, problems, "option."), problems)
        ),
    )
    _check_labels(rules, problems)
    return tuple(problems) or rules


def _section(name: str, table: Mapping[str, object], problems: list[str]) -> SectionRule:
    place = f"section.{name}."
    _check_keys(table, ("headings", "guidance"), place, problems)
    return SectionRule(
        name,
        headings=_words(table, "headings", place, problems, needed=False),
        guidance=_words(table, "guidance", place, problems, needed=False),
    )


def _field(path: str, table: Mapping[str, object], problems: list[str]) -> FieldRule:
    place = f'field."{path}".'
    _check_keys(table, ("title", "labels", "required"), place, problems)
    title, required = table.get("title", ""), table.get("required", False)
    if not isinstance(title, str) or not title.strip():
        problems.append(f"{place}title: this must be text in quotes; write how a mail should name this answer")
    if not isinstance(required, bool):
        problems.append(f"{place}required: this must be true or false; write it without quotes")
    elif required and path not in _MAY_BE_REQUIRED:
        problems.append(f"{place}required: this cannot be asked for by itself; leave it out")
    # The summary is known by its heading alone; a label beside it is welcome, and not needed.
    labels = _words(table, "labels", place, problems, needed=path != "summary")
    return FieldRule(path, str(title), labels, required=required is True)


def _options(choice: str, table: Mapping[str, object], problems: list[str]) -> Iterable[OptionRule]:
    place = f"option.{choice}."
    _check_keys(table, OPTIONS[choice], place, problems)
    return [OptionRule(choice, value, _words(table, value, place, problems)) for value in OPTIONS[choice]]


def _table(table: Mapping[str, object], key: str, problems: list[str], place: str = "") -> Mapping[str, object]:
    """Give a table within a table; one that is missing or no table is a problem, and reads as empty."""
    value = table.get(key, {})
    if isinstance(value, Mapping):
        return value
    problems.append(f"{place}{_quoted(key)}: this must be a table; write [{place}{_quoted(key)}] above its keys")
    return {}


def _words(
    table: Mapping[str, object], key: str, place: str, problems: list[str], *, needed: bool = True
) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
        problems.append(f'{place}{key}: this must be a list of words; write {key} = ["...", "..."]')
        return ()
    if needed and not value:
        problems.append(f'{place}{key}: this is missing; write {key} = ["..."]')
    return tuple(value)


def _check_keys(table: Mapping[str, object], known: Iterable[str], place: str, problems: list[str]) -> None:
    choices = list(known)
    for key in table:
        if key not in choices:
            nearest = get_close_matches(key, choices, n=1, cutoff=0.6)
            mend = f'did you mean "{nearest[0]}"?' if nearest else "write one of " + ", ".join(choices)
            problems.append(f"{place}{_quoted(key)}: there is no such key; {mend}")


def _check_labels(rules: FormRules, problems: list[str]) -> None:
    """Two answers of one section cannot share a label: nobody could say whose answer stands beside it."""
    owners: dict[tuple[str, str], str] = {}
    for rule in rules.fields:
        for label in rule.labels:
            key = (rule.path.partition(".")[0], " ".join(label.casefold().split()).rstrip(":?. "))
            owner = owners.setdefault(key, rule.path)
            if owner != rule.path:
                problems.append(
                    f'field."{rule.path}".labels: "{label}" is a label of "{owner}" too; leave it out of one of them'
                )


def _quoted(key: str) -> str:
    return f'"{key}"' if "." in key else key
