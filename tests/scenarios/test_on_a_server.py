"""A partnership whose database is a PostgreSQL server lives through the same, mail by mail."""

from pathlib import Path

from cspr_bot.confinement.reader import ConfinedReader
from tests.fakes.postgresql import Server
from tests.scenarios.conftest import copied, move_to_server
from tests.scenarios.partnership import Partnership
from tests.scenarios.sweeping import SECRETS, swept
from tests.scenarios.test_straight_path import decided, referred


def test_on_a_server_every_mail_goes_as_it_goes_on_a_file(
    made_home: Path, reader: ConfinedReader, tmp_path: Path, postgresql: Server
) -> None:
    told = []
    found_before = found_in_files(postgresql)  # its own catalogues know words such as "Chinese"
    for name in ("file", "server"):
        folder = copied(made_home, tmp_path / name)
        if name == "server":
            move_to_server(folder, postgresql)
        home = Partnership(folder, reader)
        home.sleep_until("2026-12-15 09:00")
        decided(home, referred(home))
        home.reopen()
        home.wait_until("2027-01-06 12:00")
        told.append([(m.at, m.notice, m.role, m.to, m.task, m.rung, m.level, m.status) for m in home.written()])
        assert home.office.store.installation.verify_audit() is None
        assert swept(home.office) == []
        home.close()
    assert told[0] == told[1]
    assert len(told[0]) > 50
    assert not (tmp_path / "server" / "var" / "cspr-bot.db").exists()
    assert found_in_files(postgresql) == found_before


def found_in_files(server: Server) -> set[bytes]:
    """Give what of all that is personal in these stories can be read in the server's files."""
    kept = b"".join(path.read_bytes() for path in server.files()).lower()
    return {needle for needle in SECRETS.bytes_to_find() if needle in kept}
