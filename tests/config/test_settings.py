"""bot.toml: what it says, and what is wrong with it."""

from collections.abc import Callable
from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from cspr_bot.config.settings import EwsMailbox, GraphMailbox, ImapMailbox, Settings, TokenSettings

ReadSettings = Callable[[str], tuple[Settings | None, list[str]]]

GRAPH = """
installation = "nsscp"
[mailbox.graph]
tenant_id = "00000000-0000-0000-0000-000000000000"
client_id = "00000000-0000-0000-0000-000000000000"
certificate = "graph-cert"
mailbox = "partnership@nsscp.example"
"""


def test_the_shipped_file_has_nothing_wrong_with_it(settings: ReadSettings, shipped: Callable[[str], str]) -> None:
    read, said = settings(shipped("bot"))
    assert said == []
    assert read is not None
    assert read.installation == "nsscp-live"
    assert read.marking.text == "OFFICIAL-SENSITIVE"
    assert not read.is_live


def test_everything_but_the_installation_has_a_default(settings: ReadSettings) -> None:
    read, said = settings('installation = "test"')
    assert said == []
    assert read == Settings("test")
    assert read.mailbox.folder.path == "var/mailbox"
    assert read.database.url == "sqlite:///var/cspr-bot.db"
    assert read.marking.text == ""


def test_office_hours_are_given_with_their_zone(settings: ReadSettings) -> None:
    read, _ = settings('installation = "test"\n[office]\nreminder_time = 08:30:00\n')
    assert read is not None
    assert read.office.hours.zone == ZoneInfo("Europe/London")
    assert read.office.hours.reminder_time == time(8, 30)


def test_a_file_without_an_installation_is_no_settings(settings: ReadSettings) -> None:
    read, said = settings("")
    assert read is None
    assert said == ["config/bot.toml: installation: this key is missing; it must be text in quotes"]


def test_a_broken_file_is_no_settings(settings: ReadSettings) -> None:
    read, said = settings('installation = "x"\n[office\n')
    assert read is None
    assert said == [
        (
            "config/bot.toml:2: this is not TOML: Expected ']' at the end of a table declaration; "
            "mend this line or the one before it"
        )
    ]


def test_a_transport_without_its_table_is_named(settings: ReadSettings) -> None:
    _, said = settings('installation = "x"\n[mailbox]\ntransport = "graph"\n')
    assert len(said) == 1
    assert 'mailbox.transport: the transport is "graph", and there is no table [mailbox.graph]' in said[0]


def test_the_graph_table_is_read(settings: ReadSettings) -> None:
    read, said = settings(GRAPH)
    assert said == []
    assert read is not None
    assert read.mailbox.graph == GraphMailbox(
        "00000000-0000-0000-0000-000000000000",
        "00000000-0000-0000-0000-000000000000",
        "partnership@nsscp.example",
        certificate="graph-cert",
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            ('tenant_id = "0', 'tenant_id = "x'),
            'mailbox.graph.tenant_id: "x0000000-0000-0000-0000-000000000000" is not',
        ),
        (
            ('"graph-cert"', '"graph-cert"\nclient_secret = "s"'),
            "mailbox.graph: one of certificate and client_secret is",
        ),
        (('certificate = "graph-cert"', ""), "mailbox.graph: one of certificate and client_secret is needed, and only"),
        (("@nsscp.example", ""), 'mailbox.graph.mailbox: "partnership" is not an address: it needs a name, an @ and a'),
        (("mailbox =", 'endpoint = "ftp://x.example"\nmailbox ='), 'endpoint: "ftp://x.example" is not an address on'),
        (("mailbox =", 'authority = "http://x.example"\nmailbox ='), 'authority: "http://x.example" is not encrypted'),
    ],
)
def test_a_wrong_graph_table_is_named(settings: ReadSettings, change: tuple[str, str], problem: str) -> None:
    _, said = settings(GRAPH.replace(*change))
    assert len(said) == 1
    assert problem in said[0]


IMAP = """
installation = "nsscp"
[mailbox]
transport = "imap"
[mailbox.imap]
host = "imap.council.example"
user = "partnership@nsscp.example"
password = "imap-password"
smtp_host = "smtp.council.example"
"""
OAUTH = """
[mailbox.imap.oauth]
token_url = "https://login.example/token"
client_id = "x"
client_secret = "imap-secret"
"""


def test_an_imap_mailbox_needs_four_lines(settings: ReadSettings) -> None:
    read, said = settings(IMAP)
    assert said == []
    assert read is not None
    assert read.is_live
    assert read.mailbox.imap == ImapMailbox(
        "imap.council.example", "partnership@nsscp.example", "smtp.council.example", password="imap-password"
    )


