"""The case board: it is served until it is stopped, and whoever opens the printed link is in."""

import getpass
import os
import sys
from argparse import Namespace
from contextlib import suppress
from shlex import quote

from cspr_bot.bootstrap.board.door import GOOD_FOR, make_link
from cspr_bot.bootstrap.board.serving import Place, listen_at, open_desk, place_of, server_of
from cspr_bot.bootstrap.office import Office
from cspr_bot.cli.failures import SaidNoError
from cspr_bot.cli.output import as_typed, clean, office_of, print_json


def board(options: Namespace) -> int:
    """Serve the board, or print a new link to one that is running."""
    by = options.by or _account()
    if options.link:
        office = office_of(options)
        _print_link(office, _place(office, options), by, options)
        return 0
    office_of(options).close()  # turns the clock where asked for, and says what is wrong with the home
    desk = open_desk(options.home)
    options.closing.callback(desk.close)
    office = desk.office()
    taken, place = listen_at(_place(office, options))
    server = server_of(desk, place)
    with taken:
        _print_link(office, place, by, options)
        print("The board runs until you stop it with Ctrl+C.", file=sys.stderr)
        with suppress(KeyboardInterrupt):  # that is how a person stops it
            server.run(sockets=[taken])
    return 0


def _place(office: Office, options: Namespace) -> Place:
    settings = office.home.settings.board
    return place_of(options.listen or settings.listen, settings.allow_network)


def _print_link(office: Office, place: Place, by: str, options: Namespace) -> None:
    link = f"{place.address}/sign-in?code={make_link(office, by)}"
    minutes = int(GOOD_FOR.total_seconds()) // 60
    if options.json:
        print_json({"link": link, "by": by, "minutes": minutes})
    else:
        print(f"Open this link within {minutes} minutes; it lets {clean(by)} in once:\n\n  {link}\n")
        home = f" --home {quote(str(options.home_given))}" if options.home_given else ""
        listen = f" --listen {place.address.removeprefix('http://')}" if options.listen else ""
        print(f"For another one, while the board runs: {as_typed()}{home} board --link{listen}")
    sys.stdout.flush()


def _account() -> str:
    """Give the name of the account that typed the command, before any sudo."""
    if known := os.environ.get("SUDO_USER"):
        return known
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise SaidNoError('say who signs in: --by "A. Name"') from error
