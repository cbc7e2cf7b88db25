"""What a condition cannot hold without: a look at a journey's memory that spares the whole question."""

from __future__ import annotations

from nurture.domain.condition_run import keys_of_call
from nurture.domain.condition_tree import Call, Logic, Node


def needs_of(node: Node) -> frozenset[str] | None:
    """Return memory keys of which at least one must be there for the tree to hold; None when it may hold without any.

    Most conditions ask for something that rarely happens, and a look at the keys is all it takes to know their answer.
    """
    match node:
        case Logic(word="or", parts=parts):
            each = [needs_of(part) for part in parts]
            return None if None in each else frozenset(key for keys in each for key in keys or ())
        case Logic(parts=parts):
            found = [keys for keys in map(needs_of, parts) if keys is not None]
            return min(found, key=len, default=None)
        case Call(name="within", args=args):
            return needs_of(args[1])
        case Call(name=name) if name != "known":
            return frozenset(keys_of_call(node)[:1])
    return None