def test_an_imap_mailbox_may_have_tokens_in_the_place_of_a_password(settings: ReadSettings) -> None:
    read, said = settings(IMAP.replace('password = "imap-password"\n', "") + OAUTH)
    assert said == []
    assert read is not None
    assert read.mailbox.imap is not None
    assert read.mailbox.imap.oauth == TokenSettings("https://login.example/token", "x", "imap-secret")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("imap.council", "imap council"), 'mailbox.imap.host: "imap council.example" is not the name of a server'),
        (('"imap-password"', '"S3cret pass"'), "password: this is not the name of a secret, and a secret must not"),
        (('password = "imap-password"\n', ""), "mailbox.imap: a password or a table [mailbox.imap.oauth] is needed"),
        (("smtp_host", "port = 0\nsmtp_host"), "mailbox.imap.port: 0 is no port"),
        (("smtp_host", "smtp_port = 587\nsmtp_host"), "smtp_security: port 587 speaks TLS only after STARTTLS"),
        (("smtp_host", 'smtp_user = "x"\nsmtp_host'), "smtp_user and smtp_password belong together"),
        (("smtp_host", "smpt_host"), 'mailbox.imap.smpt_host: there is no such key; did you mean "smtp_host"?'),
    ],
)
def test_a_wrong_imap_table_is_named(settings: ReadSettings, change: tuple[str, str], problem: str) -> None:
    _, said = settings(IMAP.replace(*change))
    assert any(problem in line for line in said), said
    assert not any("S3cret" in line for line in said)


def test_a_token_without_any_secret_is_named(settings: ReadSettings) -> None:
    _, said = settings(IMAP.replace('password = "imap-password"\n', "") + OAUTH.partition("client_secret")[0])
    assert any("mailbox.imap.oauth: a client_secret or a refresh_token is needed" in line for line in said)


EWS = """
installation = "nsscp"
[mailbox]
transport = "ews"
[mailbox.ews]
endpoint = "https://mail.council.example/EWS/Exchange.asmx"
mailbox = "partnership@nsscp.example"
user = 'COUNCIL\\cspr-bot'
password = "ews-password"
"""


def test_a_mailbox_on_exchange_needs_four_lines(settings: ReadSettings) -> None:
    read, said = settings(EWS)
    assert said == []
    assert read is not None
    assert read.mailbox.ews == EwsMailbox(
        "https://mail.council.example/EWS/Exchange.asmx",
        "partnership@nsscp.example",
        "COUNCIL\\cspr-bot",
        "ews-password",
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("https://mail", "http://mail"), "mailbox.ews.endpoint: "),
        (("mail.council.example", "outlook.office365.com"), "this is Exchange Online, which switches EWS off"),
        (("mail.council.example", "Outlook.Office.com"), "1 October 2026, and for all on 1 April 2027"),
        (("@nsscp.example", ""), 'mailbox.ews.mailbox: "partnership" is not an address'),
        (('"ews-password"', '"S3cret pass"'), "password: this is not the name of a secret, and a secret must not"),
        (('"ews-password"', '""'), "mailbox.ews.password: the name of a secret is needed"),
        (("password =", 'server_build = "2019"\npassword ='), '"2019" is not the build of a server'),
        (("password =", 'auth = "oauth"\npassword ='), 'mailbox.ews.auth: this must be one of "ntlm", "basic"'),
        (("COUNCIL\\cspr-bot", ""), "mailbox.ews.user: nobody can log in by this name"),
    ],
)
def test_a_wrong_table_for_exchange_is_named(settings: ReadSettings, change: tuple[str, str], problem: str) -> None:
    _, said = settings(EWS.replace(*change))
    assert any(problem in line for line in said), said
    assert not any("S3cret" in line for line in said)


EWS_BY_TOKEN = (
    EWS.replace("user = 'COUNCIL\\cspr-bot'\npassword = \"ews-password\"\n", "")
    + """[mailbox.ews.oauth]
token_url = "https://adfs.council.example/adfs/oauth2/token"
client_id = "the bot"
client_secret = "ews-client-secret"
resource = "https://mail.council.example/"
"""
)


def test_exchange_may_be_entered_by_tokens_in_the_place_of_a_password(settings: ReadSettings) -> None:
    read, said = settings(EWS_BY_TOKEN)
    assert said == []
    assert read is not None
    assert read.mailbox.ews is not None
    assert read.mailbox.ews.oauth is not None
    assert read.mailbox.ews.oauth.resource == "https://mail.council.example/"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            ("[mailbox.ews.oauth]", 'password = "ews-password"\n[mailbox.ews.oauth]'),
            "or a table [mailbox.ews.oauth], but not",
        ),
        (("https://adfs", "http://adfs"), "mailbox.ews.oauth.token_url: "),
        (
            ('client_secret = "ews-client-secret"\n', ""),
            "mailbox.ews.oauth: a client_secret or a refresh_token is needed",
        ),
        (('"ews-client-secret"', '"S3cret pass"'), "client_secret: this is not the name of a secret"),
    ],
)
def test_a_wrong_table_of_tokens_for_exchange_is_named(
    settings: ReadSettings, change: tuple[str, str], problem: str
) -> None:
    _, said = settings(EWS_BY_TOKEN.replace(*change))
    assert any(problem in line for line in said), said
    assert not any("S3cret" in line for line in said)


