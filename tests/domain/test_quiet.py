"""When law lets us text or ring somebody, wherever they may be."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nurture.domain.errors import Misconfigured
from nurture.domain.lead import Channel
from nurture.domain.quiet import HELD, QuietPolicy, quiet_calendars, quiet_until

FOURTH = date(2026, 7, 4)
POLICY = QuietPolicy.from_document(
    {
        "unknown": {"hours": {"mon-fri": "10:00-17:00"}, "holidays": "closed"},
        "countries": {
            "US": {
                "zones": ["America/New_York", "America/Los_Angeles"],
                "hours": {"every day": "08:00-21:00"},
                "source": "47 CFR 64.1200(c)(1)",
                "reviewed": date(2026, 11, 20),
                "regions_like_country": ["NY"],
                "unknown_region": {"hours": {"mon-sat": "09:00-20:00"}, "holidays": "closed"},
                "regions": {
                    "FL": {"hours": {"every day": "08:00-20:00"}, "source": "Fla. Stat. 501.616(6)"},
                    "TX": {"hours": {"mon-sat": "09:00-21:00", "sun": "12:00-21:00"}, "reviewed": "2025-01-02"},
                },
            },
            "FR": {"zones": ["Europe/Paris"], "hours": {"mon-fri": "10:00-13:00, 14:00-20:00"}},
        },
    },
    {"US": frozenset({FOURTH})},
)
NEW_YORK, LOS_ANGELES = "America/New_York", "America/Los_Angeles"


def at(text: str, zone: str) -> datetime:
    """Read a local time of a place as a UTC instant."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("region", "zones", "now", "until"),
    [
        pytest.param("NY", [NEW_YORK], "2026-07-01 08:00", None, id="federal hours begin at eight"),
        pytest.param("NY", [NEW_YORK], "2026-07-01 20:59", None, id="and end at nine in the evening"),
        pytest.param("NY", [NEW_YORK], "2026-07-01 21:00", "2026-07-02 08:00", id="nine sharp is too late"),
        pytest.param("FL", [NEW_YORK], "2026-07-01 20:30", "2026-07-02 08:00", id="Florida ends at eight"),
        pytest.param("US-FL", [NEW_YORK], "2026-07-01 20:30", "2026-07-02 08:00", id="Florida as an ISO code"),
        pytest.param(" fl ", [NEW_YORK], "2026-07-01 20:30", "2026-07-02 08:00", id="Florida as it is typed"),
        pytest.param("Florida", [NEW_YORK], "2026-07-01 08:30", "2026-07-01 09:00", id="an unread state is unknown"),
        pytest.param("", [NEW_YORK], "2026-07-05 12:00", "2026-07-06 09:00", id="no state, no Sunday"),
        pytest.param("", [NEW_YORK], "2026-07-04 12:00", "2026-07-06 09:00", id="no state, no federal holiday"),
        pytest.param("NY", [NEW_YORK], "2026-07-04 12:00", None, id="federal law knows no holiday"),
        pytest.param(
            "TX", ["America/Chicago"], "2026-07-05 09:00", "2026-07-05 13:00", id="a Texan Sunday starts at noon"
        ),
        pytest.param(
            "NY", [NEW_YORK, LOS_ANGELES], "2026-07-01 09:00", "2026-07-01 11:00", id="both coasts: the later"
        ),
        pytest.param("NY", [NEW_YORK, LOS_ANGELES], "2026-07-01 20:30", None, id="both coasts: still light in both"),
        pytest.param("NY", [], "2026-07-01 09:00", "2026-07-01 11:00", id="zone not known: all of the country"),
    ],
)
def test_american_evenings(region, zones, now, until):
    found = quiet_until(POLICY, Channel.SMS, "US", region, zones, at(now, NEW_YORK))

    assert found == (until and at(until, NEW_YORK))


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WHATSAPP, Channel.CALL])
def test_texts_and_calls_rest_at_night(channel):
    assert quiet_until(POLICY, channel, "FR", "", ["Europe/Paris"], at("2026-07-01 13:30", "Europe/Paris")) == at(
        "2026-07-01 14:00", "Europe/Paris"
    )


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.TASK])
def test_mail_and_tasks_know_no_quiet_hours(channel):
    assert quiet_until(POLICY, channel, "", "", [], at("2026-07-01 03:00", "UTC")) is None


def test_an_unknown_country_gets_the_strictest_hours():
    assert quiet_until(POLICY, Channel.SMS, "", "", ["Asia/Tokyo"], at("2026-07-01 09:30", "Asia/Tokyo")) == at(
        "2026-07-01 10:00", "Asia/Tokyo"
    )
    assert quiet_until(
        POLICY, Channel.CALL, "XK", "", ["Europe/Belgrade"], at("2026-07-04 12:00", "Europe/Belgrade")
    ) == at("2026-07-06 10:00", "Europe/Belgrade")


@pytest.mark.parametrize(
    ("country", "zones"),
    [
        pytest.param("", [], id="nothing known"),
        pytest.param("FR", ["Europe/Paris", "Pacific/Honolulu"], id="places that share no lawful hour"),
    ],
)
def test_who_may_be_anywhere_is_held(country, zones):
    assert quiet_until(POLICY, Channel.SMS, country, "NY", zones, at("2026-07-01 12:00", "UTC")) == HELD


def test_without_a_rule_nobody_is_called():
    assert quiet_calendars(QuietPolicy.from_document({}), Channel.CALL, "DE", "", ["Europe/Berlin"]) is None


def test_a_document_without_a_rule_for_the_unknown_is_refused():
    with pytest.raises(Misconfigured, match="unknown place"):
        QuietPolicy.from_document({"countries": {}})


def test_every_rule_carries_its_source_and_review_date():
    assert POLICY.rule_for("US", "FL").source == "Fla. Stat. 501.616(6)"
    assert POLICY.rule_for("US", "FL").reviewed == "2026-11-20"
    assert POLICY.rule_for("US", "TX").reviewed == "2025-01-02"


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from([NEW_YORK, LOS_ANGELES, "America/Chicago", "Pacific/Honolulu", "Europe/Berlin"]), min_size=1
    ),
    st.integers(1_767_225_600, 1_798_761_600),
    st.sampled_from(["FL", "NY", "TX", "", "ZZ"]),
)
def test_no_answer_ever_wakes_anybody(zones, second, region):
    """Whatever zones a person may be in, the moment found lies between 08:00 and 21:00 in each of them."""
    now = datetime.fromtimestamp(second, UTC)
    until = quiet_until(POLICY, Channel.SMS, "US", region, zones, now)
    moment = until or now

    if until != HELD:
        assert moment >= now
        assert all(8 <= moment.astimezone(ZoneInfo(zone)).hour < 21 for zone in zones)
