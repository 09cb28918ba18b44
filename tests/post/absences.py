"""What mail programs answer while nobody reads: the dialects of Exchange, Outlook, Gmail and of councils' gateways."""

from collections.abc import Iterator
from dataclasses import dataclass

from cspr_bot.demonstration.post import SERVER

# The words of a subject and of a body, in the languages that reach an English or Welsh partnership.
WORDS = (
    ("Automatic reply: {}", "I am out of the office until 4 January and will read your mail when I am back."),
    ("Out of Office: {}", "I am on annual leave. In my absence please ring the duty desk on 01632 960100."),
    ("Out of Office AutoReply: {}", "I am away from my desk."),
    ("Auto: {}", "I will be away from work returning on 4 January."),
    ("AutoReply: {}", "I no longer work for the council."),
    ("Out of the office until 4 January", "Please contact my manager."),
    ("On annual leave until 4 January", "I have limited access to mail."),
    ("Sam Service is out of the office", "I am on leave."),
    ("Ateb awtomatig: {}", "Rwyf allan o'r swyddfa tan 4 Ionawr."),
    ("Allan o'r swyddfa", "Rwyf ar wyliau. I am on leave."),
    ("Automatische Antwort: {}", "Ich bin bis 4. Januar abwesend."),
    ("Abwesenheitsnotiz: {}", "Ich bin im Urlaub."),
    ("Réponse automatique : {}", "Je suis absent du bureau jusqu'au 4 janvier."),
    ("Respuesta automática: {}", "Estoy fuera de la oficina hasta el 4 de enero."),
    ("Risposta automatica: {}", "Sono fuori ufficio fino al 4 gennaio."),
    ("Odpowiedź automatyczna: {}", "Jestem na urlopie do 4 stycznia."),
    ("Automatisch antwoord: {}", "Ik ben afwezig tot 4 januari."),
)

# What each adds: headers, and what stands before the subject.
DIALECTS = {
    "Exchange": ("X-Auto-Response-Suppress: All\r\nX-MS-Exchange-Inbox-Rules-Loop: sam@council.example\r\n", ""),
    "Exchange Online": ("Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: DR, OOF, AutoReply\r\n", ""),
    "Gmail": ("Auto-Submitted: auto-replied\r\nPrecedence: bulk\r\nX-Autoreply: yes\r\n", ""),
    "a gateway that strips headers": ("", ""),
    "a gateway that strips and tags": ("", "[EXTERNAL] "),
    "a gateway that strips and marks": ("", "OFFICIAL-SENSITIVE: "),
}


@dataclass(frozen=True)
class Absence:
    """An automatic reply."""

    name: str
    raw: bytes


def absences(sender: str, message_id: str, quoted: str) -> Iterator[Absence]:
    """Give automatic replies to a mail of ours, in every dialect and language; every third quotes what it answers."""
    domain = sender.rpartition("@")[2]
    for dialect, (headers, before) in DIALECTS.items():
        for number, (subject, text) in enumerate(WORDS):
            tail = f"\r\n\r\n{quoted}" if number % 3 == 0 else ""
            yield Absence(
                f"{dialect}: {subject}",
                (
                    f"Authentication-Results: {SERVER}; dmarc=pass header.from={domain}\r\n"
                    f"Received: from mail.{domain} ([192.0.2.25]) by {SERVER} with ESMTPS; "
                    f"Tue, 15 Dec 2026 10:13:{number:02} +0000\r\n{headers}From: {sender}\r\n"
                    f"Subject: {before}{subject.format('NSSCP')}\r\nIn-Reply-To: {message_id}\r\n"
                    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
                    f"{text}{tail}\r\n"
                ).encode(),
            )
