"""Opens the web app's doors: fills them from the House, serves HTTP, listens for mail, re-tells what was not heard."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

import uvicorn
from pydantic import SecretStr

from nurture.inbound.addresses import is_ours
from nurture.inbound.listener import MailListener
from nurture.intake import Accepted, LeadMap, accept, guess_mapping
from nurture.settings import Settings
from nurture.web.app import create_app
from nurture.web.doors import Doors
from nurture.wiring import House, open_house

RELAY_EVERY = 2.0
"""Seconds of the wall clock between two sweeps for facts that nobody heard yet."""
_STOPS_WITHIN = 5


async def serve(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM, as soon as Temporal is up. Raises Misconfigured for settings that cannot work."""
    async with open_house(settings, patient=True) as house, AsyncExitStack() as open_:
        mail_room = house.mail_room()
        if settings.inbound_smtp_port:
            await open_.enter_async_context(
                MailListener(
                    mail_room.receive,
                    lambda address: is_ours(address, house.secret),
                    host=settings.inbound_smtp_host,
                    port=settings.inbound_smtp_port,
                )
            )
        relay = asyncio.create_task(house.relay().run(RELAY_EVERY))
        try:
            await _server(settings, house).serve()
        finally:
            relay.cancel()
            await asyncio.gather(relay, return_exceptions=True)


def doors_of(house: House) -> Doors:
    """Return the doors of the web app, each leading into the House."""
    settings, store = house.settings, house.store
    return Doors(
        clock=house.clock,
        ledger=store.ledger,
        inbox=store.inbox,
        leads=store.leads,
        library=store.library,
        tasks=store.tasks,
        links=store.links,
        tell=house.teller(),
        enrol=house.enrol,
        ask=lambda lead: plan_of(house, lead),
        import_contact=contact_in,
        receive_mail=house.mail_room().receive,
        reach_temporal=house.leads.is_reachable,
        policies=house.policies,
        public_url=settings.public_url.rstrip("/"),
        secret=house.secret,
        api_key=_revealed(settings.api_key),
        rep_keys=rep_keys(_revealed(settings.rep_keys)),
        twilio_token=_revealed(settings.twilio_auth_token),
    )


async def plan_of(house: House, lead: str) -> Mapping[str, Any] | None:
    """Return what the lead's workflow says of itself on one level, None when it has none."""
    said = await house.leads.ask(lead)
    return None if said is None else {**said["explanation"], **said["state"], "plan": said["plan"]}


def contact_in(plain: Mapping[str, Any]) -> Accepted:
    """Return the person in one lead of the API. Raises Invalid with the reason when there is none."""
    row = {name: _cell(value) for name, value in plain.items()}
    return accept(row, _map_of(tuple(row)))


def rep_keys(text: str) -> dict[str, str]:
    """Return rep id -> key from `rep:key,rep:key`."""
    pairs = (pair.partition(":") for pair in text.split(",") if pair.strip())
    return {rep.strip(): key.strip() for rep, _, key in pairs if key.strip()}


def _map_of(names: Sequence[str]) -> LeadMap:
    return guess_mapping(names, [])


def _cell(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _server(settings: Settings, house: House) -> uvicorn.Server:
    config = uvicorn.Config(
        create_app(doors_of(house)),
        host=settings.web_host,
        port=settings.web_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_STOPS_WITHIN,
        proxy_headers=False,
    )
    return uvicorn.Server(config)


def _revealed(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
