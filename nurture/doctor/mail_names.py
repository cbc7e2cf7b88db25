"""Mail in the DNS: SPF and DKIM with DMARC's alignment for every From domain, and MX for what comes back (E4, E8)."""

from __future__ import annotations

from collections.abc import Sequence

from nurture.channels.signing import DkimSigner
from nurture.doctor.findings import Finding, fail, ok, warn
from nurture.doctor.names import Resolver
from nurture.doctor.records import Dmarc, dkim_mistake, dmarc_of, is_aligned, spf_mistake, spf_of
from nurture.domain.errors import Unavailable
from nurture.domain.mail_domains import primary_domain


async def mail_findings(
    resolver: Resolver, domains: Sequence[str], mail_domain: str, signer: DkimSigner | None
) -> list[Finding]:
    """Return what the DNS says about sending for `domains` (From) with bounces to `mail_domain` (the envelope)."""
    spf = await _spf(resolver, mail_domain)
    found = [spf, await _mx(resolver, mail_domain)]
    for domain in domains:
        dkim = await _dkim(resolver, domain, signer)
        found += [dkim, await _dmarc(resolver, domain, mail_domain, spf, dkim if signer else None)]
    return found


async def _spf(resolver: Resolver, domain: str) -> Finding:
    """SPF is about the envelope's domain, where our bounces return to."""
    check, remedy = f"SPF {domain}", f'Publish a TXT record at {domain}: "v=spf1 include:<your relay> -all"'
    try:
        records = spf_of(await resolver.txt(domain))
    except Unavailable as away:
        return warn(check, away.reason, "Ask again when the DNS answers")
    if not records:
        return fail(check, "there is no SPF record", remedy)
    if len(records) > 1:
        return fail(
            check, f"there are {len(records)} SPF records, and receivers take none of them", "Leave one of them"
        )
    mistake = spf_mistake(records[0])
    return fail(check, f"{records[0]}: {mistake}", remedy) if mistake else ok(check, records[0])


async def _mx(resolver: Resolver, domain: str) -> Finding:
    check = f"MX {domain}"
    try:
        servers = await resolver.mx(domain)
    except Unavailable as away:
        return warn(check, away.reason, "Ask again when the DNS answers")
    if not servers or list(servers) == ["."]:
        remedy = "Publish an MX record for the host whose port 25 leads to NURTURE_INBOUND_SMTP_PORT"
        return fail(check, "no server takes mail for it: replies and bounces get lost", remedy)
    return ok(check, ", ".join(servers))


async def _dkim(resolver: Resolver, domain: str, signer: DkimSigner | None) -> Finding:
    check = f"DKIM {domain}"
    if signer is None:
        remedy = "Look at the h= list of a mail that arrived, or set NURTURE_DKIM_KEY and sign here"
        return warn(check, "we do not sign: the relay must, List-Unsubscribe and List-Unsubscribe-Post too", remedy)
    name = f"{signer.selector}._domainkey.{domain}"
    try:
        mistake = dkim_mistake(await resolver.txt(name), signer.public)
    except Unavailable as away:
        return warn(check, away.reason, "Ask again when the DNS answers")
    if mistake:
        return fail(check, f"{name}: {mistake}", f'Publish a TXT record at {name}: "{signer.record}"')
    if signer.bits < 2_048:
        return warn(check, f"{name} holds our key of {signer.bits} bits", "Use a key of 2,048 bits")
    return ok(check, f"{name} holds our key of {signer.bits} bits")


async def _dmarc(resolver: Resolver, domain: str, mail_domain: str, spf: Finding, dkim: Finding | None) -> Finding:
    check = f"DMARC {domain}"
    try:
        policy = dmarc_of(await resolver.txt(f"_dmarc.{domain}"))
        if policy is None and primary_domain(domain) != domain:
            policy = dmarc_of(await resolver.txt(f"_dmarc.{primary_domain(domain)}"))
    except Unavailable as away:
        return warn(check, away.reason, "Ask again when the DNS answers")
    if policy is None:
        remedy = f'Publish a TXT record at _dmarc.{primary_domain(domain)}: "v=DMARC1; p=none; rua=mailto:…"'
        return fail(check, "there is no DMARC record, or no valid one", remedy)
    return _alignment(check, domain, mail_domain, policy, spf, dkim)


def _alignment(check: str, domain: str, mail_domain: str, policy: Dmarc, spf: Finding, dkim: Finding | None) -> Finding:
    """DMARC passes when SPF or DKIM passes for a domain that fits the one in From; ours signs for just that domain."""
    by_spf = spf.level == "ok" and is_aligned(domain, mail_domain, strict=policy.strict_spf)
    by_dkim = dkim is not None and dkim.level != "fail"
    proofs = " and ".join(name for name, aligned in (("SPF", by_spf), ("DKIM", by_dkim)) if aligned)
    if proofs:
        return ok(check, f"p={policy.policy}, From is aligned by {proofs}")
    if dkim is None:
        remedy = f"Let the relay sign for {domain}, or take a NURTURE_MAIL_DOMAIN below {primary_domain(domain)}"
        return warn(check, f"p={policy.policy}; SPF for {mail_domain} does not stand for {domain}", remedy)
    return fail(check, f"p={policy.policy}, but neither SPF nor DKIM stands for {domain}", "Repair SPF or DKIM above")
