"""The table of SMTP answers, and whose fact each is."""

from __future__ import annotations

import pytest

from nurture.channels.smtp_answers import FIRST_RETRY, Stage, answer_error, silence_error
from nurture.domain.blame_smtp import judge, wait_seconds
from nurture.domain.errors import Blame, Refused, Unavailable


@pytest.mark.parametrize(
    ("stage", "code", "words", "blame"),
    [
        (Stage.RCPT, 550, "5.1.1 <ada@example.com>: Recipient address rejected: User unknown", Blame.RECIPIENT),
        (
            Stage.RCPT,
            550,
            "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address",
            Blame.RECIPIENT,
        ),
        (Stage.RCPT, 550, "5.2.1 The account is disabled", Blame.RECIPIENT),
        (Stage.RCPT, 550, "Requested action not taken: mailbox unavailable", Blame.RECIPIENT),
        (Stage.RCPT, 553, "sorry, no mailbox here by that name", Blame.RECIPIENT),
        (Stage.RCPT, 556, "5.1.10 domain does not accept mail (null MX)", Blame.RECIPIENT),
        (Stage.RCPT, 550, "5.7.1 Unable to relay for ada@example.com", Blame.SENDER),
        (Stage.RCPT, 554, "5.7.1 Service unavailable; client host blocked using a blocklist", Blame.SENDER),
        (Stage.RCPT, 550, "5.7.515 Access denied, sending domain does not pass authentication", Blame.SENDER),
        (Stage.DOT, 550, "5.7.26 Unauthenticated email is not accepted from this domain", Blame.SENDER),
        (Stage.DOT, 554, "Message rejected by local policy", Blame.SENDER),
        (Stage.DOT, 552, "5.3.4 Message too big for system", Blame.CONTENT),
        (Stage.DOT, 550, "We do not want this", Blame.CONTENT),
        (Stage.DOT, 554, "no such person was ever content with this", Blame.CONTENT),
        (Stage.MAIL, 550, "5.1.1 User unknown", Blame.SENDER),
        (Stage.CONNECT, 554, "No SMTP service here", Blame.SENDER),
        (Stage.LOGIN, 535, "5.7.8 Authentication credentials invalid", Blame.SENDER),
    ],
)
def test_a_no_for_good_knows_whose_fact_it_is(stage, code, words, blame):
    error = answer_error(stage, code, words)

    assert isinstance(error, Refused)
    assert error.blame is blame


RECIPIENT = ["5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"]
OTHERS = ["5.2.2", "5.2.3", "5.3.0", "5.3.2", "5.3.4", "5.4.1", "5.4.4", "5.4.6", "5.7.0", "5.7.1", "5.7.26", "5.7.515"]


@pytest.mark.parametrize("enhanced", [*RECIPIENT, *OTHERS])
@pytest.mark.parametrize("words", ["", "User unknown"])
def test_by_code_only_seven_suppress_and_no_words_make_more_of_the_others(enhanced, words):
    assert judge(f"550 {enhanced} {words}", code=550).is_hard is (enhanced in RECIPIENT)


@pytest.mark.parametrize(("code", "hard"), [(550, True), (551, True), (553, True), (552, False), (554, False)])
def test_without_an_enhanced_code_the_words_are_believed_after_three_replies_to_rcpt(code, hard):
    assert judge("User unknown", code=code).is_hard is hard
    assert not judge("User unknown", code=code, at_recipient=False).is_hard


@pytest.mark.parametrize(
    ("stage", "code", "words", "wait"),
    [
        (Stage.CONNECT, 421, "4.7.0 Too many connections", FIRST_RETRY),
        (Stage.RCPT, 450, "4.2.0 Greylisted, please try again in 300 seconds", 300),
        (Stage.RCPT, 451, "4.7.1 try again in 5 minutes", 300),
        (Stage.RCPT, 450, "4.1.1 User unknown, for now", FIRST_RETRY),
        (Stage.RCPT, 452, "4.2.2 Mailbox full", FIRST_RETRY),
        (Stage.RCPT, 552, "5.2.2 Mailbox is full", FIRST_RETRY),
        (Stage.DOT, 451, "Try again in 90 hours", 86_400),
    ],
)
def test_a_no_for_now_names_the_wait(stage, code, words, wait):
    error = answer_error(stage, code, words)

    assert isinstance(error, Unavailable)
    assert error.retry_after == wait


def test_silence_names_the_stage():
    assert "rcpt" in silence_error(Stage.RCPT, TimeoutError()).reason


@pytest.mark.parametrize("code", ["5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"])
def test_codes_about_the_recipient_are_hard(code):
    assert judge("", status=code).is_hard


@pytest.mark.parametrize(
    "code", ["5.2.2", "5.2.3", "5.3.0", "5.4.4", "5.4.7", "5.5.0", "5.7.1", "5.7.515", "4.1.1", "5.0.0"]
)
def test_other_codes_alone_never_suppress_anybody(code):
    assert not judge("", status=code).is_hard


@pytest.mark.parametrize(
    ("words", "hard"),
    [
        ("550 5.7.1 Recipient address rejected: nonexistent user", False),
        ("550 Recipient address rejected: nonexistent user", True),
        ("554 Recipient address rejected: nonexistent user", False),
        ("Host or domain name not found. Name service error for name=gone.example type=A", True),
        ("The recipient has moved and left no address: recipient no longer here", True),
        ("550 5.1.1 blocked using zen.spamhaus.org; see the list", False),
        ("554 Blocked by Spamhaus: mailbox of the listed sender", False),
        ("552 user's mailbox is over quota", False),
        ("connection timed out", False),
        ("450 4.1.1 unknown user", False),
        ("", False),
    ],
)
def test_the_words_of_a_bounce_decide_when_its_code_is_vague(words, hard):
    assert judge(words).is_hard is hard


def test_a_wait_is_only_read_where_one_is_named():
    assert wait_seconds("come back whenever you like") is None
    assert wait_seconds("greylisted for 7 minutes") == 420
