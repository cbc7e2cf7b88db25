"""Settings and secrets: what is missing, short, or still the example; and no secret in the answer."""

from __future__ import annotations

import pytest

from nurture.doctor.own_settings import settings_findings
from nurture.settings import Settings

LONG = "3f9c1d7a" * 8
KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


@pytest.fixture
def healthy(monkeypatch):
    """Settings of a deployment that others can reach."""
    import os

    for name in [name for name in os.environ if name.startswith("NURTURE_")]:
        monkeypatch.delenv(name)
    return {
        "secret": LONG,
        "api_key": LONG,
        "rep_keys": f"anna:{LONG},ben:{LONG}",
        "payload_key": KEY,
        "public_url": "https://nurture.acme-tools.de",
        "mail_domain": "bounce.acme-tools.de",
        "twilio_account_sid": "AC0123",
        "twilio_auth_token": LONG,
    }


def levels(given, **changes):
    return {each.check: (str(each.level), each.fact) for each in settings_findings(Settings(**given | changes))}


def test_a_healthy_deployment(healthy):
    found = levels(healthy)

    assert {level for level, _ in found.values()} == {"ok"}
    assert found["webhooks"][1] == (
        "set these at Twilio: https://nurture.acme-tools.de/webhooks/twilio/inbound"
        " and https://nurture.acme-tools.de/webhooks/twilio/status"
    )
    assert LONG not in str(found)


@pytest.mark.parametrize(
    ("changes", "check", "level", "fact"),
    [
        pytest.param({"secret": ""}, "NURTURE_SECRET", "fail", "not set", id="no secret"),
        pytest.param({"secret": "x9" * 9}, "NURTURE_SECRET", "warn", "only 18 characters", id="short secret"),
        pytest.param(
            {"secret": "only-for-trying-this-out-on-one-machine"},
            "NURTURE_SECRET",
            "fail",
            "like an example",
            id="example",
        ),
        pytest.param({"api_key": None}, "NURTURE_API_KEY", "warn", "the API refuses everything", id="no API key"),
        pytest.param({"rep_keys": f"anna:short,ben:{LONG}"}, "NURTURE_REP_KEYS", "warn", "anna", id="weak rep key"),
        pytest.param({"rep_keys": None}, "NURTURE_REP_KEYS", "warn", "opens to nobody", id="no rep keys"),
        pytest.param({"payload_key": "AAAA"}, "NURTURE_PAYLOAD_KEY", "fail", "3 bytes, 32 are needed", id="short key"),
        pytest.param({"payload_key": "not base64!"}, "NURTURE_PAYLOAD_KEY", "fail", "not base64", id="no base64"),
        pytest.param({"payload_key": None}, "NURTURE_PAYLOAD_KEY", "warn", "readable", id="no payload key"),
        pytest.param({"public_url": "http://nurture.acme-tools.de"}, "public URL", "fail", "not https", id="no TLS"),
        pytest.param({"public_url": "https://x.de/?a=1"}, "public URL", "fail", "query", id="a query"),
        pytest.param({"public_url": "nurture"}, "public URL", "fail", "no host", id="no URL"),
        pytest.param({"public_url": "http://127.0.0.1:8080"}, "public URL", "warn", "this machine", id="loopback"),
        pytest.param({"public_url": "http://127.0.0.1:8080"}, "webhooks", "fail", "cannot call", id="Twilio, loopback"),
        pytest.param({"mail_domain": "mail.example.com"}, "mail domain", "warn", "reserved", id="example domain"),
        pytest.param({"twilio_account_sid": ""}, "webhooks", "warn", "Twilio is not set", id="no Twilio"),
        pytest.param({"time_factor": 60.0}, "time", "warn", "60 times as fast", id="a demo's clock"),
    ],
)
def test_what_stands_in_the_way(healthy, changes, check, level, fact):
    found = levels(healthy, **changes)[check]

    assert found[0] == level
    assert fact in found[1]
