"""What is understood of real and invented mails, beside what plain libraries make of them.

The real ones are labelled mails from public test suites in `../shared/corpora/mail`; where that is absent, only the
invented ones of `tests/post` are measured. Both sides are given the same bytes.
"""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path
from time import perf_counter

from email_reply_parser import EmailReplyParser
from flufl.bounce import all_failures
from mailparser_reply import EmailReplyParser as MailReplyParser
from quotequail import unwrap

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from cspr_bot.correspondence.kinds import Kind, what_is  # noqa: E402
from cspr_bot.correspondence.message import ParsedMail  # noqa: E402
from cspr_bot.correspondence.replies import new_text  # noqa: E402
from cspr_bot.mail.message import parse  # noqa: E402
from cspr_bot.mail.message_bounce import with_unreached  # noqa: E402
from tests.post.absences import absences  # noqa: E402
from tests.post.bounces import US, for_good, for_now  # noqa: E402
from tests.post.labelled import CORPUS, LabelledReply, labelled_replies  # noqa: E402
from tests.post.replies import replies  # noqa: E402

TO = "casereview@police.example"
OURS = (
    f"Message-ID: <1@nsscp.example>\r\nFrom: {US}\r\nTo: {TO}\r\nX-CSPR-Effect: effect-1\r\n"
    "Subject: NSSCP NS-7F3K-2Q\r\nContent-Type: text/plain\r\n\r\nPlease answer.\r\n"
).encode()


def read(raw: bytes) -> ParsedMail:
    """Read a mail as the bounded child does."""
    return with_unreached(parse(raw))


def judge(mail: ParsedMail) -> Kind:
    """Say what a mail is, were it an answer to one of ours."""
    return what_is(mail, own_address=US, has_form=False, is_reply=False)


def flufl(raw: bytes) -> tuple[set[str], set[str]]:
    """Give what flufl.bounce alone says: who may be reached later, and who never."""
    try:
        found = all_failures(message_from_bytes(raw))
    except Exception:  # noqa: BLE001 - it raises on odd mails, and that is a figure too
        return set(), set()
    later, never = ({str(item, "ascii") if isinstance(item, bytes) else item for item in group} for group in found)
    return later, never


def labelled() -> Iterator[tuple[Path, dict[str, object]]]:
    """Give every mail of the corpora with its labels."""
    for expectations in sorted(CORPUS.glob("*/expect.json")):
        for name, labels in json.loads(expectations.read_text())["cases"].items():
            if (file := expectations.parent / name).exists():
                yield file, labels


def row(what: str, ours: str, theirs: str, wanted: str) -> None:
    """Print one line of the table."""
    print(f"{what:48}{ours:>16}{theirs:>26}  {wanted}")


def share(part: int, whole: int) -> str:
    """Write a share as it is counted and in thousandths."""
    return f"{part}/{whole} {part / whole:.3f}" if whole else "-"


def survived(read_one: Callable[[bytes], object], files: list[Path]) -> int:
    """Count the mails that a reader raises on."""
    failed = 0
    for file in files:
        try:
            read_one(file.read_bytes())
        except Exception:  # noqa: BLE001 - this is what is counted
            failed += 1
    return failed


def whole_by_standard_library(raw: bytes) -> None:
    """Read every part and header with the standard library's modern policy."""
    for part in message_from_bytes(raw, policy=policy.default).walk():
        list(part.items())
        if not part.is_multipart():
            part.get_content()


def measure_robustness() -> None:
    """Count exceptions over every file."""
    files = [file for file, _ in labelled()]
    begun = perf_counter()
    ours = survived(lambda raw: (judge(read(raw)), new_text(read(raw))), files)
    took = (perf_counter() - begun) / 2 / max(len(files), 1) * 1000
    theirs = survived(whole_by_standard_library, files)
    row(f"exceptions over {len(files)} real mails", str(ours), f"email {theirs}", "0")
    row("milliseconds a mail", f"{took:.1f}", "", "")


