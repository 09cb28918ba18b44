"""What stands on the pages: nothing of a text becomes a part of the page, and every part has its place and its name."""

from html.parser import HTMLParser

import pytest

from cspr_bot.board.application import VIEWS
from cspr_bot.pipeline.ports import PermanentFailure, TemporaryFailure
from tests.board.browser import Browser
from tests.board.conftest import World
from tests.fakes.desk import FIELDS, FakeDesk

HOSTILE = (
    '<script>alert(1)</script><img src=x onerror=alert(2)>"\' autofocus onfocus=alert(3) x="{{ 7*7 }}{% raw %}&lt;'
)
PAGES = [
    path.format(reference="NS-7F3K-2Q", mail="3", number="3")
    for path, method, _ in VIEWS
    if method == "GET" and ".svg" not in path
]
TURNED = "abc\u202edcba\u2066x\x00\x1b[31m\u200b\ufeff"


class Outline(HTMLParser):
    """The parts of a page that matter to a screen reader, and to whoever would put one in."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, *names: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def told_by(place: str) -> str:
    return f"{HOSTILE} {place} {HOSTILE}"


@pytest.mark.parametrize("path", PAGES)
def test_no_text_becomes_a_part_of_the_page(path: str) -> None:
    plain, hostile = World(), World(desk=FakeDesk(say=told_by))
    harmless, page = plain.signed_in().get(path), hostile.signed_in().get(path)
    assert page.status == 200
    outline, expected = Outline(page.text), Outline(harmless.text)
    assert [tag for tag, _ in outline.tags if tag != "wbr"] == [tag for tag, _ in expected.tags if tag != "wbr"]
    assert not outline.all("script", "iframe", "object", "embed", "base", "style", "link[onload]")
    assert not any(
        name.startswith("on") or name in {"style", "autofocus"} for _, found in outline.tags for name in found
    )
    assert "49" not in page.words.replace("{{ 7*7 }}", "")
    assert HOSTILE[:20] in page.text.replace("&lt;", "<").replace("&gt;", ">")


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/held/3/confirm", ("choice", "case", "reason")),
        ("/held/3/release", ("choice", "case")),
        ("/contacts/3/check", (*FIELDS, "stamp", "another")),
        ("/contacts/new/check", (*FIELDS, "stamp", "another")),
    ],
)
@pytest.mark.parametrize("good", [{}, {"choice": "reply", "email": "a@polce.example"}, {"choice": "ignore"}])
def test_nothing_that_was_typed_becomes_a_part_of_the_page(
    path: str, fields: tuple[str, ...], good: dict[str, str]
) -> None:
    plain, hostile = World(), World(desk=FakeDesk(say=told_by))
    pages = []
    for world, say in ((plain, str), (hostile, told_by)):
        browser = world.signed_in()
        browser.get("/")
        pages.append(Outline(browser.send(path, {**{name: say(name) for name in fields}, **good}).text))
    harmless, page = pages
    assert [tag for tag, _ in page.tags if tag != "wbr"] == [tag for tag, _ in harmless.tags if tag != "wbr"]
    assert not any(name.startswith("on") or name in {"style", "autofocus"} for _, found in page.tags for name in found)
    assert not page.all("script")


@pytest.mark.parametrize("path", PAGES)
def test_no_sign_disguises_another(path: str) -> None:
    page = World(desk=FakeDesk(say=lambda _: TURNED)).signed_in().get(path)
    assert not set(page.text) & set("\u202e\u2066\x00\x1b\u200b\ufeff")
    assert "abc\ufffddcba" in page.text


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_fetched_from_elsewhere_and_nothing_runs(alex: Browser, path: str) -> None:
    outline = Outline(alex.get(path).text)
    addresses = [
        found[name]
        for _, found in outline.tags
        for name in ("href", "src", "srcset", "action", "formaction")
        if name in found
    ]
    assert addresses
    assert all(address.startswith(("/", "#")) and not address.startswith("//") for address in addresses)
    assert not outline.all("script", "style")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_built_for_who_hears_it(alex: Browser, path: str) -> None:
    page = alex.get(path)
    outline = Outline(page.text)
    [language] = outline.all("html")
    assert language == {"lang": "en-GB"}
    assert outline.tags[[tag for tag, _ in outline.tags].index("body") + 1] == ("a", {"class": "skip", "href": "#main"})
    assert len(outline.all("h1")) == len(outline.all("main")) == len(outline.all("nav")) == 1
    assert len(outline.all("table")) == len(outline.all("caption"))
    assert all("scope" in cell for cell in outline.all("th"))
    assert all("alt" in picture for picture in outline.all("img"))
    labelled = {label["for"] for label in outline.all("label")}
    fields = [field for field in outline.all("input", "textarea", "select") if field.get("type") != "hidden"]
    assert all(field["id"] in labelled for field in fields)
    identities = [found["id"] for _, found in outline.tags if "id" in found]
    assert len(identities) == len(set(identities))


def test_how_a_case_stands_is_said_in_words_beside_its_colour(alex: Browser) -> None:
    words = alex.get("/").words
    assert "Late Standing.said" in words
    assert "1 late 0 due soon 0 in time" in words


def test_one_case_is_shown_whole(alex: Browser) -> None:
    words = alex.get("/cases/NS-7F3K-2Q").words
    for part in ("Deadlines", "The agencies", "Mails", "History", "EventRow.title", "SentRow.to", "ReceivedRow.sender"):
        assert part in words


def test_who_opens_a_page_with_personal_data_is_named_to_the_desk(world: World, alex: Browser) -> None:
    for path in ("/cases/NS-7F3K-2Q", "/cases/NS-7F3K-2Q/referral", "/held/3"):
        alex.get(path)
    mark = "92d09cc3c2"
    assert world.desk.seen == [("case", "NS-7F3K-2Q", mark), ("form", "NS-7F3K-2Q", mark), ("mail", "3", mark)]


@pytest.mark.parametrize("path", ["/cases/NS-0000-00", "/cases/NS-0000-00/referral", "/cases/NS-0000-00/timeline.svg"])
def test_a_case_that_is_not_there_is_not_found(alex: Browser, path: str) -> None:
    assert alex.get(path).status == 404


@pytest.mark.parametrize("mail", ["0", "99", "-3", "x", "9" * 30, "٣", "3.0", "%00", "1" * 5000])
def test_a_mail_that_is_not_held_is_not_found(alex: Browser, mail: str) -> None:
    assert alex.get(f"/held/{mail}").status == 404


def test_a_picture_is_drawn_for_a_desk_and_for_a_telephone(alex: Browser) -> None:
    wide, narrow = (alex.get(f"/cases/NS-7F3K-2Q/timeline{kind}.svg") for kind in ("", "-narrow"))
    assert wide.header("content-type") == "image/svg+xml"
    assert wide.content != narrow.content


@pytest.mark.parametrize(
    ("failure", "status", "told"),
    [
        (TemporaryFailure("the database is locked by another process"), 503, "Nothing was changed"),
        (PermanentFailure("case NS-7F3K-2Q was erased"), 409, "was erased"),
    ],
)
def test_where_the_world_fails_a_page_says_so(
    world: World, alex: Browser, failure: Exception, status: int, told: str
) -> None:
    world.desk.failing = failure
    reply = alex.get("/")
    assert reply.status == status
    assert told in reply.words


def test_what_fails_for_a_bug_shows_nothing_of_it(world: World, alex: Browser) -> None:
    world.desk.failing = RuntimeError("Robin Ashdown")
    reply = alex.get("/", expects_bug="yes")
    assert reply.status == 500
    assert "Something is wrong with the board" in reply.words
    assert "Robin" not in reply.text
    assert reply.header("Cache-Control") == "no-store"
