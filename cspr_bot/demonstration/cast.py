"""Who takes part in the demonstration: two invented referrals, and the addresses of the contact list that ships."""

from datetime import date

from cspr_bot.demonstration.fillable import filled_pdf
from cspr_bot.demonstration.forms import filled_form
from cspr_bot.referral.form import (
    Child,
    Criteria,
    EthnicOrigin,
    FamilyMember,
    FormDate,
    InvolvedAgency,
    OtherProcess,
    ReferralForm,
    Referrer,
)

MAILBOX = "partnership@nsscp.example"
SOCIAL_WORKER = "rowan.ashdown@council.example"
NURSE = "imogen.pell@nhs.example"
TEACHER = "office@school.education.example"

COORDINATOR = "coordinator@nsscp.example"
CHAIR = "subgroup.chair@nsscp.example"
SERVICE_LEADER = "service.leader@council.example"
ASSISTANT_DIRECTOR = "assistant.director@council.example"
DIRECTOR = "director@council.example"
EXECUTIVE = "executive@council.example"
POLICE = "casereview@police.example"
HEALTH = "safeguarding@nhs.example"
COUNCIL = "reviews@council.example"
EDUCATION = "safeguarding@education.example"


def complete_form(blank: bytes) -> bytes:
    """Fill the Word form without a gap, for a child who was seriously harmed."""
    return filled_form(
        blank,
        ReferralForm(
            referrer=Referrer(
                "Rowan Ashdown",
                SOCIAL_WORKER,
                "Social Worker",
                "01632 960114",
                "North Somerset Council",
                FormDate("15/12/2026", date(2026, 12, 15)),
            ),
            child=Child(
                name="Callum Wetherby",
                dob=FormDate("02/09/2019", date(2019, 9, 2)),
                home_address="4 Larkspur Close, Wexcombe, ZZ99 3AB",
                date_of_death_or_incident=FormDate("14/12/2026", date(2026, 12, 14)),
                carer="Mother",
                location_of_incident="Home address",
                ethnic_origin=EthnicOrigin("A1", (), "British"),
                faith="None",
                disability="None",
                child_protection_plan="no",
            ),
            family=(
                FamilyMember(
                    "Tessa Wetherby",
                    "Mother",
                    FormDate("11/04/1995", date(1995, 4, 11)),
                    "4 Larkspur Close, Wexcombe, ZZ99 3AB",
                    "White British",
                ),
            ),
            criteria=Criteria("no", "yes", "suspected", "yes"),
            summary="Callum was taken to hospital with unexplained injuries.\nTwo earlier visits were not linked.",
            other_agencies=(InvolvedAgency("Dr Adeyemi", "Hospital paediatrics", "01632 960230", "Yes"),),
            other_processes=(OtherProcess("Police investigation", "Ongoing"),),
        ),
    )


def form_with_gaps() -> bytes:
    """Fill the PDF form and leave out what a hurried person leaves out: a birth date, and whether the child died."""
    texts = {
        "Name:": "Imogen Pell",
        "Email:": NURSE,
        "Role:": "Named Nurse",
        "Tel:": "01632 960377",
        "Agency:": "Wexcombe Community Health",
        "Date submitted:": "16/12/2026",
        "Name of child:": "Orla Finch",
        "Home address:": "19 Quay Street, Wexcombe, ZZ99 5CD",
        "Date of death or critical incident:": "15/12/2026",
        "Summary of events": "Orla was found with an unexplained burn at a clinic visit.",
    }
    return filled_pdf(texts, ("seriously_harmed yes", "Suspected", "CPP Not known"))
