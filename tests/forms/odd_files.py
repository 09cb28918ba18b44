"""Files to begin with where bytes are fuzzed: small ones of each kind of container, and what LibreOffice saves."""

import importlib
import io
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from tests.documents.outlook_files import attribute, msg, packed_rtf, properties, property_of, winmail, winmail_with
from tests.forms.answers import Answers
from tests.forms.blank import Manner, paper
from tests.forms.children import CHILDREN
from tests.forms.other_files import html, text_lines
from tests.forms.word_file import Saved, docx

_RTF = rb"{\rtf1\ansi\fromhtml1{\*\htmltag <p>}Name: Robin\htmlrtf \par\htmlrtf0{\*\htmltag </p>}}"
_FILTERS = {"doc": "doc:MS Word 97", "rtf": "rtf"}


def seeds(name: str) -> list[bytes]:
    """Give some files for a target."""
    child = CHILDREN[0]
    form = docx(paper(child, Manner()), Saved("glyph"))
    match name:
        case "zips":
            return [zipped(a=b"x"), zipped(letter=b"Dear all" * 40, form=b"y" * 9), form]
        case "winmails":
            return winmails(form)
        case "packed":
            return [packed_rtf(_RTF), packed_rtf(_RTF, b"MELA"), _RTF]
        case "office":
            return by_office(child)
        case "containers":
            page = html(paper(child, Manner()), "outlook").encode()
            return [
                zipped(form=form, letter=b"Dear all"),
                *winmails(form),
                msg(form, text="See attached"),
                msg(html=page),
            ]
        case _:
            return [
                form,
                b"{\\rtf1 x}",
                b"%PDF-1.7",
                b"<p>x</p>",
                "Name: é".encode("utf-16"),
                msg(text="x"),
                *winmails(b"x"),
            ]


def zipped(**parts: bytes) -> bytes:
    """Zip some parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return target.getvalue()


def winmails(form: bytes) -> list[bytes]:
    """Wrap a file as Outlook does, and a body without one."""
    body = properties(property_of(0x1009, 0x102, packed_rtf(_RTF)), property_of(0x1000, 0x1F, "Hi".encode("utf-16-le")))
    return [winmail_with([form]), winmail(attribute(0x69003, body)), winmail(attribute(0x2800C, b"Name: Robin"))]


def by_office(child: Answers) -> list[bytes]:
    """Let LibreOffice save a form as Word 97 and as RTF did."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "form.docx").write_bytes(docx(paper(child, Manner()), Saved("legacy")))
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        for kind in _FILTERS.values():
            command = [shutil.which("soffice") or "soffice", profile, "--headless", "--convert-to", kind, "--outdir"]
            subprocess.run([*command, name, str(folder / "form.docx")], check=True, capture_output=True)  # noqa: S603
        return [(folder / f"form.{kind}").read_bytes() for kind in _FILTERS]


def mails() -> list[bytes]:
    """Give mails that hold a form in their body, beside it, or in a mail inside."""
    wrapped = importlib.import_module("tests.forms.wrapped")  # which needs this room
    child = CHILDREN[0]
    form, lines = docx(paper(child, Manner()), Saved("glyph")), text_lines(paper(child, Manner())).encode()
    made: list[bytes] = [
        wrapped.mail_with(form), wrapped.mail_with(body=lines), wrapped.forwarded(wrapped.mail_with(zipped(a=b"x"))),
        wrapped.forwarded(wrapped.mail_with(body=lines)), wrapped.mail_with(winmail_with([b"x"])),
    ]  # fmt: skip
    return made
