"""A real IMAP server for the tests: Dovecot from Debian's packages, on loopback, every mailbox its own user."""

import grp
import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.authority import Authority

PASSWORD = "an-invented-pässword"
TOKEN_KEY = b"the key that signs the tokens of the tests"
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"
USER_OF_MAILS = "nobody"  # Dovecot refuses to keep root's mail

_CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
auth_mechanisms = plain login xoauth2
disable_plaintext_auth = no
auth_failure_delay = 0
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
mail_location = maildir:~/Maildir
mail_home = {folder}/mail/%u
auth_username_chars = abcdefghijklmnopqrstuvwxyz0123456789.-@
{more}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
  mailbox "Sent Items" {{
    auto = create
    special_use = \\Sent
  }}
  mailbox Spam {{
    auto = create
    special_use = \\Junk
  }}
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = home={folder}/mail/%u
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain_port}
  }}
  inet_listener imaps {{
    port = {port}
    ssl = yes
  }}
}}
"""
_TOKENS = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={folder}/keys/
username_attribute = email
"""


@dataclass(frozen=True)
class Dovecot:
    """A server that runs: `port` speaks TLS, `plain_port` STARTTLS."""

    folder: Path
    port: int
    plain_port: int

    def mails(self, user: str, folder: str = "") -> list[bytes]:
        """Give the mails in a folder, straight from the server's disk."""
        path = self.folder / "mail" / user / "Maildir" / (f".{folder}" if folder else "")
        files = [file for room in ("new", "cur") for file in (path / room).glob("*")]
        return [file.read_bytes() for file in sorted(files)]


def is_installed() -> bool:
    return shutil.which("dovecot", path=_PATH) is not None


@contextmanager
def running(authority: Authority, separator: str = "/", prefix: str = "", more: str = "") -> Iterator[Dovecot]:
    """Run a server until the block ends. Its folder's path is short: it holds sockets."""
    account = pwd.getpwnam(USER_OF_MAILS) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    user, group = account.pw_name, grp.getgrgid(account.pw_gid).gr_name
    with tempfile.TemporaryDirectory(prefix="dovecot-") as name:
        folder = Path(name)
        port, plain_port = _free_ports()
        for room in ("run", "state", "mail", "keys/default/HS256"):
            (folder / room).mkdir(parents=True)
        (folder / "log").touch()
        (folder / "oauth2").write_text(_TOKENS.format(folder=folder))
        (folder / "keys/default/HS256/default").write_bytes(b64encode(TOKEN_KEY))
        if os.geteuid() == 0:
            for path in (folder, *folder.rglob("*")):
                shutil.chown(path, user, group)
        configuration = folder / "dovecot.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                folder=folder,
                user=user,
                group=group,
                port=port,
                plain_port=plain_port,
                password=PASSWORD,
                certificate=authority.certificate,
                key=authority.key,
                separator=separator,
                prefix=prefix,
                more=more,
            )
        )
        program = shutil.which("dovecot", path=_PATH) or "dovecot"
        server = subprocess.Popen([program, "-F", "-c", str(configuration)], start_new_session=True)  # noqa: S603
        try:
            _wait_for(port, server, folder / "log")
            yield Dovecot(folder, port, plain_port)
        finally:
            os.killpg(server.pid, signal.SIGTERM)  # whoever is connected still would keep the master waiting
            server.wait(timeout=10)


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        return one.getsockname()[1], two.getsockname()[1]


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    """Knock until somebody answers, or the server has ended."""
    while server.poll() is None:
        with socket.socket() as knock:
            knock.settimeout(1)
            if knock.connect_ex(("127.0.0.1", port)) == 0:
                return
        select.select([], [], [], 0.02)  # a real server needs the processor for a moment
    raise RuntimeError(f"dovecot ended: {log.read_text()}")
