"""What a mail is: told apart by proof, never by hope."""

from __future__ import annotations

import base64
import json
import os
import tracemalloc
from datetime import date
from pathlib import Path

import pytest

from nurture.domain.replies import Intent
from nurture.inbound.mail import parse_mail
from nurture.inbound.opening import MOST_HEADER_BYTES
from nurture.inbound.parsed import AutoReply, Bounce, Complaint, Reply, Unparsed
from tests.inbound.letters import OUR_ID, REPLY_TO, TODAY, bounced, dsn, failed, feedback, mail, read

SAMPLES = Path(os.environ.get("NURTURE_MAIL_SAMPLES", Path(__file__).parents[3] / "shared/mail_samples"))


def test_a_persons_answer_is_a_reply_with_its_new_words():
    reply = read(
        mail("Yes, please call me on Thursday.\n\nOn Mon, 2 Mar 2026 at 10:00, Mia <mia@x.example> wrote:\n> Hello")
    )

    assert isinstance(reply, Reply)
    assert reply.text == "Yes, please call me on Thursday."
    assert (reply.letter.sender, reply.letter.answers) == ("ada.keller@example.com", (OUR_ID,))
    assert reply.letter.recipients == (REPLY_TO,)


def test_unsubscribe_in_an_empty_mail_is_read_from_the_subject():
    reply = read(mail("", Subject="unsubscribe"))

    assert isinstance(reply, Reply)
    assert reply.intent is Intent.OPT_OUT


def test_a_stop_in_the_quoted_mail_is_not_the_persons_word():
    reply = read(mail("Sounds good, tell me more!\n\n> Reply STOP or unsubscribe here"))

    assert isinstance(reply, Reply)
    assert reply.intent is not Intent.OPT_OUT


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Auto_Submitted": "auto-replied"}, id="RFC 3834"),
        pytest.param({"Auto_Submitted": "auto-generated (rejected); owner-token=1"}, id="RFC 3834 with a comment"),
        pytest.param({"Precedence": "bulk"}, id="precedence"),
        pytest.param({"X_Autoreply": "yes"}, id="X-Autoreply"),
        pytest.param({"List_Id": "<news.example.com>"}, id="a list"),
        pytest.param({"Return_Path": "<>"}, id="null sender"),
        pytest.param({"Subject": "Automatic reply: Your workspace is ready"}, id="Exchange"),
        pytest.param({"Subject": "Out of Office: back in May"}, id="out of office"),
        pytest.param({"Subject": "Automatische Antwort: Ihr Arbeitsbereich"}, id="German"),
        pytest.param({"Subject": "Abwesenheitsnotiz"}, id="German note"),
        pytest.param({"Subject": "Réponse automatique : Votre espace"}, id="French"),
        pytest.param({"Subject": "Respuesta automática: hola"}, id="Spanish"),
        pytest.param({"Subject": "自動返信: ご連絡"}, id="Japanese"),
    ],
)
def test_a_machines_answer_is_never_a_reply(headers):
    assert isinstance(read(mail("I am away.", **headers)), AutoReply)


def test_an_absence_names_the_day_of_return():
    away = read(mail("I am out of the office until 16 March 2026.", Subject="Automatic reply: hi"))

    assert isinstance(away, AutoReply)
    assert away.returns_on is not None
    assert away.returns_on >= date(2026, 3, 16)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Auto_Submitted": "no"}, id="Auto-Submitted: no"),
        pytest.param({"X_Auto_Response_Suppress": "All"}, id="suppress header on a person's mail"),
        pytest.param({"Subject": "AW: Urlaub in Spanien"}, id="our own subject speaks of holidays"),
        pytest.param({"Subject": "Re: Undeliverable? No, it arrived"}, id="a person speaks of bounces"),
    ],
)
def test_a_person_stays_a_person(headers):
    assert isinstance(read(mail("Great, let us talk.", **headers)), Reply)


def test_a_dsn_tells_recipient_code_and_our_message():
    bounce = read(dsn(failed(said="550 5.1.1 <ada.keller@example.com>: Recipient address rejected: User unknown")))

    assert isinstance(bounce, Bounce)
    [failure] = bounce.failures
    assert (failure.recipient, failure.code, failure.is_hard) == ("ada.keller@example.com", "5.1.1", True)
    assert bounce.original_id == OUR_ID


