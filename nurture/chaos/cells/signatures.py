"""D8: webhooks whose signature is wrong, missing, of another body or of another address change nothing."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping

import aiohttp
from twilio.request_validator import RequestValidator

from nurture.chaos.cell import Case, Cell
from nurture.chaos.ground import Ground

REFUSED, HEARD = 403, 200
HEADER = "X-Twilio-Signature"


async def forged(ground: Ground, case: Case) -> None:
    """D8: everybody gets forged stops in their name, which change nothing, and at last one true stop, twice."""
    await ground.enrol(case.crowd, case.cell.sequence)
    url = f"{ground.settings.public_url}/webhooks/twilio/inbound"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as http:
        for lead, phone in case.crowd.phones.items():
            form = _stop(ground, phone)
            for name, headers in _forgeries(ground, url, form).items():
                status = await _post(http, url, form, headers)
                case.demand(status == REFUSED, f"a signature that is {name} was answered with {status}")
            facts = await ground.house.store.inbox.of_lead(lead)
            case.demand(not any(fact.kind == "opted_out" for fact in facts), f"a forged stop of {lead} was stored")
            await _true_one(ground, case, http, url, form, lead)


def _stop(ground: Ground, phone: str) -> dict[str, str]:
    form = {"MessageSid": f"SM{secrets.token_hex(16)}", "AccountSid": ground.texts.sid, "From": phone}
    return form | {"To": "+12015550190", "Body": "STOP", "NumMedia": "0", "ApiVersion": "2010-04-01"}


def _forgeries(ground: Ground, url: str, form: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    """Return how a signature can be false -> the headers that carry it."""
    ours, other = RequestValidator(ground.texts.token), RequestValidator(secrets.token_hex(16))
    signed = {
        "wrong": other.compute_signature(url, dict(form)),
        "of another body": ours.compute_signature(url, {**form, "Body": "Hello"}),
        "of another address": ours.compute_signature(url.replace("inbound", "status"), dict(form)),
        "of another host": ours.compute_signature(url.replace("127.0.0.1", "evil.example"), dict(form)),
        "empty": "",
    }
    return {"missing": {}, **{name: {HEADER: signature} for name, signature in signed.items()}}


async def _true_one(
    ground: Ground, case: Case, http: aiohttp.ClientSession, url: str, form: Mapping[str, str], lead: str
) -> None:
    """Tell the true stop through a proxy that names another host, and once more: one effect."""
    headers = {HEADER: RequestValidator(ground.texts.token).compute_signature(url, dict(form))}
    behind = {**headers, "Host": "inside:8080", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    for way in (behind, headers):
        status = await _post(http, url, form, way)
        case.demand(status == HEARD, f"a true stop was answered with {status}")
    facts = [fact for fact in await ground.house.store.inbox.of_lead(lead) if fact.kind == "opted_out"]
    case.demand(len(facts) == 1, f"one stop, told twice, made {len(facts)} facts of {lead}")


async def _post(http: aiohttp.ClientSession, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> int:
    async with http.post(url, data=form, headers=headers) as answer:
        return answer.status


def cells() -> Iterable[Cell]:
    """Return the cell."""
    criterion = "403 and nothing stored; the true one is heard once, behind a proxy too"
    yield Cell("D8", forged, criterion, leads=(6, 60), sequence="three-texts", texts=True, touches=0)
