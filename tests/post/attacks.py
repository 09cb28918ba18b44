"""Mails that must change nothing and be answered by nobody, and beside each kind one that must count.

Every line of the attack list is here: forged origins, tricks with names and addresses, answers that are none, machines
that speak as people, structures that break readers, files that break their readers. All of it is written by hand;
nobody in it exists.
"""

from collections.abc import Iterator

from tests.post.attack import Attack, Post, with_headers
from tests.post.attacks_by_machines import machines, machines_with_forms
from tests.post.attacks_on_answers import answers, codes, hidden_words, other_recipients
from tests.post.attacks_on_origin import forged_verdicts, inside_the_tenant, lookalikes, unproven
from tests.post.attacks_on_readers import bounces, file_names, headers, sealed, structures
from tests.scenarios.people import NURSE


def attacks(post: Post) -> Iterator[Attack]:
    """Give every attack, and the controls that must pass."""
    for make in (
        controls,
        unproven,
        forged_verdicts,
        inside_the_tenant,
        lookalikes,
        codes,
        other_recipients,
        answers,
        hidden_words,
        machines,
        machines_with_forms,
        headers,
        sealed,
        file_names,
        structures,
        bounces,
    ):
        yield from make(post)


def controls(post: Post) -> Iterator[Attack]:
    yield Attack("control", "a form", post.form, "opened")
    yield Attack("control", "an answer", post.answer("DONE"), "counts")
    for words in ("done", "DONE.", "  DONE  ", "DONE REF 48213", "DONE 2026-12-16", "STATUS"):
        yield Attack("control", f"the answer {words!r}", post.answer(words), "counts")
    yield Attack("control", "a note", post.answer("NOTE Please ring me."), "counts")
    yield Attack("control", "leave", post.answer("AWAY UNTIL 2026-12-24"), "counts")
    yield Attack("control", "a question", post.letter(NURSE, "How?", "How do we refer?"), "asked")
    for top in (
        "[EXTERNAL]\n\n",
        "OFFICIAL-SENSITIVE\n\n",
        "CAUTION: This email originated from outside the council.\n\n",
    ):
        yield Attack("control", f"below the banner {top[:12]!r}", post.answer(f"{top}DONE"), "counts")
    for tag in ("[EXTERNAL]", "[SECURE]", "OFFICIAL-SENSITIVE:"):
        raw = post.form.replace(b"Subject: ", f"Subject: {tag} ".encode(), 1)
        yield Attack("control", f"a form tagged {tag}", raw, "opened")
    yield Attack("control", "Auto-Submitted: no", with_headers(post.form, "Auto-Submitted: no"), "opened")
    yield Attack(
        "control",
        "an answer with Auto-Submitted: no",
        with_headers(post.answer("DONE"), "Auto-Submitted: no"),
        "counts",
    )
    yield Attack(
        "control",
        "a verdict in another case",
        post.form.replace(b"mx.council.example; dmarc", b"MX.Council.Example; DMARC", 1),
        "opened",
    )
    signature = "DONE\n\n-- \nSam Service\nService Leader\n"
    yield Attack("control", "above a signature", post.answer(signature), "counts")
    disclaimer = "DONE\n\nThis email and any attachments are confidential and intended for the addressee only.\n"
    yield Attack("control", "above a disclaimer", post.answer(disclaimer), "counts")
