"""Who wrote a mail: only the receiving server's own verdict proves it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.correspondence.address import Mailbox, parse_address, parse_from
from cspr_bot.correspondence.contacts import ContactBook
from cspr_bot.correspondence.message import BROKEN_HEADERS, BROKEN_STRUCTURE
from cspr_bot.correspondence.origin import Sender, who_wrote
from cspr_bot.correspondence.verdicts import Result, Verdict, parse_verdict, server_of
from tests.correspondence.conftest import MakeMail

FROM = "From: Jane Doe <Jane.Doe@Police.example>"
PASS = "Authentication-Results: mx.council.example; dmarc=pass header.from=police.example"
BORDER = "Received: from mail.police.example (mail.police.example [192.0.2.7]) by mx.council.example with ESMTPS; now"
INSIDE = "Received: from mx.council.example (mx.council.example [10.0.0.1]) by store.council.example; now"


def ask(mail: MakeMail, book: ContactBook, *lines: str, by_hand: bool = False) -> Sender:
    return who_wrote(mail("\n".join(lines)), book, by_hand=by_hand)


def test_a_verdict_above_the_border_proves_the_sender(mail: MakeMail, book: ContactBook) -> None:
    sender = ask(mail, book, PASS, BORDER, FROM)
    assert sender == Sender("jane.doe@police.example", True, "DMARC passed for police.example", "Jane Doe")


def test_servers_of_the_house_may_pass_the_mail_on(mail: MakeMail, book: ContactBook) -> None:
    assert ask(mail, book, "Received: by archive.council.example; now", INSIDE, PASS, BORDER, FROM).is_authenticated


@pytest.mark.parametrize(
    "results",
    [
        "spf=pass smtp.mailfrom=police.example; dkim=pass header.d=x.example; dmarc=pass header.from=police.example",
        "dmarc=pass (p=reject; dis=none) header.from=police.example",
        "dmarc = PASS  header.from = Police.Example ;",
        'dmarc=pass reason="good; dmarc=fail" header.from="police.example"',
        "spf=pass smtp.mailfrom=bounces+a=b@police.example; dmarc/1=pass header.from=x@police.example",
        'spf=pass smtp.mailfrom="a b;dmarc=fail"@police.example; dmarc=pass header.from=police.example',
        "(a (nested \\) comment)) dmarc=pass header.from=police.example",
    ],
)
def test_a_verdict_is_read_as_the_standard_writes_it(mail: MakeMail, book: ContactBook, results: str) -> None:
    assert ask(mail, book, f"Authentication-Results: mx.council.example 1; {results}", BORDER, FROM).is_authenticated


@pytest.mark.parametrize(
    "verdict",
    [
        "mx.council.example; dmarc=fail header.from=police.example",
        "mx.council.example; dmarc=none header.from=police.example",
        "mx.council.example; dmarc=temperror header.from=police.example",
        "mx.council.example; dmarc=bestguesspass header.from=police.example",
        "mx.council.example; dmarc=whatever header.from=police.example",
        "mx.council.example; dmarc=pass header.from=evil.example",
        "mx.council.example; dmarc=pass header.from=police.example header.from=evil.example",
        "mx.council.example; dmarc=pass header.from=police.example.evil.example",
        "mx.council.example; dmarc=pass",
        "mx.council.example; dmarc=pass header.d=police.example",
        "mx.council.example; dmarc=pass header.from=police.example; dmarc=fail header.from=police.example",
        "mx.council.example; spf=pass smtp.mailfrom=police.example; dkim=pass header.d=police.example",
        "mx.council.example; compauth=pass reason=100",
        "mx.council.example; none",
        "mx.council.example; (dmarc=pass header.from=police.example)",
        'mx.council.example; spf=fail smtp.mailfrom="; dmarc=pass header.from=police.example"',
        'mx.council.example; spf=fail smtp.mailfrom="x" dmarc=pass; header.from=police.example',
        "mx.council.example; dmarc=pass header.from=police.example stray",
        "mx.council.example; dmarc=pass header.from=police.example; (unclosed",
        'mx.council.example; dmarc=pass header.from=police.example; "unclosed',
        "mx.council.example; dmarc=pass header.from=police.example) dmarc=fail",
        "mx.council.example; dmarc/2=pass header.from=police.example",
        "mx.council.example 2; dmarc=pass header.from=police.example",
        "mx.council.example.evil.example; dmarc=pass header.from=police.example",
        "evil-mx.council.example; dmarc=pass header.from=police.example",
        "council.example; dmarc=pass header.from=police.example",
        "dmarc=pass header.from=police.example",
        "; dmarc=pass header.from=police.example",
        "",
    ],
)
def test_anything_but_an_aligned_pass_of_a_trusted_server_proves_nothing(
    mail: MakeMail, book: ContactBook, verdict: str
) -> None:
    sender = ask(mail, book, f"Authentication-Results: {verdict}", BORDER, FROM)
    assert not sender.is_authenticated
    assert sender.address == "jane.doe@police.example"


@pytest.mark.parametrize(
    "above",
    [
        BORDER,
        "Received: from mx.council.example (evil.example [192.0.2.66]) by mx.council.example; now",
        "Received: from mx.council.example (unknown [192.0.2.66]) by mx.council.example; now",
        "Received: from mx.council.example ([192.0.2.66]) by mx.council.example; now",
        "Received: from mail.council.example ([192.0.2.66]) by mx.council.example; now",
        "Received: from mail.council.example (HELO mail.council.example [192.0.2.66]) by mx.council.example; now",
        "Received: from unknown (HELO mx.council.example) (192.0.2.66) by mx.council.example; now",
        "Received: from mx.council.example (x (by mx.council.example) by) by mx.evil.example; now",
        "Received: from mx.council.example by evil-council.example; now",
        "Received: from evil.example (mx.council.example) by mx.council.example; now",
        "Received: something else altogether",
        "Received: from mx.council.example (1.2.3.4.5 cafe [192.0.2.66]) by mx.council.example; now",
        f"Received: from evil.example {'(' * 20}x{')' * 20} by mx.council.example; now",
    ],
)
def test_a_verdict_below_the_point_where_the_mail_came_in_is_forged(
    mail: MakeMail, book: ContactBook, above: str
) -> None:
    assert not ask(mail, book, above, PASS, FROM).is_authenticated


def test_only_the_topmost_verdict_of_a_trusted_server_counts(mail: MakeMail, book: ContactBook) -> None:
    fail = "Authentication-Results: mx.council.example; dmarc=fail header.from=police.example"
    foreign = "Authentication-Results: mx.evil.example; dmarc=fail (unclosed"
    assert not ask(mail, book, fail, PASS, BORDER, FROM).is_authenticated
    assert ask(mail, book, foreign, PASS, BORDER, FROM).is_authenticated


@pytest.mark.parametrize(
    "other",
    ["ARC-Authentication-Results: i=1; mx.council.example;", "Authentication-Results-Original: mx.council.example;"],
)
def test_verdicts_under_other_names_are_hearsay(mail: MakeMail, book: ContactBook, other: str) -> None:
    assert not ask(mail, book, f"{other} dmarc=pass header.from=police.example", BORDER, FROM).is_authenticated


@pytest.mark.parametrize(
    "value",
    [
        "jane.doe@police.example",
        "<jane.doe@police.example>",
        "Jane Doe <jane.doe@police.example>",
        '"DOE, Jane (Police: Review)" <jane.doe@police.example>',
        "Jane Doe (Police) <JANE.DOE@police.example>",
        '"jane.doe@police.example" <jane.doe@police.example>',
        "\"'Jane.Doe@police.example'\" <jane.doe@police.example>",
        "Siân Doe <jane.doe@police.example>",
    ],
)
def test_one_plain_address_is_read(value: str) -> None:
    found = parse_from(value)
    assert isinstance(found, Mailbox)
    assert found.address == "jane.doe@police.example"
    assert found.domain == "police.example"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Jane Doe",
        "alice@police.example)@evil.example",
        "alice@police.example <m@evil.example>",
        '"alice@police.example" <m@evil.example>',
        "alice＠police.example <m@evil.example>",
        "Jane (alice@police.example) <m@evil.example>",
        "a@police.example, b@evil.example",
        "Group: a@police.example;",
        "Doe, Jane <a@police.example>",
        "Jane <a@police.example> <b@evil.example>",
        "Jane <a@police.example> trailing",
        "<a@police.example",
        "a@police.example>",
        "Jane ) ( <a@police.example>",
        "Jane ( <a@police.example>",
        '"Jane <a@police.example>',
        '"a b"@police.example',
        "a@[192.0.2.1]",
        "a@192.0.2.1",
        "a@police",
        "a@police.example.",
        "a@-police.example",
        "a..b@police.example",
        ".a@police.example",
        "a@pоlice.example",
        "ａ@police.example",
        "a(comment)@police.example",
        "<@relay.example:a@police.example>",
        "a@b@police.example",
        f"{'a' * 65}@police.example",
        f"a@{'b.' * 130}example",
        f"{'Jane ' * 500}<a@police.example>",
    ],
)
def test_what_may_be_read_in_two_ways_is_no_address(mail: MakeMail, book: ContactBook, value: str) -> None:
    assert isinstance(parse_from(value), str)
    assert not ask(mail, book, f"From: {value}", by_hand=True).is_authenticated


@given(st.text())
def test_no_from_whatever_raises(value: str) -> None:
    found = parse_from(value)
    assert isinstance(found, str) or parse_address(found.address) == found.address


@given(st.text(alphabet='"\\(); =amx.-/1\tdrcpsnoe@'))
def test_no_verdict_whatever_raises(value: str) -> None:
    parse_verdict(value)
    assert server_of(value) == server_of(value).lower()


def test_no_from_and_two_are_not_one(mail: MakeMail, book: ContactBook) -> None:
    assert ask(mail, book, PASS, BORDER) == Sender(None, False, "it has no From")
    assert ask(mail, book, PASS, BORDER, FROM, FROM).why == "it has more than one From"


@pytest.mark.parametrize(
    "domain",
    [
        "po1ice.example",
        "p0lice.example",
        "police.example.evil.example",
        "pol-ice.example",
        "constabu1ary.example",
        "nsscp-.example",
    ],
)
def test_a_domain_dressed_up_as_a_known_one_is_not_believed(mail: MakeMail, book: ContactBook, domain: str) -> None:
    verdict = f"Authentication-Results: mx.council.example; dmarc=pass header.from={domain}"
    assert not ask(mail, book, verdict, BORDER, f"From: jane@{domain}").is_authenticated


def test_a_domain_in_punycode_is_believed_only_where_it_is_known(mail: MakeMail, book: ContactBook) -> None:
    verdict = "Authentication-Results: mx.council.example; dmarc=pass header.from=xn--plice-9ta.example"
    lines = (verdict, BORDER, "From: jane@xn--plice-9ta.example")
    assert not ask(mail, book, *lines).is_authenticated
    assert ask(mail, replace(book, known_domains=("xn--plice-9ta.example",)), *lines).is_authenticated


def test_an_unknown_domain_may_be_proven_all_the_same(mail: MakeMail, book: ContactBook) -> None:
    verdict = "Authentication-Results: mx.council.example; dmarc=pass header.from=school.example"
    assert ask(mail, book, verdict, BORDER, "From: head@school.example").is_authenticated


def test_broken_headers_heal_by_no_verdict_but_a_broken_part_is_another_matter(
    mail: MakeMail, book: ContactBook
) -> None:
    lines = f"{PASS}\n{BORDER}\n{FROM}"
    assert not who_wrote(mail(lines, problems=(BROKEN_HEADERS,)), book, by_hand=False).is_authenticated
    assert not who_wrote(mail(lines, is_readable=False), book, by_hand=False).is_authenticated
    assert who_wrote(mail(lines, problems=(BROKEN_STRUCTURE,)), book, by_hand=False).is_authenticated


# ---------------------------------------------------------------------------------------------------------------------
# By hand


def test_in_a_folder_a_mail_that_no_server_received_was_put_there_by_a_person(
    mail: MakeMail, book: ContactBook
) -> None:
    assert ask(mail, book, FROM, by_hand=True).is_authenticated
    assert not ask(mail, book, FROM, by_hand=False).is_authenticated
    assert not ask(mail, book, BORDER, FROM, by_hand=True).is_authenticated


def test_by_hand_a_bad_verdict_still_counts(mail: MakeMail, book: ContactBook) -> None:
    fail = "Authentication-Results: mx.council.example; dmarc=fail header.from=police.example"
    assert not ask(mail, book, fail, FROM, by_hand=True).is_authenticated


# ---------------------------------------------------------------------------------------------------------------------
# Exchange Online

HOP = "Received: from A1.eurprd01.prod.outlook.com (2603:10a6::1) by B2.eurprd01.prod.outlook.com (2603:10a6::2); now"
EOP = "Received: from mail.police.example (192.0.2.7) by C3.mail.protection.outlook.com (10.0.0.1) with SMTP; now"
INTERNAL = "X-MS-Exchange-Organization-AuthAs: Internal"
COUNCIL = "From: Jane <jane@council.example>"


@pytest.fixture
def exchange(book: ContactBook) -> ContactBook:
    return replace(book, dialect="exchange-online", trusted_authserv_ids=())


def online(results: str) -> str:
    return f"Authentication-Results: spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=police.example; {results}"


def test_exchange_online_writes_its_verdict_without_a_name(mail: MakeMail, exchange: ContactBook) -> None:
    verdict = online(
        "dkim=pass (ok) header.d=x.example;dmarc=pass action=none header.from=police.example;compauth=pass reason=100"
    )
    assert ask(mail, exchange, HOP, verdict, EOP, FROM).is_authenticated
    assert not ask(mail, exchange, HOP, EOP, verdict, FROM).is_authenticated
    assert not ask(mail, replace(exchange, dialect="rfc8601"), HOP, verdict, EOP, FROM).is_authenticated


@pytest.mark.parametrize(
    "results",
    [
        "dmarc=fail action=oreject header.from=police.example;compauth=pass reason=130",
        "dmarc=bestguesspass action=none header.from=police.example;compauth=pass reason=109",
        "dmarc=none action=none header.from=police.example;compauth=pass reason=102",
        "dmarc=pass action=none header.from=evil.example;compauth=pass reason=100",
        "compauth=pass reason=100",
    ],
)
def test_composite_authentication_alone_proves_nothing(mail: MakeMail, exchange: ContactBook, results: str) -> None:
    assert not ask(mail, exchange, HOP, online(results), EOP, FROM).is_authenticated


def test_a_mail_that_never_left_the_house_needs_no_dmarc(mail: MakeMail, exchange: ContactBook) -> None:
    none = "Authentication-Results: dkim=none (not signed) header.d=none;dmarc=none header.from=council.example;"
    assert ask(mail, exchange, HOP, INTERNAL, COUNCIL).is_authenticated
    assert ask(mail, exchange, HOP, none, INTERNAL, COUNCIL).is_authenticated
    assert ask(mail, exchange, HOP, INTERNAL, "From: x@nsscp.example").is_authenticated


def test_what_exchange_online_found_good_besides_takes_nothing_from_a_mail_of_the_house(
    mail: MakeMail, exchange: ContactBook
) -> None:
    inside = "it was written inside the organisation, and no foreign server passed it on"
    for verdict in ("compauth=pass reason=100", "dmarc=pass header.from=council.example"):
        sender = ask(mail, exchange, HOP, online(verdict), INTERNAL, COUNCIL)
        assert (sender.is_authenticated, sender.why) == (True, inside)


@pytest.mark.parametrize(
    "lines",
    [
        (HOP, EOP, INTERNAL, COUNCIL),
        (INTERNAL, HOP, EOP, COUNCIL),
        (HOP, "Received: from evil.example by C3.outlook.com; now", INTERNAL, COUNCIL),
        (HOP, INTERNAL, INTERNAL, COUNCIL),
        (HOP, "X-MS-Exchange-Organization-AuthAs: Anonymous", COUNCIL),
        (HOP, INTERNAL, "From: jane@evil.example"),
        (HOP, online("dmarc=fail header.from=council.example"), INTERNAL, COUNCIL),
        (HOP, online("compauth=fail reason=001"), INTERNAL, COUNCIL),
    ],
)
def test_a_claim_to_come_from_inside_is_not_enough(
    mail: MakeMail, exchange: ContactBook, lines: tuple[str, ...]
) -> None:
    assert not ask(mail, exchange, *lines).is_authenticated


def test_a_claim_to_come_from_inside_counts_in_its_own_dialect_only(mail: MakeMail, book: ContactBook) -> None:
    assert not ask(mail, book, HOP, INTERNAL, COUNCIL).is_authenticated


def test_the_family_of_a_server_never_grows_to_a_registry(mail: MakeMail, book: ContactBook) -> None:
    wide = replace(book, trusted_authserv_ids=("mx.gov.uk",))
    verdict = "Authentication-Results: mx.gov.uk; dmarc=pass header.from=police.example"
    assert ask(mail, wide, verdict, FROM).is_authenticated
    assert not ask(mail, wide, "Received: from mx.gov.uk by other.gov.uk; now", verdict, FROM).is_authenticated


def test_an_escaped_sign_in_a_comment_and_capitals_outside_one_are_read_as_they_stand() -> None:
    verdict = parse_verdict(r"mx.council.example (a\b) (\(); dmarc=pass header.from=X.example")
    assert verdict == Verdict("mx.council.example", (Result("dmarc", "pass", (("header.from", "x.example"),)),))


def test_a_quoted_local_part_is_no_quoted_value() -> None:
    verdict = parse_verdict('mx; spf=pass smtp.mailfrom="a b"@police.example')
    assert verdict is not None
    assert verdict.of("spf")[0].values("smtp.mailfrom") == ('"a b"@police.example',)


def test_our_own_address_proves_nobody_whoever_may_send_as_it(mail: MakeMail, book: ContactBook) -> None:
    ours = book.partnership.mailbox
    passed = f"Authentication-Results: mx.council.example; dmarc=pass header.from={ours.rpartition('@')[2]}"
    for lines in ((passed, BORDER, f"From: The Partnership <{ours.upper()}>"), (f"From: {ours}",)):
        sender = ask(mail, book, *lines, by_hand=True)
        assert sender.is_authenticated is False
        assert sender.why == "it bears the partnership's own address, which is never answered"


# ---------------------------------------------------------------------------------------------------------------------
# What is said of it, word for word: people decide by it


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ((BORDER, FROM), "no verdict of a trusted server stands above the point where it came in"),
        (("Authentication-Results: mx.council.example; x", FROM), "the verdict of the receiving server cannot be read"),
        (("Authentication-Results: mx.council.example; spf=pass", FROM), "the receiving server says nothing of DMARC"),
        (
            ("Authentication-Results: mx.council.example; dmarc=pass", FROM),
            "DMARC passed for another domain than that of From",
        ),
        *(
            ((f"Authentication-Results: mx.council.example; dmarc={word}", FROM), f"DMARC: {word}")
            for word in ("fail", "none", "temperror", "permerror", "bestguesspass")
        ),
        (("Authentication-Results: mx.council.example; dmarc=jane", FROM), "DMARC: not passed"),
        (("Authentication-Results: mx.council.example; dmarc=pass; dmarc=fail", FROM), "DMARC: fail"),
    ],
)
def test_why_a_sender_is_not_believed_is_said_exactly(
    mail: MakeMail, book: ContactBook, lines: tuple[str, ...], why: str
) -> None:
    assert ask(mail, book, *lines) == Sender("jane.doe@police.example", False, why, "Jane Doe")


def test_what_no_verdict_heals_is_said_exactly(mail: MakeMail, book: ContactBook) -> None:
    damaged = who_wrote(mail(f"{PASS}\n{BORDER}\n{FROM}", problems=(BROKEN_HEADERS,)), book, by_hand=False)
    why = "the mail is damaged, and another program may read another sender in it"
    assert damaged == Sender("jane.doe@police.example", False, why, "Jane Doe")
    puny = ask(mail, book, "From: a@xn--ns-2lc.example", by_hand=True)
    assert puny == Sender("a@xn--ns-2lc.example", False, "the domain of the address is not plain ASCII")
    twin = ask(mail, book, "From: a@po1ice.example", by_hand=True)
    assert twin == Sender("a@po1ice.example", False, "the domain of the address looks like police.example and is not")
    contact = ask(mail, book, "From: a@constabu1ary.example", by_hand=True)
    assert contact.why == "the domain of the address looks like constabulary.example and is not"
    assert ask(mail, book, "From: a@b@c") == Sender(None, False, "From is not one plain address")


def test_why_a_sender_is_believed_is_said_exactly(mail: MakeMail, book: ContactBook, exchange: ContactBook) -> None:
    by_hand = ask(mail, book, FROM, by_hand=True)
    assert by_hand.why == "no server received it: a person put it into the folder"
    inside = ask(mail, exchange, HOP, INTERNAL, COUNCIL)
    assert inside.why == "it was written inside the organisation, and no foreign server passed it on"
    assert ask(mail, book, PASS, BORDER, FROM).why == "DMARC passed for police.example"


def test_a_verdict_is_read_whole_or_not_at_all() -> None:
    assert parse_verdict("mx.a.example; none") == Verdict("mx.a.example", ())
    assert parse_verdict("spf=pass; dmarc=pass header.from=A.example") == Verdict(
        "", (Result("spf", "pass", ()), Result("dmarc", "pass", (("header.from", "a.example"),)))
    )
    assert parse_verdict("mx.a.example; spf=pass; what") is None
    assert parse_verdict('"mx.a.example" 1; spf=pass reason="a \\"b\\""') == Verdict(
        "mx.a.example", (Result("spf", "pass", (("reason", 'a "b"'),)),)
    )
    assert (server_of("spf=pass"), server_of("")) == ("", "")
