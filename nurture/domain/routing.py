"""Which rep gets a lead, and why: owner, fit, presence, room, and a fair turn."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from nurture.domain.calendar import Calendar, Window
from nurture.domain.errors import Misconfigured, NotFound
from nurture.domain.lead import Lead
from nurture.domain.picking import Pick, next_of
from nurture.domain.tasks import Rep
from nurture.domain.wallclock import local_date, zone_of

INBOX = "inbox"
"""The word for nobody in particular: the task lies in the shared inbox."""


@dataclass(frozen=True, slots=True)
class Route:
    """One entry of `policies/routing.yaml`.

    `prefer` and `require` list tests of a rep (owner, language, territory, skill, working), tried in that order. A
    preference that nobody meets is passed over, a requirement is not. `skills` are what the work needs; `skill_field`
    names the lead's field whose value is needed too. `otherwise` is the next route, rep or "inbox".
    """

    name: str
    pool: str = ""
    prefer: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    skill_field: str = ""
    pick: Pick = Pick.ROUND_ROBIN
    otherwise: str = INBOX


@dataclass(frozen=True, slots=True)
class RoutingRules:
    """`policies/routing.yaml` as data: routes and territories by name, and the windows that reps' hours name."""

    routes: Mapping[str, Route] = field(default_factory=dict)
    territories: Mapping[str, frozenset[str]] = field(default_factory=dict)
    windows: Mapping[str, Window] = field(default_factory=dict)

    @classmethod
    def from_document(cls, doc: Mapping[str, Any], windows: Mapping[str, Window]) -> RoutingRules:
        """Read routing.yaml. Raises Misconfigured for tests, picks and follow-up routes that do not exist."""
        routes = {name: _route(name, entry or {}) for name, entry in doc.get("routes", {}).items()}
        for route in routes.values():
            _follow(routes, route)
        territories = {name: frozenset(map(str, places)) for name, places in doc.get("territories", {}).items()}
        return cls(routes, territories, windows)


@dataclass(frozen=True, slots=True)
class Choice:
    """A rep's id, or "" for the `pool`, and why. `full` is set when fitting reps exist but none has room."""

    rep: str
    why: str
    pool: str = INBOX
    full: bool = False


def route(
    rules: RoutingRules, name: str, reps: Sequence[Rep], facts: Lead, now: datetime, exclude: Collection[str] = ()
) -> Choice:
    """Choose a rep by the route `name`, or by a chain such as `owner else inbox` or `sdr else anna else inbox`.

    `reps` must carry their open tasks and last assignment. Raises NotFound for a word that is no route and no rep.
    """
    notes: list[str] = []
    full, pool = False, INBOX
    words = _words(name)
    while words:
        word = words.pop(0)
        if word == INBOX:
            break
        choice = _by_word(rules, word, reps, facts, now, exclude)
        if choice.rep:
            return Choice(choice.rep, "; ".join([*notes, choice.why]), choice.pool, full)
        notes.append(choice.why)
        full, pool = full or choice.full, choice.pool
        if not words and word in rules.routes:
            words += _words(rules.routes[word].otherwise)
    return Choice("", "; ".join([*notes, f"it goes to the pool {pool}"]), pool, full)


def is_away(rep: Rep, now: datetime) -> bool:
    """Tell whether the rep has time off on the present date of the rep's own time zone."""
    if not rep.away:
        return False
    today = local_date(zone_of(rep.timezone), now).isoformat()
    return any(first <= today <= last for first, last in rep.away)


def _words(chain: str) -> list[str]:
    return [word.strip() for word in chain.split(" else ")]


def _by_word(
    rules: RoutingRules, word: str, reps: Sequence[Rep], facts: Lead, now: datetime, exclude: Collection[str]
) -> Choice:
    by_id = {rep.id: rep for rep in reps}
    if word == "owner":
        return _person(by_id, facts.owner, "owner", now, exclude)
    if word in rules.routes:
        return _by_route(rules, rules.routes[word], reps, facts, now, exclude)
    if word in by_id:
        return _person(by_id, word, "named", now, exclude)
    raise NotFound(f'There is no route "{word}"', remedy=f"Use one of {', '.join(['owner', INBOX, *rules.routes])}")


def _person(by_id: Mapping[str, Rep], rep: str, role: str, now: datetime, exclude: Collection[str]) -> Choice:
    """Offer one certain person, or whoever covers for them while they are away."""
    person = by_id.get(rep)
    if person is None:
        return Choice("", f"{rep} is not in the team" if rep else "the lead has no owner")
    if person.id not in exclude and not is_away(person, now):
        return _if_room(person, f"{person.name} is the {role}" if role == "owner" else f"{person.name} is {role}")
    absence = f"{person.name} was asked already" if person.id in exclude else f"{person.name} is away"
    cover = by_id.get(person.cover)
    if cover is None or cover.id in exclude or is_away(cover, now):
        return Choice("", f"{absence} and nobody covers")
    return _if_room(cover, f"{absence}, {cover.name} covers")


