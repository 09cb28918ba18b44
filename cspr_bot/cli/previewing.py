"""Each mail as it would go: in the terminal, and as pages for a browser. Nothing is sent."""

from argparse import Namespace
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import escape
from pathlib import Path

from cspr_bot.bootstrap.defaults import defaults_folder
from cspr_bot.bootstrap.office import Office
from cspr_bot.bootstrap.present import present_of
from cspr_bot.bootstrap.reading_room import read_any_home
from cspr_bot.bootstrap.samples import sample_letters, template_writer
from cspr_bot.cli.failures import SaidNoError
from cspr_bot.cli.output import clean_lines, note_if_no_home, office_of, print_json
from cspr_bot.config import Home

Named = tuple[str, EmailMessage]
INDEX = """<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mails as they would go</title>
<style>
body {{ font: 16px/1.5 Arial, sans-serif; color: #1b1f24; background: #eef2f7; margin: 0; padding: 24px; }}
main {{ max-width: 70rem; margin: 0 auto; background: #fff; border: 1px solid #c5cdd8; padding: 16px 24px; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ text-align: left; vertical-align: top; padding: 6px 12px 6px 0; border-bottom: 1px solid #e3e8ef; }}
td:first-child {{ white-space: nowrap; }}
</style>
</head>
<body>
<main>
<h1>Mails as they would go</h1>
<p>{number} mails. To look at them sends nothing.</p>
<table>
<thead><tr><th scope="col">Mail</th><th scope="col">Subject</th><th scope="col">To</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</main>
</body>
</html>
"""


def preview(options: Namespace) -> int:
    """Show every mail once, from an imagined case, or the mails of a real case as they went or will go."""
    mails = list(_mails_of(office_of(options), options.reference) if options.reference else _samples(options))
    if options.html:
        _write_pages(options.html, mails)
    if options.json:
        print_json(
            [
                {"notice": name, "to": mail["To"], "subject": mail["Subject"], "text": _text(mail)}
                for name, mail in mails
            ]
        )
        return 0
    for name, mail in mails:
        print(f"{'=' * 100}\n{name}   to {mail['To']}\n{mail['Subject']}\n{'-' * 100}\n{clean_lines(_text(mail))}\n")
    if options.html:
        print(f"{len(mails)} pages: open {options.html / 'index.html'} in a browser.")
    return 0


def write_case_pages(home: Path, references: tuple[str, ...]) -> Path:
    """Write every mail of some cases as a page; give the page that leads to them."""
    office = Office(home)
    try:
        mails = [named for reference in references for named in _mails_of(office, reference)]
    finally:
        office.close()
    _write_pages(home / "pages", mails)
    return home / "pages" / "index.html"


def _samples(options: Namespace) -> Iterator[Named]:
    note_if_no_home(options)
    now = options.now or present_of(options.home)
    home = read_any_home(options.home, now.date())
    own = home.folder / "mail_templates"
    writer = template_writer(home, own if own.is_dir() else defaults_folder() / "mail_templates")
    for letter in sample_letters(home, _aware(now, home)):
        yield letter.notice, _parsed(writer.write(letter).content)


def _aware(moment: datetime, home: Home) -> datetime:
    """Put a moment into the office's own time, which is what one without an offset means."""
    return moment if moment.tzinfo else moment.replace(tzinfo=home.settings.office.hours.zone)


def _mails_of(office: Office, reference: str) -> Iterator[Named]:
    report = office.store.reports.case_report(reference)
    if report is None:
        raise SaidNoError(f"{reference}: there is no such case; `cases --all` lists them")
    for row in report.mails:
        content = office.store.reports.outgoing(row.id)
        if content is not None:
            yield f"{row.id:04}-{row.notice}", _parsed(content)


def _parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body else ""


def _write_pages(folder: Path, mails: list[Named]) -> None:
    """Write a page for each mail and one that leads to them."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, mail in mails:
        body = mail.get_body(("html",))
        (folder / f"{name}.html").write_text(str(body.get_content()) if body else "", encoding="utf-8")
        link = f'<a href="{escape(name)}.html">{escape(name)}</a>'
        cells = (link, escape(str(mail["Subject"])), escape(str(mail["To"])))
        rows.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    page = INDEX.format(number=len(mails), rows="\n".join(rows))
    (folder / "index.html").write_text(page, encoding="utf-8")
