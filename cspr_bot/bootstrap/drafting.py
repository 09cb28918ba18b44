"""Draft letters of a home: what they are filled in with, and what is wrong with their templates."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

from cspr_bot.bootstrap.samples import REFERENCE
from cspr_bot.config import Home, Problem
from cspr_bot.letters.draft_facts import Told
from cspr_bot.letters.drafts import FOLDER, LetterDrafter
from cspr_bot.mail.template_folder import letter_environment
from cspr_bot.pipeline.rules import Rules
from cspr_bot.procedure.definition import Procedure
from cspr_bot.procedure.rehearsal import opening_event, rehearse_course
from cspr_bot.store import CaseReport

TEMPLATES = "mail_templates"


def letter_drafter(home: Home, templates: Path) -> LetterDrafter:
    """Give who fills in the letters of a home, in the sandbox in which mails are filled in."""
    rules = Rules(home.procedure, home.calendar, home.book, home.form_rules)
    sandbox = letter_environment(home.settings.office.hours.zone)
    return LetterDrafter(templates / FOLDER, rules, sandbox, home.settings.marking.text)


def letter_problems(home: Home, now: datetime) -> Iterator[Problem]:
    """Fill every letter in for an imagined case; give what is wrong with their templates, and which are not used."""
    drafter = letter_drafter(home, home.folder / "mail_templates")
    start = home.calendar.moment(home.calendar.on_or_after(home.calendar.day_of(now)), time(10, 12))
    case = replace(rehearse_course(opening_event(start), home.procedure, home.calendar).case, reference=REFERENCE)
    for flaw in drafter.problems(case, now):
        yield Problem(
            TEMPLATES, "", flaw, "docs/letters.md lists what a letter may hold; the template that ships is right"
        )
    for name in drafter.unused(_asking(home.procedure)):
        remedy = "call it after the mail that asks for it and whom it is for, such as N19-to-referrer.docx"
        yield Problem(TEMPLATES, "", f"{FOLDER}/{name} goes along with no mail", remedy, is_warning=True)


def _asking(procedure: Procedure) -> frozenset[str]:
    """Name the mails that ask for something for the first time: with these letters go along."""
    variants = {notice for timer in procedure.timers.values() for _, notice in timer.notice_when}
    return frozenset({timer.request_notice for timer in procedure.timers.values()} | variants) - {"none"}


def told_of(report: CaseReport) -> Told:
    """Give what whoever may see a case is told in its letters, and no mail may say."""
    sent = [event for event in report.events if event.name == "sin_sent" and not event.is_withdrawn]
    reference = sent[-1].fields.get("reference", "") if sent else ""
    if report.referral is None:
        return Told(notification_reference=reference)
    referrer = report.referral.referrer
    return Told(referrer.name or "", referrer.role or "", referrer.agency or "", reference)