def _if_room(rep: Rep, why: str) -> Choice:
    if rep.open_tasks < rep.capacity:
        return Choice(rep.id, why)
    return Choice("", f"{why} but has {rep.open_tasks} of {rep.capacity} tasks open", full=True)


def _by_route(
    rules: RoutingRules, route: Route, reps: Sequence[Rep], facts: Lead, now: datetime, exclude: Collection[str]
) -> Choice:
    """Narrow the pool down: who may, who has room, who fits; then pick one."""
    pool = route.pool or INBOX
    notes: list[str] = []
    if "owner" in (*route.prefer, *route.require):
        owner = _person({rep.id: rep for rep in reps}, facts.owner, "owner", now, exclude)
        if owner.rep or "owner" in route.require:
            return Choice(owner.rep, owner.why, pool, owner.full)
        notes += [owner.why] if facts.owner else []
    there = [
        r for r in reps if (not route.pool or route.pool in r.pools) and r.id not in exclude and not is_away(r, now)
    ]
    fits = _tests(rules, route, facts, now)
    able = [rep for rep in there if all(fits[test](rep) for test in route.require if test != "owner")]
    free = [rep for rep in able if rep.open_tasks < rep.capacity]
    if not free:
        return Choice("", "; ".join([*notes, _why_nobody(route, there, able)]), pool, full=bool(able))
    for test in (each for each in route.prefer if each != "owner"):
        better = [rep for rep in free if fits[test](rep)]
        notes.append(f"{len(better)} of {len(free)} by {test}" if better else f"nobody by {test}")
        free = better or free
    best = next_of(route.pick, free, facts.id)
    return Choice(best.id, "; ".join([*notes, f"{best.name} by {route.pick.replace('_', ' ')}"]), pool)


def _why_nobody(route: Route, there: Sequence[Rep], able: Sequence[Rep]) -> str:
    if able:
        return f"all {len(able)} who fit in {route.pool or 'the team'} have their hands full"
    if there:
        return f"nobody in {route.pool or 'the team'} meets {', '.join(route.require)}"
    return f"everybody in {route.pool or 'the team'} is away or was asked already"


def _tests(rules: RoutingRules, route: Route, facts: Lead, now: datetime) -> Mapping[str, Callable[[Rep], bool]]:
    asked = str(facts.fields.get(route.skill_field) or "")
    needed = {*route.skills, *([asked] if asked else [])}
    language = str(facts.fields.get("language") or "")
    places = {facts.country, f"{facts.country}-{facts.fields.get('region') or ''}"} - {"", "-"}
    return {
        "language": lambda rep: bool(language) and language.lower() in map(str.lower, rep.languages),
        "territory": lambda rep: bool(places & _covered(rules, rep)),
        "skill": lambda rep: needed <= set(rep.skills),
        "working": lambda rep: _is_working(rules, rep, now),
    }


def _covered(rules: RoutingRules, rep: Rep) -> set[str]:
    """Return the countries and regions (DE, US-CA) of the rep's territories, named or written out."""
    return {place for name in rep.territories for place in rules.territories.get(name, {name})}


def _is_working(rules: RoutingRules, rep: Rep, now: datetime) -> bool:
    window = rules.windows.get(rep.hours)
    return window is not None and _hours(window, zone_of(rep.timezone)).is_open(now)


_hours = lru_cache(maxsize=1_024)(Calendar)
"""The working week of a place, made once: it remembers the days it was asked about."""


_TESTS = ("owner", "language", "territory", "skill", "working")


def _route(name: str, entry: Mapping[str, Any]) -> Route:
    prefer, require = tuple(entry.get("prefer", ())), tuple(entry.get("require", ()))
    unknown = [test for test in (*prefer, *require) if test not in _TESTS]
    if unknown:
        raise Misconfigured(f'The route "{name}" tests "{unknown[0]}"', remedy=f"Use {', '.join(_TESTS)}")
    pick = str(entry.get("pick", Pick.ROUND_ROBIN))
    if pick not in list(Pick):
        raise Misconfigured(f'The route "{name}" picks by "{pick}"', remedy=f"Use {', '.join(Pick)}")
    return Route(
        name=name,
        pool=str(entry.get("pool", "")),
        prefer=prefer,
        require=require,
        skills=tuple(entry.get("skills", ())),
        skill_field=str(entry.get("skill_from", "")).removeprefix("lead."),
        pick=Pick(pick),
        otherwise=str(entry.get("else", INBOX)),
    )


def _follow(routes: Mapping[str, Route], start: Route) -> None:
    """Check that the chain of `else` ends: at the inbox, the owner or a rep. Raises Misconfigured for a circle."""
    seen, name = {start.name}, _words(start.otherwise)[-1]
    while name in routes:
        if name in seen:
            raise Misconfigured(
                f'The route "{start.name}" goes round in a circle at "{name}"', remedy="End it at inbox"
            )
        seen.add(name)
        name = _words(routes[name].otherwise)[-1]
