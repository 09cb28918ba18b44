"""`letter`: what the procedure wants a person to write, as a draft in Word. Nothing is sent by it."""

from argparse import Namespace
from pathlib import Path

from cspr_bot.bootstrap.drafting import told_of
from cspr_bot.bootstrap.office import Office
from cspr_bot.cli.failures import SaidNoError, UsageError
from cspr_bot.cli.files import write_new
from cspr_bot.cli.output import check_case, office_of, print_json, print_table
from cspr_bot.pipeline.ports import DraftLetter
from cspr_bot.pipeline.subjects import notice_titles
from cspr_bot.store import CaseReport


def letter(options: Namespace) -> int:
    """List the letters of a case, or write some of them as files that only their owner can read."""
    office = office_of(options)
    check_case(office, options.reference)
    report = office.store.reports.case_report(options.reference)
    if report is None:
        raise SaidNoError(f"{options.reference}: there is no such case; `cases --all` lists them")
    if options.name is None:
        return _list(office, report, as_json=options.json)
    if options.out is None:
        raise UsageError("say where it is to be written: -o FILE.docx, or -o FOLDER for several letters")
    written = _write(_letters(office, report, options.name), options.out)
    office.store.installation.note(
        office.clock.now(), "person", "letters_drafted", options.reference, letters=len(written)
    )
    if options.json:
        print_json({"files": [str(path) for path in written]})
    else:
        for path in written:
            print(f"{path}: written. Check every word and write what is marked yellow; the program sends no letter.")
    return 0


def _letters(office: Office, report: CaseReport, name: str) -> tuple[DraftLetter, ...]:
    """Give the letters of a mail, or the one of a name: a template's, or one agency's."""
    found = tuple(office.drafter.letters(report.case, office.clock.now(), name, told=told_of(report)))
    if not found:
        known = ", ".join(dict.fromkeys(template.path.stem for template in office.drafter.templates))
        raise SaidNoError(f"{name}: there is no such letter; there are: {known or 'none'}")
    return found


def _write(letters: tuple[DraftLetter, ...], out: Path) -> tuple[Path, ...]:
    """Write one letter under the name given, or several into a folder; never over another file."""
    if len(letters) == 1 and not out.is_dir():
        write_new(out, letters[0].content)
        return (out,)
    try:
        out.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise SaidNoError(f"{out}: a folder is needed for {len(letters)} letters ({error.strerror})") from error
    paths = tuple(out / item.name for item in letters)
    taken = [path for path in paths if path.exists()]
    if taken:
        raise SaidNoError(f"{taken[0]}: there is a file of that name already; nothing was written")
    for path, item in zip(paths, letters, strict=True):
        write_new(path, item.content)
    return paths


def _list(office: Office, report: CaseReport, *, as_json: bool) -> int:
    titles = notice_titles(office.home.procedure)
    asked = _asked(report)
    rows = [
        {
            "letter": template.path.stem,
            "goes_with": template.notice,
            "task": titles.get(template.notice, ""),
            "is_asked_now": template.notice in asked,
        }
        for template in office.drafter.templates
    ]
    if as_json:
        print_json(rows)
        return 0
    print_table(
        f"Letters of {report.row.reference}",
        ("Letter", "Task", "Asked now"),
        [(row["letter"], row["task"], "yes" if row["is_asked_now"] else "") for row in rows],
        empty="This home has no templates of letters.",
    )
    print(f"cspr-bot letter {report.row.reference} LETTER -o FILE.docx writes one; its blanks are marked yellow.")
    return 0


def _asked(report: CaseReport) -> frozenset[str]:
    """Name the mails that have asked for something that is still to be done."""
    open_tasks = {task.id for task in report.case.open_tasks}
    return frozenset(mail.notice.removesuffix("-reminder") for mail in report.mails if mail.task in open_tasks)
