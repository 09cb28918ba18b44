"""Forms as they are sent inside other files: zips, mails, mails in mails, and the files that Outlook makes."""

from base64 import encodebytes
from collections.abc import Callable, Mapping, Sequence

from tests.documents.outlook_files import (
    attribute,
    message,
    msg,
    packed_rtf,
    properties,
    property_of,
    winmail,
    winmail_with,
)
from tests.forms.answers import Answers
from tests.forms.blank import Manner, paper
from tests.forms.kinds import Write, libre, word
from tests.forms.odd_files import zipped
from tests.forms.other_files import html, text_lines
from tests.forms.pdf_file import fillable
from tests.forms.word_file import Saved

_LETTER = b"Dear all,\r\nplease find the form attached.\r\n"
_LOGO = b"\x89PNG\r\n\x1a\n" + b"\0" * 3_000
_WORD, _ODT = word(Saved("legacy")), libre("glyph")


def mail_with(*files: bytes, body: bytes = _LETTER, kind: str = "application/octet-stream") -> bytes:
    """Write a mail with files; what they are called says something else than what they are."""
    head = b"From: a.person@northmoor.example\r\nMessage-ID: <1@northmoor.example>\r\nMIME-Version: 1.0\r\n"
    parts = [b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + body]
    parts += [
        f"Content-Type: {kind}; name=notes.jpg\r\nContent-Disposition: attachment; filename=notes.jpg\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n".encode()
        + encodebytes(file)
        for file in files
    ]
    joined = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return head + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + joined + b"--b--\r\n"


def forwarded(inner: bytes) -> bytes:
    """Write a mail that holds another whole."""
    return (
        b"From: a.clerk@northmoor.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=f\r\n\r\n"
        b"--f\r\nContent-Type: text/plain\r\n\r\nFYI\r\n--f\r\nContent-Type: message/rfc822\r\n\r\n"
        + inner
        + b"\r\n--f--\r\n"
    )


def _page(answers: Answers) -> bytes:
    return html(paper(answers, Manner()), "outlook").encode()


def _lines(answers: Answers) -> bytes:
    return text_lines(paper(answers, Manner())).encode()


def _html_in_rtf(answers: Answers) -> bytes:
    """Hide the HTML of a body in the RTF of another, as Outlook does for a mail written as rich text."""
    plain = _page(answers).decode().encode("ascii", "xmlcharrefreplace")
    escaped = plain.replace(b"\\", b"\\\\").replace(b"{", b"\\{").replace(b"}", b"\\}")
    tags = b"".join(b"{\\*\\htmltag64 " + line + b"\\par}" for line in escaped.splitlines())
    return packed_rtf(rb"{\rtf1\ansi\fromhtml1 " + tags + b"}")


def _body_in_winmail(answers: Answers) -> bytes:
    return winmail(attribute(0x69003, properties(property_of(0x1009, 0x102, _html_in_rtf(answers)))))


WRAPPED: Mapping[str, Write] = {
    "in a zip, among other files": lambda a: zipped(letter=_LETTER, form=_WORD(a), logo=_LOGO),
    "in a zip in a zip": lambda a: zipped(more=zipped(form=_ODT(a))),
    "in a mail, under a lying name": lambda a: mail_with(_LOGO, _WORD(a)),
    "in a forwarded mail": lambda a: forwarded(mail_with(_ODT(a))),
    "in the body of a forwarded mail": lambda a: forwarded(mail_with(body=_lines(a))),
    "in a forwarded mail, HTML under a lying name": lambda a: forwarded(mail_with(_page(a), kind="application/msword")),
    "in a .msg": lambda a: msg(_LOGO, _WORD(a), text="See attached."),
    "in a .msg in a .msg": lambda a: msg(message(fillable(a), text="Here"), text="FYI"),
    "in the body of a .msg": lambda a: msg(html=_page(a), text="flat"),
    "in the body of a .msg, HTML in RTF": lambda a: msg(rtf=_html_in_rtf(a), text="flat"),
    "in a winmail.dat": lambda a: winmail_with([_LOGO, _WORD(a)]),
    "in the body of a winmail.dat": _body_in_winmail,
    "in a winmail.dat in a mail": lambda a: mail_with(winmail_with([_ODT(a)])),
    "in a zip in a .msg": lambda a: msg(zipped(form=_WORD(a))),
}  # fmt: skip

SIBLINGS: Mapping[str, Callable[[Sequence[Answers]], bytes]] = {
    "in a zip": lambda both: zipped(a=_WORD(both[0]), b=_ODT(both[1]), copy=_WORD(both[0])),
    "in a mail": lambda both: mail_with(_ODT(both[0]), fillable(both[1])),
    "in a .msg": lambda both: msg(_WORD(both[0]), message(_WORD(both[1])), text="Both attached."),
    "in a winmail.dat": lambda both: winmail_with([_WORD(both[0]), _WORD(both[1])]),
}