def measure_bounces() -> None:
    """Say which labelled bounces are known, and which other mails are taken for one."""
    counted = {"found": 0, "wrong": 0, "flufl": 0, "flufl wrong": 0, "yes": 0, "no": 0}
    whose = {"ours": 0, "flufl": 0, "all": 0}
    for file, labels in labelled():
        raw = file.read_bytes()
        kind, (later, never) = judge(read(raw)), flufl(raw)
        match labels.get("is_bounce"):
            case True:
                counted["yes"] += 1
                counted["found"] += kind.kind == "bounce"
                counted["flufl"] += bool(later or never)
            case False:
                counted["no"] += 1
                counted["wrong"] += kind.kind == "bounce"
                counted["flufl wrong"] += bool(later or never)
        named = [str(item) for key in ("failed_recipients", "delayed_recipients") for item in labels.get(key) or ()]  # type: ignore[attr-defined]
        if named:
            wanted = {address.lower() for address in named}
            whose["all"] += 1
            whose["ours"] += kind.bounce is not None and set(kind.bounce.recipients) == wanted
            whose["flufl"] += {address.lower() for address in later | never} == wanted
    found, known = share(counted["found"], counted["yes"]), share(counted["flufl"], counted["yes"])
    row("bounces known", found, f"flufl {known}", ">= .985")
    row(f"others taken for one, of {counted['no']}", str(counted["wrong"]), f"flufl {counted['flufl wrong']}", "<= 1")
    row("recipients right", share(whose["ours"], whose["all"]), f"flufl {share(whose['flufl'], whose['all'])}", "")


def measure_permanence() -> None:
    """Say of bounces with a known status whether they are taken for good or for now, real and invented."""
    samples = [(item.raw, not item.is_permanent) for item in (*for_now(OURS, TO), *for_good(OURS, TO))]
    for file, labels in labelled():
        code = str(labels.get("code") or labels.get("status") or labels.get("smtp_code") or "")
        if code[:1] in {"4", "5"} and labels.get("is_bounce"):
            samples.append((file.read_bytes(), code.startswith("4")))
    right = {(is_later, whose): 0 for is_later in (True, False) for whose in ("ours", "flufl")}
    for raw, is_later in samples:
        bounce, (later, never) = judge(read(raw)).bounce, flufl(raw)
        right[is_later, "ours"] += bounce is not None and bounce.permanent != is_later
        right[is_later, "flufl"] += bool(later and not never) if is_later else bool(never)
    for is_later, wanted in ((False, ">= .98"), (True, ">= .85")):
        whole = sum(sample[1] == is_later for sample in samples)
        ours, theirs = share(right[is_later, "ours"], whole), share(right[is_later, "flufl"], whole)
        row(f"{'4.x taken for now' if is_later else '5.x taken for good'}", ours, f"flufl {theirs}", wanted)


def measure_absences() -> None:
    """Say which automatic replies are known for machines' work."""
    samples = [item.raw for item in absences("s@council.example", "<1@nsscp.example>", "> DONE")]
    samples += [file.read_bytes() for file, labels in labelled() if labels.get("is_auto_reply")]
    known = sum(judge(read(raw)).kind in {"auto_reply", "list"} for raw in samples)
    # The rule that most mail systems begin with, and many end with.
    plain = sum(b"auto-submitted: auto" in raw.lower() or b"precedence: bulk" in raw.lower() for raw in samples)
    row("automatic replies known", share(known, len(samples)), f"headers {share(plain, len(samples))}", "all")


def measure_replies() -> None:
    """Say of replies whether exactly what was written is kept, and how many words of it are lost."""
    samples = [LabelledReply(item.name, item.raw, item.own, item.own) for item in replies()]
    samples += labelled_replies()
    ways: dict[str, Callable[[ParsedMail], str]] = {
        "ours": new_text,
        "mail-parser-reply": lambda mail: MailReplyParser(languages=["en"]).parse_reply(text=mail.text) or "",
        "email-reply-parser": lambda mail: EmailReplyParser.parse_reply(mail.text),
        "quotequail": lambda mail: str((unwrap(mail.text) or {}).get("text_top", mail.text)),
    }
    print()
    print(f"{'replies: ' + str(len(samples)) + ' labelled':48}{'exact':>16}{'with lost words':>26}")
    for name, way in ways.items():
        exact = lost = 0
        for sample in samples:
            found = way(parse(sample.raw))
            exact += sample.is_exact(found)
            lost += bool(sample.lost(found))
        print(f"{name:48}{exact:>16}{lost:>26}")


def main() -> None:
    """Print the table."""
    logging.getLogger("flufl.bounce").disabled = True
    if not CORPUS.is_dir():
        print("../shared/corpora/mail is not here: only the invented mails are measured")
    print(f"{'':48}{'ours':>16}{'plain library':>26}  wanted")
    measure_robustness()
    measure_bounces()
    measure_permanence()
    measure_absences()
    measure_replies()


if __name__ == "__main__":
    main()
