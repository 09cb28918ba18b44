from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cspr_bot.correspondence.message import ParsedMail
from cspr_bot.pipeline.judging import Judge
from cspr_bot.pipeline.ports import ReadFile, ReadMail
from cspr_bot.pipeline.registration import ATTEMPTS, Registry
from cspr_bot.referral.form import Reading
from cspr_bot.store import Store
from tests.fakes.store import FORM, keep, new_store
from tests.pipeline.world import CountingChance, TurnedClock, shipped_rules

REFERRAL = ReadMail(
    ParsedMail((("From", "practitioner@nhs.example"), ("Received", "from x by y; z"))),
    (ReadFile("form.docx", "digest", Reading("ok", "", (FORM,))),),
)


@dataclass
class Reader:
    """Gives what a test has laid ready; kills the process where it is told to."""

    answer: ReadMail = REFERRAL
    kills: int = 0
    reads: list[bytes] = field(default_factory=list)

    def read(self, raw: bytes) -> ReadMail:
        self.reads.append(raw)
        if self.kills:
            self.kills -= 1
            raise KeyboardInterrupt
        return self.answer


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path)
    yield opened
    opened.close()


def registry(store: Store, reader: Reader) -> Registry:
    judge = Judge(store.registration, CountingChance(), shipped_rules())
    return Registry(store.registration, reader, judge, TurnedClock())


def test_a_mail_is_registered_once(store: Store) -> None:
    keep(store)
    station = registry(store, Reader())
    assert station.step()
    assert not station.step()
    assert store.reports.inbox_rows()[0].status == "held"


def test_a_mail_that_kills_its_reader_is_held_the_fourth_time_and_not_opened_again(store: Store) -> None:
    keep(store)
    reader = Reader(kills=9)
    station = registry(store, reader)
    for _ in range(ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            station.step()
    assert station.step()
    assert len(reader.reads) == ATTEMPTS
    row = store.reports.inbox_rows()[0]
    assert (row.kind, row.status, row.reasons) == ("unreadable", "held", ("reading it failed 3 times",))
    assert store.registration.has_case(f"held:{row.id}")


def test_a_held_mail_is_released_once_whatever_two_people_decide(store: Store) -> None:
    inbox_id = keep(store)
    station = registry(store, Reader())
    station.step()
    (reference,) = station.release(inbox_id, "referral", "Alex") or ()
    assert store.registration.has_case(reference)
    assert station.release(inbox_id, "ignore", "Robin") is None
    assert store.reports.inbox_rows()[0].status == "filed"


def test_a_mail_that_does_not_exist_cannot_be_released(store: Store) -> None:
    assert registry(store, Reader()).release(99, "ignore", "Alex") is None


def test_a_held_mail_can_be_released_onto_a_case_or_passed_over(store: Store) -> None:
    first, second = keep(store, "one"), keep(store, "two")
    station = registry(store, Reader())
    while station.step():
        pass
    (reference,) = station.release(first, "referral", "Alex") or ()
    assert station.release(second, "reply", "Alex", case=reference) == (reference,)
    third = keep(store, "three")
    station.step()
    assert station.release(third, "ignore", "Alex") in {(), None}
