"""Replies as real mail programs write them: what a person wrote, and everything that stands around it."""

from collections.abc import Iterator
from dataclasses import dataclass

US = "NSSCP <partnership@nsscp.example>"
OURS = (
    "Dear Service Leader,",
    "",
    "Please notify the Panel by Tuesday 22 December 2026.",
    "",
    "Answer code: " + "A" * 26,
)
MARKED = "\n".join(f"> {line}".rstrip() for line in OURS)
PLAIN = "\n".join(OURS)
HEADER = f"From: {US}\nSent: 15 December 2026 10:12\nTo: Sam Service <s@council.example>\nSubject: NSSCP NS-7F3K-2Q"

RULE = "_" * 32
WELSH = f"Oddi wrth: {US}\nAnfonwyd: 15 Rhagfyr 2026\nAt: Sam\nPwnc: NSSCP"
BERRY = f"From: {US}\nDate: Tue, 15 Dec 2026\nTo: Sam\nSubject: NSSCP"
ORIGINAL = "-----Original Message-----"
WROTE = f"On 15 Dec 2026, at 10:12, {US} wrote:"

OWN = (
    "DONE",
    "NOTE Please ring me.\n\nThe reference came in two parts:\n- 48213\n- 48214",
    "Thank you for this.\n\nOn Monday I wrote to the Panel, and from there we go on.\n\nRegards\nSam",
)

# What each program puts below what a person wrote.
BELOW = {
    "Outlook": f"\n\n{HEADER}\n\n{PLAIN}",
    "Outlook with a rule": f"\n\n{RULE}\n{HEADER}\n\n{PLAIN}",
    "Outlook, marked": f"\n\n{ORIGINAL}\n{HEADER}\n\n{MARKED}",
    "Outlook in Welsh": f"\n\n-----Neges Wreiddiol-----\n{WELSH}\n\n{PLAIN}",
    "Outlook on a telephone": f"\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n{RULE}\n{HEADER}\n\n{PLAIN}",
    "Gmail": f"\n\nOn Tue, 15 Dec 2026 at 10:12, {US} wrote:\n\n{MARKED}",
    "Gmail, broken line": f"\n\nOn Tue, 15 Dec 2026 at 10:12, NSSCP\n<partnership@nsscp.example> wrote:\n\n{MARKED}",
    "Apple Mail": f"\n\n> {WROTE}\n> \n{MARKED}",
    "iPhone": f"\n\nSent from my iPhone\n\n> {WROTE}\n> \n{MARKED}",
    "Thunderbird": f"\n\nOn 15/12/2026 10:12, NSSCP wrote:\n{MARKED}",
    "Android": f"\n\nSent from my Samsung Galaxy smartphone.\n\n---- Original message ----\n{HEADER}\n\n{PLAIN}",
    "BlackBerry": f"\n\n{ORIGINAL}\n{BERRY}\n\n{PLAIN}",
    "a signature": f"\n\n-- \nSam Service\nService Leader\n\n{WROTE}\n{MARKED}",
    "a disclaimer": (
        "\n\nThis email and any attachments are confidential and intended solely for the addressee.\n\n"
        f"-----Original Message-----\n{HEADER}\n\n{PLAIN}"
    ),
    "nothing": "",
}
ABOVE = {"": "", "a banner": "CAUTION: This email originated from outside the organisation. Do not click links.\n\n"}


@dataclass(frozen=True)
class Reply:
    """A reply's text, and what in it the person wrote."""

    name: str
    text: str
    own: str

    @property
    def raw(self) -> bytes:
        """The reply as a mail."""
        head = "From: s@council.example\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        return (head + self.text.replace("\n", "\r\n")).encode()


def replies() -> Iterator[Reply]:
    """Give every shape with each of the texts; and those in which people write between and below what they quote."""
    for client, below in BELOW.items():
        for number, own in enumerate(OWN):
            yield Reply(f"{client} {number}", own + below, own)
    yield Reply("below a banner", ABOVE["a banner"] + OWN[0] + BELOW["Outlook"], OWN[0])
    yield Reply("below a marking", f"OFFICIAL-SENSITIVE\n\n{OWN[0]}" + BELOW["Gmail"], OWN[0])
    yield Reply("below the quotation", f"{BELOW['Thunderbird'].strip()}\n\n{OWN[0]}", OWN[0])
    between = "On 15/12/2026 10:12, NSSCP wrote:\n> Please notify.\n\nWe did.\n\n> By Tuesday.\n\nOn Monday."
    yield Reply("between the quotations", between, "We did.\n\nOn Monday.")
