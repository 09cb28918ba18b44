"""Writes a form that was read as JSON: the keys that other programs rely on."""

from typing import TypeAlias

from cspr_bot.referral.form import EthnicOrigin, FormDate, Reading, ReferralForm

Json: TypeAlias = "dict[str, Json] | list[Json] | str | None"


def as_json(form: ReferralForm) -> dict[str, Json]:
    """Give a form as plain values: `codes` only where several boxes are ticked, `time` only where one is given."""
    referrer, child, criteria = form.referrer, form.child, form.criteria
    return {
        "referrer": {
            "name": referrer.name,
            "email": referrer.email,
            "role": referrer.role,
            "tel": referrer.tel,
            "agency": referrer.agency,
            "date_submitted": _date(referrer.date_submitted),
        },
        "child": {
            "name": child.name,
            "dob": _date(child.dob),
            "home_address": child.home_address,
            "date_of_death_or_incident": _date(child.date_of_death_or_incident),
            "carer": child.carer,
            "location_of_incident": child.location_of_incident,
            "ethnic_origin": _ethnic_origin(child.ethnic_origin),
            "faith": child.faith,
            "disability": child.disability,
            "child_protection_plan": child.child_protection_plan,
        },
        "family": [
            {
                "name": member.name,
                "relationship": member.relationship,
                "dob": _date(member.dob),
                "address": member.address,
                "ethnic_origin": member.ethnic_origin,
            }
            for member in form.family
        ],
        "criteria": {
            "deceased": criteria.deceased,
            "seriously_harmed": criteria.seriously_harmed,
            "abuse_or_neglect": criteria.abuse_or_neglect,
            "agency_working_concern": criteria.agency_working_concern,
        },
        "summary": form.summary,
        "other_agencies": [
            {
                "name": agency.name,
                "agency": agency.agency,
                "contact": agency.contact,
                "still_involved": agency.still_involved,
            }
            for agency in form.other_agencies
        ],
        "other_processes": [{"process": other.process, "status": other.status} for other in form.other_processes],
        "missing": list(form.missing),
        "doubts": [{"field": doubt.field, "why": doubt.why, "raw": doubt.raw} for doubt in form.doubts],
    }


def reading_as_json(file: str, reading: Reading) -> dict[str, Json]:
    """Give what became of one file: a row of `read --json`."""
    return {
        "file": file,
        "verdict": reading.verdict,
        "reason": reading.reason,
        "forms": [as_json(form) for form in reading.forms],
    }


def _date(value: FormDate) -> dict[str, Json]:
    written: dict[str, Json] = {"raw": value.raw, "iso": value.iso.isoformat() if value.iso else None}
    if value.time:
        written["time"] = value.time
    return written


def _ethnic_origin(value: EthnicOrigin) -> dict[str, Json]:
    written: dict[str, Json] = {"code": value.code}
    if value.codes:
        written["codes"] = list(value.codes)
    return {**written, "label": value.label, "specify": value.specify}