@pytest.mark.parametrize(
    ("fields", "action", "hard"),
    [
        pytest.param(failed(status="5.2.2", said="552 5.2.2 Mailbox full"), "failed", False, id="full"),
        pytest.param(failed(status="5.7.1", said="550 5.7.1 blocked by our policy"), "failed", False, id="policy"),
        pytest.param(failed(status="4.4.7", said="450 4.4.7 expired"), "failed", False, id="expired"),
        pytest.param(failed(status="4.0.0", action="delayed"), "delayed", False, id="delayed"),
        pytest.param(failed(status="5.1.1", action="delayed"), "delayed", False, id="delayed, whatever the code"),
        pytest.param(failed(status="2.0.0", action="relayed"), "relayed", False, id="relayed"),
        pytest.param(
            failed(status="5.0.0", said="550 no such user here"), "failed", True, id="vague code, clear words"
        ),
        pytest.param(
            failed(status="5.4.4", said="Host or domain name not found"), "failed", False, id="5.4.x is routing"
        ),
        pytest.param(failed(status="5.1.2", said="Host or domain name not found"), "failed", True, id="no such domain"),
        pytest.param(failed(status="5.1.1", action="expanded"), "expanded", False, id="expanded, whatever the code"),
        pytest.param(failed(status="5.1.1", action="delivered"), "delivered", False, id="delivered, whatever the code"),
        pytest.param(failed(status="4.4.0", said="550 5.1.1 unknown user"), "failed", True, id="the remote 5 counts"),
    ],
)
def test_only_a_fact_about_the_person_is_hard(fields, action, hard):
    bounce = read(dsn(fields))

    assert isinstance(bounce, Bounce)
    assert [(failure.action, failure.is_hard) for failure in bounce.failures] == [(action, hard)]


def test_recipients_of_one_dsn_are_told_one_by_one():
    bounce = read(dsn(failed("gone@example.com"), failed("full@example.com", "5.2.2", "552 quota exceeded")))

    assert isinstance(bounce, Bounce)
    assert {failure.recipient: failure.is_hard for failure in bounce.failures} == {
        "gone@example.com": True,
        "full@example.com": False,
    }


def test_a_vague_dsn_is_read_by_its_human_words():
    bounce = read(dsn(failed(status="5.0.0"), human="550 ada.keller@example.com: unknown user account"))

    assert isinstance(bounce, Bounce)
    assert bounce.failures[0].is_hard


@pytest.mark.parametrize(
    ("words", "hard"),
    [
        ("<ada.keller@example.com>:\nSorry, no mailbox here by that name. (#5.1.1)", True),
        ("The following recipient does not exist:\n\n   ada.keller@example.com\n\n550 Unknown user", True),
        ("ada.keller@example.com\n    mailbox is full, quota exceeded", False),
        ("Your message to ada.keller@example.com could not be delivered: connection timed out", False),
        ("Delivery to ada.keller@example.com failed permanently.", False),
    ],
)
def test_a_bounce_in_plain_words_names_the_person(words, hard):
    bounce = read(bounced(f"Hi, this is the mail system.\n\n{words}\n\n--- Below is a copy\nTo: x@example.com\n"))

    assert isinstance(bounce, Bounce)
    [failure] = bounce.failures
    assert (failure.recipient, failure.is_hard) == ("ada.keller@example.com", hard)


def test_a_warning_is_a_delay_and_nothing_worse():
    words = (
        "<ada.keller@example.com>: host not found\nThis is a warning, we are still trying. You do not need to resend."
    )
    bounce = read(bounced(words, Subject="Delayed Mail (still being retried)"))

    assert isinstance(bounce, Bounce)
    assert [(failure.action, failure.is_hard) for failure in bounce.failures] == [("delayed", False)]


def test_a_bounce_that_names_nobody_counts_for_our_bounce_address_only():
    ours = read(bounced("Your mail was lost: there is no such user."))
    theirs = read(bounced("Your mail was lost.", To="info@mail.example.com"))

    assert isinstance(ours, Bounce)
    assert isinstance(theirs, AutoReply)


def test_a_report_of_a_mailbox_rule_is_a_failure_and_a_read_receipt_is_not():
    def note(disposition: str) -> bytes:
        body = (
            "--p\nContent-Type: text/plain\n\nYour mail was rejected: no such user\n--p\n"
            "Content-Type: message/disposition-notification\n\n"
            f"Final-Recipient: rfc822; ada.keller@example.com\nDisposition: automatic-action/{disposition}\n\n--p--\n"
        )
        kind = 'multipart/report; report-type=disposition-notification; boundary="p"'
        return mail(body, Subject="Your mail", Content_Type=kind)

    assert isinstance(read(note("MDN-sent-automatically; deleted")), Bounce)
    assert isinstance(read(note("MDN-sent-automatically; displayed")), AutoReply)


