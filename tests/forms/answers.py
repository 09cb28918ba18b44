"""What is written into a form that a test makes, and what must be read out of it: the one made of the other by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | None"

# As the partnership's own form asks it; written out here, so that the reader's configuration is measured too.
REQUIRED = (
    "referrer.name",
    "referrer.email",
    "referrer.agency",
    "child.name",
    "child.dob",
    "child.date_of_death_or_incident",
    "criteria.deceased",
    "criteria.seriously_harmed",
    "criteria.abuse_or_neglect",
    "summary",
)
ETHNIC = {
    "A1": "British",
    "A2": "Irish",
    "A3": "Any other White Background",
    "B1": "Asian and White",
    "B2": "Black African and White",
    "B3": "Black Caribbean and White",
    "B4": "Any other mixed background",
    "C1": "Indian",
    "C2": "Pakistani",
    "C3": "Bangladeshi",
    "C4": "Chinese",
    "C5": "Any other Asian background",
    "D1": "Caribbean",
    "D2": "African",
    "D3": "Any other Black background",
    "E1": "Other",
    "F1": "Not Declared",
}
PLAN = {"yes": "Yes", "no": "No", "has_been": "Has been", "not_known": "Not known"}


@dataclass(frozen=True, slots=True)
class Day:
    """A date as typed, what it means, and whether a doubt must be said."""

    raw: str = ""
    iso: str | None = None
    time: str | None = None
    is_doubtful: bool = False

    @property
    def json(self) -> Json:
        value: dict[str, Json] = {"raw": self.raw, "iso": self.iso}
        return {**value, "time": self.time} if self.time else value


@dataclass(frozen=True, slots=True)
class Relative:
    name: str
    relationship: str
    dob: Day
    address: str
    ethnic: str

    @property
    def cells(self) -> tuple[str, ...]:
        return (self.name, self.relationship, self.dob.raw, self.address, self.ethnic)


@dataclass(frozen=True, slots=True)
class Answers:
    """One filled form. `plan` and the criteria may be "conflict": two boxes are ticked."""

    referrer: str
    email: str
    role: str
    tel: str
    agency: str
    submitted: Day
    name: str
    dob: Day
    address: str
    incident: Day
    carer: str
    location: str
    ethnic: tuple[str, ...]
    specify: str
    faith: str
    disability: str
    plan: str | None
    family: tuple[Relative, ...]
    deceased: str | None
    harmed: str | None
    abuse: str | None
    concern: str | None
    summary: str
    agencies: tuple[tuple[str, str, str, str], ...]
    processes: tuple[tuple[str, str], ...]
    # Fields that the manner of answering, rather than a value, makes doubtful.
    doubts: tuple[str, ...] = ()

    def but(self, **changes: object) -> "Answers":
        return replace(self, **changes)  # type: ignore[arg-type]


def expected(answers: Answers) -> dict[str, Json]:
    """Give the form as it must be read; of doubts only the fields, for their wording is the reader's own."""
    form: dict[str, Json] = {
        "referrer": {
            "name": answers.referrer,
            "email": answers.email,
            "role": answers.role,
            "tel": answers.tel,
            "agency": answers.agency,
            "date_submitted": answers.submitted.json,
        },
        "child": {
            "name": answers.name,
            "dob": answers.dob.json,
            "home_address": answers.address,
            "date_of_death_or_incident": answers.incident.json,
            "carer": answers.carer,
            "location_of_incident": answers.location,
            "ethnic_origin": _ethnic(answers.ethnic, answers.specify),
            "faith": answers.faith,
            "disability": answers.disability,
            "child_protection_plan": answers.plan,
        },
        "family": [
            {
                "name": row.name,
                "relationship": row.relationship,
                "dob": row.dob.json,
                "address": row.address,
                "ethnic_origin": row.ethnic,
            }
            for row in answers.family
        ],
        "criteria": {
            "deceased": answers.deceased,
            "seriously_harmed": answers.harmed,
            "abuse_or_neglect": answers.abuse,
            "agency_working_concern": answers.concern,
        },
        "summary": answers.summary,
        "other_agencies": [
            {"name": name, "agency": agency, "contact": contact, "still_involved": involved}
            for name, agency, contact, involved in answers.agencies
        ],
        "other_processes": [{"process": process, "status": status} for process, status in answers.processes],
    }
    form["missing"] = list(_missing(answers))
    form["doubts"] = [{"field": field} for field in sorted({*_doubtful(answers), *answers.doubts})]
    return form


def _ethnic(codes: Sequence[str], specify: str) -> Json:
    match codes:
        case ():
            return {"code": None, "label": "", "specify": specify}
        case (code,):
            return {"code": code, "label": ETHNIC[code], "specify": specify}
        case _:
            return {"code": None, "codes": list(codes), "label": "", "specify": specify}


def _missing(answers: Answers) -> list[str]:
    given = {
        "referrer.name": answers.referrer,
        "referrer.email": answers.email,
        "referrer.agency": answers.agency,
        "child.name": answers.name,
        "child.dob": answers.dob.raw,
        "child.date_of_death_or_incident": answers.incident.raw,
        "criteria.deceased": answers.deceased,
        "criteria.seriously_harmed": answers.harmed,
        "criteria.abuse_or_neglect": answers.abuse,
        "summary": answers.summary,
    }
    return [path for path in REQUIRED if not given[path] and path not in answers.doubts]


def _doubtful(answers: Answers) -> set[str]:
    days = {
        "referrer.date_submitted": answers.submitted,
        "child.dob": answers.dob,
        "child.date_of_death_or_incident": answers.incident,
        **{f"family[{number}].dob": row.dob for number, row in enumerate(answers.family)},
    }
    choices = {
        "child.child_protection_plan": answers.plan,
        "criteria.deceased": answers.deceased,
        "criteria.seriously_harmed": answers.harmed,
        "criteria.abuse_or_neglect": answers.abuse,
        "criteria.agency_working_concern": answers.concern,
    }
    several = {"child.ethnic_origin"} if len(answers.ethnic) > 1 else set()
    return (
        {path for path, day in days.items() if day.is_doubtful}
        | {path for path, choice in choices.items() if choice == "conflict"}
        | several
    )
