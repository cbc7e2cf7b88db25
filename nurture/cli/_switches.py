"""What a kill switch may name: every name is looked up, so that a slip of the finger halts nothing and says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from nurture.domain.errors import Invalid, NotFound
from nurture.domain.lead import Channel

if TYPE_CHECKING:
    from nurture.wiring import House

_KINDS = ("template", "step", "sequence", "sender", "domain", "channel")


async def keys_of(house: House, what: str) -> list[str]:
    """Return the switches that WHAT means: one, or those of every mailbox of a domain.

    Raises Invalid for a kind nobody knows, NotFound with the nearest name for a name nobody knows. A sequence that left
    the shelf still counts with its steps: leads may be in the middle of it.
    """
    from nurture.domain.condition_vocabulary import suggest

    if what == "all":
        return [what]
    kind, _, name = what.partition(":")
    if kind not in _KINDS or not name:
        remedy = f"Write {', '.join(f'{each}:NAME' for each in _KINDS)} or all"
        raise Invalid(f'"{what}" is no switch', remedy=remedy)
    known = await _known(house, kind, name)
    if name not in known:
        raise NotFound(f'There is no {kind} "{name}"', remedy=suggest(name, known).rstrip("?."))
    return [f"sender:{sender}" for sender in mailboxes(house)[name]] if kind == "domain" else [what]


def mailboxes(house: House) -> Mapping[str, list[str]]:
    """Return the ids of the mailboxes of each sending domain."""
    found: dict[str, list[str]] = {}
    for pool in house.policies.senders.pools.values():
        for sender in pool:
            if sender.channel is Channel.EMAIL:
                found.setdefault(sender.address.rpartition("@")[2].lower(), []).append(sender.id)
    return found


async def _known(house: House, kind: str, name: str) -> Collection[str]:
    match kind:
        case "channel":
            return [str(channel) for channel in Channel]
        case "sender":
            return [sender.id for pool in house.policies.senders.pools.values() for sender in pool]
        case "domain":
            return mailboxes(house).keys()
        case "template":
            return _templates(house)
    documents = await _documents(house, name.partition("/")[0])
    if kind == "sequence":
        return documents.keys()
    return [f"{sequence}/{step}" for sequence, document in documents.items() for step in _steps(document)]


async def _documents(house: House, sequence: str) -> Mapping[str, Mapping[str, Any]]:
    """Return every sequence on the shelf, and the one that is asked for from the library when it left the shelf."""
    found = {file.id: file.document for file in house.shelf.sequences.values()}
    if sequence not in found and (kept := await house.store.library.fetch(sequence)) is not None:
        found[sequence] = kept[1]
    return found


def _steps(document: Mapping[str, Any]) -> Collection[str]:
    from nurture.authoring.known import named_in

    return named_in(document).steps


def _templates(house: House) -> Collection[str]:
    from nurture.authoring.composer_files import SUFFIXES, TemplateFiles

    files = TemplateFiles(house.settings.root / "templates")
    return {name for kind in SUFFIXES for name in files.names(kind)}
