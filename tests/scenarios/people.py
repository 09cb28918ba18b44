"""The invented people of the scenarios, and the forms that they fill in: every word of them is findable in a mail."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from cspr_bot.bootstrap.defaults import defaults_folder
from cspr_bot.demonstration.forms import filled_form
from cspr_bot.demonstration.post import WORD, Enclosure
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

NURSE = "verity.lockhart@nhs.example"
SOCIAL_WORKER = "ambrose.tillotson@council.example"
TEACHER = "office@school.education.example"
STRANGER = "someone@elsewhere.example"

COORDINATOR = "coordinator@nsscp.example"
DEPUTY_COORDINATOR = "deputy.coordinator@nsscp.example"
BUSINESS_MANAGER = "business.manager@nsscp.example"
CHAIR = "subgroup.chair@nsscp.example"
SERVICE_LEADER = "service.leader@council.example"
DEPUTY_SERVICE_LEADER = "deputy.service.leader@council.example"
ASSISTANT_DIRECTOR = "assistant.director@council.example"
DIRECTOR = "director@council.example"
EXECUTIVE = ("executive@council.example", "executive@police.example", "executive@nhs.example")
POLICE = "casereview@police.example"
HEALTH = "safeguarding@nhs.example"
EDUCATION = "safeguarding@education.example"
DEPUTY_EDUCATION = "deputy.safeguarding@education.example"
HEAD_OF_EDUCATION = "head.of.education@education.example"

# A complete form about a child who was seriously harmed. No date in it is a working day, so none can stand in a mail
# by chance, as the day on which something was received or is due.
COMPLETE = ReferralForm(
    referrer=Referrer(
        name="Verity Lockhart",
        email=NURSE,
        role="Specialist Health Visitor",
        tel="01632 960711",
        agency="Quillfeather Community Health",
        date_submitted=FormDate("13/12/2026", date(2026, 12, 13)),
    ),
    child=Child(
        name="Jacoby Thistlewood",
        dob=FormDate("07/02/2021", date(2021, 2, 7)),
        home_address="88 Marlinspike Crescent, Quillfeather, ZZ99 4WX",
        date_of_death_or_incident=FormDate("12/12/2026 at 15:10", date(2026, 12, 12)),
        carer="Grandmother Odalys Thistlewood",
        location_of_incident="Tidemill Lido changing room",
        ethnic_origin=EthnicOrigin("C4", (), "Chinese"),
        faith="Zoroastrian",
        disability="Profound hearing loss",
        child_protection_plan="has_been",
    ),
    family=(
        FamilyMember(
            "Odalys Thistlewood",
            "Maternal grandmother",
            FormDate("15/08/1965", date(1965, 8, 15)),
            "88 Marlinspike Crescent, Quillfeather, ZZ99 4WX",
            "Chinese",
        ),
        FamilyMember(
            "Bertrand Oxenholme", "Stepfather", FormDate("03.11.1984", date(1984, 11, 3)), "HMP Gallowgate", ""
        ),
    ),
    criteria=Criteria("no", "yes", "suspected", "yes"),
    summary=(
        "The neighbour telephoned at ten past three because she heard screaming through the wall.\n"
        "Three earlier visits by different professionals had not been joined up by anybody."
    ),
    other_agencies=(InvolvedAgency("Dr Philippa Underhay", "Quillfeather Paediatrics", "07700 900455", "Yes"),),
    other_processes=(OtherProcess("Inquest preparation by Coroner Ramsbottom", "Awaiting"),),
)

# What a hurried person leaves out: the birth date, and whether the child died.
WITH_GAPS = ReferralForm(
    referrer=Referrer(
        name="Ambrose Tillotson",
        email=SOCIAL_WORKER,
        role="Duty Practitioner",
        tel="01632 960722",
        agency="Rookhope Locality Office",
        date_submitted=FormDate("06/12/2026", date(2026, 12, 6)),
    ),
    child=Child(
        name="Ottoline Farquharson",
        home_address="5 Gooseberry Wharf, Rookhope, ZZ99 6YZ",
        date_of_death_or_incident=FormDate("05/12/2026", date(2026, 12, 5)),
        carer="Foster carer Lysander Pym",
        location_of_incident="Rookhope skate park",
        ethnic_origin=EthnicOrigin("B2", (), "Black African and White"),
        child_protection_plan="not_known",
    ),
    criteria=Criteria(None, "yes", "suspected", "no"),
    summary="Ottoline was brought in with a burn that nobody could account for when they were asked.",
)

FORMS = (COMPLETE, WITH_GAPS)
BLANK_FORM = defaults_folder() / Path("mail_templates/attachments/blank-referral-form.docx")


def word_file(form: ReferralForm) -> Enclosure:
    """Give the Word file that somebody made of our blank form, under the name that people give it."""
    name = f"{form.child.name} referral.docx"
    return Enclosure(name, WORD, filled_form(BLANK_FORM.read_bytes(), form))


def another_child(form: ReferralForm) -> ReferralForm:
    """Give a form about somebody else, so that it is no copy of the first."""
    return replace(form, child=replace(form.child, name="Peregrine Thistlewood"))
