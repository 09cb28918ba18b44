"""Microsoft's own schemas judge every request of ours and every answer of the simulator."""

from pathlib import Path

import pytest
from lxml import etree

from tests.contracts.ews_world import ews_world
from tests.contracts.fault_runs import Run
from tests.ews_simulator.server import NS, EwsFault

SCHEMAS = Path(__file__).parents[3] / "shared" / "ews"
XML_LANG = b"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
  targetNamespace="http://www.w3.org/XML/1998/namespace"><xs:attribute name="lang" type="xs:language"/></xs:schema>"""


@pytest.fixture(scope="module")
def referee(tmp_path_factory: pytest.TempPathFactory) -> etree.XMLSchema:
    if not (SCHEMAS / "messages.xsd").is_file():
        pytest.skip("the schemas of Exchange Web Services are not beside the project")
    folder = tmp_path_factory.mktemp("schemas")
    (folder / "xml.xsd").write_bytes(XML_LANG)
    for name in ("messages.xsd", "types.xsd"):
        text = (SCHEMAS / name).read_bytes()
        bare = b'<xs:import namespace="http://www.w3.org/XML/1998/namespace"/>'
        placed = b'<xs:import namespace="http://www.w3.org/XML/1998/namespace" schemaLocation="xml.xsd"/>'
        (folder / name).write_bytes(text.replace(bare, placed))
    return etree.XMLSchema(etree.parse(folder / "messages.xsd"))


@pytest.mark.corpus
def test_every_request_and_every_answer_is_what_microsofts_schemas_allow(
    referee: etree.XMLSchema, tmp_path: Path
) -> None:
    with ews_world(tmp_path / "exchange") as world:
        run = Run(tmp_path, world.open(), world)
        simulator = world.simulator
        simulator.now = run.clock.now
        simulator.faults += [EwsFault("SendItem", "error"), EwsFault("MoveItem", "error")]
        run.until_settled()
        run.close()
        bodies = [body for said in simulator.exchanged for body in etree.fromstring(said).iterfind("s:Body/*", NS)]
        seen = {etree.QName(body).localname for body in bodies}
    assert seen >= {
        "GetFolder",
        "FindFolder",
        "FindItem",
        "GetItem",
        "CreateItem",
        "UpdateItem",
        "SendItem",
        "MoveItem",
    }
    assert seen >= {"GetFolderResponse", "FindItemResponse", "SendItemResponse", "CreateFolderResponse"}
    for body in bodies:
        referee.assertValid(body)


@pytest.mark.corpus
def test_the_referee_sees_what_is_wrong(referee: etree.XMLSchema) -> None:
    wrong = etree.fromstring(
        '<m:MoveItem xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"><m:ItemIds/></m:MoveItem>'
    )
    assert not referee.validate(wrong)