@pytest.mark.parametrize("given", ["EWS", "IMAP", "GRAPH"])
def test_the_last_day_of_a_password_may_be_written_down_for_every_server(settings: ReadSettings, given: str) -> None:
    text = {"EWS": EWS, "IMAP": IMAP, "GRAPH": GRAPH}[given]
    read, said = settings(f"{text}secret_ends = 2027-01-31\n")
    assert said == []
    assert read is not None
    table = read.mailbox.ews or read.mailbox.imap or read.mailbox.graph
    assert table is not None
    assert table.secret_ends == date(2027, 1, 31)
    _, said = settings(f'{text}secret_ends = "soon"\n')
    assert any("secret_ends: this must be a date" in line for line in said), said


def test_a_server_to_test_against_may_be_on_this_machine(settings: ReadSettings) -> None:
    _, said = settings(GRAPH + 'endpoint = "http://127.0.0.1:8123"\n')
    assert said == []


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (
            '[mailbox]\ntransport = "grpah"',
            'transport: this must be one of "folder", "graph", "ews", "imap", not "grpah"',
        ),
        ("[mailbox]\npoll_secnds = 5", 'mailbox.poll_secnds: there is no such key; did you mean "poll_seconds"?'),
        ("[mailbox]\npoll_seconds = 0", "mailbox.poll_seconds: 0 is out of range; write a number from 1 to 290"),
        (
            "[mailbox]\npoll_seconds = '60'",
            'poll_seconds: this must be a whole number, not "60"; write it without quotes',
        ),
        ("[mailbox.exchange]\nserver = 'x'", "mailbox.exchange: there is no such key"),
        ("[mailbox.folder]\npath = '../other'", 'mailbox.folder.path: "../other" is not a folder under the home'),
        ("mailbox = 1", "mailbox: this must be a table, not 1; write [mailbox] above its keys"),
        ("[database]\nurl = 'mysql://x/y'", 'database.url: "mysql://x/y" is not a database that is known here'),
        ("[database]\nschema = 'pg_x'", 'database.schema: "pg_x" is not a name for a schema; write small letters'),
        ("[database]\nschema = 'north'", "database.schema: a file has no schemas"),
        (
            "[office]\ntimezone = 'Europe/Lundon'",
            'timezone: "Europe/Lundon" is not a time zone; did you mean "Europe/London"',
        ),
        ("[office]\ntimezone = '../etc'", 'office.timezone: "../etc" is not a time zone'),
        ("[office]\ntimezone = 'Europe'", 'office.timezone: "Europe" is not a time zone'),
        ("[office]\nreminder_time = 18:00:00", "reminders would go at 18:00:00, after close of business at 17:00:00"),
        (
            "[office]\nreminder_time = '9:00'",
            'office.reminder_time: this must be a time of day such as 09:00:00, not "9:00"',
        ),
        ("[limits]\nautomatic_mails_per_hour = -1", "limits.automatic_mails_per_hour: -1 is out of range"),
        ("[alarm]\nurl = 'hello'", 'alarm.url: "hello" is not an address on the web'),
        ("[heartbeat]\nurl = 'https://['", 'heartbeat.url: "https://[" is not an address on the web'),
        ("[metrics]\nlisten = '9464'", 'metrics.listen: "9464" is not a host and a port; write "127.0.0.1:8080"'),
        ("[metrics]\nlisten = '0.0.0.0:9464'", 'metrics.listen: "0.0.0.0" can be reached from elsewhere, and nobody'),
        ("[board]\nlisten = 'localhost:99999999'", 'board.listen: "localhost:99999999" is not a host and a port'),
        ("[marking]\ntext = ' X'", 'marking.text: " X" cannot stand in a subject line'),
        ('[marking]\ntext = "X\\nBcc: a@b.example"', "cannot stand in a subject line"),
    ],
)
def test_a_wrong_setting_is_named_with_its_line_and_remedy(settings: ReadSettings, lines: str, problem: str) -> None:
    _, said = settings(f'installation = "x"\n{lines}\n')
    assert len(said) == 1
    assert said[0].startswith("config/bot.toml:")
    assert problem in said[0]


def test_an_installation_is_one_plain_word(settings: ReadSettings) -> None:
    _, said = settings('installation = "Live System"')
    assert said == [
        (
            'config/bot.toml:1: installation: "Live System" is not a name for an installation; '
            'write small letters, digits and hyphens, such as "nsscp-live"'
        )
    ]


@pytest.mark.parametrize(
    "lines",
    [
        "[database]\nurl = 'postgresql+psycopg://bot:Hush-Hush@db.example/cspr'",
        "[alarm]\nurl = 'https://bot:Hush-Hush@alarm.example/'",
        GRAPH.partition("\n")[2].partition("\n")[2].replace("graph-cert", "Hush-Hush~1"),
    ],
)
def test_a_secret_in_the_main_config_is_refused_and_never_shown(settings: ReadSettings, lines: str) -> None:
    _, said = settings(f'installation = "x"\n{lines}\n')
    assert len(said) == 1
    assert "must not stand" in said[0]
    assert "Hush" not in said[0]


def test_a_database_server_without_a_password_is_fine(settings: ReadSettings) -> None:
    _, said = settings('installation = "x"\n[database]\nurl = "postgresql+psycopg://bot@db.example/cspr"\n')
    assert said == []
