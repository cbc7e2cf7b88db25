"""What providers say, without the addresses they quote."""

from __future__ import annotations

import pytest

from activities.discretion import discreet


@pytest.mark.parametrize(
    ("said", "to", "kept"),
    [
        pytest.param(
            "550 5.1.1 <ada@example.com>: no such user",
            "ada@example.com",
            "550 5.1.1 <(address)>: no such user",
            id="SMTP",
        ),
        pytest.param(
            "450 forwarded to eve@example.org, later", "", "450 forwarded to (address), later", id="another one"
        ),
        pytest.param(
            "The 'To' number +12015550142 is not valid",
            "+12015550142",
            "The 'To' number +(address) is not valid",
            id="SMS",
        ),
        pytest.param(
            "whatsapp:+12015550142 is gone", "whatsapp:+12015550142", "whatsapp:+(address) is gone", id="WhatsApp"
        ),
        pytest.param("421 too busy at 10:15:00", "ada@example.com", "421 too busy at 10:15:00", id="nobody is named"),
        pytest.param("", "", "", id="nothing was said"),
    ],
)
def test_no_address_is_repeated(said, to, kept):
    assert discreet(said, to) == kept
