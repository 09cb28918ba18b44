"""What a new home is told first: the partnership, its mailbox, its co-ordinator. Checked by the rules of the files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from cspr_bot.config.addresses import (
    SECURE_DOMAINS,
    address_flaw,
    ascii_domain,
    domain_flaw,
    nearest_domain,
    never_written_to,
    normalise,
    unattended,
)
from cspr_bot.config.settings_file import NAME_OF_INSTALLATION
from cspr_bot.correspondence.contacts import is_under


@dataclass(frozen=True, slots=True)
class FirstAnswers:
    """The answers; "" leaves what ships. `known_domains` are written with blanks or commas between."""

    name: str = ""
    short_name: str = ""
    mailbox: str = ""
    known_domains: str = ""
    coordinator_name: str = ""
    coordinator: str = ""
    installation: str = ""

    @property
    def domains(self) -> tuple[str, ...]:
        """The known domains, one by one."""
        return tuple(filter(None, self.known_domains.replace(",", " ").split()))


def flaw_of(key: str, value: str, answers: FirstAnswers = FirstAnswers()) -> str:
    """Say what is wrong with an answer, or "" where nothing is. `answers` are those given before it."""
    if not value:
        return ""
    return _CHECKS[key](value, answers)


def flaws_of(answers: FirstAnswers) -> tuple[str, ...]:
    """Say everything that is wrong with the answers, by the name of each."""
    given = ((item.name, str(getattr(answers, item.name))) for item in fields(answers))
    found = ((name, flaw_of(name, value, answers)) for name, value in given)
    return tuple(f"--{name.replace('_', '-')}: {flaw}" for name, flaw in found if flaw)


def with_answers(contacts: str, bot: str, answers: FirstAnswers) -> tuple[str, str]:
    """Put the answers into the text of contacts.toml and bot.toml as they ship; comments and order stay."""
    import tomlkit  # noqa: PLC0415 - 30 ms, and only for who has said something

    answers = replace(answers, mailbox=normalise(answers.mailbox), coordinator=normalise(answers.coordinator))
    listed: Any = tomlkit.parse(contacts)
    settings = tomlkit.parse(bot)
    partnership: Mapping[str, str] = {
        "name": answers.name, "short_name": answers.short_name, "mailbox": answers.mailbox
    }  # fmt: skip
    for key, value in partnership.items():
        if value:
            listed["partnership"][key] = value
    if answers.domains:
        listed["mail"]["known_domains"] = list(answers.domains)
    coordinator = next(entry for entry in listed["contact"] if entry["role"] == "coordinator")
    if answers.coordinator_name:
        coordinator["name"] = answers.coordinator_name
    if answers.coordinator:
        coordinator["email"] = answers.coordinator
    if answers.installation:
        settings["installation"] = answers.installation
    return tomlkit.dumps(listed), tomlkit.dumps(settings)


def _line(value: str, _answers: FirstAnswers) -> str:
    return "" if value.isprintable() else "write one line of text"


def _mailbox(value: str, _answers: FirstAnswers) -> str:
    return address_flaw(value)


def _domains(value: str, _answers: FirstAnswers) -> str:
    for name in FirstAnswers(known_domains=value).domains:
        if name != "example" and (flaw := domain_flaw(ascii_domain(name)) if ascii_domain(name) else "not a domain"):
            return f"{flaw}; write them with blanks between, such as council.example nhs.example"
    return ""


def _coordinator(value: str, answers: FirstAnswers) -> str:
    if flaw := address_flaw(value):
        return flaw
    plain = normalise(value)
    if plain == normalise(answers.mailbox):
        return "this is the partnership's own mailbox; write the co-ordinator's personal or another team mailbox"
    if reason := unattended(plain) or never_written_to(plain):
        return f"{reason}; write the address of a person or a team that reads it"
    domain = plain.rpartition("@")[2]
    if not is_under(domain, SECURE_DOMAINS):
        meant = nearest_domain(domain, (*SECURE_DOMAINS, *answers.domains))
        return f'"{domain}" is not on the secure-domain list' + (f"; did you mean {meant}?" if meant else "")
    return ""


def _installation(value: str, _answers: FirstAnswers) -> str:
    is_good = NAME_OF_INSTALLATION.fullmatch(value)
    return "" if is_good else "write small letters, digits and hyphens, such as nsscp-live"


_CHECKS: Mapping[str, Callable[[str, FirstAnswers], str]] = {
    "name": _line,
    "short_name": _line,
    "mailbox": _mailbox,
    "known_domains": _domains,
    "coordinator_name": _line,
    "coordinator": _coordinator,
    "installation": _installation,
}
