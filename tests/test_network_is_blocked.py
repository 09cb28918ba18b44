import socket

import pytest

from tests.conftest import NetworkUsedError


def test_no_connection_leaves_this_machine() -> None:
    with socket.socket() as outward, pytest.raises(NetworkUsedError):
        outward.connect(("192.0.2.1", 25))


def test_no_name_is_looked_up() -> None:
    with pytest.raises(NetworkUsedError):
        socket.getaddrinfo("mail.nsscp.example", 25)


def test_this_machine_may_be_talked_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
