"""What people mean by their answers, in sentences that no rule was written for, and by single words."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurture.domain.replies import (
    Intent,
    intent_of,
    is_help_word,
    is_opt_in,
    is_opt_in_word,
    is_opt_out,
    is_opt_out_word,
    return_date,
)

WEDNESDAY = datetime(2026, 3, 25, 9, tzinfo=UTC)

HELD_OUT = [
    (Intent.OPT_OUT, "Enough! Stop these mails."),
    (Intent.OPT_OUT, "Remove me from this list immediately or I will report you"),
    (Intent.OPT_OUT, "pls unsubcribe"),
    (Intent.OPT_OUT, "I don't want to receive your newsletter any longer"),
    (Intent.OPT_OUT, "We do not wish to be contacted again"),
    (Intent.OPT_OUT, "I withdraw my consent to marketing"),
    (Intent.OPT_OUT, "Hören Sie auf, mir zu schreiben"),
    (Intent.OPT_OUT, "Keine weiteren Mails bitte"),
    (Intent.OPT_OUT, "Arrêtez de m'écrire"),
    (Intent.OPT_OUT, "No quiero recibir más mensajes"),
    (Intent.OPT_OUT, "Dejen de enviarme correos"),
    (Intent.OPT_OUT, "Não quero mais receber seus emails"),
    (Intent.OPT_OUT, "take me off ur list"),
    (Intent.WRONG_PERSON, "I retired two years ago"),
    (Intent.WRONG_PERSON, "Not my department. Try sales ops."),
    (Intent.WRONG_PERSON, "Carla is responsible for this"),
    (Intent.WRONG_PERSON, "You should speak with our head of marketing about that"),
    (Intent.WRONG_PERSON, "Falsche Nummer"),
    (Intent.WRONG_PERSON, "Ce n'est pas moi qui gère cela, voyez avec Mme Roche"),
    (Intent.WRONG_PERSON, "Ya no trabajo en esa empresa"),
    (Intent.NOT_NOW, "Super busy until the end of the month, ping me after that"),
    (Intent.NOT_NOW, "Reach out again in January please"),
    (Intent.NOT_NOW, "Our budget is frozen"),
    (Intent.NOT_NOW, "Maybe later"),
    (Intent.NOT_NOW, "We just signed a one-year contract, check back next spring"),
    (Intent.NOT_NOW, "Derzeit passt es nicht, vielleicht im nächsten Quartal"),
    (Intent.NOT_NOW, "On verra ça plus tard"),
    (Intent.NOT_NOW, "Más adelante quizás"),
    (Intent.NOT_INTERESTED, "Not for us, sorry"),
    (Intent.NOT_INTERESTED, "We have no need for this"),
    (Intent.NOT_INTERESTED, "Thank you, but we're happy with our current vendor"),
    (Intent.NOT_INTERESTED, "Hard pass"),
    (Intent.NOT_INTERESTED, "Danke, wir haben schon einen Anbieter"),
    (Intent.NOT_INTERESTED, "Cela ne nous intéresse pas"),
    (Intent.NOT_INTERESTED, "Ya contamos con un proveedor"),
    (Intent.NOT_INTERESTED, "After some thought we'll stay with spreadsheets"),
    (Intent.INTERESTED, "Happy to chat, does Tuesday work?"),
    (Intent.INTERESTED, "Tell me more"),
    (Intent.INTERESTED, "Definitely interested, what's your calendar link?"),
    (Intent.INTERESTED, "Please give me a ring this afternoon"),
    (Intent.INTERESTED, "Could we schedule a short call?"),
    (Intent.INTERESTED, "Gerne, schicken Sie mir Unterlagen"),
    (Intent.INTERESTED, "Avec plaisir, jeudi 14h me convient"),
    (Intent.INTERESTED, "Claro que sí, llámenme mañana"),
    (Intent.INTERESTED, "Let's do it"),
    (Intent.INTERESTED, "We want to buy five licences"),
    (Intent.QUESTION, "Is there a discount for charities?"),
    (Intent.QUESTION, "Who are your other customers?"),
    (Intent.QUESTION, "what about gdpr"),
    (Intent.QUESTION, "Gibt es eine Schnittstelle zu DATEV?"),
    (Intent.QUESTION, "Quel est le délai de livraison ?"),
    (Intent.QUESTION, "¿Cuánto cuesta al mes?"),
    (Intent.QUESTION, "I wonder whether it runs on our own servers"),
    (Intent.UNCLEAR, "Received."),
    (Intent.UNCLEAR, "Hm"),
    (Intent.UNCLEAR, "Noted, will read"),
    (Intent.UNCLEAR, "My dog ate the brochure"),
    (Intent.UNCLEAR, "Grüße aus Wien"),
]


def test_nine_in_ten_held_out_sentences_are_understood_and_hardly_one_is_misunderstood():
    """First run on these sentences: 52 of 58 right, 5 unclear, 1 wrong. Tuning afterwards may only add to that."""
    heard = [(meant, intent_of(text)) for meant, text in HELD_OUT]

    right = sum(meant is said for meant, said in heard)
    wrong = [pair for pair in heard if pair[0] is not pair[1] and pair[1] is not Intent.UNCLEAR]
    assert right >= 52
    assert len(wrong) <= 1


@pytest.mark.parametrize("text", [text for meant, text in HELD_OUT if meant is Intent.OPT_OUT])
def test_every_held_out_opt_out_is_heard(text):
    assert intent_of(text) is Intent.OPT_OUT
    assert is_opt_out(text)


@pytest.mark.parametrize("text", [text for meant, text in HELD_OUT if meant is not Intent.OPT_OUT])
def test_nothing_else_is_taken_for_an_opt_out(text):
    assert intent_of(text) is not Intent.OPT_OUT
    assert not is_opt_out(text)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        pytest.param("Can we talk Thursday?", Intent.INTERESTED, id="asking for a talk is interest, not a question"),
        pytest.param("Yes but not now", Intent.NOT_NOW, id="later outranks yes"),
        pytest.param("Not interested at the moment", Intent.NOT_NOW, id="at the moment is a later"),
        pytest.param("Yes, please remove me", Intent.OPT_OUT, id="an opt-out outranks yes"),
        pytest.param("I can't unsubscribe from your list", Intent.OPT_OUT, id="a broken link is an opt-out"),
        pytest.param("Hi Anna,\n\nyes, call me on Friday.\n\nBest, Ken", Intent.INTERESTED, id="greeting skipped"),
        pytest.param("Please don't unsubscribe me!", Intent.UNCLEAR, id="a negated opt-out is for a person"),
        pytest.param("", Intent.UNCLEAR, id="nothing"),
        pytest.param("👍", Intent.UNCLEAR, id="a thumb"),
        pytest.param("No", Intent.NOT_INTERESTED, id="a bare no"),
        pytest.param("stop please", Intent.OPT_OUT, id="polite stop"),
    ],
)
def test_the_strongest_meaning_wins(text, intent):
    assert intent_of(text) is intent


@pytest.mark.parametrize(
    "quoted",
    [
        "> You can unsubscribe here",
        "On Mon, 2 Mar 2026 at 09:00, Acme <hello@example.com> wrote:\n> unsubscribe",
        "Am Mo., 2. März 2026 um 09:00 Uhr schrieb Acme:\n\nabmelden",
        "-----Original Message-----\nFrom: Acme\nunsubscribe here",
        "-- \nAcme GmbH, unsubscribe at the link",
    ],
    ids=["angle", "english", "german", "outlook", "signature"],
)
def test_our_own_unsubscribe_line_in_the_quote_opts_nobody_out(quoted):
    assert intent_of(f"Sounds great, let's talk on Tuesday\n\n{quoted}") is Intent.INTERESTED


def test_the_subject_speaks_when_the_text_is_empty():
    assert intent_of("\n \n", subject="Re: unsubscribe") is Intent.OPT_OUT
    assert intent_of("Tell me more", subject="unsubscribe") is Intent.INTERESTED


@pytest.mark.parametrize(
    "text",
    [
        "STOP", "stop", "Stop.", "STOPALL", "Stop all", "UNSUBSCRIBE", "Cancel", "END", "quit", "OPTOUT", "opt-out",
        "Opt out", "REVOKE", "stop please", "Please stop!", "S T O P", "stop stop stop", "stopp", "unsuscribe",
        "no mas", "No más", "Alto por favor", "Arrêt", "abmelden bitte", "Stop texting me", "BASTA", "leave me alone",
    ],
)  # fmt: skip
def test_a_stop_word_is_heard_however_it_is_dressed(text):
    assert is_opt_out_word(text)
    assert is_opt_out(text)
    assert intent_of(text) is Intent.OPT_OUT


@pytest.mark.parametrize(
    "text",
    [
        "don't stop", "shop", "step", "top", "I can't stop laughing", "please stop by on Monday", "Stop by my office",
        "cancel my appointment on Friday", "When does it end?", "end of month works", "We are unsure", "yes", "",
    ],
)  # fmt: skip
def test_words_that_only_look_like_a_stop_are_none(text):
    assert not is_opt_out_word(text)
    assert not is_opt_out(text)


@pytest.mark.parametrize("text", ["START", "yes", "Yes please", "UNSTOP", "unstop.", "Opt in"])
def test_an_opt_in_word_is_the_whole_message(text):
    assert is_opt_in_word(text)
    assert is_opt_in(text)


@pytest.mark.parametrize("text", ["yes but later", "start with the price", "restart", "stop", "no", ""])
def test_a_sentence_lifts_no_opt_out(text):
    assert not is_opt_in_word(text)


def test_help_words():
    assert is_help_word("HELP")
    assert is_help_word("info?")
    assert not is_help_word("help me move the desk")


@given(st.text(max_size=400), st.text(max_size=60))
def test_any_text_has_an_intent(text, subject):
    assert intent_of(text, subject=subject) in set(Intent)


@given(st.sampled_from(["STOP", "unsubscribe", "no mas", "stop please"]), st.text(alphabet=" .!?,;:-\n\t", max_size=8))
def test_punctuation_around_a_stop_changes_nothing(word, noise):
    assert is_opt_out_word(noise + word + noise)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        pytest.param("I am out of office and will be back on Monday, 6 April.", date(2026, 4, 6), id="back on"),
        pytest.param("I'm away until April 7th", date(2026, 4, 7), id="until is the day of return"),
        pytest.param("On leave through March 31", date(2026, 4, 1), id="through is the last day away"),
        pytest.param("Out from 25 March to 3 April 2026. Urgent? Call Jim.", date(2026, 4, 4), id="from to"),
        pytest.param("Out 26 March, returning on 30 March", date(2026, 3, 30), id="the return wins over the start"),
        pytest.param("returning 2026-05-01", date(2026, 5, 1), id="ISO"),
        pytest.param("Back on 03/04", date(2026, 4, 3), id="two readings, the one ahead"),
        pytest.param("Back on 05/06/2026", date(2026, 6, 5), id="two readings ahead, the later"),
        pytest.param("I return to work on Thursday,\n9 April 2026.", date(2026, 4, 9), id="over a line break"),
        pytest.param("I will be returning to the office on Jan 4", date(2027, 1, 4), id="next year"),
        pytest.param("I'll be back tomorrow", date(2026, 3, 26), id="tomorrow"),
        pytest.param("back in the office next week", date(2026, 3, 30), id="next week is its Monday"),
        pytest.param("Back Wednesday", date(2026, 4, 1), id="today's weekday means the next one"),
        pytest.param("Bis zum 05.04.2026 nicht im Büro, ab dem 07.04. wieder erreichbar", date(2026, 4, 7), id="de ab"),
        pytest.param("Ich bin bis 10. April im Urlaub.", date(2026, 4, 11), id="de bis"),
        pytest.param("Ich bin ab dem 26.03. bis einschließlich 02.04. im Urlaub", date(2026, 4, 3), id="de ab bis"),
        pytest.param("Im Zeitraum 26.03. - 02.04.2026 bin ich nicht da", date(2026, 4, 3), id="de range"),
        pytest.param("Ab Montag bin ich wieder da", date(2026, 3, 30), id="de weekday"),
        pytest.param("Je suis absent jusqu'au 12 avril inclus.", date(2026, 4, 13), id="fr jusqu'au"),
        pytest.param("De retour le 1er avril", date(2026, 4, 1), id="fr premier"),
        pytest.param("Du 26 mars au 3 avril je serai absent", date(2026, 4, 4), id="fr du au"),
        pytest.param("Estaré fuera hasta el 5 de abril. Vuelvo el 6 de abril.", date(2026, 4, 6), id="es vuelvo"),
        pytest.param("Regreso el lunes", date(2026, 3, 30), id="es weekday"),
        pytest.param("I have limited access to my mail", None, id="no date"),
        pytest.param("Back on 3 March", None, id="the date is past"),
        pytest.param("Meet us at the fair on 12 May!", None, id="a date that is no return"),
        pytest.param("Back on 31/02/2026", None, id="no such day"),
    ],
)
def test_the_return_date_is_read(text, day):
    assert return_date(text, WEDNESDAY) == day


@given(st.text(max_size=300))
def test_a_return_date_lies_ahead(text):
    day = return_date(f"back on {text}", WEDNESDAY)

    assert day is None or date(2026, 3, 25) <= day <= date(2027, 3, 28)
