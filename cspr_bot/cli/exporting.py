"""A case as an evidence pack in a folder: whole, or not at all."""

import shutil
from argparse import Namespace

from cspr_bot.bootstrap.evidence import pack_of
from cspr_bot.cli.failures import SaidNoError
from cspr_bot.cli.files import write_new
from cspr_bot.cli.output import check_case, office_of, plain, print_json
from cspr_bot.cli.showing import report_json


def export(options: Namespace) -> int:
    """Write the pack beside its place and move it there when it is whole; the audit log says that it was written."""
    office = office_of(options)
    check_case(office, options.reference)
    report = office.store.reports.case_report(options.reference)
    if report is None:
        raise SaidNoError(f"{options.reference}: there is no such case; `cases --all` lists them")
    folder = options.folder
    if folder.exists():
        raise SaidNoError(f"{folder}: there is something of that name already; name a folder that is yet to be made")
    told = plain(report_json(office, report))
    assert isinstance(told, dict)  # noqa: S101 - an object of JSON
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)  # of an export that was cut short
        unfinished.mkdir(mode=0o700)
        names = []
        for name, content in pack_of(office, report, told):
            path = unfinished / name
            path.parent.mkdir(mode=0o700, exist_ok=True)
            write_new(path, content)
            names.append(name)
        unfinished.rename(folder)
    except OSError as error:
        raise SaidNoError(f"{folder}: the pack cannot be written there ({error.strerror})") from error
    office.store.installation.note(office.clock.now(), "person", "case_exported", options.reference, files=len(names))
    if options.json:
        print_json({"folder": str(folder), "files": names})
    else:
        print(f"{folder}: {len(names)} files; begin with README.txt. The folder holds personal data.")
    return 0
