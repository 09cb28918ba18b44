"""Words in a form's free text that may mean what it does not ask: they are found whole, and a "not" changes nothing."""

from dataclasses import replace

import pytest

from cspr_bot.referral.form import Child, FamilyMember, OtherProcess, ReferralForm
from cspr_bot.referral.spoken import spoken_of
from tests.procedure.casework import shipped_procedure

WORDS = shipped_procedure().keywords


@pytest.mark.parametrize(
    ("summary", "found"),
    [
        ("The child was looked-after by another authority.", ("says_looked_after",)),
        ("Staying with FOSTER CARERS since May", ("says_looked_after",)),
        ("The child was not looked after", ("says_looked_after",)),
        ("found in a police\ncell", ("says_custody",)),
        ("detained under s136 of the Mental Health Act", ("says_detained",)),
        ("in a children\u2019s home", ("says_looked_after",)),
        ("looked\u2011after, looked\u2013after", ("says_looked_after",)),
        ("under s.20", ("says_looked_after",)),
        ("taken into care", ("says_looked_after",)),
        ("a secure unit", ("says_custody",)),
        ("held under s.136", ("says_detained",)),
        ("in detention", ("says_custody", "says_detained")),
        ("a placenta, a black cat, an announcement about vaccination", ()),
        ("", ()),
    ],
)
def test_a_word_of_the_list_raises_its_question(summary: str, found: tuple[str, ...]) -> None:
    assert spoken_of(ReferralForm(summary=summary), WORDS) == found


def test_every_place_with_words_of_ones_own_is_searched() -> None:
    blank = ReferralForm()
    forms = (
        replace(blank, child=Child(carer="a foster carer")),
        replace(blank, child=Child(home_address="HMYOI Somewhere, ZZ99 1AA")),
        replace(blank, family=(FamilyMember(relationship="foster brother"),)),
        replace(blank, other_processes=(OtherProcess("Court of Protection", "pending"),)),
    )
    assert [spoken_of(form, WORDS) for form in forms] == [
        ("says_looked_after",),
        ("says_custody",),
        ("says_looked_after",),
        ("says_detained",),
    ]


def test_a_procedure_without_words_finds_none() -> None:
    assert spoken_of(ReferralForm(summary="looked after in custody"), {"says_custody": ()}) == ()
