"""Our own house: the store's schema and clock, Temporal with its search attributes, senders, addresses and policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, make_url, select

from nurture.doctor.findings import Finding, Level, fail, ok, warn
from nurture.doctor.outside import MOST_SKEW
from nurture.doctor.own_settings import is_reserved
from nurture.domain.errors import Misconfigured, NurtureError
from nurture.domain.lead import Channel
from nurture.domain.mail_domains import domain_of
from nurture.domain.senders import Sender, SenderPolicy, unregistered
from nurture.settings import Settings

if TYPE_CHECKING:
    from nurture.store.database import Database

_A_YEAR = timedelta(days=365)


async def store_findings(settings: Settings) -> list[Finding]:
    """Open the database and look at its schema and its clock; nothing is written, and no file made."""
    from nurture.store.migrate import connect

    path = _sqlite_file(settings.database_url)
    if path is not None and not path.exists():
        return [warn("store", f"{path} is not there yet", "The first command or worker makes it")]
    try:
        database = connect(settings.database_url)
    except NurtureError as wrong:
        return [fail("store", wrong.reason, wrong.remedy)]
    try:
        return await _looked_at(database)
    except Exception as error:  # noqa: BLE001 -- whatever a driver raises, the doctor tells it and goes on
        remedy = "Check NURTURE_DATABASE_URL and its server"
        return [fail("store", f"the database refuses ({type(error).__name__})", remedy)]
    finally:
        await database.close()


async def _looked_at(database: Database) -> list[Finding]:
    from nurture.store.migrate import demand_current

    is_file = database.dialect == "sqlite"
    try:
        await database.read(demand_current)
    except Misconfigured as old:
        remedy = "Whoever opens the file next migrates it" if is_file else "Run nurture migrate"
        return [Finding("store", Level.WARN if is_file else Level.FAIL, old.reason, remedy)]
    fine = ok("store", f"{database.dialect} with the schema of this code")
    return [fine] if is_file else [fine, _clock(await database.read(_skew))]


def _sqlite_file(url: str) -> Path | None:
    place = make_url(url)
    return Path(place.database) if place.get_backend_name() == "sqlite" and place.database else None


async def temporal_findings(settings: Settings) -> list[Finding]:
    """Connect to Temporal, look for the namespace and the search attributes that workflows set."""
    from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
    from temporalio.common import SearchAttributeIndexedValueType
    from temporalio.service import RPCError

    from nurture.connecting import connect
    from workflows.signs import ALL_KEYS

    where = f"{settings.temporal_address}, namespace {settings.temporal_namespace}"
    try:
        client = await connect(settings)
        asked = ListSearchAttributesRequest(namespace=settings.temporal_namespace)
        found = dict((await client.operator_service.list_search_attributes(asked)).custom_attributes)
    except (RuntimeError, RPCError, NurtureError) as away:
        said = (
            away.message if isinstance(away, RPCError) else "nobody answers" if isinstance(away, RuntimeError) else away
        )
        remedy = "Start it with nurture up, or set NURTURE_TEMPORAL_ADDRESS and NURTURE_TEMPORAL_NAMESPACE"
        return [fail("Temporal", f"{where}: {said}", remedy)]
    missing = [
        f"{key.name} ({SearchAttributeIndexedValueType(key.indexed_value_type).name.title()})"
        for key in ALL_KEYS
        if int(found.get(key.name, 0)) != int(key.indexed_value_type)
    ]
    if missing:
        remedy = "Register them: temporal operator search-attribute create --name NAME --type TYPE"
        return [ok("Temporal", where), fail("search attributes", f"missing: {', '.join(missing)}", remedy)]
    return [ok("Temporal", where), ok("search attributes", f"all {len(ALL_KEYS)} are there")]


def sender_findings(policy: SenderPolicy) -> Iterator[Finding]:
    """Yield senders that cannot send: not registered, or still the examples that were shipped."""
    every = [sender for pool in policy.pools.values() for sender in pool]
    lacking = [found for sender in every if (found := unregistered(sender))]
    if lacking:
        remedy = "Register them at Twilio and write the id into policies/senders.yaml"
        yield fail("sender registration", "; ".join(lacking), remedy)
    else:
        yield ok("sender registration", "every US number that texts has its campaign or verification")
    examples = [sender.id for sender in every if _is_example(sender)]
    if examples:
        remedy = "Write your own addresses into policies/senders.yaml"
        yield warn("senders", f"these have addresses that are reserved for examples: {', '.join(examples)}", remedy)
    else:
        yield ok("senders", f"{len(every)} senders")
    yield _postal_address(policy)


def review_findings(documents: Mapping[str, Any], today: date) -> Iterator[Finding]:
    """Yield rules with a `reviewed` date that is more than a year old: law and providers move on."""
    dated = [(where, day) for name, document in documents.items() for where, day in _reviewed(document, name)]
    old = [f"{where} ({day})" for where, day in dated if today - day > _A_YEAR]
    if old:
        yield warn("policies", f"not reviewed for a year: {', '.join(old)}", "Compare them with their source")
    else:
        yield ok("policies", f"{len(dated)} rules were reviewed within a year")


def _postal_address(policy: SenderPolicy) -> Finding:
    if not policy.postal_address and any(_is_mailbox(sender) for pool in policy.pools.values() for sender in pool):
        remedy = "Every commercial mail must show one (CAN-SPAM, CASL)"
        return fail("postal address", "policies/senders.yaml has none", remedy)
    if "Beispielstraße" in policy.postal_address:
        return warn(
            "postal address", "it is still the example that was shipped", "Write yours into policies/senders.yaml"
        )
    return ok("postal address", " / ".join(policy.postal_address.splitlines()))


def _reviewed(node: Any, where: str) -> Iterator[tuple[str, date]]:
    if isinstance(node, Mapping):
        if "reviewed" in node:
            yield where, date.fromisoformat(str(node["reviewed"]))
        for name, below in node.items():
            yield from _reviewed(below, f"{where}.{name}")
    elif isinstance(node, list):
        for number, below in enumerate(node):
            yield from _reviewed(below, f"{where}[{number}]")


def _is_mailbox(sender: Sender) -> bool:
    return sender.channel is Channel.EMAIL


def _is_example(sender: Sender) -> bool:
    # +1 NXX 555 0100 to 0199 are kept free for fiction.
    return is_reserved(domain_of(sender.address)) if _is_mailbox(sender) else sender.address[5:10] == "55501"


def _skew(conn: Connection) -> float:
    return float(abs((conn.execute(select(func.now())).scalar_one() - datetime.now(UTC)).total_seconds()))


def _clock(skew: float) -> Finding:
    fact = f"ours and the database's differ by {skew:.0f} seconds"
    return fail("clock", fact, "Let NTP set both") if skew > MOST_SKEW else ok("clock", fact)
