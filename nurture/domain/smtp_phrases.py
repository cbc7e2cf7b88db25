"""The words mail servers use when they say no, sorted by whose fact they are; one phrase a line, case ignored."""

from __future__ import annotations

NO_RELAY = (
    r"relay(?:ing)? (?:access )?(?:is )?(?:denied|not (?:permitted|allowed)|prohibited|disabled)",
    r"(?:unable|not (?:permitted|allowed)|cannot|refus\w+|won'?t|don'?t) to relay",
    r"(?:do not|don'?t|cannot|can't|not) relay",
    r"not (?:a )?(?:permitted|allowed|local) (?:to )?relay",
    r"not a gateway",
    r"relay not",
    r"no relaying",
    r"(?:isn'?t|not) in (?:my )?(?:list of )?(?:allowed )?rcpthosts",
)
"""The server does not carry mail for that domain, or not for us."""

FULL = (
    r"(?:mail ?box|inbox|mail ?folder|account|maildir|user|recipient)\W.{0,40}?(?:is |was |has )?(?:too )?(?:full|"
    r"over ?quota)",
    r"over ?quota",
    r"quota (?:has been )?(?:is )?exceed",
    r"exceed\w* .{0,40}?(?:quota|(?:disk|storage|mailbox|mail) (?:space|limit|size))",
    r"quota (?:is )?(?:full|violation|limit)",
    r"(?:storage|disk|mailbox) (?:space )?(?:limit|quota)",
    r"out of (?:disk )?(?:space|storage)",
    r"not enough (?:disk |storage )?space",
    r"insufficient (?:system |disk |mail )?(?:storage|space)",
    r"mailfolder is full",
    r"disk full",
    r"mailbox (?:size )?(?:limit )?exceeded",
    r"inbox is full",
    r"mailbox full",
    r"too many messages (?:in|on|for)",
)
"""The mailbox or the disk behind it is full: later may work."""

TOO_BIG = (
    r"(?:message|mail|size|content|letter)\W.{0,30}?(?:too (?:big|large|long)|exceeds?\b.{0,30}(?:size|limit|"
    r"maximum))",
    r"exceed\w* .{0,30}?(?:message size|maximum size|size limit|max(?:imum)? message)",
    r"too (?:big|large) (?:message|mail)",
)
"""This message is too big."""

SENDER = (
    r"spam(?!trap@)",
    r"\bu[cb]e\b",
    r"unsolicited",
    r"\bblock(?:ed|list)",
    r"black ?list",
    r"\bd?n?s?[rx]?bl\b",
    r"\brbl\b",
    r"deny ?list",
    r"barracuda",
    r"spamhaus",
    r"spamcop",
    r"sorbs\.",
    r"senderscore",
    r"proofpoint.{0,40}block",
    r"reputation",
    r"banned",
    r"\bspf\b",
    r"\bdkim\b",
    r"\bdmarc\b",
    r"sender ?id\b",
    r"unauthenticated",
    r"(?:sender|client|host|helo|ehlo|server|ip|from) .{0,30}?(?:rejected|denied|refused|not (?:allowed|permitted|"
    r"authori[sz]ed))",
    r"access denied",
    r"(?:policy|security) (?:reasons?|violation|restrictions?|rejection)",
    r"local policy",
    r"violat\w+ .{0,30}polic",
    r"authentication (?:is )?required",
    r"not authenticated",
    r"must (?:be )?authenticat\w+",
    r"smtp auth",
    r"reverse dns",
    r"\bptr\b",
    r"\brdns\b",
    r"\bvirus\b",
    r"malware",
    r"infected",
    r"prohibited (?:content|attachment)",
    r"content (?:rejected|filter|restrict)",
    r"message (?:was )?filtered",
    r"sender (?:address|domain|verify).{0,30}(?:reject|fail|invalid|not (?:exist|found))",
    r"too many (?:errors|hops)",
    r"mail loop",
    r"domain of sender",
    r"cannot verify sender",
    r"unable to verify sender",
    r"delivery not authori[sz]ed",
    r"dangerous",
    r"phish",
    r"suspicious",
    r"abus(?:e|ive)",
    r"(?:user|spam) complaints?",
    r"poor (?:sender )?reputation",
    r"restricted (?:sender|to)",
    r"only accept\w* (?:mail )?from",
)
"""Our address, server, content or reputation is not welcome."""