def test_a_complaint_carries_our_address_and_id():
    complaint = read(feedback())

    assert isinstance(complaint, Complaint)
    assert (complaint.kind, complaint.original_id) == ("abuse", OUR_ID)
    assert any(address.startswith("b+") for address in complaint.addresses)


def test_html_alone_is_read_without_the_quoted_mail():
    html = (
        "<html><style>p{}</style><body><p>Please call me&nbsp;tomorrow.</p>"
        '<div class="gmail_quote">On Monday Mia wrote: <blockquote>Hello Ada</blockquote></div></body></html>'
    )
    reply = read(mail(html, Content_Type="text/html; charset=utf-8"))

    assert isinstance(reply, Reply)
    assert "".join(reply.text.split()) == "Pleasecallmetomorrow."


def test_the_same_mail_has_the_same_key_and_another_has_another():
    assert read(mail("Hi")).letter.key == read(mail("Hi")).letter.key
    assert read(mail("Hi")).letter.key != read(mail("Hi", Message_ID="<answer-2@example.com>")).letter.key


NESTED = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(3_000))
HOSTILE = [
    pytest.param(b"", Unparsed, id="nothing"),
    pytest.param(b"\x00" * 1_000, Unparsed, id="NULs only"),
    pytest.param(b"X-A: " + b"a" * 1_000_000 + b"\r\n\r\nhi", Unparsed, id="a header of 1 MB"),
    pytest.param(mail("STOP\0 it\0"), Reply, id="NUL inside"),
    pytest.param(mail("hi", Content_Type="text/plain; charset=klingon-8"), Reply, id="a charset nobody knows"),
    pytest.param(mail("====!", Content_Transfer_Encoding="base64"), Reply, id="broken base64"),
    pytest.param(mail("begin 666 x\n!!!", Content_Transfer_Encoding="x-uuencode"), Reply, id="broken uuencode"),
    pytest.param(mail("hi", Subject="=?foo?q?bar?= =?utf-8?b?!!!?="), Reply, id="broken encoded words"),
    pytest.param(b"From: \xff\xfe <a@b>\r\nTo: \xe4\r\n\r\n\xff\xfe", Reply, id="raw 8-bit everywhere"),
    pytest.param(mail("").rstrip() + b"\r\n" + NESTED.encode(), Reply, id="nested 3,000 deep"),
    pytest.param(mail("On " * 300_000), Reply, id="a regex trap for quotes"),
    pytest.param(mail("<script " * 8_000, Content_Type="text/html"), Reply, id="a regex trap for HTML"),
    pytest.param(mail("<div>" * 20_000, Content_Type="text/html"), Reply, id="HTML nested 20,000 deep"),
]


@pytest.mark.parametrize(("raw", "kind"), HOSTILE)
def test_hostile_mail_is_read_or_set_aside_but_never_raises(raw, kind):
    assert isinstance(read(raw), kind)


def test_ten_thousand_parts_and_thirty_megabytes_stay_small_in_memory():
    parts = mail("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n" * 10_000, Content_Type='multipart/mixed; boundary="b"')
    huge = mail("Please stop writing to me.\n\n") + base64.b64encode(bytes(22_000_000))
    tracemalloc.start()
    try:
        small, large = read(parts), read(huge)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert isinstance(small, Reply)
    assert isinstance(large, Reply)
    assert large.text.startswith("Please stop")
    assert peak < 100_000_000


def test_an_oversized_header_says_why_it_was_set_aside():
    unparsed = read(b"X-A: " + b"a" * (MOST_HEADER_BYTES + 1) + b"\r\n\r\nhi")

    assert isinstance(unparsed, Unparsed)
    assert "header" in unparsed.why


def test_public_samples_never_raise_and_nobody_is_suppressed_for_nothing(capsys):
    if not SAMPLES.exists():
        with capsys.disabled():
            print(f"\nnot run: no mail samples at {SAMPLES}")  # noqa: T201
        assert isinstance(read(mail("the samples are absent, a mail of ours is not")), Reply)
        return
    files = [file for file in sorted(SAMPLES.rglob("*")) if file.suffix in (".txt", ".eml", ".msg")]
    parsed = {file: parse_mail(file.read_bytes(), today=TODAY) for file in files}
    warnings = [
        SAMPLES / labels.parent.name / label["file"]
        for labels in SAMPLES.glob("*/labels.jsonl")
        for label in map(json.loads, labels.read_text().splitlines())
        if label.get("temporary") or label.get("kind") == "none-or-undetectable" or label.get("is_bounce") is False
    ]

    assert len(parsed) == len(files) > 0
    assert [
        file for file in warnings if isinstance(parsed[file], Bounce) and any(f.is_hard for f in parsed[file].failures)
    ] == []
