"""Floods and loops: robots that answer robots, and more mail than anybody wrote by hand."""

from dataclasses import replace
from email import message_from_bytes, policy

from cspr_bot.demonstration.post import SERVER, new_mail
from cspr_bot.referral.form import ReferralForm
from tests.scenarios.conftest import NewHome
from tests.scenarios.partnership import LETTER, Partnership
from tests.scenarios.people import COMPLETE, COORDINATOR, DEPUTY_COORDINATOR, MAILBOX, NURSE, TEACHER, word_file

NEIGHBOUR = "partnership@neighbours.example"
OTHER_HOME = (
    ("config/contacts.toml", f'mailbox = "{MAILBOX}"', f'mailbox = "{NEIGHBOUR}"'),
    ("config/contacts.toml", '"nsscp.example",', '"nsscp.example", "neighbours.example",'),
)


def carry(sender: Partnership, receiver: Partnership, address: str, seen: set[int]) -> int:
    """Carry what one program has sent to the other's mailbox, as the post would; give how many mails that were."""
    new = [mail for mail in sender.sent(to=address) if mail.id not in seen]
    for mail in new:
        seen.add(mail.id)
        domain = str(message_from_bytes(mail.raw, policy=policy.default)["From"]).rpartition("@")[2].strip(">")
        head = f"Authentication-Results: {SERVER}; dmarc=pass header.from={domain}\r\n".encode()
        stamp = b"Received: from mail.example ([192.0.2.9]) by mx.council.example; Tue, 15 Dec 2026 10:12:00 +0000\r\n"
        receiver.receive(head + stamp + mail.raw)
    return len(new)


def talk(ours: Partnership, theirs: Partnership) -> int:
    """Let two programs talk until neither has anything to say; give how many mails went between them."""
    seen: tuple[set[int], set[int]] = (set(), set())
    total = 0
    for _ in range(10):
        went = carry(ours, theirs, NEIGHBOUR, seen[0]) + carry(theirs, ours, MAILBOX, seen[1])
        if not went:
            break
        total += went
    return total


def both(new_home: NewHome) -> tuple[Partnership, Partnership]:
    ours = new_home(("config/contacts.toml", '"nsscp.example",', '"nsscp.example", "neighbours.example",'))
    theirs = new_home(*OTHER_HOME)
    for home in (ours, theirs):
        home.wait_until("2026-12-15 10:12")
    return ours, theirs


def test_two_programs_that_answer_each_other_stop_after_one_question(new_home: NewHome) -> None:
    ours, theirs = both(new_home)
    ours.receive(new_mail(NEIGHBOUR, MAILBOX, "How?", "How do we refer?\n", ours.now))
    theirs.receive(new_mail(MAILBOX, NEIGHBOUR, "How?", "How do we refer?\n", theirs.now))
    assert 0 < talk(ours, theirs) <= 2


def test_two_programs_that_answer_each_other_stop_after_one_referral(new_home: NewHome) -> None:
    ours, theirs = both(new_home)
    ours.receive(new_mail(NEIGHBOUR, MAILBOX, "Referral", LETTER, ours.now, word_file(COMPLETE)))
    assert 0 < talk(ours, theirs) <= 2
    assert theirs.references() == []


def test_a_robot_that_answers_everything_and_says_nothing_of_it_is_answered_once(home: Partnership) -> None:
    home.wait_until("2026-12-16 11:00")
    for number in range(8):
        home.wait_until(f"2026-12-16 11:{number:02}")
        home.mail_from(TEACHER, "Thank you for your mail", "We have received your mail and will read it.\n")
    assert len(home.sent(to=TEACHER)) == 1


def form_of(number: int) -> ReferralForm:
    """Give the form of one of several children."""
    return replace(COMPLETE, child=replace(COMPLETE.child, name=f"{'ABCD'[number]}bel Thistlewood"))


def test_a_limit_that_is_reached_is_told_of_and_keeps_no_deadline_mail_back(new_home: NewHome) -> None:
    home = new_home(
        ("config/bot.toml", "acknowledgements_per_sender_per_hour = 10", "acknowledgements_per_sender_per_hour = 2")
    )
    home.wait_until("2026-12-15 10:12")
    cases = [home.refer(form_of(number)) for number in range(4)]
    assert len(home.sent(to=NURSE)) == 2
    assert {mail.to for mail in home.sent(notice="N28-slowed")} == {COORDINATOR, DEPUTY_COORDINATOR}
    assert all(home.sent(case=case, notice="N4") for case in cases)
    home.wait_until("2026-12-15 12:30")
    assert len(home.sent(to=NURSE)) == 4
