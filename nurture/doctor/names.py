"""Asks the DNS: TXT and MX records, through dnspython or whatever a test puts in its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from nurture.domain.errors import Unavailable


class Resolver(Protocol):
    """Answers questions about names. No such name, or no such record, is an empty answer."""

    async def txt(self, name: str) -> Sequence[str]:
        """Return the TXT records of a name, each in one piece. Raises Unavailable when nobody answers."""
        ...

    async def mx(self, name: str) -> Sequence[str]:
        """Return the mail servers of a name, the first choice first. Raises Unavailable when nobody answers."""
        ...


class DnsResolver:
    """The DNS of this machine. `patience` is in seconds for one question."""

    def __init__(self, patience: float = 5.0) -> None:
        self._patience = patience

    async def txt(self, name: str) -> Sequence[str]:
        """Return the TXT records of a name."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in await self._ask(name, "TXT")]

    async def mx(self, name: str) -> Sequence[str]:
        """Return the mail servers of a name; "." alone says that it takes no mail (RFC 7505)."""
        records = sorted(await self._ask(name, "MX"), key=lambda record: int(record.preference))
        return [record.exchange.to_text() for record in records]

    async def _ask(self, name: str, kind: str) -> Sequence[Any]:
        import dns.asyncresolver
        import dns.exception
        import dns.resolver

        try:
            return list(await dns.asyncresolver.resolve(name, kind, lifetime=self._patience))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise Unavailable(f"The DNS does not answer about {name}: {type(error).__name__}") from error
