"""The second channel, for when the mailbox itself is what fails; and the heartbeat, whose silence others notice."""

import logging
import shlex
import subprocess
from dataclasses import dataclass
from urllib.error import URLError
from urllib.request import Request, urlopen

log = logging.getLogger(__name__)

SECONDS = 20


@dataclass(frozen=True, slots=True)
class SecondChannel:
    """Tells a person by a command that is run or an address that is called. Whatever fails here is only logged."""

    command: str = ""
    url: str = ""

    def tell(self, text: str) -> bool:
        """Say a line, on the command's standard input and as the body of a POST; False where nobody was told.

        The text holds nothing personal: it goes where nobody knows who reads it.
        """
        told = [
            _run(self.command, text.encode(), "alarm") if self.command else False,
            _call(self.url, text.encode()) if self.url else False,
        ]
        return any(told)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Runs a command and calls an address after every good round: somebody outside notices when that stops."""

    command: str = ""
    url: str = ""

    def beat(self) -> None:
        """Say that all is well; where the other side does not answer, that is for it to notice."""
        if self.command:
            _run(self.command, b"", "heartbeat")
        if self.url:
            _call(self.url, b"")


def _run(command: str, text: bytes, whose: str) -> bool:
    """Run a command of the administrator's choice, without a shell."""
    try:
        ended = subprocess.run(  # noqa: S603 - the administrator's own
            shlex.split(command), input=text, timeout=SECONDS, check=False, capture_output=True
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        log.error("the %s's command cannot be run: %s", whose, type(error).__name__)  # noqa: TRY400 - one line is enough
        return False
    if ended.returncode:
        log.error("the %s's command ended with status %d", whose, ended.returncode)
    return ended.returncode == 0


def _call(url: str, body: bytes) -> bool:
    """Call an address of the administrator's choice over http or https."""
    if not url.startswith(("http://", "https://")):
        log.error("an address to call must begin with http:// or https://")
        return False
    try:
        with urlopen(Request(url, data=body or None), timeout=SECONDS) as answer:  # noqa: S310 - checked above
            return 200 <= int(answer.status) < 300
    except (URLError, OSError, ValueError) as error:
        log.error("an address does not answer: %s", type(error).__name__)  # noqa: TRY400 - one line is enough
        return False
