"""The values of bot.toml: the installation, its mailbox, database, office hours, limits and alarms."""

from dataclasses import dataclass
from datetime import date, time
from typing import Literal
from zoneinfo import ZoneInfo

from cspr_bot.procedure.calendar import OfficeHours

Transport = Literal["folder", "graph", "ews", "imap"]


@dataclass(frozen=True, slots=True)
class FolderMailbox:
    """A Maildir under the home. `by_hand`: a mail without any Received header was put there by a person who may."""

    path: str = "var/mailbox"
    by_hand: bool = True


@dataclass(frozen=True, slots=True)
class GraphMailbox:
    """A mailbox of Microsoft 365. `certificate` and `client_secret` are names of secrets, never secrets.

    `secret_ends`, here and for the others: when a secret or password ends of which no server says so by itself.
    """

    tenant_id: str
    client_id: str
    mailbox: str
    certificate: str = ""
    client_secret: str = ""
    authority: str = "https://login.microsoftonline.com"
    endpoint: str = "https://graph.microsoft.com"
    ca_file: str = ""
    secret_ends: date | None = None


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """Where an access token comes from. `client_secret` and `refresh_token` are names of secrets, never secrets.

    `resource`: what the token is for, where a token server (AD FS) asks for that beside the scope.
    """

    token_url: str
    client_id: str
    client_secret: str = ""
    scope: str = ""
    refresh_token: str = ""
    resource: str = ""


@dataclass(frozen=True, slots=True)
class EwsMailbox:
    """A mailbox on an Exchange server of one's own: with user and password, or with tokens (`oauth`).

    `password` is the name of a secret, never a secret.
    `server_build` is told, so that the server is asked for nothing by guessing: 15.2.2562.17 is Server SE as released.
    """

    endpoint: str
    mailbox: str
    user: str = ""
    password: str = ""
    oauth: TokenSettings | None = None
    auth: Literal["ntlm", "basic"] = "ntlm"
    server_build: str = "15.2.2562.17"
    ca_file: str = ""
    secret_ends: date | None = None


@dataclass(frozen=True, slots=True)
class ImapMailbox:
    """A mailbox by IMAP, and an SMTP server to send by. `password` and `smtp_password` are names of secrets.

    Where `smtp_user` is "" it is the same person as for IMAP. Folders that are "" are found by their use.
    """

    host: str
    user: str
    smtp_host: str
    password: str = ""
    oauth: TokenSettings | None = None
    port: int = 993
    security: Literal["tls", "starttls"] = "tls"
    smtp_port: int = 465
    smtp_security: Literal["tls", "starttls"] = "tls"
    smtp_user: str = ""
    smtp_password: str = ""
    ca_file: str = ""
    sent_folder: str = ""
    junk_folder: str = ""
    secret_ends: date | None = None


@dataclass(frozen=True, slots=True)
class MailboxSettings:
    """Where mail comes from and goes to, and how often it is looked for."""

    transport: Transport = "folder"
    poll_seconds: int = 60
    folder: FolderMailbox = FolderMailbox()
    graph: GraphMailbox | None = None
    ews: EwsMailbox | None = None
    imap: ImapMailbox | None = None

    @property
    def live(self) -> GraphMailbox | EwsMailbox | ImapMailbox | None:
        """The table of the transport that is used, where that is one on a server."""
        return {"graph": self.graph, "ews": self.ews, "imap": self.imap}.get(self.transport)


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """Where everything is kept; a SQLite path is under the home. `schema`: on a server; "" is made of the name."""

    url: str = "sqlite:///var/cspr-bot.db"
    schema: str = ""


@dataclass(frozen=True, slots=True)
class OfficeSettings:
    """Local time: when reminders go, and when a due day ends.

    `digest`: a page for the co-ordinator every working morning; without it only the first of each week comes.
    """

    timezone: str = "Europe/London"
    reminder_time: time = time(9)
    close_of_business: time = time(17)
    digest: bool = True

    @property
    def hours(self) -> OfficeHours:
        """The same for the calendar, with the zone itself."""
        return OfficeHours(ZoneInfo(self.timezone), self.reminder_time, self.close_of_business)


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """How many automatic mails may leave in an hour; reminders to listed contacts are never held back."""

    automatic_mails_per_hour: int = 60
    acknowledgements_per_sender_per_hour: int = 10


@dataclass(frozen=True, slots=True)
class AlarmSettings:
    """The second channel, for when the mailbox itself fails: a command that is run, an address that is called."""

    command: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class HeartbeatSettings:
    """What is run and called after each good round, so that silence is noticed outside; "" is nothing."""

    command: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """Where figures and `/healthz` may be fetched, `host:port` on this machine only; "" is nowhere."""

    listen: str = ""


@dataclass(frozen=True, slots=True)
class BoardSettings:
    """Where the case board answers, `host:port`. `allow_network`: why it may be reached from other machines."""

    listen: str = "127.0.0.1:8080"
    allow_network: str = ""


@dataclass(frozen=True, slots=True)
class MarkingSettings:
    """The protective marking: first in every subject and at the top of every body; "" is none."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """All of bot.toml. `installation` is kept in the database too, and the two must agree."""

    installation: str
    mailbox: MailboxSettings = MailboxSettings()
    database: DatabaseSettings = DatabaseSettings()
    office: OfficeSettings = OfficeSettings()
    limits: LimitSettings = LimitSettings()
    alarm: AlarmSettings = AlarmSettings()
    heartbeat: HeartbeatSettings = HeartbeatSettings()
    metrics: MetricsSettings = MetricsSettings()
    board: BoardSettings = BoardSettings()
    marking: MarkingSettings = MarkingSettings()

    @property
    def is_live(self) -> bool:
        """Whether mails reach real people."""
        return self.mailbox.transport != "folder"
