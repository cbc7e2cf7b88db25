"""The only reader of the environment: one frozen object, every variable with its sentence."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from nurture.domain.clock import TimeScale
from nurture.domain.errors import Misconfigured

_SHORTEST_SECRET = 16


class Settings(BaseSettings):
    """Everything that differs between a laptop and production. Read from NURTURE_* variables."""

    model_config = SettingsConfigDict(env_prefix="NURTURE_", frozen=True, extra="ignore")

    root: Path = Path()
    """The folder that holds sequences/, templates/ and policies/."""
    database_url: str = "sqlite+aiosqlite:///var/nurture.db"
    """The store: SQLite by default, `postgresql+asyncpg://…` in production."""

    temporal_address: str = "127.0.0.1:7233"
    """Host and port of the Temporal frontend."""
    temporal_namespace: str = "default"
    """The Temporal namespace all workflows live in."""
    temporal_api_key: SecretStr | None = None
    """Set for Temporal Cloud."""
    payload_key: SecretStr | None = None
    """32 bytes in base64. Set: histories are encrypted (AES-GCM)."""

    secret: SecretStr = SecretStr("")
    """Signs links, bounce and reply addresses. Required wherever a message is composed or a link answered."""
    public_url: str = "http://127.0.0.1:8080"
    """Where the world reaches the web app; used in links and to check Twilio's signatures."""
    mail_domain: str = "mail.example.com"
    """Domain of bounce (b+…) and reply (r+…) addresses."""

    smtp_host: str = "127.0.0.1"
    """The relay mails leave by."""
    smtp_port: int = 1025
    """Its port."""
    smtp_username: str = ""
    """Unset: no login."""
    smtp_password: SecretStr | None = None
    """Password for `smtp_username`."""
    smtp_tls: str = "starttls"
    """`starttls` (required), `tls` (from the first byte), or `none` (loopback only)."""
    smtp_dot_timeout: float = 600.0
    """Seconds to wait after the final dot: a short time-out here makes duplicates (RFC 5321 4.5.3.2)."""

    dkim_key: SecretStr | None = None
    """Private RSA key in PEM form (line ends may be written as \\n). Unset: the relay signs, or nobody does."""
    dkim_selector: str = "nurture"
    """Where the public key stands: `<selector>._domainkey.<domain of the sender>`."""

    twilio_account_sid: str = ""
    """Unset: SMS and WhatsApp are off, and steps that need them say so."""
    twilio_auth_token: SecretStr | None = None
    """Authenticates us to Twilio and Twilio's webhooks to us."""
    twilio_base_url: str = ""
    """Unset: Twilio itself. Set: a stand-in that speaks the same API."""

    inbound_smtp_host: str = "127.0.0.1"
    """Where the listener for replies and bounces binds."""
    inbound_smtp_port: int = 2525
    """Its port; 0 switches it off."""
    web_host: str = "127.0.0.1"
    """Where the web app binds: loopback unless you say otherwise."""
    web_port: int = 8080
    """Its port."""
    api_key: SecretStr | None = None
    """Bearer key of /api/v1. Unset: the API refuses everything."""
    rep_keys: SecretStr | None = None
    """`rep:key,rep:key`: who may open the inbox. Unset: the inbox opens to nobody."""

    enrol_per_second: float = Field(default=20.0, gt=0)
    """Most leads a second that one worker enrols in bulk; it goes slower by itself when the machine is busy."""
    email_per_second: float = Field(default=0.0, ge=0)
    """Most mails a second over all workers, held by Temporal for the whole task queue. 0: as many as senders allow."""
    sms_per_second: float = Field(default=0.0, ge=0)
    """The same for texts; what your account at the provider may send."""
    whatsapp_per_second: float = Field(default=0.0, ge=0)
    """The same for WhatsApp."""

    time_factor: float = 1.0
    """Divides every wait; 1 is real time. For demos."""
    time_real_origin: datetime | None = None
    """Wall-clock moment at which the scaled time began."""
    time_origin: datetime | None = None
    """What the scaled clock showed at that moment."""
    time_hours: str = ""
    """How many times faster still each UTC hour of Monday to Friday goes by: 24 numbers with commas. For demos."""
    time_weekend: float = 1.0
    """How many times faster still Saturday and Sunday go by."""

    def signing_secret(self) -> bytes:
        """Return `secret` for whoever signs with it. Raises Misconfigured when it is missing or short."""
        secret = self.secret.get_secret_value().encode()
        if len(secret) < _SHORTEST_SECRET:
            raise Misconfigured(
                f"NURTURE_SECRET is missing or shorter than {_SHORTEST_SECRET} characters",
                remedy="Set it to a long random text, e.g. the output of: openssl rand -hex 32",
            )
        return secret

    @property
    def rates(self) -> dict[str, float]:
        """Most activities a second by task queue, for those that have a limit."""
        asked = {"email": self.email_per_second, "sms": self.sms_per_second, "whatsapp": self.whatsapp_per_second}
        return {queue: rate for queue, rate in asked.items() if rate}

    @property
    def scale(self) -> TimeScale:
        """How our time runs against the wall clock."""
        return TimeScale(
            self.time_factor,
            self.time_real_origin,
            self.time_origin,
            tuple(float(speed) for speed in self.time_hours.split(",") if speed),
            self.time_weekend,
        )
