"""Every attack, judged by the program whole: nothing changes, nobody is answered, and what must pass passes."""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256

import pytest

from cspr_bot.bootstrap.making import make_home
from cspr_bot.bootstrap.office import confined_reader
from cspr_bot.confinement.limits import MEMORY_BYTES
from cspr_bot.demonstration.post import answer, new_mail
from cspr_bot.pipeline.judging import Judge
from cspr_bot.pipeline.kept import KeptMail, Registration
from tests.post.attack import LETTER, Attack, Dialect, Post
from tests.post.attacks import attacks
from tests.post.metering import Cost, Meter
from tests.scenarios.partnership import Partnership
from tests.scenarios.people import COMPLETE, MAILBOX, NURSE, SERVICE_LEADER, another_child, word_file

USUAL_SECONDS, WORST_SECONDS = 2.0, 20.0  # of processor


@dataclass
class Court:
    """A home with one open case, its judges (one for each dialect) and the attacks on it."""

    home: Partnership
    case: str
    judges: dict[Dialect, Judge]
    attacks: list[Attack]

    def judge(self, attack: Attack, number: int) -> Registration:
        """Say what would become of a mail."""
        kept = KeptMail(10_000 + number, sha256(attack.raw).hexdigest(), self.home.now, self.home.now, attack.raw, 1)
        judge = self.judges[attack.dialect]
        return judge.decide(judge.look_at(kept, self.home.office.reader.read(attack.raw)))


def unfolded(raw: bytes) -> bytes:
    """Give a mail with each header on one line, as a forger's hand needs it."""
    head, _, body = raw.partition(b"\r\n\r\n")
    return re.sub(rb"\r\n[ \t]+", b" ", head) + b"\r\n\r\n" + body


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Court]:
    folder = tmp_path_factory.mktemp("court")
    make_home(folder)
    reader = confined_reader(folder)
    home = Partnership(folder, reader)
    home.sleep_until("2026-12-15 10:12")
    case = home.refer(COMPLETE)
    home.wait_until("2026-12-16 14:30")
    question = home.sent(case=case, to=SERVICE_LEADER, notice="N4")[-1].raw
    code = re.search(rb"Answer code: ([A-Z2-7]{26})", question)
    assert code is not None
    word = word_file(another_child(COMPLETE))
    post = Post(
        form=new_mail(f"Verity Lockhart <{NURSE}>", MAILBOX, "Referral", LETTER, home.now, word),
        answer=lambda words: unfolded(answer(question, SERVICE_LEADER, words, home.now)),
        question=question,
        code=code[1].decode(),
        word=word,
        at=home.now,
    )
    rules = home.office.rules
    online = replace(rules, book=replace(rules.book, dialect="exchange-online", trusted_authserv_ids=()))
    judge = home.office.registry.judge
    yield Court(home, case, {"rfc8601": judge, "exchange-online": replace(judge, rules=online)}, list(attacks(post)))
    home.close()
    reader.close()


def wrong(attack: Attack, made: Registration, case: str) -> str:
    """Say what is wrong with what became of a mail; nothing, where it is right."""
    changes = [event.name for event in made.events if not event.case.startswith("held:")]
    addressed = [party.address for new in made.cases for party in new.parties if party.address]
    asks_form = any(event.fields.get("form") != "no" for event in made.events if event.name == "mail_held")
    fine = False
    told = f"{made.kind} {made.status} {made.reasons}"
    match attack.fate:
        case "opened":
            fine = (
                made.status == "filed"
                and changes == ["referral_received"]
                and addressed in ([NURSE], ["someone@council.example"])
            )
        case "counts":
            fine = made.status == "filed" and len(changes) == 1 and made.case == case
        case "asked":
            fine = made.status == "held" and not changes and addressed == [NURSE]
        case "bounce":
            fine = made.kind == "bounce" and made.status == "filed" and set(changes) <= {"contact_undeliverable"}
        case "form":
            fine = made.status == "held" and not changes and not addressed and asks_form
        case "held":
            fine = made.status == "held" and not changes and not addressed
        case "quiet":
            is_absence = made.kind == "auto_reply" and changes == ["contact_away"]
            fine = (made.status in {"held", "ignored"} and not changes and not addressed) or is_absence
    if made.status == "ignored" and not made.reasons:
        fine = False
    return "" if fine else f"{attack.line} / {attack.name}: wanted {attack.fate}, but {told} {changes} {addressed}"


def test_every_attack_fails_and_every_control_passes(court: Court) -> None:
    """Each within its processor time, and in a child that cannot have more than 512 MB and never had."""
    failures: list[str] = []
    costs: dict[str, Cost] = {}
    meter = Meter(court.home.office.reader)
    for number, attack in enumerate(court.attacks):
        with meter.cost() as cost:
            failures.append(wrong(attack, court.judge(attack, number), court.case))
        costs[f"{number} {attack.line} / {attack.name}"[:100]] = cost
    assert [failure for failure in failures if failure] == []
    slowest = sorted(costs, key=lambda name: -costs[name].seconds)
    peak = max(cost.peak_bytes for cost in costs.values())
    told = [f"\n{len(costs)} mails, at most {peak >> 20} MB; the slowest, in seconds of processor:"]
    told += [f"{costs[name].seconds:6.2f}  {name}" for name in slowest[:5]]
    sys.stdout.write("\n".join(told))  # shown by `pytest -s`
    assert [name for name in slowest if costs[name].seconds > USUAL_SECONDS and " structures" not in name] == []
    assert costs[slowest[0]].seconds < WORST_SECONDS
    assert 0 < peak <= MEMORY_BYTES == 512 * 1024 * 1024
    assert {cost.address_limit for cost in costs.values() if cost.peak_bytes} == {MEMORY_BYTES}


def test_there_are_enough_of_them_and_every_line_has_its_own(court: Court) -> None:
    by_line = Counter(attack.line for attack in court.attacks)
    controls = [attack for attack in court.attacks if attack.fate in {"opened", "counts", "asked", "bounce"}]
    assert len(court.attacks) - len(controls) >= 250
    assert len(controls) >= 50
    assert len(by_line) >= 15
    assert len({attack.raw for attack in court.attacks}) > len(court.attacks) * 0.97
