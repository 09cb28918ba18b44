"""Our reading of `Authentication-Results` beside a library's: what ours believes, the library reads to the same effect.

`authres` is the judge here and no part of the program: why not is told in `docs/decisions/0018`.
"""

import re
from collections.abc import Sequence

import authres
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cspr_bot.correspondence.verdicts import Verdict, parse_verdict
from cspr_bot.mail.message import parse
from tests.post.labelled import CORPUS

Said = tuple[str, tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]]

SERVERS = st.sampled_from(["mx.council.example", "MX", "mx-1.council.example 1", "mx_a 1"])
METHODS = st.sampled_from(["dmarc", "DMARC", "dmarc/1", "spf", "dkim", "x-own", "arc"])
RESULTS = st.sampled_from(["pass", "PASS", "fail", "none", "temperror", "bestguesspass"])
NAMES = st.sampled_from(["header.from", "header.from", "header.d", "smtp.mailfrom", "policy.p", "header.i", "header.b"])
VALUES = st.sampled_from(
    ["police.example", "Jane@police.example", "@police.example", "a-b.c_d", "Ab+/c=", "12", "none"]
)
PROPERTIES = st.lists(st.tuples(NAMES, VALUES).map("=".join), max_size=3).map(" ".join)
RESINFOS = st.tuples(METHODS, RESULTS, PROPERTIES).map(lambda parts: f"{parts[0]}={parts[1]} {parts[2]}".strip())
HEADERS = st.tuples(SERVERS, st.lists(RESINFOS, min_size=1, max_size=4)).map(
    lambda parts: "; ".join((parts[0], *parts[1]))
)
SIGNS = st.text(alphabet='();="\\ ,<>@:[]é\t', min_size=1, max_size=3)
COMMENTS = ("(c)", "(a (b; dmarc=pass) c)", r"(\) header.from=evil.example)", "\r\n\t", "  ")

# What ours reads and the library does not: numeric addresses without quotes, as servers write them, an end without a
# result behind it, a server's name in quotes (RFC 8601 allows that), and a server that found out nothing.
MORE_THAN_THE_LIBRARY = re.compile(r'[:\[\]]|<>|;\s*(?:;|$)|^\s*"|^[^;]*$')


def ours(value: str) -> Said | None:
    """Give what we read in a header."""
    return None if (verdict := parse_verdict(value)) is None else said(verdict)


def said(verdict: Verdict) -> Said:
    results = ((item.method.partition("/")[0], item.result, item.properties) for item in verdict.results)
    return verdict.server, tuple(results)


def theirs(value: str) -> Said | None:
    """Give what the library reads in it."""
    try:
        header = authres.AuthenticationResultsHeader.parse_value(value)
    except (authres.core.SyntaxError, ValueError, IndexError):
        return None
    found = [item for item in header.results or () if hasattr(item, "method")]
    return header.authserv_id.lower(), tuple(
        (item.method.lower(), item.result.lower(), properties(item)) for item in found
    )


def properties(result: authres.core.AuthenticationResult) -> tuple[tuple[str, str], ...]:
    named = (f"{item.type}.{item.name}".lower() for item in result.properties)
    return tuple(zip(named, (str(item.value).lower() for item in result.properties), strict=True))


def proof(read: Said | None) -> object:
    """Give what trust is made of: the server, and what it says of DMARC for which domains."""
    if read is None:
        return None
    return read[0], [
        (result, [value for name, value in named if name == "header.from"])
        for method, result, named in read[1]
        if method == "dmarc"
    ]


def put(into: str, places: Sequence[int], what: Sequence[str]) -> str:
    """Put signs into a text."""
    for place, signs in zip(places, what, strict=False):
        at = place % (len(into) + 1)
        into = into[:at] + signs + into[at:]
    return into


@given(HEADERS)
def test_a_header_by_the_standard_is_read_as_the_library_reads_it(header: str) -> None:
    assert ours(header) is not None
    assert ours(header) == theirs(header)


@given(HEADERS, st.lists(st.integers(0, 300), max_size=3), st.lists(SIGNS, min_size=3, max_size=3))
def test_a_header_with_signs_where_none_belong_says_to_us_nothing_that_it_does_not_say_to_the_library(
    header: str, places: list[int], signs: list[str]
) -> None:
    spoilt = put(header, places, signs)
    mine = ours(spoilt)
    if mine is None or '"' in spoilt or "(" in spoilt or MORE_THAN_THE_LIBRARY.search(spoilt):
        return
    assert proof(mine) == proof(theirs(spoilt))


@given(HEADERS, st.lists(st.integers(0, 20), max_size=4), st.lists(st.sampled_from(COMMENTS), min_size=4, max_size=4))
def test_comments_and_folds_between_the_words_change_nothing(
    header: str, places: list[int], comments: list[str]
) -> None:
    pieces = re.split(r"( |;)", header)
    for place, comment in zip(places, comments, strict=False):
        at = place % len(pieces)
        pieces[at] = f" {comment} {pieces[at]}"
    assert ours("".join(pieces)) == ours(header)


@pytest.mark.parametrize(
    "header",
    [
        "mx; dmarc=pass header.from=police,example",
        "mx; dmarc=pass header.from=<police.example>",
        "mx; dmarc=pass header.from=pölice.example",
        r"mx; dmarc=pass header.from=police\.example",
        "mx; dmarc=pass,fail header.from=police.example",
        "mx; dmarc=pa:ss header.from=police.example",
        "m,x; dmarc=pass header.from=police.example",
        "mx@evil; dmarc=pass header.from=police.example",
        "mx; dmarc=pass header.from=police.example (c",
        "mx; dmarc/2=pass header.from=police.example",
        "mx; dmarc=pass header.from=",
        'mx; dmarc=pass header.from="police.example',
    ],
)
def test_what_the_standard_does_not_allow_is_no_verdict(header: str) -> None:
    assert parse_verdict(header) is None


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared/corpora/mail is not here")
def test_of_real_headers_none_is_read_otherwise_than_by_the_library() -> None:
    """What ours refuses and the library reads has a property with nothing behind it: bounces have no return address."""
    raws = (file.read_bytes() for file in sorted(CORPUS.rglob("*")) if file.is_file())
    headers = {value for raw in raws if b"uthentication-R" in raw for value in parse(raw).all("Authentication-Results")}
    assert len(headers) >= 50
    both = 0
    for header in sorted(headers):
        mine, library = ours(header), theirs(header)
        if mine is None and library is not None:
            assert re.search(r"=\s*(?:;|$)", header), header
        elif mine is not None and mine[0]:
            assert mine == library
            both += 1
    assert both >= 15
