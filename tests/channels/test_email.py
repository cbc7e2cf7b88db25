"""Mail over real SMTP on loopback: what each failure means, and how connections are kept."""

from __future__ import annotations

import asyncio
import datetime
import email
import ipaddress
import ssl
from dataclasses import replace
from email import policy

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from nurture.channels.email import EmailCarrier
from nurture.channels.smtp_lines import Lines, Relay
from nurture.domain.errors import Blame, Invalid, Misconfigured, Refused, Unavailable, Uncertain
from tests.channels.people import MAIL, TEXT, Noon, Wire, blocked, mail_to
from tests.channels.smtp_sink import Does, Sink


@pytest.fixture
async def sink():
    async with Sink() as sink:
        yield sink


@pytest.fixture
async def carrier(sink):
    async with EmailCarrier(sink.relay(), Noon()) as carrier:
        yield carrier


async def test_the_envelope_is_ours_and_the_mail_arrives_whole(sink, carrier):
    receipt = await carrier.send(MAIL, Wire())

    [taken] = sink.taken
    read = email.message_from_bytes(taken.content, policy=policy.default)
    assert (taken.sender, taken.recipients) == ("b+token@mail.example.com", ["ada.keller@example.com"])
    assert receipt.id == read["Message-ID"] == MAIL.message_id
    assert read.get_body(("plain",)).get_content().replace("\r\n", "\n").strip() == MAIL.text
    assert "250" in receipt.answer


@pytest.mark.parametrize(
    ("deed", "gate_asked"),
    [
        pytest.param(Does.DROPS_AT_MAIL, 0, id="hang-up at MAIL"),
        pytest.param("mail 451 4.3.0 Local error", 0, id="451 at MAIL"),
        pytest.param("mail 421 4.3.2 Shutting down", 0, id="421 at MAIL"),
        pytest.param("rcpt 450 4.2.1 Busy", 0, id="450 at RCPT"),
        pytest.param("rcpt 552 5.2.2 Mailbox full", 0, id="a full mailbox"),
        pytest.param(Does.DROPS_BEFORE_354, 1, id="hang-up before 354"),
        pytest.param("data 451 4.3.0 Not now", 1, id="451 instead of 354"),
        pytest.param("dot 451 4.3.0 Try later", 1, id="451 after the dot"),
        pytest.param("dot 421 4.3.2 Closing", 1, id="421 after the dot"),
    ],
)
async def test_a_definite_failure_took_nothing_and_the_next_try_arrives_once(sink, carrier, deed, gate_asked):
    wire = Wire()
    sink.will(deed)

    with pytest.raises(Unavailable):
        await carrier.send(MAIL, wire)
    assert (wire.asked, sink.taken) == (gate_asked, [])

    await carrier.send(MAIL, Wire())
    assert len(sink.taken) == 1


@pytest.mark.parametrize(
    "deed",
    [
        pytest.param(Does.DROPS_IN_THE_BODY, id="hang-up in the body"),
        pytest.param(Does.TAKES_THEN_DROPS, id="hang-up after the dot"),
        pytest.param(Does.TAKES_THEN_HANGS, id="silence after the dot"),
        pytest.param("dot gibberish", id="gibberish after the dot"),
        pytest.param("dot 354 Go on", id="an answer that is none"),
    ],
)
async def test_once_the_dot_may_be_written_only_a_clear_answer_counts(sink, carrier, deed):
    sink.will(deed)

    with pytest.raises(Uncertain):
        await carrier.send(MAIL, Wire())

    await carrier.send(mail_to("next"), Wire())
    assert sink.taken[-1].recipients == ["next@example.com"]


async def test_a_dead_relay_is_unavailable_and_the_gate_is_not_asked(sink):
    wire = Wire()
    async with EmailCarrier(sink.relay(port=1, connect_timeout=1.0), Noon()) as carrier:
        with pytest.raises(Unavailable):
            await carrier.send(MAIL, wire)

    assert wire.asked == 0


async def test_a_kept_connection_that_died_is_replaced_once_without_a_word(sink, carrier):
    await carrier.send(mail_to("first"), Wire())
    sink.will(Does.DROPS_AT_MAIL)

    await carrier.send(mail_to("second"), Wire())

    assert [taken.session for taken in sink.taken] == [0, 1]


async def test_a_kept_connection_told_421_is_replaced(sink, carrier):
    await carrier.send(mail_to("first"), Wire())
    sink.will("mail 421 4.4.2 Idle too long")

    await carrier.send(mail_to("second"), Wire())

    assert len(sink.taken) == 2


async def test_connections_are_used_again_and_retired_after_their_share(sink):
    async with EmailCarrier(sink.relay(messages_per_connection=2), Noon()) as carrier:
        for name in ("one", "two", "three"):
            await carrier.send(mail_to(name), Wire())

    assert [taken.session for taken in sink.taken] == [0, 0, 1]


async def test_no_more_connections_than_allowed_and_every_mail_arrives(sink):
    async with EmailCarrier(sink.relay(connections=2), Noon()) as carrier:
        await asyncio.gather(*(carrier.send(mail_to(f"lead{n}"), Wire()) for n in range(10)))

    assert len(sink.taken) == 10
    assert len(sink.sessions) == 2


