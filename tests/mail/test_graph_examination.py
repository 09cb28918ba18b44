"""The doctor at Microsoft 365: what it finds, and that it leaves nothing behind."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cspr_bot.mail.graph import GraphMailbox
from cspr_bot.mail.graph_certificate import expiry
from cspr_bot.mail.graph_examination import GraphExamination, GraphProbe
from cspr_bot.pipeline.ports import OutgoingMail
from tests.fakes.store import NOW
from tests.graph_simulator.certificates import make_pair
from tests.graph_simulator.faults import Fault, ordered
from tests.graph_simulator.server import GraphSimulator, simulated
from tests.pipeline.world import TurnedClock
from tests.transports.graph import MAILBOX, access_to

DIRECTOR = "director@nsscp.example"
STRANGER = "casereview@police.example"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GraphSimulator]:
    with simulated(tmp_path, MAILBOX, TurnedClock(NOW).now) as simulator:
        yield simulator


def examined(server: GraphSimulator, *others: str, **changes: object) -> dict[str, tuple[str, str]]:
    """Examine, and give of each thing the verdict and what is told of it."""
    access = replace(access_to(server), **changes)  # type: ignore[arg-type]
    now = TurnedClock(NOW).now
    findings = GraphExamination(GraphMailbox(access, now), now, others or (DIRECTOR, STRANGER)).findings()
    return {finding.what: (finding.verdict, f"{finding.told} {finding.mend}") for finding in findings}


def test_where_all_is_well_only_the_quarantine_stays_hidden(server: GraphSimulator) -> None:
    server.exchange.deliver(b"one")
    server.exchange.deliver(b"two", "junkemail")
    found = examined(server)
    assert {what for what, (verdict, _) in found.items() if verdict != "good"} == {"quarantine"}
    assert "1 mails in the inbox and its folders, 1 in the junk" in found["mailbox"][1]
    assert "refused at 1 of 2" in found["other mailboxes"][1]


def test_it_leaves_no_trace(server: GraphSimulator) -> None:
    examined(server)
    assert {"create", "send", "move", "patch", "delete", "make_folder"} & server.watch.counts.keys() == set()


def test_an_app_that_reaches_another_mailbox_is_found_out(server: GraphSimulator) -> None:
    server.reaches_others = True
    verdict, told = examined(server)["other mailboxes"]
    assert verdict == "bad"
    assert DIRECTOR in told
    assert "restrict it to the one mailbox at once" in told


def test_where_nobody_could_have_been_refused_nothing_is_proven(server: GraphSimulator) -> None:
    verdict, told = examined(server, STRANGER)["other mailboxes"]
    assert verdict == "doubtful"
    assert "doctor --other" in told


def test_a_sign_in_that_is_refused_is_named_and_ends_the_examination(server: GraphSimulator) -> None:
    server.sign_in.refusals = [("invalid_client", "AADSTS700027: no")]
    found = examined(server)
    assert "AADSTS700027" in found["sign-in"][1]
    assert "mailbox" not in found


@pytest.mark.parametrize(("status", "code"), [(403, "ErrorAccessDenied"), (404, "ErrorInvalidUser")])
def test_a_mailbox_that_cannot_be_read_is_named(server: GraphSimulator, status: int, code: str) -> None:
    server.plan = ordered(Fault("status", "folders", status=status, code=code, times=9))
    verdict, told = examined(server)["mailbox"]
    assert verdict == "bad"
    assert code in told


@pytest.mark.parametrize(("minutes", "verdict"), [(0, "good"), (2, "doubtful"), (-6, "bad")])
def test_a_clock_that_is_wrong_is_found_out(server: GraphSimulator, minutes: int, verdict: str) -> None:
    moment = NOW + timedelta(minutes=minutes)
    server.exchange.now = lambda: moment
    assert examined(server)["clock"][0] == verdict


@pytest.mark.parametrize(
    ("left", "verdict"),
    [
        (timedelta(days=400), "good"),
        (timedelta(days=30, hours=1), "good"),
        (timedelta(days=29), "doubtful"),
        (timedelta(days=7, hours=1), "doubtful"),
        (timedelta(days=6), "bad"),
        (timedelta(hours=1), "bad"),
        (timedelta(hours=-1), "bad"),
    ],
)
def test_a_certificate_is_told_before_it_ends(left: timedelta, verdict: str) -> None:
    certificate = make_pair("app", NOW + left).certificate.decode()
    assert expiry(certificate, NOW).verdict == verdict


def test_what_is_no_certificate_is_said_to_be_none() -> None:
    assert expiry("nonsense", NOW).verdict == "bad"


def test_a_client_secret_is_a_doubt(server: GraphSimulator) -> None:
    assert examined(server, credential="invented-secret")["certificate"][0] == "doubtful"


# ---------------------------------------------------------------------------------------------------------------------
# The probe

LETTER = OutgoingMail(
    MAILBOX,
    MAILBOX,
    "<probe@nsscp.example>",
    "effect-of-a-probe",
    f"Auto-Submitted: auto-generated\r\nFrom: {MAILBOX}\r\nTo: {MAILBOX}\r\n"
    "Message-ID: <probe@nsscp.example>\r\n\r\nHello\r\n".encode(),
)


def probed(server: GraphSimulator, *, arrives: bool = True) -> dict[str, list[tuple[str, str]]]:
    """Let the probe go out, and come back while it waits."""
    mailbox = GraphMailbox(access_to(server), TurnedClock(NOW).now)

    def pause(_seconds: float) -> None:
        while arrives and server.exchange.arrived:
            server.exchange.deliver(server.exchange.arrived.pop())

    found: dict[str, list[tuple[str, str]]] = {}
    for finding in GraphProbe(mailbox, LETTER, pause).findings():
        found.setdefault(finding.what, []).append((finding.verdict, finding.told))
    return found


def test_the_probe_answers_what_only_a_real_tenant_can_and_takes_itself_away(server: GraphSimulator) -> None:
    found = probed(server)
    assert {verdict for told in found.values() for verdict, _ in told} == {"good", "noted"}
    assert found["probe: sent twice"] == [
        ("noted", "a second sending of one draft is refused (the draft was gone when it was to be sent)")
    ]
    assert [told for _, told in found["probe: looking up"]] == [
        "the copy in Sent Items is found by the effect's property",
        "the copy in Sent Items is found by the Message-ID",
        "the copy in Sent Items is found by the draft's id",
    ]
    assert [server.exchange.lying_in(place) for place in ("inbox", "drafts", "sentitems", "Processed")] == [[]] * 4


def test_the_probe_says_where_sent_items_keeps_nothing(server: GraphSimulator) -> None:
    server.exchange.keeps_sent = False
    assert probed(server)["probe: Sent Items"][0][0] == "bad"


def test_the_probe_says_what_it_may_not_do(server: GraphSimulator) -> None:
    server.roles = {"Mail.ReadWrite"}
    ((verdict, told),) = probed(server)["probe"]
    assert verdict == "bad"
    assert "ErrorAccessDenied" in told


def test_the_probe_says_where_nothing_comes_back(server: GraphSimulator) -> None:
    assert probed(server, arrives=False)["probe: arrival"][0][0] == "doubtful"
