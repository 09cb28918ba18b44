"""The referral form as values: what a practitioner wrote in it, and how sure we are."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Verdict = Literal["ok", "blank_form", "not_a_form", "encrypted", "unreadable", "too_large", "hostile", "needs_ocr"]
MAY_BE_A_FORM: frozenset[Verdict] = frozenset({"hostile", "encrypted", "too_large", "needs_ocr", "unreadable"})
YesNo = Literal["yes", "no", "conflict"]
AbuseOrNeglect = Literal["known", "suspected", "no", "conflict"]
ProtectionPlan = Literal["yes", "no", "has_been", "not_known", "conflict"]


@dataclass(frozen=True, slots=True)
class FormDate:
    """A date as typed; `iso` only where it can be read in one way (UK order), `time` as HH:MM where one was given."""

    raw: str = ""
    iso: date | None = None
    time: str | None = None


@dataclass(frozen=True, slots=True)
class Referrer:
    """Section 1 of the form."""

    name: str = ""
    email: str = ""
    role: str = ""
    tel: str = ""
    agency: str = ""
    date_submitted: FormDate = FormDate()


@dataclass(frozen=True, slots=True)
class EthnicOrigin:
    """The ticked box: its code (A1 to F1), or all codes where several were ticked."""

    code: str | None = None
    codes: tuple[str, ...] = ()
    label: str = ""
    specify: str = ""


@dataclass(frozen=True, slots=True)
class Child:
    """Section 2 of the form."""

    name: str = ""
    dob: FormDate = FormDate()
    home_address: str = ""
    date_of_death_or_incident: FormDate = FormDate()
    carer: str = ""
    location_of_incident: str = ""
    ethnic_origin: EthnicOrigin = EthnicOrigin()
    faith: str = ""
    disability: str = ""
    child_protection_plan: ProtectionPlan | None = None


@dataclass(frozen=True, slots=True)
class FamilyMember:
    """A row of section 3."""

    name: str = ""
    relationship: str = ""
    dob: FormDate = FormDate()
    address: str = ""
    ethnic_origin: str = ""


@dataclass(frozen=True, slots=True)
class Criteria:
    """Section 4: None is a question that was left blank."""

    deceased: YesNo | None = None
    seriously_harmed: YesNo | None = None
    abuse_or_neglect: AbuseOrNeglect | None = None
    agency_working_concern: YesNo | None = None


@dataclass(frozen=True, slots=True)
class InvolvedAgency:
    """A row of section 6: who else knows the child."""

    name: str = ""
    agency: str = ""
    contact: str = ""
    still_involved: str = ""


@dataclass(frozen=True, slots=True)
class OtherProcess:
    """A row of section 6: an inquest, criminal proceedings and the like."""

    process: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A field that could not be read in one way: its path, why, and the words as typed."""

    field: str
    why: str
    raw: str = ""


@dataclass(frozen=True, slots=True)
class ReferralForm:
    """One form that was read. `missing` holds paths of required fields that were left blank."""

    referrer: Referrer = Referrer()
    child: Child = Child()
    family: tuple[FamilyMember, ...] = ()
    criteria: Criteria = Criteria()
    summary: str = ""
    other_agencies: tuple[InvolvedAgency, ...] = ()
    other_processes: tuple[OtherProcess, ...] = ()
    missing: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of one file: a verdict, a reason in words for a person, and the forms found in it.

    `is_partly_ours`: it is not a form that can be read, but bears enough of ours that a person may have meant it so.
    `is_partial`: a form was read, and what stands beside it could not be, and may be about another child.
    """

    verdict: Verdict
    reason: str = ""
    forms: tuple[ReferralForm, ...] = field(default=())
    is_partly_ours: bool = False
    is_partial: bool = False

    @property
    def may_hide_a_form(self) -> bool:
        """Whether there may be a form in the file that was not read: a person is told of it."""
        return self.verdict in MAY_BE_A_FORM or self.is_partly_ours or self.is_partial