async def test_an_idle_connection_is_not_trusted_for_ever(sink):
    seconds = [0.0]
    lines = Lines(sink.relay(idle=30.0), clock=lambda: seconds[0])
    first = await lines.take()
    await lines.give_back(first)
    seconds[0] = 29.0
    second = await lines.take()
    await lines.give_back(second)
    seconds[0] = 60.0
    third = await lines.take()

    assert (second is first, third is first) == (True, False)
    lines.drop(third)
    await lines.close()


async def test_an_open_envelope_is_wiped_before_the_next_mail(sink, carrier):
    with pytest.raises(type(blocked())):
        await carrier.send(mail_to("blocked"), Wire(blocked()))
    await carrier.send(mail_to("next"), Wire())

    assert sink.commands == ["MAIL", "RCPT", "RSET", "MAIL", "RCPT", "DATA"]
    assert [taken.recipients for taken in sink.taken] == [["next@example.com"]]


async def test_a_cancelled_send_leaves_no_half_open_line(sink, carrier):
    async def never() -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(carrier.send(mail_to("late"), never), 0.05)
    await carrier.send(mail_to("next"), Wire())

    assert [taken.recipients for taken in sink.taken] == [["next@example.com"]]


async def test_a_message_of_another_channel_is_a_mistake(carrier):
    with pytest.raises(Invalid):
        await carrier.send(TEXT, Wire())


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(replace(MAIL, subject="Hello\r\nBcc: all@example.com"), id="subject"),
        pytest.param(replace(MAIL, sender_name="Mia\nBrandt"), id="sender's name"),
        pytest.param(replace(MAIL, to="ada@example.com\r\nRCPT TO:<eve@example.com>"), id="address"),
        pytest.param(replace(MAIL, headers={"X-A": "a\0b"}), id="NUL in a header"),
        pytest.param(replace(MAIL, headers={"X A": "b"}), id="a name that is none"),
        pytest.param(replace(MAIL, headers={"subject": "again"}), id="a header twice"),
    ],
)
async def test_control_characters_and_doubled_headers_never_reach_the_wire(sink, carrier, bad):
    with pytest.raises(Refused):
        await carrier.send(bad, Wire())

    assert sink.taken == []


async def test_a_control_character_in_the_envelope_is_refused(sink, carrier):
    with pytest.raises(Refused):
        await carrier.send(replace(MAIL, envelope_from="b+x@example.com\r\nDATA"), Wire())

    assert sink.taken == []


async def test_an_address_beyond_ascii_needs_a_server_that_can(sink, carrier):
    with pytest.raises(Refused) as refusal:
        await carrier.send(replace(MAIL, to="jürgen@example.com"), Wire())
    await carrier.send(replace(MAIL, to="ada@bücher.example"), Wire())

    assert refusal.value.code == "smtputf8"
    assert sink.taken[0].recipients == ["ada@xn--bcher-kva.example"]


def test_a_password_is_never_sent_in_the_clear_over_a_network():
    with pytest.raises(Misconfigured):
        Relay("smtp.example.com", 25, tls="none", username="mia", password="s3cret-pass")

    assert Relay("127.0.0.1", 1025, tls="none", username="mia", password="s3cret-pass").username == "mia"


def test_the_password_is_not_in_the_repr_and_an_unknown_tls_mode_is_refused():
    assert "s3cret-pass" not in repr(Relay("localhost", 25, username="mia", password="s3cret-pass"))
    with pytest.raises(Misconfigured):
        Relay("localhost", 25, tls="maybe")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate for 127.0.0.1 that signs itself, as (its file, the server's TLS context)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sink.example.com")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=3))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return folder / "cert.pem", context


@pytest.mark.parametrize("mode", ["starttls", "tls"])
async def test_mail_goes_over_tls_with_a_login(authority, mode):
    ca_file, context = authority
    async with Sink(tls=context, implicit=mode == "tls", login=("mia", "s3cret-pass")) as sink:
        relay = sink.relay(tls=mode, ca_file=str(ca_file), username="mia", password="s3cret-pass")
        async with EmailCarrier(relay, Noon()) as carrier:
            await carrier.send(MAIL, Wire())

        assert len(sink.taken) == 1


async def test_a_certificate_nobody_vouches_for_stops_the_mail(authority):
    async with Sink(tls=authority[1]) as sink, EmailCarrier(sink.relay(tls="starttls"), Noon()) as carrier:
        with pytest.raises(Unavailable):
            await carrier.send(MAIL, Wire())

        assert sink.taken == []


async def test_a_stripped_starttls_stops_the_mail(sink):
    async with EmailCarrier(sink.relay(tls="starttls"), Noon()) as carrier:
        with pytest.raises(Refused) as refusal:
            await carrier.send(MAIL, Wire())

    assert refusal.value.blame is Blame.SENDER
    assert sink.taken == []


async def test_a_wrong_password_is_our_own_fault(authority):
    ca_file, context = authority
    async with Sink(tls=context, login=("mia", "s3cret-pass")) as sink:
        relay = sink.relay(tls="starttls", ca_file=str(ca_file), username="mia", password="wrong")
        async with EmailCarrier(relay, Noon()) as carrier:
            with pytest.raises(Refused) as refusal:
                await carrier.send(MAIL, Wire())

    assert refusal.value.blame is Blame.SENDER
