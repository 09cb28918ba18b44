"""Forged verdicts, false names and look-alikes, and the genuine mails that they imitate."""

import base64
import re
from collections.abc import Iterator

from tests.post.attack import PASS, Attack, Post, with_from, with_headers, with_verdict
from tests.scenarios.people import SERVICE_LEADER


def unproven(post: Post) -> Iterator[Attack]:
    for name, raw, fate in post.mails:
        for result in ("fail", "none", "temperror", "permerror", "bestguesspass", "neutral", "policy", "PASSED", "pas"):
            yield Attack(
                "spoofed From",
                f"{name}, dmarc={result}",
                raw.replace(b"dmarc=pass", f"dmarc={result}".encode(), 1),
                fate,
            )
        yield Attack("spoofed From", f"{name}, no verdict", with_verdict(raw, b""), fate)
        yield Attack(
            "spoofed From",
            f"{name}, spf and dkim only",
            raw.replace(b"dmarc=pass", b"spf=pass smtp.mailfrom=nhs.example; dkim=pass", 1),
            fate,
        )
        yield Attack("spoofed From", f"{name}, only arc", raw.replace(b"dmarc=pass", b"arc=pass", 1), fate)


def forged_verdicts(post: Post) -> Iterator[Attack]:
    line = "forged Authentication-Results"
    for name, raw, fate in post.mails:
        domain = b"nhs.example" if name == "form" else b"council.example"
        good = PASS + domain
        first, _, rest = raw.partition(b"\r\n")
        received, _, below = rest.partition(b"\r\n")
        fail = first.replace(b"dmarc=pass", b"dmarc=fail")
        yield Attack(line, f"{name}: below our Received", received + b"\r\n" + good + b"\r\n" + below, fate)
        yield Attack(
            line,
            f"{name}: below, and ours fails above",
            fail + b"\r\n" + received + b"\r\n" + good + b"\r\n" + below,
            fate,
        )
        yield Attack(line, f"{name}: ours fails first", fail + b"\r\n" + good + b"\r\n" + rest, fate)
        for server in (
            "mx.evil.example",
            "mx.council.example.evil.example",
            "evil-mx.council.example",
            "mx-council.example",
            "council.example",
            "mx.counci1.example",
            "mx.cоuncil.example",
            "mx.council.example/evil",
            '"mx.council.example" evil',
            "(mx.council.example) mx.evil.example",
            "mx.evil.example (mx.council.example)",
            "mx.council.example 2",
            "mx .council.example",
        ):
            forged = first.replace(b"mx.council.example", server.encode(), 1)
            yield Attack(line, f"{name}: by {server}", forged + b"\r\n" + rest, fate)
        for results in (
            b"dmarc=fail (dmarc=pass header.from=%b)",
            b"none (; dmarc=pass header.from=%b)",
            b'spf=pass smtp.mailfrom="; dmarc=pass header.from=%b"',
            b'spf=fail smtp.mailfrom="x\\"; dmarc=pass header.from=%b; y"@evil.example',
            b"spf=pass smtp.mailfrom=x; dmarc=pass header.from=%b header.from=evil.example",
            b"dmarc=pass header.from=evil.example (header.from=%b)",
            b"dmarc=pass header.d=%b",
            b"dmarc=pass smtp.from=%b",
            b"dmarc=pass header.from=evil.%b",
            b"dmarc=pass header.from=%b.evil.example",
            b"dmarc=pass",
            b"xdmarc=pass header.from=%b",
            b"dmarc/2=pass header.from=%b",
            b"dmarc=pass header.from=%b; dmarc=fail header.from=%b",
            b"dmarc=pass header.from=%b (unclosed",
            b'dmarc=pass header.from="%b',
            b"dmarc = = pass header.from=%b",
            b"=?utf-8?q?dmarc=3Dpass?= header.from=%b",
        ):
            forged = b"Authentication-Results: mx.council.example; " + results.replace(b"%b", domain)
            yield Attack(line, f"{name}: {results.decode()}", with_verdict(raw, forged), fate)
        for header in (
            "X-Authentication-Results",
            "Authentication-Results-Original",
            "X-Original-Authentication-Results",
            "ARC-Authentication-Results",
            "X-MS-Exchange-Authentication-Results",
        ):
            forged = first.replace(b"Authentication-Results", header.encode(), 1)
            yield Attack(line, f"{name}: as {header}", forged + b"\r\n" + rest, fate)
        inside = with_headers(with_verdict(raw, b""), "X-MS-Exchange-Organization-AuthAs: Internal")
        yield Attack(line, f"{name}: AuthAs: Internal", inside, fate)
        yield Attack(
            line,
            f"{name}: AuthAs at the top",
            b"X-MS-Exchange-Organization-AuthAs: Internal\r\n" + with_verdict(raw, b""),
            fate,
        )
        yield Attack(
            line, f"{name}: a stray line above", b"no header at all\r\n" + raw, "form" if name == "form" else "held"
        )
        yield Attack(line, f"{name}: a bare CR in it", raw.replace(b"; dmarc=pass", b"; x\rdmarc=pass", 1), fate)
        yield Attack(line, f"{name}: a NUL in it", raw.replace(b"dmarc=pass", b"dmarc=\0pass", 1), fate)


HOP = (
    b"Received: from A1.eurprd01.prod.outlook.com (2603:10a6::1) by B2.eurprd01.prod.outlook.com (2603:10a6::2); %b\r\n"
)
EOP = b"Received: from mail.nhs.example (192.0.2.7) by C3.mail.protection.outlook.com (10.0.0.1) with SMTP; %b\r\n"
STAMP = b"Tue, 15 Dec 2026 10:12:00 +0000"


