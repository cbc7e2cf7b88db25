"""Where somebody may be: what was told, the country and the number all count (rules-of-the-road L3)."""

from __future__ import annotations

import pytest

from nurture.intake.leadmap import Column, LeadMap, Part
from nurture.intake.person import accept

MAP = LeadMap(
    (
        Column("Email", Part.EMAIL),
        Column("Phone", Part.PHONE),
        Column("Country", Part.COUNTRY),
        Column("Zone", Part.TIMEZONE),
    )
)
NEW_YORK, KOLKATA = "America/New_York", "Asia/Kolkata"


@pytest.mark.parametrize(
    ("phone", "country", "zone", "zones"),
    [
        pytest.param("+12015550123", "United States", "", (NEW_YORK,), id="the number narrows the country down"),
        pytest.param("+12015550123", "India", KOLKATA, (KOLKATA, NEW_YORK), id="told India, with a New York number"),
        pytest.param("+12015550123", "United States", NEW_YORK, (NEW_YORK,), id="all agree"),
        pytest.param("+18005550100", "United States", NEW_YORK, (NEW_YORK,), id="a toll-free number says nothing"),
        pytest.param("", "India", "", (KOLKATA,), id="the country alone"),
    ],
)
def test_every_zone_that_may_be_the_persons_is_kept(phone, country, zone, zones):
    row = {"Email": "ada@example.com", "Phone": phone, "Country": country, "Zone": zone}

    assert accept(row, MAP).contact.timezones == zones


def test_a_toll_free_number_without_a_country_may_ring_anywhere():
    row = {"Email": "ada@example.com", "Phone": "+18005550100", "Country": "", "Zone": ""}

    assert len(accept(row, MAP).contact.timezones) > 20
