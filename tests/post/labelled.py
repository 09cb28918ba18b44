"""The labelled replies of public test suites, where they are beside the project, and what in a label is no reply."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "mail"

# Two labels of talon end with the signature, which that suite takes off in a second step. What a person wrote is here,
# as section 8 of the interfaces has it, what stands before: a telephone's advertisement and a mail program's foot are
# nobody's words. Both readings count as exact, whoever gives them.
SIGNATURES = {
    "iphone.eml": "Sent from my iPhone",
    "sparrow.eml": "-- \nxxx\nSent with Sparrow (http://www.sparrowmailapp.com/?sig)",
}


@dataclass(frozen=True)
class LabelledReply:
    """A reply, what its label says was written in it, and the same without a signature."""

    name: str
    raw: bytes
    label: str
    own: str

    def is_exact(self, found: str) -> bool:
        """Say whether this is what was written, white space apart."""
        return found.split() in (self.label.split(), self.own.split())

    def lost(self, found: str) -> list[str]:
        """Give the words that were written and are not there."""
        missing = self.own.split()
        for word in found.split():
            if word in missing:
                missing.remove(word)
        return missing


def labelled_replies() -> Iterator[LabelledReply]:
    """Give every labelled reply of the corpora; nothing where they are absent."""
    for expectations in sorted(CORPUS.glob("*/expect.json")):
        for name, labels in json.loads(expectations.read_text())["cases"].items():
            label, file = labels.get("reply_text") or labels.get("visible_text"), expectations.parent / name
            if isinstance(label, str) and file.exists():
                raw = file.read_bytes() if file.suffix == ".eml" else b"From: a@b.example\n\n" + file.read_bytes()
                own = label.removesuffix(SIGNATURES.get(file.name, ""))
                yield LabelledReply(file.name, raw, label, own)
