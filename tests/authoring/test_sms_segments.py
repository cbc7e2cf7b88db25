"""How a carrier counts a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nurture.authoring.sms_segments import cheaper, segments


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        pytest.param("", "GSM-7", 0, 1, id="empty"),
        pytest.param("a" * 160, "GSM-7", 160, 1, id="exactly one"),
        pytest.param("a" * 161, "GSM-7", 161, 2, id="one too many"),
        pytest.param("a" * 306, "GSM-7", 306, 2, id="exactly two"),
        pytest.param("a" * 307, "GSM-7", 307, 3, id="three"),
        pytest.param("€" * 80, "GSM-7", 160, 1, id="the euro takes two"),
        pytest.param("€" * 81, "GSM-7", 162, 2, id="81 euros"),
        pytest.param("a" * 152 + "€" + "a" * 10, "GSM-7", 164, 2, id="an escape is not torn apart"),
        pytest.param("a" * 152 + "€" + "a" * 151, "GSM-7", 305, 2, id="full after an escape"),
        pytest.param("a" * 152 + "€" + "a" * 152, "GSM-7", 306, 3, id="the escape cost one place"),
        pytest.param("Grüße, Ñandù à la carte {[~]}", "GSM-7", 34, 1, id="German and Spanish stay cheap"),
        pytest.param("é" * 160, "GSM-7", 160, 1, id="é is basic"),
        pytest.param("ê" * 70, "UCS-2", 70, 1, id="ê is not"),
        pytest.param("ê" * 71, "UCS-2", 71, 2, id="71 wide"),
        pytest.param("😀" * 35, "UCS-2", 70, 1, id="an emoji takes two"),
        pytest.param("ê" * 66 + "😀" + "ê" * 10, "UCS-2", 78, 2, id="a pair is not torn apart"),
        pytest.param("ê" * 66 + "😀" + "ê" * 66, "UCS-2", 134, 3, id="the pair cost one place"),
    ],
)
def test_a_text_is_billed(text, encoding, units, count):
    bill = segments(text)

    assert (bill.encoding, bill.units, bill.count) == (encoding, units, count)


@given(st.text(max_size=1_700))
def test_the_bill_is_never_too_low(text):
    bill = segments(text)
    alone, joined = (160, 153) if bill.encoding == "GSM-7" else (70, 67)

    assert bill.count >= (1 if bill.units <= alone else -(-bill.units // joined))
    assert bill.count <= 1 + bill.units // (joined - 1)


def test_typographic_characters_have_cheap_twins():
    assert cheaper("It’s\u00a0“so” – fine… • ok") == 'It\'s "so" - fine... - ok'
    assert segments(cheaper("“a” – b")).encoding == "GSM-7"


def test_a_bill_reads_as_words():
    assert str(segments("hi")) == "1 segment (GSM-7, 2 characters)"
    assert str(segments("ê" * 71)) == "2 segments (UCS-2, 71 characters)"
