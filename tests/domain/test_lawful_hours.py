"""The lawful hours we ship, place by place, on ordinary days and on those when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from nurture.domain.lead import Channel
from nurture.domain.quiet import HELD, quiet_until
from nurture.intake.addresses import phone_of
from tests.domain.journeys import shipped_policies

NEW_YORK, CHICAGO, BERLIN = "America/New_York", "America/Chicago", "Europe/Berlin"


def local(text: str, zone: str) -> datetime:
    """Read a local time of a place as a UTC instant."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def may_text(at: datetime, country: str, region: str, *zones: str) -> bool:
    """Whether our policy lets us text somebody there now."""
    return quiet_until(shipped_policies().quiet, Channel.SMS, country, region, zones, at) is None


@pytest.mark.parametrize(
    ("region", "day", "opens", "closes", "zone"),
    [
        pytest.param("NY", "2026-06-03", "08:00", "21:00", NEW_YORK, id="federal: 47 CFR 64.1200(c)(1)"),
        pytest.param("FL", "2026-06-03", "08:00", "20:00", NEW_YORK, id="Florida"),
        pytest.param("MD", "2026-06-03", "08:00", "20:00", NEW_YORK, id="Maryland"),
        pytest.param("OK", "2026-06-03", "08:00", "20:00", CHICAGO, id="Oklahoma"),
        pytest.param("NJ", "2026-06-03", "08:00", "20:00", NEW_YORK, id="New Jersey"),
        pytest.param("MS", "2026-06-03", "08:00", "20:00", CHICAGO, id="Mississippi"),
        pytest.param("CT", "2026-06-03", "09:00", "20:00", NEW_YORK, id="Connecticut"),
        pytest.param("TX", "2026-06-03", "09:00", "21:00", CHICAGO, id="Texas on a Wednesday"),
        pytest.param("TX", "2026-06-07", "12:00", "21:00", CHICAGO, id="Texas on a Sunday"),
        pytest.param("RI", "2026-06-03", "09:00", "18:00", NEW_YORK, id="Rhode Island on a Wednesday"),
        pytest.param("RI", "2026-06-06", "10:00", "17:00", NEW_YORK, id="Rhode Island on a Saturday"),
        pytest.param("", "2026-06-03", "09:00", "20:00", NEW_YORK, id="a state nobody knows"),
        pytest.param("NY", "2026-03-08", "08:00", "21:00", NEW_YORK, id="the Sunday on which clocks go forward"),
        pytest.param("NY", "2026-11-01", "08:00", "21:00", NEW_YORK, id="the Sunday on which clocks go back"),
    ],
)
def test_hours_by_state(region, day, opens, closes, zone):
    first, last = local(f"{day} {opens}", zone), local(f"{day} {closes}", zone)

    inside = [first, last.replace(second=0) - (last - first) / 1_000]
    assert all(may_text(at, "US", region, zone) for at in inside)
    assert not may_text(first - (last - first) / 1_000, "US", region, zone)
    assert not may_text(last, "US", region, zone)


@pytest.mark.parametrize("region", ["AL", "LA", "UT", "MS", ""])
def test_no_sunday(region):
    assert not any(may_text(local(f"2026-06-07 {hour:02}:30", CHICAGO), "US", region, CHICAGO) for hour in range(24))


@pytest.mark.parametrize(
    ("now", "until"),
    [
        pytest.param("2026-03-29 02:30", "2026-03-30 09:00", id="an hour that is not there"),
        pytest.param("2026-10-25 02:30", "2026-10-26 09:00", id="an hour that comes twice"),
    ],
)
def test_a_wait_over_a_change_of_clocks_ends_on_the_persons_own_clock(now, until):
    policy = shipped_policies().quiet

    assert quiet_until(policy, Channel.CALL, "DE", "", (BERLIN,), local(now, BERLIN)) == local(until, BERLIN)


def test_somebody_who_may_be_on_either_coast_is_only_texted_when_it_is_lawful_on_both():
    zones = (NEW_YORK, "America/Los_Angeles")

    assert not may_text(local("2026-06-03 10:00", NEW_YORK), "US", "NY", *zones)  # seven in Los Angeles
    assert may_text(local("2026-06-03 11:00", NEW_YORK), "US", "NY", *zones)
    assert not may_text(local("2026-06-03 18:00", "America/Los_Angeles"), "US", "NY", *zones)  # nine in New York


@pytest.mark.parametrize("number", ["+18005550100", "+18332345678", "+15005550100"])
def test_a_number_that_names_no_place_is_held_unless_the_zone_is_told(number):
    policy, zones = shipped_policies().quiet, phone_of(number).timezones
    noon = local("2026-06-03 12:00", NEW_YORK)

    assert len(zones) > 20
    assert quiet_until(policy, Channel.SMS, "", "", zones, noon) == HELD
    assert quiet_until(policy, Channel.SMS, "US", "NY", (NEW_YORK,), noon) is None


def test_every_rule_names_its_source_and_when_it_was_looked_at():
    policy = shipped_policies().quiet

    assert all(rule.source and rule.reviewed for rule in (policy.unknown, *policy.rules.values()) if rule)
