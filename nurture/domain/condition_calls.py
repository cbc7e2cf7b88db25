"""The checks of a condition's functions: do they exist, are they asked in their shape, do their names exist?"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from nurture.domain.condition_tree import Call, Field, Literal, Node, Place, Span, Word
from nurture.domain.condition_vocabulary import FUNCTIONS, Findings, Shape, suggest
from nurture.domain.lead import IDENTITY_FIELDS

_A = {"intent": "an intent", "step": "a step", "task": "a step", "event": "an event"}


def check_call(node: Call, findings: Findings) -> bool:
    """Write down what is wrong with one call, and return whether its arguments are as many as they should be.

    The condition inside within() is left to the caller.
    """
    shape = FUNCTIONS.get(node.name)
    if shape is None:
        hint = suggest(node.name, FUNCTIONS)
        findings.blame(f'there is no function "{node.name}"', node.at, hint, "unknown-function", length=len(node.name))
        return False
    if node.name == "opened":
        message = "an open is no evidence of a person: mail programs and scanners open too"
        findings.blame(message, node.at, "Ask for a click or a reply", "opens-are-not-evidence", warning=True)
    _options(node, shape, findings)
    if not shape.needs <= len(node.args) <= len(shape.args):
        message = f"{node.name}() {shape.count}, and here are {len(node.args)}"
        findings.blame(message, node.at, f"Write {shape.example}", "condition-shape")
        return False
    for wanted, arg in zip(shape.args, node.args, strict=False):
        _argument(wanted, arg, shape, findings)
    return True


def name_of(node: Node) -> str | None:
    """Return the name that a word or a quoted text says, None for anything else."""
    if isinstance(node, Word):
        return node.name
    return node.value if isinstance(node, Literal) and isinstance(node.value, str) else None


def _argument(wanted: str, arg: Node, shape: Shape, findings: Findings) -> None:
    if wanted == "span":
        _span(arg, shape, findings)
    elif wanted == "field":
        _known(arg, shape, findings)
    elif wanted != "test":
        name = name_of(arg)
        if name is None:
            findings.blame(
                f"the name of {_A[wanted]} belongs here", arg.at, f"Write {shape.example}", "condition-shape"
            )
        else:
            _name(wanted, name, arg.at, findings)


def _span(arg: Node, shape: Shape, findings: Findings) -> None:
    if not isinstance(arg, Span):
        findings.blame("a length of time belongs here", arg.at, f"Write {shape.example}", "condition-shape")
    elif arg.duration.business and arg.duration.unit not in ("day", "week"):
        message = "within() counts working days, not working hours"
        findings.blame(message, arg.at, 'Leave out "business"', "condition-shape")


def _known(arg: Node, shape: Shape, findings: Findings) -> None:
    if not isinstance(arg, Field | Word):
        findings.blame("a field of the lead belongs here", arg.at, f"Write {shape.example}", "condition-shape")
        return
    fields = findings.vocabulary.fields
    if fields and arg.name not in fields and arg.name not in IDENTITY_FIELDS:
        hint = suggest(arg.name, {*fields, *IDENTITY_FIELDS})
        findings.blame(f'no lead has a field "{arg.name}"', arg.at, hint, "unknown-field")


def _name(wanted: str, name: str, at: Place, findings: Findings) -> None:
    vocabulary = findings.vocabulary
    names: Mapping[str, Collection[str]] = {
        "intent": vocabulary.intents,
        "step": vocabulary.steps,
        "task": vocabulary.outcomes or vocabulary.steps,
        "event": vocabulary.events,
    }
    known = names[wanted]
    if not known or name in known or (wanted == "step" and name == "any"):
        return
    thing, rule = ("call or task step", "unknown-step") if wanted == "task" else (wanted, f"unknown-{wanted}")
    findings.blame(f'there is no {thing} "{name}"', at, suggest(name, known), rule)


def _options(node: Call, shape: Shape, findings: Findings) -> None:
    for name, value in node.options:
        if shape.options is not None and name not in shape.options:
            hint = suggest(name, shape.options) or f"Write {shape.example}"
            findings.blame(f'{node.name}() does not know "{name}="', node.at, hint, "unknown-option")
        elif not isinstance(value, Literal | Word):
            findings.blame(f'"{name}=" needs a text or a number', value.at, "", "condition-shape")
        elif name == "link" and node.name == "clicked":
            _link(node, value, findings)


def _link(node: Call, value: Literal | Word, findings: Findings) -> None:
    links = findings.vocabulary.links
    step = (name_of(node.args[0]) if node.args else None) or "any"
    known = {each for names in links.values() for each in names} if step == "any" else links.get(step, ())
    link = name_of(value)
    if links and (step == "any" or step in links) and link not in known:
        where = "" if step == "any" else f' in the message of "{step}"'
        findings.blame(f'there is no link "{link}"{where}', value.at, suggest(str(link), known), "unknown-link")
