"""The bytes of a mail: what a mail program reads back is what was composed."""

from __future__ import annotations

import email
from dataclasses import replace
from email import policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurture.channels.mime import mime_bytes
from tests.channels.people import MAIL, NOON


def read(mail):
    return email.message_from_bytes(mime_bytes(mail, NOON), policy=policy.default)


def words_of(parsed):
    return parsed.get_body(("plain",)).get_content().replace("\r\n", "\n").removesuffix("\n")


def test_text_and_html_are_alternatives_in_quoted_printable():
    parsed = read(MAIL)

    assert parsed.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
    assert {part["Content-Transfer-Encoding"] for part in parsed.iter_parts()} == {"quoted-printable"}
    assert not parsed.defects


def test_every_header_is_there_exactly_once():
    parsed = read(MAIL)

    names = [name.lower() for name, _ in parsed.items()]
    assert len(names) == len(set(names))
    assert parsed["From"] == "Mia Brandt <mia@mail.example.com>"
    assert parsed["Reply-To"] == MAIL.reply_to
    assert parsed["Date"].datetime == NOON
    assert parsed["List-Unsubscribe"] == "<https://go.example.com/u/abc>"


def test_the_same_mail_has_the_same_bytes_on_every_try():
    assert mime_bytes(MAIL, NOON) == mime_bytes(MAIL, NOON)


@pytest.mark.parametrize(
    "subject",
    [
        "Grüße aus Köln – für Ada",
        "Ihr Arbeitsbereich ist jetzt bereit und wartet auf Sie, " * 4,
        "日本語の件名",
        "=?odd?=",
    ],
)
def test_subjects_survive_whatever_they_hold(subject):
    assert " ".join(read(replace(MAIL, subject=subject))["Subject"].split()) == " ".join(subject.split())


def test_names_with_commas_quotes_and_umlauts_stay_one_person():
    for name in ("Brandt, Mia", 'Mia "M" Brandt', "Mía Brändt", "Mia (Sales) Brandt"):
        [person] = read(replace(MAIL, sender_name=name))["From"].addresses
        assert (person.display_name, person.addr_spec) == (name, MAIL.sender)


def test_a_long_thread_is_folded_between_ids_only():
    chain = " ".join(f"<{'x' * 60}{n}@mail.example.com>" for n in range(15))
    raw = mime_bytes(replace(MAIL, headers={"References": chain}), NOON)

    assert " ".join(email.message_from_bytes(raw)["References"].split()) == chain
    assert b"=?" not in raw
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


def test_lines_are_short_and_end_in_crlf():
    raw = mime_bytes(replace(MAIL, text="ä" * 5_000, html="<p>" + "wort " * 3_000 + "</p>"), NOON)

    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78


def test_a_mail_without_html_is_plain_text():
    parsed = read(replace(MAIL, html=""))

    assert (parsed.get_content_type(), words_of(parsed)) == ("text/plain", MAIL.text)


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",), exclude_characters="\r\n")))
def test_any_line_of_text_comes_back_as_it_was(line):
    sent = f"Hello\n{line}\nBye"

    assert words_of(read(replace(MAIL, text=sent))) == sent
