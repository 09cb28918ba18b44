"""The board joined and served: where it listens, and who may reach it there."""

import errno
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cspr_bot.board.application import Board
from cspr_bot.board.guard import LOOPBACK_NAMES, is_loopback
from cspr_bot.board.server import Server, make_server
from cspr_bot.board.sessions import Sessions
from cspr_bot.board.sign_in import OneTimeLink
from cspr_bot.bootstrap.board.desk import OfficeDesk
from cspr_bot.bootstrap.board.door import OfficeDoor, new_token
from cspr_bot.bootstrap.readiness import NotReadyError
from cspr_bot.bootstrap.world import SystemClock

QUEUE = 64


@dataclass(frozen=True, slots=True)
class Place:
    """Where the board answers."""

    host: str
    port: int

    @property
    def address(self) -> str:
        """The address as a browser takes it."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def place_of(listen: str, allow_network: str) -> Place:
    """Read `host:port`; refuse what leads beyond this machine unless the administrator has said why."""
    host, _, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (host and port.isascii() and port.isdecimal() and len(port) <= 5 and int(port) <= 65535):
        raise NotReadyError((f"{listen}: this is not a host and a port; write 127.0.0.1:8080",))
    if _is_every_address(host):
        raise NotReadyError((f"{listen}: this is every address of the machine; name the one that is meant",))
    if not is_loopback(host) and not allow_network:
        mend = (
            'leave it at 127.0.0.1:8080 and come by `ssh -L`, or write allow_network = "why" under [board] in bot.toml'
        )
        raise NotReadyError((f"{listen}: other machines could reach the board there; {mend}",))
    return Place(host, int(port))


def listen_at(place: Place) -> tuple[socket.socket, Place]:
    """Take the place, before anybody is told of it; port 0 is any that is free."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)[0]
        taken = socket.socket(family, kind, protocol)
    except OSError as error:
        raise NotReadyError((f"{place.host}: the board cannot answer there ({error.strerror})",)) from error
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(address)
        taken.listen(QUEUE)
    except OSError as error:
        taken.close()
        is_taken = error.errno == errno.EADDRINUSE
        why = "another program, perhaps another board, answers there" if is_taken else str(error.strerror)
        mend = "name another port with --listen, or `board --link` for a link to the board that runs"
        raise NotReadyError((f"{place.host}:{place.port}: {why}; {mend}",)) from error
    return taken, Place(place.host, taken.getsockname()[1])


def server_of(desk: OfficeDesk, place: Place) -> Server:
    """Join the board and give the server of it."""
    door = OfficeDoor(desk)
    board = Board(desk, door, OneTimeLink(door), Sessions(new_token), SystemClock())
    return make_server(board.application(LOOPBACK_NAMES | {place.host.lower()}))


def open_desk(folder: Path) -> OfficeDesk:
    """Open the desk of a home, and its database, so that what is wrong with them is said before anybody comes."""
    desk = OfficeDesk(folder)
    try:
        desk.office()
        _ = desk.office().store
    except BaseException:
        desk.close()
        raise
    return desk


def _is_every_address(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return host == "*"
