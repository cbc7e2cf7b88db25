"""What a template may know of a person: the lead's values, what is missing, and how a value becomes plain words."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from jinja2 import StrictUndefined
from jinja2.exceptions import TemplateRuntimeError, UndefinedError

from nurture.authoring.sandbox import did_you_mean
from nurture.domain.lead import IDENTITY_FIELDS, Contact, Scalar

MAX_VALUE = 2_000
"""Characters one field of a lead may have in a message; more is a broken import, not a name."""
PLAIN_FIELDS = frozenset(
    [
        "id",
        "email",
        "phone",
        "first_name",
        "last_name",
        "company",
        "language",
        "country",
        "region",
        "source",
        "owner",
        "stage",
    ]
)
KNOWN_FIELDS = PLAIN_FIELDS | IDENTITY_FIELDS
"""Fields every lead may have; more are known from the import."""

# No word boundary in front: mail programs make a link of `1http://…`, too.
_SCHEME = re.compile(r"(?i)[a-z][a-z0-9+.-]{1,20}:/{1,}|(?<![a-z])(?:www(?=\.)|(?:javascript|data|vbscript|mailto):)")
_DOT = re.compile(r"(?<=[\w-])\.(?=[^\W\d_]{2})")
_PATH = re.compile(r"\w\.[^\W\d_]{2,}/")
_ZERO_WIDTH = "\u200c"
_JOINERS = "\u200c\u200d"


class Trusted(str):
    """A text of our own (the brand, a mailbox) or the person's own address: shown as it is."""

    __slots__ = ()


class LeadView:
    """The lead as templates see it: only fields that have a value; asking for another one is an error."""

    __slots__ = ("_known", "_values")

    def __init__(self, contact: Contact, known: frozenset[str] | None) -> None:
        """`known` are the fields leads may have; None means that any name may be one."""
        values: dict[str, Scalar] = dict(contact.fields)
        values |= {name: getattr(contact, name) for name in PLAIN_FIELDS}
        name = f"{contact.first_name} {contact.last_name}".strip()
        values |= {"name": name} if name else {}
        self._values = {key: value for key, value in values.items() if value is not None and value != ""}
        self._known = None if known is None else known | KNOWN_FIELDS | values.keys()

    def __getitem__(self, name: str) -> Scalar:
        value = self._values[name]
        if not isinstance(value, str):
            return value
        if len(value) > MAX_VALUE:
            raise TemplateRuntimeError(f'"lead.{name}" has {len(value):,} characters, allowed are {MAX_VALUE:,}')
        if not clean(value).strip():
            raise KeyError(name)
        return Trusted(value.strip()) if name == "email" else value.strip()


def may_have(lead: LeadView, name: str) -> bool:
    """Return whether leads may have a field of this name."""
    return lead._known is None or name in lead._known


class Absent(StrictUndefined):
    """A value that is not there. Printing it is an error in a marketer's words; `if` and `or_else` may ask for it."""

    __slots__ = ()

    @property
    def may_be_absent(self) -> bool:
        """Whether this is a field leads may have, and this lead has not."""
        obj = self._undefined_obj
        return isinstance(obj, LeadView) and may_have(obj, str(self._undefined_name))

    @property
    def field_name(self) -> str:
        """The name that was asked for."""
        return str(self._undefined_name)

    def explain(self) -> tuple[str, str]:
        """Return (what is wrong, what to do)."""
        name, obj = str(self._undefined_name), self._undefined_obj
        if self.may_be_absent:
            return f'this lead has no "{name}"', f'Write {{{{ lead.{name} | or_else("…") }}}}'
        if isinstance(obj, LeadView):
            return f'unknown field "lead.{name}"', did_you_mean(name, sorted(obj._known or ()))
        return f'unknown name "{name}"', did_you_mean(name, ["lead", "sender", "brand", "variant", "score", "stage"])

    @property
    def _undefined_message(self) -> str:
        return "\n".join(self.explain())

    def __bool__(self) -> bool:  # type: ignore[override]  # the parent never answers, we answer for known fields
        if self.may_be_absent:
            return False
        raise UndefinedError(self._undefined_message)


def printable(value: Any) -> str:
    """Return the text of something a template prints. Raises TemplateRuntimeError when it cannot be words."""
    if isinstance(value, str):
        return value
    if isinstance(value, Absent):
        raise TemplateRuntimeError("\n".join(value.explain()))
    if isinstance(value, bool | int | float):
        return str(value)
    raise TemplateRuntimeError(f"a {type(value).__name__} cannot be printed\nPrint one value of it")


def clean(text: str) -> str:
    """Return `text` on one line without anything invisible: controls, direction marks, private use, lone surrogates."""
    if text.isascii() and text.isprintable():
        return text
    kept = "".join(char if char.isprintable() or char in _JOINERS else _invisible(char) for char in text)
    return " ".join(kept.split())


def unlinked(text: str, *, narrow: bool = False) -> str:
    """Return `text` so that no mail or phone program makes a link of it (a form's "name" may be an advertisement).

    What looks like a URL loses its scheme and shows as `evil[.]example`; a bare domain such as a company's name keeps
    its looks, with a zero-width mark after the dot, or a blank where that would cost money (`narrow`: SMS).
    """
    if "." not in text and ":" not in text:
        return text
    bare = _SCHEME.sub("", text)
    if bare != text or _PATH.search(text):
        return re.sub(r"\.(?=\w)", "[.]", bare.lstrip("."))
    return _DOT.sub(". " if narrow else "." + _ZERO_WIDTH, text)


def control_in(text: str) -> str:
    """Return the name of the first character that may not stand in a mail header (E14), or ""."""
    for char in text:
        if ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 or char in "\u2028\u2029" or "\ud800" <= char <= "\udfff":
            return f"U+{ord(char):04X}"
    return ""


def _invisible(char: str) -> str:
    return " " if char.isspace() or unicodedata.category(char) == "Cc" else ""
