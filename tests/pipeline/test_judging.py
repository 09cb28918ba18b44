# ruff: noqa: ARG002 - a fake that knows little needs few of the questions
"""What becomes of a mail, judged on values alone: every kind has its status, and a form is never passed over."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

import pytest

from cspr_bot.correspondence.kinds import NOTHING_IN_IT
from cspr_bot.correspondence.message import Attachment, ParsedMail
from cspr_bot.pipeline.filing import Mail, greeting_name, referral_fields, released
from cspr_bot.pipeline.judging import JUNK, Judge
from cspr_bot.pipeline.kept import GivenCode, HeldMail, KeptMail, MailStatus, Registration
from cspr_bot.pipeline.ports import BODY, Doubt, ReadFile, ReadMail
from cspr_bot.procedure.case import Case
from cspr_bot.referral.form import Criteria, FormDate, Reading, ReferralForm, Verdict
from cspr_bot.referral.likeness import mark_of_form
from tests.fakes.store import FORM
from tests.pipeline.world import TUESDAY, CountingChance, shipped_rules

NURSE = "practitioner@nhs.example"
RULES = replace(shipped_rules(), by_hand=True)
KEPT = KeptMail(5, "digest-of-the-mail", TUESDAY, TUESDAY, b"", 1)
REPORT = "multipart/report; report-type=delivery-status; boundary=b"


@dataclass
class Known:
    """What was received, sent and opened before."""

    copy: tuple[int, MailStatus, str | None] | None = None
    form: tuple[str, int | None] | None = None
    files: set[str] = field(default_factory=set)  # where given, these only are of a form that is known
    codes: dict[str, GivenCode] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    written_to: set[str] = field(default_factory=set)
    forms: dict[str, ReferralForm] = field(default_factory=dict)

    def find_copy(self, inbox_id: int, sha256: str) -> tuple[int, MailStatus, str | None] | None:
        return self.copy

    def find_code(self, code: str) -> GivenCode | None:
        return self.codes.get(code)

    def find_message(self, message_id: str) -> GivenCode | None:
        return self.codes.get(message_id)

    def find_effect(self, effect: str) -> GivenCode | None:
        return self.codes.get(effect)

    def find_form(self, digests: Iterable[str]) -> tuple[str, int | None] | None:
        return self.form if not self.files or self.files & set(digests) else None

    def was_sent(self, notice: str, address: str, since: datetime) -> bool:
        return address in self.written_to

    def has_case(self, reference: str) -> bool:
        return reference in self.taken

    def takes_mail(self, reference: str) -> bool:
        return reference in self.taken

    def form_of(self, case: str) -> ReferralForm | None:
        return self.forms.get(case)

    def held_mail(self, case: str) -> HeldMail | None:
        return None

    def task_is_open(self, case: str, task: str) -> bool:
        return True

    def task_timer(self, case: str, task: str) -> tuple[str, str | None] | None:
        return ("T2", None)

    def case_as_it_stands(self, case: str) -> Case:
        return Case(case, stages={"main": "open"})


def parsed(text: str = "Hello", sender: str = NURSE, **headers: str) -> ParsedMail:
    """A mail that a person put into the folder, so that its From is believed."""
    others = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return ParsedMail((("From", f"Casey Writer <{sender}>"), *others), text=text)


def file(verdict: Verdict = "ok", *forms: ReferralForm, name: str = "form.docx") -> ReadFile:
    return ReadFile(name, f"digest-of-{name}", Reading(verdict, "it is so", forms))


def judged(mail: ParsedMail, *files: ReadFile, known: Known | None = None, doubt: Doubt = "") -> Registration:
    judge = Judge(known or Known(), CountingChance(), RULES)
    return judge.decide(judge.look_at(replace(KEPT, doubt=doubt), ReadMail(mail, files)))


def test_a_file_beside_the_form_that_cannot_be_read_is_told_of_with_the_case() -> None:
    made = judged(parsed(), file("ok", FORM), file("unreadable", name="sibling.docx"))
    assert (made.kind, made.status) == ("referral", "filed")
    assert made.events[0].fields["unread"] == "yes"
    logo = judged(parsed(), file("ok", FORM), file("needs_ocr", name="logo.png"))
    assert "unread" not in logo.events[0].fields


def test_a_form_from_a_proven_sender_of_a_known_domain_opens_a_case() -> None:
    made = judged(parsed(), file("ok", FORM))
    assert (made.kind, made.status) == ("referral", "filed")
    (case,) = made.cases
    assert case.parties[0].address == NURSE
    assert case.digests[:2] == ("digest-of-form.docx", mark_of_form(FORM))
    assert [event.name for event in made.events] == ["referral_received"]


def test_a_form_that_lay_in_the_junk_is_held() -> None:
    made = judged(parsed(), file("ok", FORM), doubt="junk")
    assert (made.status, made.reasons) == ("held", (JUNK,))
    assert [event.fields["form"] for event in made.events] == ["yes"]


def test_a_file_in_the_junk_that_may_be_a_form_is_held() -> None:
    assert judged(parsed(), file("encrypted"), doubt="junk").status == "held"


def test_what_has_neither_form_nor_answer_is_left_in_the_junk() -> None:
    made = judged(parsed("Buy now"), doubt="junk")
    assert (made.status, made.reasons[-1]) == ("ignored", JUNK)
    assert judged(parsed("Buy now")).status == "held"


@pytest.mark.parametrize("mail", [parsed(), parsed("Buy now", List_Id="<x.example>")])
def test_what_never_came_whole_is_held_whatever_can_be_read_of_it(mail: ParsedMail) -> None:
    made = judged(mail, doubt="cut_short")
    assert (made.status, [event.fields["form"] for event in made.events]) == ("held", ["maybe"])


def test_the_same_form_as_word_and_as_pdf_is_one() -> None:
    made = judged(parsed(), file("ok", FORM), file("ok", FORM, name="form.pdf"))
    assert made.status == "filed"
    assert {"digest-of-form.docx", "digest-of-form.pdf"} < set(made.cases[0].digests)


def test_a_reference_that_is_taken_is_not_given_again() -> None:
    chance = CountingChance()
    first = chance.reference()
    made = judged(parsed(), file("ok", FORM), known=Known(taken={first}))
    assert made.case not in {first, None}


@pytest.mark.parametrize(
    ("mail", "files", "reason"),
    [
        (parsed(Received="from x by y; z"), (file("ok", FORM),), "nobody can tell who sent it"),
        (parsed(sender="x@elsewhere.example"), (file("ok", FORM),), "its sender's domain is not among those"),
        (
            parsed(Auto_Submitted="auto-replied"),
            (file("ok", FORM),),
            "it holds a form, but a machine or a list sent it",
        ),
        (parsed(List_Id="<l.nhs.example>"), (file("ok", FORM),), "it holds a form, but a machine or a list sent it"),
        (parsed(), (file("ok", FORM, replace(FORM, summary="another")),), "it holds 2 different forms"),
        (parsed(), (file("encrypted"),), "a file in it could not be read: it is so"),
        (parsed(), (file("needs_ocr", name="scan.pdf"),), "a file in it could not be read: it is so"),
    ],
)
def test_a_form_against_which_something_speaks_is_held_with_its_clocks(
    mail: ParsedMail, files: tuple[ReadFile, ...], reason: str
) -> None:
    made = judged(mail, *files)
    assert made.status == "held"
    assert any(text.startswith(reason) for text in made.reasons), made.reasons
    (case,) = made.cases
    assert (case.reference, case.provisional) == ("held:5", True)
    (event,) = made.events
    assert event.fields["form"] in {"yes", "maybe"}
    assert not any(party.address for party in case.parties)


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"Auto_Submitted": "auto-replied"}, "auto_reply"),
        ({"List_Id": "<l.nhs.example>"}, "list"),
        ({"Content_Type": "multipart/report; report-type=disposition-notification"}, "receipt"),
    ],
)
def test_what_no_person_wrote_is_passed_over_with_its_reason(headers: dict[str, str], kind: str) -> None:
    made = judged(parsed(**headers))
    assert (made.kind, made.status) == (kind, "ignored")
    assert made.reasons
    assert (made.cases, made.events) == ((), ())


def test_our_own_mail_that_comes_back_is_passed_over() -> None:
    made = judged(parsed(sender="partnership@nsscp.example", X_CSPR_Bot="nsscp-live"))
    assert (made.kind, made.status) == ("own", "ignored")


def test_what_cannot_be_read_is_held_and_may_be_a_referral() -> None:
    made = judged(replace(parsed(), is_readable=False, problems=("it broke the reader",)))
    assert (made.kind, made.status) == ("unreadable", "held")
    assert made.events[0].fields["form"] == "maybe"


def body(verdict: Verdict, *, is_partly_ours: bool = False) -> ReadFile:
    return ReadFile(BODY, "digest-of-the-body", Reading(verdict, "it is so", is_partly_ours=is_partly_ours))


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("", (body("unreadable"),)),
        (" \n\xa0", (body("not_a_form"),)),
        ("\x93\x81k\x02", (body("unreadable"),)),
        ("", (file("unreadable"), body("unreadable"))),
    ],
)
def test_a_mail_in_which_nothing_can_be_read_is_held_with_what_to_do(text: str, files: tuple[ReadFile, ...]) -> None:
    made = judged(parsed(text), *files)
    assert (made.kind, made.status, made.reasons[0]) == ("unreadable", "held", NOTHING_IN_IT)
    assert (made.events[0].fields["form"], made.events[0].fields["answered"]) == ("maybe", "no")


def test_a_logo_alone_says_nothing_and_a_photo_may_be_a_form() -> None:
    logo, photo = b"\x89PNG" + b"\0" * 900, b"\x89PNG" + b"\0" * 90_000
    for content, kind in ((logo, "unreadable"), (photo, "enquiry")):
        mail = replace(parsed(""), attachments=(Attachment("logo.png", "image/png", content),))
        picture = replace(file("needs_ocr", name="logo.png"), sha256=sha256(content).hexdigest())
        made = judged(mail, picture, body("unreadable"))
        assert (made.kind, made.events[0].fields["form"]) == (kind, "maybe")


def test_a_machines_mail_is_never_noise_while_something_in_it_cannot_be_read() -> None:
    made = judged(parsed("", Auto_Submitted="auto-replied"), file("unreadable"), body("unreadable"))
    assert (made.kind, made.status, made.events[0].fields["form"]) == ("unreadable", "held", "maybe")
    assert judged(parsed("", Auto_Submitted="auto-replied"), body("unreadable")).status == "ignored"


def test_who_sends_a_letter_without_a_word_is_held_and_asked_nothing() -> None:
    made = judged(parsed(""), file("not_a_form", name="letter.docx"), body("unreadable"))
    assert (made.kind, made.status, made.events[0].fields["answered"]) == ("enquiry", "held", "no")


def test_an_empty_answer_to_a_mail_of_ours_stays_an_answer() -> None:
    ours = GivenCode("NS-7F3K-2Q", "T2..1", "nurse", 7, is_spent=False, notice="N4", recipient=NURSE, role="referrer")
    mail = parsed("", In_Reply_To="<ours@nsscp.example>")
    made = judged(mail, body("unreadable"), known=Known(codes={"<ours@nsscp.example>": ours}))
    assert (made.kind, made.status, made.events[0].fields["form"]) == ("reply", "held", "no")


def test_a_body_that_is_partly_our_form_runs_the_clocks() -> None:
    made = judged(parsed(), body("not_a_form", is_partly_ours=True))
    assert (made.kind, made.status, made.events[0].fields["form"]) == ("referral", "held", "maybe")
    assert made.reasons == ("the mail's own text may be a form: it is so",)


def test_an_enquiry_is_held_and_who_may_refer_is_answered() -> None:
    made = judged(parsed())
    assert (made.kind, made.status) == ("enquiry", "held")
    assert made.events[0].fields["answered"] == "yes"
    assert made.cases[0].parties[0].address == NURSE


def test_a_blank_form_is_called_one_and_not_no_form() -> None:
    held = judged(parsed("See attached"), file("blank_form"))
    assert held.reasons == ("the referral form in it is blank: nothing is filled in",)
    assert judged(parsed("How do I refer?")).reasons == ("no form in it",)


def test_whoever_was_sent_the_form_today_is_not_sent_it_again() -> None:
    made = judged(parsed(), known=Known(written_to={NURSE}))
    assert made.status == "held"
    assert made.events[0].fields["answered"] == "no"


@pytest.mark.parametrize("sender", ["x@elsewhere.example", "casereview@police.example", "no-reply@nhs.example"])
def test_strangers_contacts_and_machines_are_not_sent_the_form(sender: str) -> None:
    made = judged(parsed(sender=sender))
    assert made.status == "held"
    assert made.events[0].fields["answered"] == "no"
    assert made.cases[0].parties == ()


@pytest.mark.parametrize(
    ("first", "status", "cases"), [("filed", "filed", 0), ("held", "held", 0), ("ignored", "ignored", 0)]
)
def test_the_same_bytes_again_share_the_fate_of_the_first(first: MailStatus, status: str, cases: int) -> None:
    made = judged(parsed(), file("ok", FORM), known=Known(copy=(3, first, "NS-7F3K-2Q")))
    assert (made.status, made.reasons, len(made.cases)) == (status, ("copy of 3",), cases)


def test_a_copy_of_a_form_is_filed_on_its_case_whatever_speaks_against_the_mail() -> None:
    made = judged(parsed(sender="x@elsewhere.example"), file("ok", FORM), known=Known(form=("NS-7F3K-2Q", 3)))
    assert (made.status, made.case, made.reasons) == ("filed", "NS-7F3K-2Q", ("copy of 3",))


def test_a_known_form_hides_no_file_that_cannot_be_read() -> None:
    known = Known(form=("NS-7F3K-2Q", 3), files={"digest-of-form.docx"})
    made = judged(parsed(), file("ok", FORM), file("encrypted", name="sibling.docx"), known=known)
    assert (made.status, made.case, made.events[0].fields["form"]) == ("held", "NS-7F3K-2Q", "maybe")
    assert judged(parsed(), file("ok", FORM), file("needs_ocr", name="logo.png"), known=known).status == "filed"


def test_a_form_that_was_read_in_part_is_told_of_with_its_case() -> None:
    partial = replace(file("ok", FORM), reading=Reading("ok", "more beside it", (FORM,), is_partial=True))
    assert judged(parsed(), partial).events[0].fields["unread"] == "yes"


def test_a_copy_of_a_form_that_is_held_is_held_beside_it_but_a_proven_one_opens_the_case() -> None:
    known = Known(form=("held:3", 3))
    doubtful = judged(parsed(sender="x@elsewhere.example"), file("ok", FORM), known=known)
    assert (doubtful.status, doubtful.case, doubtful.cases) == ("held", "held:3", ())
    assert judged(parsed(), file("ok", FORM), known=known).cases


BOUNCE = ParsedMail(
    (("From", "MAILER-DAEMON@mx.council.example"), ("Content-Type", REPORT), ("Auto-Submitted", "auto-replied")),
    text="Delivery failed.\n\nX-CSPR-Effect: effect-1\n",
)


def test_a_bounce_of_no_mail_of_ours_touches_nobody() -> None:
    made = judged(BOUNCE)
    assert made.status == "ignored"
    assert made.events == ()


def test_a_bounce_of_a_mail_of_ours_is_filed_and_a_permanent_one_is_told_to_the_case() -> None:
    report = ParsedMail(
        (
            ("From", "MAILER-DAEMON@mx.council.example"),
            ("Content-Type", 'multipart/report; report-type=delivery-status; boundary="b"'),
            ("Return-Path", "<>"),
        ),
        text="It could not be delivered.",
        attachments=(
            Attachment(
                "", "message/delivery-status", b"Final-Recipient: rfc822; x@y.example\nAction: failed\nStatus: 5.1.1\n"
            ),
            Attachment("", "message/rfc822", b"X-CSPR-Effect: effect-1\nSubject: ours\n\nHello\n"),
        ),
    )
    ours = GivenCode("NS-7F3K-2Q", "T2..1", "", 7, is_spent=False, notice="N4", recipient="x@y.example", role="panel")
    made = judged(report, known=Known(codes={"effect-1": ours}))
    assert (made.kind, made.status, made.case, made.bounced) == ("bounce", "filed", "NS-7F3K-2Q", (7,))
    assert made.bounce_permanent
    (event,) = made.events
    assert event.name == "contact_undeliverable"
    assert event.fields == {"role": "panel", "notice": "N4", "outbox": "7"}


def test_an_answer_that_names_a_case_and_bears_no_code_is_held_for_that() -> None:
    made = judged(parsed("DONE", Subject=f"RE: NSSCP {CountingChance().reference()}"))
    assert (made.kind, made.status) == ("reply", "held")
    assert made.reasons == ("it bears no answer code",)
    assert made.events[0].fields["form"] == "no"


def test_a_receipt_in_the_future_counts_as_now_and_an_old_one_as_it_stands() -> None:
    judge = Judge(Known(), CountingChance(), RULES)
    stamp = "from a by mx.council.example; Mon, 14 Dec 2026 09:00:00 +0000"
    early = judge.look_at(KEPT, ReadMail(parsed(Received=stamp)))
    assert early.received_at == TUESDAY - timedelta(days=1, hours=1, minutes=12)
    late = judge.look_at(KEPT, ReadMail(parsed(Received=stamp.replace("14 Dec 2026", "14 Dec 2030"))))
    assert late.received_at == TUESDAY


# ---------------------------------------------------------------------------------------------------------------------
# What a person decides, and what the rules learn of a form


def looked_at(form: ReferralForm = FORM) -> Mail:
    judge = Judge(Known(), CountingChance(), RULES)
    return judge.look_at(KEPT, ReadMail(parsed(Received="from x by y; z"), (file("ok", form),)))


def test_a_mail_released_as_a_referral_counts_from_its_receipt_and_proves_no_address() -> None:
    made = released(looked_at(), "referral", ("NS-7F3K-2Q",), RULES)
    assert (made.status, made.case) == ("filed", "NS-7F3K-2Q")
    assert made.cases[0].opened_at == TUESDAY
    assert made.cases[0].parties[0].address is None


def test_a_mail_released_as_a_reply_or_as_nothing_opens_no_case() -> None:
    assert (released(looked_at(), "reply", ("NS-7F3K-2Q",), RULES)).status == "filed"
    ignored = released(looked_at(), "ignore", (), RULES)
    assert (ignored.status, ignored.cases, ignored.events) == ("ignored", (), ())


def test_the_rules_learn_of_a_form_its_days_and_choices_and_no_day_to_come() -> None:
    form = replace(FORM, criteria=Criteria("conflict", "yes", None, "no"))
    mail = looked_at()
    fields = referral_fields(form, mail.sender, TUESDAY, RULES)
    assert (fields["incident_on"], fields["abuse_or_neglect"], fields["deceased"]) == (
        "2026-11-20",
        "unknown",
        "unknown",
    )
    assert set("".join(fields.values())) <= set("abcdefghijklmnopqrstuvwxyz_0123456789-")
    later = replace(form.child, date_of_death_or_incident=FormDate("16/12/2026", TUESDAY.date() + timedelta(days=1)))
    assert "incident_on" not in referral_fields(replace(form, child=later), mail.sender, TUESDAY, RULES)
    assert referral_fields(None, mail.sender, TUESDAY, RULES)["complete"] == "no"


def test_the_greeting_is_the_name_on_the_form_only_where_the_form_is_the_sender_s_own() -> None:
    judge = Judge(Known(), CountingChance(), RULES)
    own = judge.look_at(KEPT, ReadMail(parsed())).sender
    assert greeting_name(own, FORM) == "Casey Writer"
    assert greeting_name(replace(own, address="other@nhs.example", display="Robin R."), FORM) == "Robin R."
    assert greeting_name(replace(own, address="other@nhs.example", display=""), FORM) == "colleague"


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 5_000, "no"),  # the logo below a signature
        (b"\xff\xd8\xff\xe0" + b"\0" * 90_000, "maybe"),  # somebody may have photographed the form
        (b"%PDF-1.4 a scan in black and white", "maybe"),
    ],
)
def test_a_photo_may_be_a_form_and_a_logo_is_none(content: bytes, form: str) -> None:
    mail = replace(parsed(), attachments=(Attachment("image001.jpg", "image/jpeg", content),))
    picture = replace(file("needs_ocr", name="image001.jpg"), sha256=sha256(content).hexdigest())
    (event,) = judged(mail, picture).events
    assert event.fields["form"] == form


@pytest.mark.parametrize("verdict", ["encrypted", "hostile", "too_large", "unreadable"])
def test_a_document_that_is_called_a_picture_may_be_a_form(verdict: Verdict) -> None:
    made = judged(parsed(List_Id="<l.nhs.example>"), file(verdict, name="image001.jpg"))
    assert (made.kind, made.status) == ("referral", "held")
