"""How every process reaches Temporal: address, namespace, types, and encryption when a key is set."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import logging
import os
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    DefaultPayloadConverter,
    JSONPlainPayloadConverter,
    PayloadCodec,
)

from nurture.domain.errors import Misconfigured
from nurture.settings import Settings

logger = logging.getLogger(__name__)
_KEY_ID = b"nurture-1"
_NONCE = 12
_AGAIN_AFTER = 1.0
"""Seconds of the wall clock between two tries to reach a Temporal that is not up yet."""


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


_JSON = PydanticJSONPlainPayloadConverter()


class SharedPayloadConverter(CompositePayloadConverter):
    """Pydantic's JSON, as in `temporalio.contrib.pydantic`, with one memory of our types for the whole process.

    A worker makes a converter for every workflow, and pydantic needs milliseconds to learn a dataclass: with a memory
    of its own each lead spent two thirds of its workflow time on learning the same five types again.
    """

    def __init__(self) -> None:
        kept = DefaultPayloadConverter.default_encoding_payload_converters
        super().__init__(*(_JSON if isinstance(each, JSONPlainPayloadConverter) else each for each in kept))


_CONVERTER = DataConverter(payload_converter_class=SharedPayloadConverter)


def converter(settings: Settings) -> DataConverter:
    """Return how values become payloads; failures are encrypted too, because their messages may quote an answer."""
    if settings.payload_key is None:
        return _CONVERTER
    codec = EncryptingCodec(base64.b64decode(settings.payload_key.get_secret_value()))
    return dataclasses.replace(
        _CONVERTER,
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


async def connect_at_last(settings: Settings) -> Client:
    """Connect to Temporal however long it takes to come up; each refusal is logged with its reason.

    For processes that are started together with Temporal: one that gave up would have to be started again by somebody.
    """
    while True:
        try:
            return await connect(settings)
        except RuntimeError as refusal:
            said = str(refusal).partition("\n")[0]
            logger.warning("Temporal does not answer at %s yet, trying again: %s", settings.temporal_address, said)
        await asyncio.sleep(_AGAIN_AFTER)
