"""How every process reaches Temporal: address, namespace, types, and encryption when a key is set."""

from __future__ import annotations

import base64
import dataclasses
import os
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec

from nurture.domain.errors import Misconfigured
from nurture.settings import Settings

_KEY_ID = b"nurture-1"
_NONCE = 12


class EncryptingCodec(PayloadCodec):
    """AES-GCM over whole payloads; the key's id is authenticated with them, and a fresh nonce leads each."""

    def __init__(self, key: bytes) -> None:
        if len(key) != 32:
            raise Misconfigured("NURTURE_PAYLOAD_KEY must be 32 bytes in base64", remedy="openssl rand -base64 32")
        self._cipher = AESGCM(key)

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Return the payloads encrypted."""
        return [self._sealed(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Return the payloads readable; those that are not ours come back as they are."""
        return [self._opened(payload) for payload in payloads]

    def _sealed(self, payload: Payload) -> Payload:
        nonce = os.urandom(_NONCE)
        data = nonce + self._cipher.encrypt(nonce, payload.SerializeToString(), _KEY_ID)
        return Payload(metadata={"encoding": b"binary/encrypted", "encryption-key-id": _KEY_ID}, data=data)

    def _opened(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != b"binary/encrypted":
            return payload
        clear = self._cipher.decrypt(payload.data[:_NONCE], payload.data[_NONCE:], _KEY_ID)
        return Payload.FromString(clear)


def converter(settings: Settings) -> DataConverter:
    """Return how values become payloads; failures are encrypted too, because their messages may quote an answer."""
    if settings.payload_key is None:
        return pydantic_data_converter
    codec = EncryptingCodec(base64.b64decode(settings.payload_key.get_secret_value()))
    return dataclasses.replace(
        pydantic_data_converter,
        payload_codec=codec,
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


async def connect(settings: Settings) -> Client:
    """Connect to Temporal. Raises RuntimeError when nobody answers at the address."""
    key = settings.temporal_api_key
    return await Client.connect(
        settings.temporal_address,
        namespace=settings.temporal_namespace,
        data_converter=converter(settings),
        api_key=key.get_secret_value() if key else None,
        tls=key is not None,
    )
