"""Turns the words that were found into the form's values, and says what is missing and what is doubtful."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from cspr_bot.referral.criteria import ABUSE
from cspr_bot.referral.dates import CHILD_YEARS, family_years, read_date
from cspr_bot.referral.draft import Draft
from cspr_bot.referral.form import (
    AbuseOrNeglect,
    Child,
    Criteria,
    EthnicOrigin,
    FamilyMember,
    FormDate,
    InvolvedAgency,
    OtherProcess,
    ProtectionPlan,
    ReferralForm,
    Referrer,
    YesNo,
)
from cspr_bot.referral.rules import FormRules
from cspr_bot.referral.scalars import ETHNIC, PLAN
from cspr_bot.referral.wording import SPECIFY, Wording

TWO_BOXES = "two boxes are ticked where one is asked for"
SEVERAL_ETHNIC = "several ethnic boxes are ticked"
NO_BOX = "no box is ticked, and the words are none of the form's"
NEITHER = "it does not say whether this is known or suspected"
_YES_NO: Mapping[str, YesNo] = {"yes": "yes", "no": "no"}
_ABUSE: Mapping[str, AbuseOrNeglect] = {"known": "known", "suspected": "suspected", "no": "no"}
_PLAN: Mapping[str, ProtectionPlan] = {"yes": "yes", "no": "no", "has_been": "has_been", "not_known": "not_known"}


@dataclass(frozen=True, slots=True)
class _Reader:
    """What every step needs: the words, where doubts go, and what the form is made of."""

    draft: Draft
    wording: Wording

    def text(self, path: str) -> str:
        return self.draft.answers.get(path, "")

    def date(self, path: str, text: str, years: Sequence[int]) -> FormDate:
        if not text or self.wording.is_not_known(text):
            return FormDate(text)
        read, why = read_date(text, years)
        if why:
            self.draft.doubt(path, why, text)
        return read

    def one_of(self, path: str) -> list[str]:
        """Give the choices that were ticked; words without a tick are doubtful."""
        choices = self.draft.ticks.get(path, [])
        written = self.draft.typed.get(path, [])
        if not choices and written:
            self.draft.doubt(path, NO_BOX, "\n".join(written))
        if len(choices) > 1:
            self.draft.doubt(path, TWO_BOXES, ", ".join(written))
        return choices


def complete(draft: Draft, rules: FormRules, wording: Wording) -> ReferralForm:
    """Build the form. Its doubts stand in the order in which they arose, what is missing in the order of the form."""
    reader = _Reader(draft, wording)
    referrer = _referrer(reader)
    child = _child(reader)
    reference = child.date_of_death_or_incident.iso or referrer.date_submitted.iso
    form = ReferralForm(
        referrer=referrer,
        child=child,
        family=_family(reader, reference),
        criteria=_criteria(reader),
        summary="\n".join(draft.summary),
        other_agencies=tuple(
            InvolvedAgency(*_columns(row, "other_agencies", "name", "agency", "contact", "still_involved"))
            for row in draft.lists.get("other_agencies", [])
        ),
        other_processes=tuple(
            OtherProcess(*_columns(row, "other_processes", "process", "status"))
            for row in draft.lists.get("other_processes", [])
        ),
        doubts=tuple(draft.doubts),
    )
    return replace(form, missing=missing_in(form, rules))


def missing_in(form: ReferralForm, rules: FormRules) -> tuple[str, ...]:
    """Give the paths of what must be answered and is not, in the order of the form."""
    return tuple(path for path in rules.required if not _is_given(form, path))


def _referrer(reader: _Reader) -> Referrer:
    return Referrer(
        name=reader.text("referrer.name"),
        email=reader.text("referrer.email"),
        role=reader.text("referrer.role"),
        tel=reader.text("referrer.tel"),
        agency=reader.text("referrer.agency"),
        date_submitted=_child_date(reader, "referrer.date_submitted"),
    )


def _child(reader: _Reader) -> Child:
    plan = reader.one_of(PLAN)
    halves = (reader.text("child.forename"), reader.text("child.surname"))
    return Child(
        name=reader.text("child.name") or " ".join(half for half in halves if half),
        dob=_child_date(reader, "child.dob"),
        home_address=reader.text("child.home_address"),
        date_of_death_or_incident=_child_date(reader, "child.date_of_death_or_incident"),
        carer=reader.text("child.carer"),
        location_of_incident=reader.text("child.location_of_incident"),
        ethnic_origin=_ethnic_origin(reader),
        faith=reader.text("child.faith"),
        disability=reader.text("child.disability"),
        child_protection_plan="conflict" if len(plan) > 1 else _PLAN[plan[0]] if plan else None,
    )


def _child_date(reader: _Reader, path: str) -> FormDate:
    return reader.date(path, reader.text(path), CHILD_YEARS)


def _ethnic_origin(reader: _Reader) -> EthnicOrigin:
    """One box gives its code, several give all codes and none; the typed text alone is the box of group E."""
    draft, printed = reader.draft, reader.wording.printed["ethnic_origin"]
    codes, specify = tuple(draft.ticks.get(ETHNIC, [])), reader.text(SPECIFY)
    written = "\n".join(draft.typed.get(ETHNIC, []))
    match codes:
        case ():
            if specify:
                return EthnicOrigin("E1", (), printed["E1"], specify)
            if written and not reader.wording.is_not_known(written):
                draft.doubt(ETHNIC, NO_BOX, written)
            return EthnicOrigin(specify=written)
        case (code,):
            return EthnicOrigin(code, (), printed[code], specify)
        case _:
            draft.doubt(ETHNIC, SEVERAL_ETHNIC, ", ".join(printed[code] for code in codes))
            return EthnicOrigin(None, codes, "", specify)


def _family(reader: _Reader, reference: date | None) -> tuple[FamilyMember, ...]:
    members = []
    for number, row in enumerate(reader.draft.lists.get("family", [])):
        name, relationship, dob, address, ethnic = _columns(
            row, "family", "name", "relationship", "dob", "address", "ethnic_origin"
        )
        born = reader.date(f"family[{number}].dob", dob, family_years(reference))
        members.append(FamilyMember(name, relationship, born, address, ethnic))
    return tuple(members)


def _columns(row: Mapping[str, str], name: str, *columns: str) -> list[str]:
    return [row.get(f"{name}.{column}", "") for column in columns]


def _criteria(reader: _Reader) -> Criteria:
    return Criteria(
        deceased=_yes_no(reader, "criteria.deceased"),
        seriously_harmed=_yes_no(reader, "criteria.seriously_harmed"),
        abuse_or_neglect=_abuse(reader),
        agency_working_concern=_yes_no(reader, "criteria.agency_working_concern"),
    )


def _yes_no(reader: _Reader, path: str) -> YesNo | None:
    choices = reader.one_of(path)
    return "conflict" if len(choices) > 1 else _YES_NO.get(choices[0]) if choices else None


def _abuse(reader: _Reader) -> AbuseOrNeglect | None:
    """Known and suspected are two ways of yes: a yes beside one of them adds nothing, a yes alone says too little."""
    ticks = reader.draft.ticks
    choices = ticks.get(ABUSE, [])
    if len(choices) > 1 and "yes" in choices:
        ticks[ABUSE] = [choice for choice in choices if choice != "yes"]
    choices = reader.one_of(ABUSE)
    if choices == ["yes"]:
        reader.draft.doubt(ABUSE, NEITHER, "\n".join(reader.draft.typed.get(ABUSE, [])))
    return "conflict" if len(choices) > 1 else _ABUSE.get(choices[0]) if choices else None


def _is_given(form: ReferralForm, path: str) -> bool:
    """Whether anything was answered, be it "not known" or a contradiction: that is doubtful, not missing."""
    value: object = form
    for name in path.split("."):
        value = getattr(value, name)
    match value:
        case FormDate():
            return bool(value.raw)
        case EthnicOrigin():
            return bool(value.code or value.codes or value.specify)
        case _:
            return bool(value) or any(doubt.field == path for doubt in form.doubts)
