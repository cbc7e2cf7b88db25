"""The company's policies as one typed object, and the ones we ship."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from nurture.domain.consent import Basis, Consent, ConsentPolicy, Suppression, why_not_allowed
from nurture.domain.duration import parse_duration
from nurture.domain.errors import Invalid, Misconfigured
from nurture.domain.lead import Channel, Lead, Purpose
from nurture.domain.policies import Policies
from nurture.domain.routing import route
from nurture.domain.senders import cap_on

FOLDER = Path(__file__).parents[2] / "policies"
NOW = datetime(2026, 3, 24, 13, tzinfo=UTC)


def shipped() -> dict:
    """Return the shipped policy files as one document, with two resolved holidays."""
    reader = YAML(typ="safe")
    names = ("calendars", "score", "stages", "consent", "senders", "routing", "team")
    document = {name: reader.load(FOLDER / f"{name}.yaml") for name in names}
    document["calendars"]["holiday_dates"] = {"DE": ["2026-04-03", date(2026, 4, 6)], "US": ["2026-07-03"]}
    return document


SHIPPED = shipped()
POLICIES = Policies.from_document(SHIPPED)


def changed(part: str, **changes: object) -> dict:
    """Return the shipped document with some keys of one file replaced."""
    return SHIPPED | {part: SHIPPED[part] | changes}


def test_equal_content_is_read_once():
    assert Policies.from_document(shipped()) is POLICIES
    assert Policies.from_document(changed("senders", brand="Other")) is not POLICIES


def test_a_document_that_went_through_json_is_the_same():
    """Policies travel into workflows as JSON, where dates are text."""
    assert Policies.from_document(json.loads(json.dumps(SHIPPED, default=str, sort_keys=True))) is POLICIES


def test_a_calendar_has_the_window_the_zone_and_the_holidays_of_the_country():
    calendar = POLICIES.calendar("mornings", "America/New_York", "DE")

    assert (calendar.window.name, calendar.timezone) == ("mornings", "America/New_York")
    assert calendar.closed == {date(2026, 4, 3), date(2026, 4, 6)}
    assert POLICIES.closed_dates("XX") == frozenset()


def test_what_is_not_said_is_the_companys_own():
    assert POLICIES.calendar() == POLICIES.calendar("office-hours", "Europe/Berlin")
    assert POLICIES.calendar() is POLICIES.calendar()


def test_a_window_or_zone_that_does_not_exist_is_named():
    with pytest.raises(Misconfigured, match='no window "moonlight"'):
        POLICIES.calendar("moonlight")
    with pytest.raises(Invalid, match="not a time zone"):
        POLICIES.calendar("mornings", "Mars/Olympus")


def test_a_reps_working_time_leaves_out_holidays_and_time_off():
    document = changed(
        "team",
        reps=[
            {
                **SHIPPED["team"]["reps"][0],
                "cover": "",
                "manager": "",
                "away": ["2026-04-01 to 2026-04-02", "2026-04-08"],
            }
        ],
    )
    policies = Policies.from_document(document)
    (anna,) = policies.team
    due = policies.for_rep(anna).add(datetime(2026, 3, 31, 14, 55, tzinfo=UTC), parse_duration("15 business minutes"))

    assert anna.away == (("2026-04-01", "2026-04-02"), ("2026-04-08", "2026-04-08"))
    assert due == datetime(2026, 4, 7, 7, 10, tzinfo=UTC), "two days off, Good Friday, a weekend and Easter Monday"


def test_the_planners_share_of_the_policies_is_enough_for_the_planner():
    """Workflows get no senders, no team and no quiet hours: then nobody may be texted by them, and nothing breaks."""
    calendars = {key: value for key, value in SHIPPED["calendars"].items() if key != "quiet_hours"}
    share = Policies.from_document(
        {"calendars": calendars} | {key: SHIPPED[key] for key in ("score", "stages", "consent")}
    )

    assert share.caps == POLICIES.caps
    assert share.quiet.rule_for("DE", "") is None


@pytest.mark.parametrize(
    ("document", "fact"),
    [
        pytest.param(changed("calendars", default_window="moonlight"), "moonlight", id="unknown default window"),
        pytest.param(changed("calendars", timezone="Mars/Olympus"), "not a time zone", id="unknown zone"),
        pytest.param(
            changed("calendars", holiday_dates={"DE": ["Christmas"]}), "not a date", id="a holiday without date"
        ),
        pytest.param(changed("calendars", windows={"w": {"mon": "9-5"}}), 'hours "9-5"', id="odd hours"),
        pytest.param(changed("consent", limits={"email": "often"}), 'limits "email" to "often"', id="odd limit"),
        pytest.param(changed("consent", limits={"fax": "1 per day"}), 'limits "fax"', id="odd channel"),
        pytest.param(
            changed("consent", needs={"marketing": {"fax": {"*": {"bases": []}}}}), "fax", id="consent for fax"
        ),
        pytest.param(
            changed("consent", needs={"marketing": {"sms": {"*": {"bases": ["hope"]}}}}), "hope", id="no ground"
        ),
        pytest.param(changed("team", reps=[{"id": "a", "name": "A", "cover": "b"}]), 'names "b"', id="unknown cover"),
        pytest.param(changed("team", reps=[{"id": "a", "name": "A", "hours": "x"}]), 'hours "x"', id="unknown hours"),
        pytest.param(changed("team", reps=[{"id": "a", "name": "A"}] * 2), '"a" is used twice', id="two of one id"),
    ],
)
def test_policies_that_cannot_work_are_refused_with_the_reason(document, fact):
    with pytest.raises((Misconfigured, Invalid), match=fact):
        Policies.from_document(document)


@pytest.mark.parametrize(
    ("limit", "cap"),
    [
        ("2 per week", ("email", 2, 7)),
        ("1 per day", ("email", 1, 1)),
        ("10 per month", ("email", 10, 30)),
        ("3 per 10 days", ("email", 3, 10)),
        ("2 per 2 weeks", ("email", 2, 14)),
    ],
)
def test_limits_as_people_write_them(limit, cap):
    assert Policies.from_document(changed("consent", limits={"email": limit})).caps == (cap,)


def may(
    basis: Basis, channel: Channel, country: str, purpose: Purpose = Purpose.MARKETING, given: datetime = NOW
) -> bool:
    """Ask the shipped consent policy."""
    consent = Consent("lead-1", channel, purpose, basis, given, "form")
    found = why_not_allowed(
        POLICIES.consent, [consent], [], channel=channel, purpose=purpose, country=country, source="form", now=NOW
    )
    return found is None


@pytest.mark.parametrize(
    ("basis", "channel", "country", "purpose", "allowed"),
    [
        pytest.param(Basis.LEGITIMATE_INTEREST, Channel.EMAIL, "US", Purpose.MARKETING, True, id="CAN-SPAM is opt-out"),
        pytest.param(Basis.LEGITIMATE_INTEREST, Channel.EMAIL, "DE", Purpose.MARKETING, False, id="Germany is not"),
        pytest.param(Basis.INQUIRY, Channel.EMAIL, "DE", Purpose.MARKETING, False, id="nor is an inquiry enough there"),
        pytest.param(Basis.INQUIRY, Channel.EMAIL, "DE", Purpose.SALES, True, id="an inquiry may be answered"),
        pytest.param(Basis.SOFT_OPT_IN, Channel.EMAIL, "DE", Purpose.MARKETING, True, id="a customer may hear more"),
        pytest.param(Basis.INQUIRY, Channel.EMAIL, "", Purpose.MARKETING, False, id="unknown: it may be Germany"),
        pytest.param(Basis.INQUIRY, Channel.EMAIL, "", Purpose.SALES, True, id="an answer is lawful anywhere"),
        pytest.param(Basis.EXPRESS, Channel.EMAIL, "", Purpose.MARKETING, True, id="a yes is enough anywhere"),
        pytest.param(Basis.EXPRESS, Channel.SMS, "", Purpose.MARKETING, False, id="unknown: it may be the US"),
        pytest.param(Basis.EXPRESS_WRITTEN, Channel.SMS, "", Purpose.MARKETING, True, id="in writing anywhere"),
        pytest.param(Basis.REQUESTED, Channel.EMAIL, "US", Purpose.MARKETING, False, id="not confirmed yet"),
        pytest.param(Basis.LEGITIMATE_INTEREST, Channel.EMAIL, "", Purpose.MARKETING, False, id="unknown is strict"),
        pytest.param(Basis.EXPRESS, Channel.SMS, "US", Purpose.MARKETING, False, id="US texts need it in writing"),
        pytest.param(Basis.EXPRESS_WRITTEN, Channel.SMS, "US", Purpose.MARKETING, True, id="in writing"),
        pytest.param(Basis.EXPRESS_WRITTEN, Channel.SMS, "US", Purpose.SALES, True, id="for sales too"),
        pytest.param(Basis.EXPRESS, Channel.WHATSAPP, "IN", Purpose.MARKETING, True, id="elsewhere a yes is enough"),
        pytest.param(Basis.INQUIRY, Channel.SMS, "", Purpose.MARKETING, False, id="no text to a country unknown"),
        pytest.param(Basis.LEGITIMATE_INTEREST, Channel.CALL, "GB", Purpose.SALES, True, id="a call to a UK business"),
        pytest.param(Basis.LEGITIMATE_INTEREST, Channel.CALL, "DE", Purpose.SALES, False, id="not to a German one"),
    ],
)
def test_the_shipped_consent_rules(basis, channel, country, purpose, allowed):
    assert may(basis, channel, country, purpose) is allowed


def test_implied_consent_wears_out_in_canada_and_not_in_the_united_states():
    half_a_year_ago = NOW - timedelta(days=180)

    assert not may(Basis.INQUIRY, Channel.EMAIL, "CA", given=half_a_year_ago)
    assert may(Basis.INQUIRY, Channel.EMAIL, "CA", given=half_a_year_ago + timedelta(seconds=1))
    assert may(Basis.SOFT_OPT_IN, Channel.EMAIL, "CA", given=NOW - timedelta(days=729))
    assert may(Basis.INQUIRY, Channel.EMAIL, "US", given=NOW - timedelta(days=3_000))
    assert may(Basis.EXPRESS, Channel.EMAIL, "CA", given=NOW - timedelta(days=3_000))


def test_a_rule_for_unknown_countries_narrows_and_never_widens():
    rules = {"*": {"bases": ["express", "inquiry"]}, "?": {"bases": ["inquiry", "legitimate_interest"]}}
    policy = ConsentPolicy.from_document({"needs": {"marketing": {"email": rules}}})

    assert policy.bases_for(Purpose.MARKETING, Channel.EMAIL, "") == (Basis.INQUIRY,)


def test_a_receipts_own_end_counts_when_it_is_earlier():
    policy = ConsentPolicy(lifetimes={("*", Basis.INQUIRY): timedelta(days=10)})
    consent = Consent(
        "l", Channel.EMAIL, Purpose.MARKETING, Basis.INQUIRY, NOW, "form", expires_at=NOW + timedelta(days=3)
    )

    assert policy.expires_at(consent, "DE") == NOW + timedelta(days=3)


def test_bought_addresses_are_never_spoken_to_and_a_no_beats_every_yes():
    yes = [Consent("l", Channel.EMAIL, Purpose.MARKETING, Basis.EXPRESS_WRITTEN, NOW, "form")]
    ask = {"channel": Channel.EMAIL, "purpose": Purpose.MARKETING, "country": "US", "now": NOW}

    assert why_not_allowed(POLICIES.consent, yes, [], source="purchased", **ask) == "source_not_mailable"
    no = [Suppression("l", None, "opted_out", NOW)]
    assert why_not_allowed(POLICIES.consent, yes, no, source="form", **ask) == "suppressed"


def test_every_shipped_rule_names_its_source():
    rules = [*POLICIES.quiet.rules.values(), POLICIES.quiet.unknown]

    assert len(POLICIES.quiet.rules) > 70
    assert all(rule.source and rule.reviewed for rule in rules)
    entries = [
        entry
        for purpose in SHIPPED["consent"]["needs"].values()
        for places in purpose.values()
        for entry in places.values()
    ]
    assert all(entry["source"] for entry in entries)


def test_no_shipped_rule_lets_us_ring_at_night():
    for place, rule in POLICIES.quiet.rules.items():
        for spans in rule.hours.hours:
            assert all(8 * 60 <= start < end <= 21 * 60 + 30 for start, end in spans), place


def test_all_states_are_named_or_strict():
    """51 places of the US: those that are not listed fall under the rule for an unknown state."""
    unknown = POLICIES.quiet.rules["US", "?"]
    listed = [region for country, region in POLICIES.quiet.rules if country == "US" and len(region) == 2]

    assert len(listed) == 47
    assert POLICIES.quiet.rule_for("US", "NV") is unknown


def test_the_shipped_senders_carry_five_hundred_leads_with_six_touches_in_a_month():
    mailboxes = POLICIES.senders.senders_for("sdr-mailboxes", Channel.EMAIL)
    a_day = sum(cap_on(sender, NOW.date()) for sender in mailboxes)
    slowest = max(sender.spacing + sender.jitter for sender in mailboxes)

    assert len(mailboxes) == 6
    assert a_day * 20 >= 500 * 6 * 2, "twice what is needed on the 20 working days of a month"
    assert 120 * slowest <= 8 * 3_600, "a mailbox can use its cap within one office day"


def test_the_shipped_team_serves_every_route():
    for name in POLICIES.routing.routes:
        choice = route(
            POLICIES.routing, name, POLICIES.team, Lead("lead-1", fields={"language": "de"}, country="DE"), NOW
        )
        assert choice.rep, choice.why
    assert (
        route(POLICIES.routing, "sdr", POLICIES.team, Lead("lead-1", fields={"language": "de"}, country="DE"), NOW).rep
        == "anna"
    )
