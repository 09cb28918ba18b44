"""Which Received lines our own servers wrote: each way in which a stranger's may look like one."""

import pytest

from cspr_bot.correspondence.route import House, house_of, is_foreign


def ours() -> House:
    return house_of(["mx.council.example"], "rfc8601")


def exchange() -> House:
    return house_of(["mx.council.example"], "exchange-online")


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        ("from mx2.council.example by mx.council.example", False),
        ("from [mx2.council.example] by mx.council.example,", False),
        ("from mx2.council.example by MX.Council.example", False),
        ("from mx2.council.example by mx.council.exampleX", True),
        ("from mx2.council.example by (us) mx.council.example", False),
        ("from(a)mx2.council.example(b)by(c)mx.council.example", False),
        ("from mx2.council.example ( (by) by mx.council.example ) by mail.evil.example", True),
        ("from mx2.council.example (unknown [10.0.0.1]) by mx.council.example", True),
        ("from mx2.council.example (UNKNOWN) by mx.council.example", True),
        ("from mx2.council.example (mail.evil.example [10.0.0.1]) by mx.council.example", True),
        ("from mx2.council.example (helo=mail.evil.example) by mx.council.example", False),  # what the other side says
        ("from mx2.council.example (192.0.2.9.) by mx.council.example", True),
        ("from mx2.council.example (10.0.0.9.) by mx.council.example", False),
        ("from mx2.council.example (added at face) by mx.council.example", False),  # letters that might be a number
        ("by mx.council.example with local id 7", False),
        ("from mx2.council.example", True),
    ],
)
def test_a_line_of_ours_is_known(received: str, expected: bool) -> None:  # noqa: FBT001
    assert is_foreign(received, ours()) is expected


def test_the_servers_of_microsoft_are_ours_in_its_dialect_only() -> None:
    line = "from a.prod.outlook.com by b.prod.outlook.com with HTTPS"
    assert is_foreign(line, ours())
    assert not is_foreign(line, exchange())
    assert house_of(["mx.council.example"], "rfc8601") == House(("council.example",))


def test_what_the_border_of_microsoft_took_in_came_from_outside() -> None:
    line = "from mail.tenant.outlook.com (2603:10a6::1) by LO1.mail.protection.outlook.com with SMTP"
    assert is_foreign(line, exchange())
