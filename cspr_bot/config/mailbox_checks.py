"""Checks the [mailbox] tables of bot.toml: each transport's own, and that the one which is used is there."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from cspr_bot.config.addresses import address_flaw
from cspr_bot.config.problems import Findings, Place, show
from cspr_bot.config.settings import EwsMailbox, GraphMailbox, ImapMailbox, MailboxSettings, TokenSettings

_NAME_OF_SECRET = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_HOST = re.compile(r"[a-zA-Z0-9]([a-zA-Z0-9.-]{0,252}[a-zA-Z0-9])?")
_BUILD = re.compile(r"15\.[0-9]{1,3}\.[0-9]{1,5}\.[0-9]{1,5}")
_MICROSOFTS = re.compile(r"(^|\.)(office365|office|outlook|outlook-sdf|microsoftonline|office365\.us)\.(com|us|cn|de)$")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def check_mailbox(mailbox: MailboxSettings, findings: Findings) -> None:
    """Check the transport that is used, and every table that stands there."""
    transport = mailbox.transport
    if getattr(mailbox, transport) is None:
        what = f'the transport is "{transport}", and there is no table [mailbox.{transport}]'
        findings.error(("mailbox", "transport"), what, "write one; config/bot.toml shows how")
    path = mailbox.folder.path
    if not path or "\0" in path or ".." in path.split("/"):
        what = f"{show(path)} is not a folder under the home"
        findings.error(("mailbox", "folder", "path"), what, 'write a path such as "var/mailbox"')
    _check_table(mailbox.graph, _check_graph, findings)
    _check_table(mailbox.ews, _check_ews, findings)
    _check_table(mailbox.imap, _check_imap, findings)


def _check_table(table: object | None, check: Callable[..., None], findings: Findings) -> None:
    if table is not None:
        check(table, findings)


def check_own_address(mailbox: MailboxSettings, own: str, findings: Findings) -> None:
    """Check that the mailbox that is read is the one that contacts.toml calls our own: else we answered ourselves."""
    used = {"graph": mailbox.graph, "ews": mailbox.ews}.get(mailbox.transport)
    if used is not None and used.mailbox.lower() != own.lower():
        what = f"{show(used.mailbox)} is not the partnership's own mailbox in contacts.toml, {show(own)}"
        findings.error(("mailbox", mailbox.transport, "mailbox"), what, "write the same address in both")


def _check_graph(graph: GraphMailbox, findings: Findings) -> None:
    place: Place = ("mailbox", "graph")
    for key, value in (("tenant_id", graph.tenant_id), ("client_id", graph.client_id)):
        if not _UUID.fullmatch(value):
            findings.error(
                (*place, key), f"{show(value)} is not an id", "copy it from the app's page in Microsoft Entra"
            )
    for key, name in (("certificate", graph.certificate), ("client_secret", graph.client_secret)):
        check_name_of_secret((*place, key), name, findings, such_as="graph-cert")
    if bool(graph.certificate) == bool(graph.client_secret):
        what = "one of certificate and client_secret is needed, and only one"
        findings.error(place, what, 'write certificate = "graph-cert"')
    for key, url in (("authority", graph.authority), ("endpoint", graph.endpoint)):
        check_url((*place, key), url, findings)
    check_address((*place, "mailbox"), graph.mailbox, findings)


def _check_ews(ews: EwsMailbox, findings: Findings) -> None:
    place: Place = ("mailbox", "ews")
    check_url((*place, "endpoint"), ews.endpoint, findings)
    if _MICROSOFTS.search(urlsplit(ews.endpoint).hostname or ""):
        what = (
            "this is Exchange Online, which switches EWS off tenant by tenant since 1 October 2026, and for all on "
            "1 April 2027"
        )
        findings.error((*place, "endpoint"), what, 'write transport = "graph": docs/microsoft-365.md')
    if not _BUILD.fullmatch(ews.server_build):
        what = f"{show(ews.server_build)} is not the build of a server"
        findings.error((*place, "server_build"), what, 'write "15.2.2562.17"; Get-ExchangeServer shows it')
    if ews.oauth is not None:
        _check_token(ews.oauth, (*place, "oauth"), findings)
        if ews.user or ews.password:
            what = "a user with a password, or a table [mailbox.ews.oauth], but not both of them"
            findings.error(place, what, "leave user and password out where tokens are used")
    elif not ews.user:
        findings.error((*place, "user"), "nobody can log in by this name", 'write "COUNCIL\\\\cspr-bot"')
    elif not ews.password:
        findings.error((*place, "password"), "the name of a secret is needed", 'write "ews-password"')
    check_name_of_secret((*place, "password"), ews.password, findings, such_as="ews-password")
    check_address((*place, "mailbox"), ews.mailbox, findings)


def _check_imap(imap: ImapMailbox, findings: Findings) -> None:
    place: Place = ("mailbox", "imap")
    for key, host in (("host", imap.host), ("smtp_host", imap.smtp_host)):
        if not _HOST.fullmatch(host):
            findings.error((*place, key), f"{show(host)} is not the name of a server", 'write "mail.council.example"')
    for key, port in (("port", imap.port), ("smtp_port", imap.smtp_port)):
        if not 1 <= port <= 65535:
            findings.error((*place, key), f"{port} is no port", "write 993 for IMAP, 465 or 587 for SMTP")
    if (imap.smtp_port, imap.smtp_security) == (587, "tls"):
        what = "port 587 speaks TLS only after STARTTLS"
        findings.error((*place, "smtp_security"), what, 'write smtp_security = "starttls", or smtp_port = 465')
    for key, name in (("password", imap.password), ("smtp_password", imap.smtp_password)):
        check_name_of_secret((*place, key), name, findings, such_as="imap-password")
    if bool(imap.password) == bool(imap.oauth):
        what = "a password or a table [mailbox.imap.oauth] is needed, and only one of them"
        findings.error(place, what, 'write password = "imap-password"')
    if bool(imap.smtp_user) != bool(imap.smtp_password):
        what = "smtp_user and smtp_password belong together"
        findings.error((*place, "smtp_user"), what, "write both, or neither where they are the same as for IMAP")
    if imap.oauth is not None:
        _check_token(imap.oauth, (*place, "oauth"), findings)


def _check_token(token: TokenSettings, place: Place, findings: Findings) -> None:
    check_url((*place, "token_url"), token.token_url, findings)
    for key, name in (("client_secret", token.client_secret), ("refresh_token", token.refresh_token)):
        check_name_of_secret((*place, key), name, findings, such_as="imap-client-secret")
    if not token.client_secret and not token.refresh_token:
        findings.error(place, "a client_secret or a refresh_token is needed", 'write client_secret = "imap-secret"')


def check_name_of_secret(place: Place, name: str, findings: Findings, *, such_as: str) -> None:
    """Check the name of a secret; it is never shown, for it may be a secret that was pasted here by mistake."""
    if name and not _NAME_OF_SECRET.fullmatch(name):
        what = "this is not the name of a secret, and a secret must not stand here"
        findings.error(place, what, f'write a name such as "{such_as}", and keep the secret outside')


def check_address(place: Place, address: str, findings: Findings) -> None:
    """Check the address of a mailbox."""
    if flaw := address_flaw(address):
        findings.error(place, f"{show(address)} is not an address: {flaw}", "write the address alone")


def check_url(place: Place, url: str, findings: Findings) -> None:
    """Check an address that is called: encrypted, or on this machine, and without a password in it."""
    try:
        parts = urlsplit(url)
        host, has_password = parts.hostname or "", parts.password is not None
    except ValueError:
        host, has_password, parts = "", False, urlsplit("")
    if has_password:
        findings.error(place, "a password must not stand in this file", "leave it out")
    elif not host or parts.scheme not in {"https", "http"}:
        findings.error(place, f"{show(url)} is not an address on the web", 'write "https://..."')
    elif parts.scheme == "http" and host not in {"localhost", "127.0.0.1", "::1"}:
        findings.error(place, f"{show(url)} is not encrypted", 'write "https://..."')
