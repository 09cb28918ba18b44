"""Microsoft's own description of Graph is the referee of every request that is made and every answer that is given."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from cspr_bot.mail.graph import PAGE, GraphMailbox
from cspr_bot.mail.graph_examination import GraphExamination
from cspr_bot.pipeline.ports import PermanentFailure
from tests.contracts.test_mailbox import incoming, outgoing
from tests.fakes.store import NOW
from tests.graph_simulator.server import Exchanged, GraphSimulator, simulated
from tests.pipeline.world import TurnedClock
from tests.transports.graph import MAILBOX, access_to

DESCRIPTION = Path(__file__).parents[2].parent / "shared" / "graph" / "mail-openapi.yaml"
OPERATIONS = {
    "folders", "folder", "make_folder", "list", "delta", "find", "create", "get", "patch", "delete", "value", "move",
    "send",
}  # fmt: skip

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not DESCRIPTION.is_file(), reason="../shared is not there"),
]


class Referee:
    """Judges what went over the line by the description, and says what is wrong with it."""

    def __init__(self) -> None:
        from openapi_core import OpenAPI  # noqa: PLC0415 - two seconds, only where the description is

        self._description = OpenAPI.from_file_path(str(DESCRIPTION))

    def flaws(self, seen: Exchanged) -> list[str]:
        """Give what is wrong with a request or its answer."""
        from openapi_core.exceptions import OpenAPIError  # noqa: PLC0415
        from openapi_core.testing import MockRequest, MockResponse  # noqa: PLC0415

        url = urlsplit(seen.url)
        request = MockRequest(
            "https://graph.microsoft.com",
            seen.method,
            url.path,
            args=dict(parse_qsl(url.query)),
            headers=seen.headers,
            data=seen.body or None,
            content_type=seen.headers.get("content-type", "application/json"),
        )
        answer = MockResponse(without_tombstones(seen), status_code=seen.status, content_type=seen.media_type)
        found = []
        judges: tuple[tuple[str, Callable[[], object]], ...] = (
            ("request", lambda: self._description.validate_request(request)),
            ("answer", lambda: self._description.validate_response(request, answer)),
        )
        for what, judge in judges:
            try:
                judge()
            except OpenAPIError as error:
                found.append(f"{seen.operation}: {what}: {error}")
        return found


def without_tombstones(seen: Exchanged) -> bytes:
    """Leave out what tells of a message that has gone: Microsoft's pages know `@removed`, its description does not."""
    if seen.operation != "delta":
        return seen.answer
    told = json.loads(seen.answer)
    told["value"] = [item for item in told["value"] if "@removed" not in item]
    return json.dumps(told).encode()


@pytest.fixture(scope="module")
def referee() -> Referee:
    return Referee()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GraphSimulator]:
    with simulated(tmp_path, MAILBOX, TurnedClock(NOW).now) as simulator:
        simulator.records = True
        simulator.most_a_page = PAGE // 2
        yield simulator


def work_through_everything(server: GraphSimulator) -> None:
    """Do whatever the program ever does at Microsoft 365."""
    clock = TurnedClock(NOW)
    mailbox = GraphMailbox(access_to(server), clock.now)
    server.exchange.make_folder("From schools", "inbox")
    for number in range(PAGE + 3):
        server.exchange.deliver(incoming(number % 60))
    first, second, *_ = mailbox.list_new()
    mailbox.list_new()
    mailbox.download(first.server_id)
    mailbox.file(first.server_id, "Processed")
    mailbox.file(second.server_id, "Held")
    for effect, gives_own in (("one", False), ("two", True)):
        server.exchange.gives_own_message_ids = gives_own
        mail = outgoing(effect)
        for _ in range(2):
            server.exchange.create(mail.content).message_id = mail.message_id
        draft = mailbox.prepare(mail)
        mailbox.send(mail, draft)
        assert mailbox.trace(mail, draft) == "sent"
        assert mailbox.prepare(mail).is_sent
    mailbox.prepare(outgoing("three"))
    with pytest.raises(PermanentFailure):
        mailbox.download("nothing")
    clock.pass_by(seconds=timedelta(minutes=1).total_seconds())
    list(GraphExamination(mailbox, clock.now, ("director@nsscp.example", "nobody@nsscp.example")).findings())


def test_nothing_that_goes_over_the_line_is_against_microsofts_description(
    server: GraphSimulator, referee: Referee
) -> None:
    work_through_everything(server)
    assert {seen.operation for seen in server.exchanged} == OPERATIONS
    assert [flaw for seen in server.exchanged for flaw in referee.flaws(seen)] == []


def test_the_referee_sees_what_is_wrong(server: GraphSimulator, referee: Referee) -> None:
    work_through_everything(server)
    by_operation = {seen.operation: seen for seen in server.exchanged}
    move, find, send = by_operation["move"], by_operation["find"], by_operation["send"]
    wrong = (
        replace(move, body=b'{"destinationID": "x"}'),
        replace(move, body=b"{}"),
        replace(move, url=move.url.replace("/move", "/mvoe")),
        replace(find, url=f"{find.url.partition('$top')[0]}$top=many"),
        replace(find, url=f"{find.url.partition('$select')[0]}$select=idd"),
        replace(find, answer=b'{"value": [{"isDraft": "perhaps"}]}'),
        replace(find, answer=b'{"value": [{"isdraft": true}]}'),
        replace(send, method="GET"),
    )
    assert [bool(referee.flaws(seen)) for seen in wrong] == [True] * len(wrong)
