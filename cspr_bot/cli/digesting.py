"""The co-ordinator's page for the day, whenever it is asked for: the same that the morning's mail holds."""

from argparse import Namespace
from collections.abc import Iterable, Iterator
from datetime import tzinfo

from cspr_bot.cli.output import Row, office_of, print_json, print_table, told
from cspr_bot.pipeline.digest_facts import DigestFacts, DutyLine, Reconciled, WeekLine

STATUS = {"failed": "could not be delivered", "unknown": "may have left or not", "waiting": "still waits to leave"}


def digest(options: Namespace) -> int:
    """Print the page as it is now. Nothing is sent, and the morning's mail still comes."""
    office = office_of(options)
    page = office.morning.page(office.clock.now())
    if options.json:
        print_json(page)
        return 0
    _print(page, office.home.settings.office.hours.zone)
    return 0


def _print(page: DigestFacts, zone: tzinfo) -> None:
    print(f"Your day, {page.on:%A} {page.on.day} {page.on:%B %Y}\n")
    if page.troubled:
        print(f"The clocks of these cases could not be worked on: {', '.join(page.troubled)}\n")
    if page.reconciled is not None and page.reconciled.needs_a_person:
        print(f"{_compared(page.reconciled)}\n")
    _print_duties("Must be done today", page.today, "Nothing is due today, and nothing is late.")
    print_table(
        "Held for you",
        ("mail", "received", "a clock ends", "why"),
        ((mail.id, told(mail.received_at, zone), mail.release_by or "", "; ".join(mail.reasons)) for mail in page.held),
        empty="No mail waits for a person.",
        folds=("why",),
    )
    if page.stuck:
        print_table(
            "Mails that did not arrive as they should",
            ("mail", "case", "about", "to", "what became of it"),
            ((mail.id, mail.case, mail.title, mail.whose, STATUS[mail.status]) for mail in page.stuck),
            empty="",
            folds=("about", "to"),
        )
    print_table(
        f"What the program did since {told(page.since, zone)}",
        ("case", "what"),
        _done(page),
        empty=f"Since {told(page.since, zone)} nothing came, and nothing was sent.",
        folds=("what",),
    )
    if page.week is not None:
        print(f"{_week_before(page.week)}\n")
    _print_duties(f"The next ten working days, until {page.until:%a %d %b %Y}", page.coming, "Then nothing is due.")
    print_table(
        "Open cases",
        ("case", "stage", "to look at"),
        ((line.case, line.stage, ", ".join(line.flags)) for line in page.cases),
        empty="No case is open.",
        folds=("to look at",),
    )


def _compared(found: Reconciled) -> str:
    return (
        f"When the mailbox was compared in the night of {found.on:%a %d %b %Y}: {found.strangers} mails in Processed "
        f"or Held that the program has never seen (move them to the inbox), {found.stranded} taken in and not "
        "worked on."
    )


def _week_before(week: WeekLine) -> str:
    mails = week.mails
    sum_of = f"does not add up by {week.unaccounted}: tell the administrator" if week.unaccounted else "adds up"
    return (
        f"Mails received from {week.first:%a %d %b} to {week.last:%a %d %b %Y}: {mails.taken}. Of these with a form "
        f"and on a case: {mails.forms}; others on a case: {mails.answers}; held: {mails.held}; passed over with a "
        f"reason: {mails.noise}; not yet read: {mails.waiting}. It {sum_of}. Sent: {mails.sent}."
    )


def _print_duties(title: str, lines: Iterable[DutyLine], empty: str) -> None:
    print_table(
        title,
        ("by", "how it stands", "case", "duty", "whose", "clause"),
        (
            (
                f"{line.due_on:%a %d %b %Y}",
                f"{line.said}{', in law' if line.is_statutory else ''}",
                line.case,
                line.title,
                "yours" if line.is_own else line.whose,
                line.clause,
            )
            for line in lines
        ),
        empty=f"{empty}\n",
        folds=("duty", "whose", "clause"),
        spares=("clause",),
    )


def _done(page: DigestFacts) -> Iterator[Row]:
    for line in page.done:
        yield from ((line.case if number == 0 else "", words) for number, words in enumerate(line.words))
