"""Manners of answering that meet in one form do not get into each other's way."""

from random import Random

from cspr_bot.documents.reading import read_document
from cspr_bot.referral.form_json import as_json
from cspr_bot.referral.rules import FormRules
from tests.forms.answers import Answers, expected
from tests.forms.blank import TITLE, Choice, Manner, Place, paper
from tests.forms.children import CHILDREN
from tests.forms.kinds import EDITED, HEADINGS, NUMBERED, POLICY
from tests.forms.measure import Miss, Tally, add
from tests.forms.other_files import Html, OdtBox, html, odt
from tests.forms.paper import Wrap
from tests.forms.word_file import BoxKind, Saved, docx

FORMS = 300
CHOICES: tuple[Choice, ...] = ("box", "x", "brackets", "over", "beside", "only", "struck", "marked", "typed")
WRAPS: tuple[Wrap, ...] = ("", "control", "inserted", "link", "form_field", "smart")
PLACES: tuple[Place, ...] = ("beside", "beside", "behind", "under", "below")
BOXES: tuple[BoxKind, ...] = ("w14", "legacy", "legacy_bare", "sym", "wingdings", "glyph", "glyph_tick")
ODT_BOXES: tuple[OdtBox, ...] = ("control", "field", "glyph")
MAILS: tuple[Html, ...] = ("outlook", "gmail", "webmail", "inputs")


def manner(chance: Random) -> Manner:
    frame = chance.choice(("", "", "", "outer", "nested"))
    return Manner(
        choice=chance.choice(CHOICES),
        wrap=chance.choice(WRAPS),
        around=chance.choice(("", "cell", "row", "block")),
        place=chance.choice(PLACES),
        labels=chance.choice(({}, {}, EDITED, NUMBERED)),
        headings=chance.choice(({}, HEADINGS)),
        title=chance.choice((TITLE, "")),
        front=chance.choice(((), POLICY)),
        has_hint=chance.random() < 0.5,
        blank_rows=chance.choice((0, 2)),
        is_one_table=frame == "outer",
        is_nested=frame == "nested",
        is_framed=chance.random() < 0.3,
        is_split=chance.random() < 0.5,
        is_revised=chance.random() < 0.3,
        placeholders=chance.random() < 0.5,
    )


def saved(chance: Random, answers: Answers, how: Manner) -> bytes:
    blocks = paper(answers, how)
    match chance.choice(("word", "word", "odt", "html")):
        case "word":
            return docx(blocks, Saved(chance.choice(BOXES), is_strict=chance.random() < 0.5))
        case "odt":
            return odt(blocks, chance.choice(ODT_BOXES))
        case _:
            return html(blocks, chance.choice(MAILS)).encode()


def misses(count: int, seed: int, rules: FormRules) -> list[Miss]:
    chance, tally = Random(seed), Tally()  # noqa: S311 - chance that can be had again
    for number in range(count):
        answers = chance.choice(CHILDREN)
        reading = read_document(saved(chance, answers, manner(chance)), rules)
        assert reading.verdict == "ok", number
        add(tally, str(number), (expected(answers),), tuple(dict(as_json(form)) for form in reading.forms))
    assert tally.verdicts == []
    return tally.misses


def test_any_mixture_of_manners_is_read_as_it_was_written(rules: FormRules) -> None:
    assert misses(FORMS, 11, rules) == []