PERSON = (
    r"(?:user|recipient|mailbox|address|account|addressee|alias|destinat\w+|rcpt|customer|person|member|name|"
    r"mail ?drop)s?[\s:].{0,80}?(?:unknown|not (?:found|known|exist\w*|valid|here|listed|recogni[sz]ed|"
    r"available here|a valid)|does(?:n'?t| not) (?:exist|have)|do(?:es)? not exist|could not be found|"
    r"cannot be found|can't be found|was not found|no longer|invalid|unrecogni[sz]ed|undeliverable address|"
    r"is inactive|inactive|disabled|discontinued|deactivated|closed|terminated|expired account|suspended|"
    r"has been deleted|deleted|unlisted|isn'?t known|non[- ]?exist\w+)",
    r"(?:unknown|invalid|no such|bad|non[- ]?existent|unrecogni[sz]ed|illegal|unrouteable|undeliverable|inactive|"
    r"disabled|wrong|nonexistent|not a valid|no valid|incorrect|"
    r"obsolete) (?:e?-?mail )?(?:local )?(?:virtual )?(?:destination )?(?:recipient )?(?:user|recipient|mail ?box|"
    r"address|account|addressee|alias|local part|rcpt|person|member|name)",
    r"no (?:such )?(?:mailbox|user|recipient|account|person|one|body)(?: by that name| here| found| with)?",
    r"nobody (?:by|here|with)",
    r"(?:user|mailbox|account|recipient|address) (?:is )?(?:unavailable|not available|unknown)",
    r"unknown (?:local|user)",
    r"not (?:our|a) (?:customer|user|member)",
    r"(?:does(?:n'?t| not)|do not|don'?t) have an? .{0,40}?(?:account|mailbox|user)",
    r"invalid (?:final )?(?:delivery )?user ?id",
    r"did not (?:exactly )?match",
    r"no match(?:es)?\b",
    r"does not have a (?:final )?e?-?mail",
    r"wrong or no longer",
    r"not listed in",
    r"can(?:no|')t find (?:the )?(?:user|recipient|mailbox|account)",
    r"unable to (?:find|locate|deliver to) (?:user|recipient)",
    r"this (?:user|account|address|mailbox) (?:does|is|has)",
    r"recipient (?:address )?(?:was )?(?:rejected|refused)$",
    r"no local mailbox",
    r"delivery to (?:this|the following) (?:address|recipient)s? (?:is )?(?:restricted|not allowed)$",
    r"null mx",
    r"does not accept (?:any )?(?:e-?)?mail",
    r"not accepting (?:any )?(?:mail|messages)",
    r"(?:has|have) (?:moved|left)",
    r"no longer (?:valid|works|employed|with|active|in use|here|accept)",
    r"(?:is|are) no longer",
    r"(?:e-?mail|mail) address (?:you entered|is) ",
    r"usuario .{0,20}(?:no existe|desconocido)",
    r"inconnu",
    r"unbekannt",
    r"not (?:exist|found) .{0,20}(?:directory|users?|database)",
    r"gibt es nicht",
    r"existiert nicht",
    r"n'existe pas",
    r"no existe",
    r"não existe",
    r"non esiste",
)
"""There is no such person, or no longer: only this kind suppresses."""

HOST = (
    r"(?:host|domain|hostname|domain name|site|server name)s?\W.{0,60}?(?:unknown|not found|(?:does(?:n'?t| not)|"
    r"no longer) exist\w*|invalid|nonexistent)",
    r"(?:unknown|no such|invalid|bad|nonexistent|unrouteable|unrouted) (?:mail )?(?:host|domain|hostname|"
    r"destination (?:domain|host|system))",
    r"host or domain name not found",
    r"couldn'?t find any host",
    r"no (?:mx|a record|dns|route to domain)",
    r"bad destination",
    r"name or service not known",
    r"nxdomain",
    r"non-existent (?:host|domain)",
    r"dns: no",
    r"illegal host",
    r"can'?t resolve",
    r"unrouteable (?:mail )?domain",
    r"not a mail (?:server|domain)",
    r"no mail ?servers? (?:for|in)",
    r"doesn'?t (?:receive|handle|accept) mail",
)
"""There is no such mail domain: as final as a person who is gone."""

TIME = (
    r"time(?:d)?[- ]?out",
    r"timeout",
    r"expired",
    r"too (?:old|long in)",
    r"retry time",
    r"connection (?:refused|reset|lost|closed|dropped)",
    r"(?:network|host|server) (?:is )?unreachable",
    r"no route to host",
    r"unable to connect",
    r"could ?n[o']t connect",
    r"lost connection",
    r"temporar\w+",
    r"try (?:again|later)",
    r"gr[ea]yl\w+",
    r"rate limit",
    r"throttl",
    r"too (?:many|much|busy)",
    r"deferred",
    r"not (?:yet )?(?:been )?delivered",
    r"local error",
    r"system error",
    r"internal (?:server )?error",
    r"i/o error",
    r"configuration error",
    r"server (?:is )?(?:busy|down)",
    r"resources? (?:temporarily|unavail)",
    r"could not be delivered (?:within|for)",
    r"still trying",
    r"service (?:currently )?unavailable",
    r"name server",
    r"nameserver",
    r"dns (?:error|fail|server)",
    r"host lookup did not complete",
    r"delivery time",
)
"""A bad moment: time-outs, queues, limits, name servers."""
