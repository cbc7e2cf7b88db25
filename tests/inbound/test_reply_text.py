"""The new words of a reply, as mail programs of many tongues surround them."""

from __future__ import annotations

import pytest

from nurture.inbound.reply_text import LONGEST_LINE, MOST_CHARACTERS, new_words

QUOTE = "> Hello Ada,\n> your workspace is ready.\n"


@pytest.mark.parametrize(
    "intro",
    [
        "On Mon, Mar 2, 2026 at 10:04 AM Mia Brandt <mia@mail.example.com> wrote:",
        "On Mon, Mar 2, 2026 at 10:04 AM Mia Brandt from the\nonboarding team <mia@mail.example.com>\nwrote:",
        "- On 2026-03-02 10:04, Mia Brandt wrote:",
        "Am 02.03.2026 um 10:04 schrieb Mia Brandt:",
        "Am Mo., 2. März 2026 um 10:04 Uhr schrieb Mia Brandt <\nmia@mail.example.com>:",
        "Le lun. 2 mars 2026 à 10:04, Mia Brandt <mia@mail.example.com> a écrit :",
        "El lun, 2 mar 2026 a las 10:04, Mia Brandt (<mia@mail.example.com>) escribió:",
        "Il giorno lun 2 mar 2026 alle ore 10:04 Mia Brandt\n<mia@mail.example.com> ha scritto:",
        "Em seg., 2 de mar. de 2026 às 10:04, Mia Brandt escreveu:",
        "Op ma 2 mrt 2026 om 10:04 schreef Mia Brandt <mia@mail.example.com>:",
        "Den mån 2 mars 2026 kl 10:04 skrev Mia Brandt <mia@mail.example.com>:",
        "man. 2. mar. 2026 kl. 10:04 skrev Mia Brandt <mia@mail.example.com>:",
        "W dniu 02.03.2026 o 10:04, Mia Brandt pisze:",
        "ma 2. maalisk. 2026 klo 10.04 Mia Brandt kirjoitti:",
        "пн, 2 мар. 2026 г. в 10:04, Mia Brandt <mia@mail.example.com>:",
        "2 марта 2026 г., 10:04, Mia Brandt написал(а):",
        "2026年3月2日(月) 10:04 Mia Brandt <mia@mail.example.com>:",
        "在 2026年3月2日，10:04，Mia Brandt 写道：",
        "2026-03-02 10:04 GMT+01:00 Mia Brandt <mia@mail.example.com>:",
    ],
)
def test_the_quoted_mail_is_cut_in_every_tongue(intro):
    assert new_words(f"Thursday suits me.\n\n{intro}\n\n{QUOTE}") == "Thursday suits me."


@pytest.mark.parametrize(
    "head",
    [
        "-----Original Message-----\nFrom: Mia",
        "-------- Ursprüngliche Nachricht --------\nVon: Mia",
        "________________________________\nFrom: Mia Brandt\nSent: Monday\nTo: Ada\nSubject: Hi",
        "Von: Mia Brandt <mia@mail.example.com>\nGesendet: Montag, 2. März 2026 10:04\nAn: Ada\nBetreff: Hallo",
        "De : Mia Brandt\nEnvoyé : lundi 2 mars 2026\nÀ : Ada\nObjet : Bonjour",
        "*From:* Mia Brandt\n*Sent:* Monday\n*To:* Ada\n*Subject:* Hi",
        "Da: Mia Brandt\nInviato: lunedì\nA: Ada\nOggetto: Ciao",
        "Begin forwarded message:",
    ],
)
def test_everything_below_the_head_of_an_older_mail_is_cut(head):
    assert new_words(f"Thursday suits me.\n\n{head}\n\nHello Ada,\nyour workspace is ready.") == "Thursday suits me."


@pytest.mark.parametrize(
    "end",
    [
        "-- \nAda Keller\nHead of Learning",
        "--\nAda",
        "-Ada",
        "Sent from my iPhone",
        "Get Outlook for iOS",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Gesendet mit der Mail-App",
    ],
)
def test_the_signature_is_cut(end):
    assert new_words(f"Thursday suits me.\n\n{end}\n") == "Thursday suits me."


def test_answers_between_and_below_the_quotes_are_kept():
    text = "On Mon, 2 Mar 2026 10:04, Mia <mia@x.example> wrote:\n> Which day?\nThursday.\n> At what time?\nAt ten.\n"

    assert new_words(text) == "Thursday.\nAt ten."


@pytest.mark.parametrize(
    "text",
    [
        "On Thursday I have time.",
        "Our needs:\n- seats for 40\n- a data sheet\n\nCan you do that?",
        "From what I saw it is fine.\nTo be honest, I like it.",
        "He wrote: call me.",
        "One: here is what I have.\n\n- a first point that goes on\n- a second point\n\nTwo: nothing.",
    ],
)
def test_words_that_only_look_like_quotes_stay(text):
    assert new_words(text) == text


def test_nothing_but_a_quote_or_a_signature_is_nothing():
    assert new_words(QUOTE) == ""
    assert new_words("Sent from my iPhone") == ""
    assert new_words("") == ""


def test_only_so_much_is_looked_at():
    longest = max(len(line) for line in new_words("word " * MOST_CHARACTERS).split("\n"))

    assert longest <= LONGEST_LINE
    assert len(new_words("a line of words\n" * MOST_CHARACTERS)) <= MOST_CHARACTERS