def inside_the_tenant(post: Post) -> Iterator[Attack]:
    line = "genuine mail inside the tenant"
    bare = with_verdict(with_verdict(post.form, b""), b"")
    council = with_from(bare, "Sam <someone@council.example>")
    hop, eop = HOP.replace(b"%b", STAMP), EOP.replace(b"%b", STAMP)
    inside = b"X-MS-Exchange-Organization-AuthAs: Internal\r\n"

    def online(results: str) -> bytes:
        spf = "spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=nhs.example"
        return f"Authentication-Results: {spf}; {results}\r\n".encode()

    good = "dkim=pass header.d=nhs.example;dmarc=pass action=none header.from=nhs.example;compauth=pass reason=100"
    yield Attack(line, "written inside", hop + inside + council, "opened", "exchange-online")
    yield Attack(line, "Exchange Online's own verdict", hop + online(good) + eop + bare, "opened", "exchange-online")
    for name, raw in (
        ("below the border", hop + eop + online(good) + bare),
        (
            "compauth alone",
            hop + online("dmarc=none action=none header.from=nhs.example;compauth=pass reason=102") + eop + bare,
        ),
        (
            "dmarc fails, compauth passes",
            hop + online("dmarc=fail action=oreject header.from=nhs.example;compauth=pass reason=130") + eop + bare,
        ),
        ("another domain", hop + online("dmarc=pass action=none header.from=evil.example;compauth=pass") + eop + bare),
        ("AuthAs under a foreign server", hop + inside + eop + council),
        ("AuthAs above a foreign server", inside + hop + eop + council),
        ("AuthAs twice", hop + inside + inside + council),
        ("AuthAs: Anonymous", hop + inside.replace(b"Internal", b"Anonymous") + council),
        ("AuthAs from a foreign domain", hop + inside + with_from(bare, "x@evil.example")),
        ("AuthAs and dmarc=fail", hop + online("dmarc=fail header.from=council.example") + inside + council),
    ):
        yield Attack(line, name, raw, "form", "exchange-online")
    yield Attack(line, "AuthAs where the dialect is another", hop + inside + council, "form")


def lookalikes(post: Post) -> Iterator[Attack]:
    for value in (
        "nurse@nhs.example.evil.example",
        "nurse@evil-nhs.example",
        "nurse@nhsexample",
        "nurse@nhs.exarnple",
        "nurse@nhs.examp1e",
        "nurse@n-hs.example",
        "nurse@nhs-example",
        "nurse@nhs.example.",
        "nurse@nhｓ.example",
        "nurse@nһs.example",
        "nurse@xn--ns-2lc.example",
        "nurse@NHS.EXAMPLE.evil.example",
        "ｎurse@nhs.example",
        '"verity.lockhart@nhs.example" <x@evil.example>',
        "verity.lockhart@nhs.example <x@evil.example>",
        "verity.lockhart＠nhs.example <x@evil.example>",
        "verity.lockhart@nhs.example)@evil.example",
        "x@evil.example (verity.lockhart@nhs.example)",
        "(verity.lockhart@nhs.example) x@evil.example",
        '"verity.lockhart@nhs.example>" <x@evil.example>',
        "=?utf-8?q?verity=2Elockhart=40nhs=2Eexample?= <x@evil.example>",
        "=?utf-8?q?=3Cverity=2Elockhart=40nhs=2Eexample=3E?= <x@evil.example>",
        "=?utf-8?b?" + base64.b64encode(b"a@nhs.example, ").decode() + "?= <x@evil.example>",
        "a@nhs.example, x@evil.example",
        "x@evil.example, a@nhs.example",
        "Team: a@nhs.example;",
        "Team: a@nhs.example, x@evil.example;",
        "<a@nhs.example> <x@evil.example>",
        "a@nhs.example> <x@evil.example",
        "<@evil.example:a@nhs.example>",
        '"a b"@nhs.example',
        "a@[192.0.2.1]",
        "a@nhs.example\tx@evil.example",
        "Lockhart, Verity <a@nhs.example>",
        "",
        "<>",
        "undisclosed",
    ):
        yield Attack("look-alike", f"From {value!r}", with_from(post.form, value), "form")
    yield Attack("look-alike", "two From", with_headers(post.form, "From: a@police.example"), "form")
    yield Attack(
        "look-alike", "no From", re.sub(rb"^From: .*\r\n", b"", post.form, count=1, flags=re.MULTILINE), "form"
    )
    yield Attack(
        "look-alike",
        "the contact in Sender only",
        with_headers(with_from(post.answer("DONE"), "x@evil.example"), f"Sender: {SERVICE_LEADER}"),
        "held",
    )
    yield Attack(
        "look-alike",
        "the contact in Resent-From",
        with_headers(with_from(post.answer("DONE"), "x@evil.example"), f"Resent-From: {SERVICE_LEADER}"),
        "held",
    )
    yield Attack(
        "look-alike",
        "the contact in the name",
        with_from(post.answer("DONE"), f'"{SERVICE_LEADER}" <x@evil.example>'),
        "held",
    )
    yield Attack(
        "look-alike",
        "control: a name with a comma",
        with_from(post.form, '"LOCKHART, Verity (Health)" <verity.lockhart@nhs.example>'),
        "opened",
    )
    yield Attack(
        "look-alike",
        "control: capitals",
        with_from(post.form, "Verity <Verity.Lockhart@NHS.example>", "nhs.example"),
        "opened",
    )
