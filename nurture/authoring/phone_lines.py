"""US numbers and their registration: which line a number is, and which number may not text yet (T14)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nurture.authoring.nodes import Fields, Items, Mistake, Node, Word
from nurture.authoring.steps import node_of


def registration_mistakes(root: Node) -> Iterator[Mistake]:
    """Yield each US number of senders.yaml that texts without its A2P campaign or toll-free verification."""
    pools = node_of(root, "pools")
    for pool in pools.values.values() if isinstance(pools, Fields) else ():
        senders = node_of(pool, "senders")
        for sender in senders.items if isinstance(senders, Items) else ():
            yield from _unregistered(sender)


def with_lines(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return senders.yaml with `toll_free: true` at every toll-free number: the domain looks nothing up."""
    pools = document.get("pools")
    if not isinstance(pools, Mapping):
        return dict(document)
    return {**document, "pools": {name: _pool(pool) for name, pool in pools.items()}}


def is_toll_free(number: str) -> bool:
    """Whether nobody pays for calling this number (800, 833, 844, 855, 866, 877, 888 in North America)."""
    import phonenumbers  # 20 MB of metadata that most commands never need

    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.TOLL_FREE)


def _unregistered(sender: Node) -> Iterator[Mistake]:
    channel, number = node_of(sender, "channel"), node_of(sender, "number")
    if not isinstance(channel, Word) or not isinstance(number, Word):
        return
    if channel.text != "sms" or not number.text.startswith("+1"):
        return
    free = is_toll_free(number.text)
    key = "toll_free_verification" if free else "campaign"
    if node_of(sender, key) is None:
        what = "a toll-free number" if free else "a US number"
        hint = f"Register it at Twilio and write {key}: with the id. It sends nothing until then"
        yield Mistake(number.place, "unregistered-number", f"{number.text} is {what} without {key}", hint)


def _pool(pool: Any) -> Any:
    if not isinstance(pool, Mapping) or not isinstance(pool.get("senders"), list):
        return pool
    return {**pool, "senders": [_sender(sender) for sender in pool["senders"]]}


def _sender(sender: Any) -> Any:
    number = sender.get("number") if isinstance(sender, Mapping) else None
    if not isinstance(number, str) or not number.startswith("+1") or not is_toll_free(number):
        return sender
    return {**sender, "toll_free": True}
