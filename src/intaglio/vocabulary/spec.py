"""`Spec`: a frozen description with one canonical JSON form and one digest.

A result lives at the digest of its description, so the canonical form must never move by itself: keys are sorted, and fields
at their default are left out, so that a new field with a no-op default keeps every older digest.
"""

import hashlib
import json
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, ClassVar, Self, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from intaglio.vocabulary.errors import SpecError


class Spec(BaseModel):
    """Base of all descriptions: frozen, keyword-only, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, use_attribute_docstrings=True)

    digested_as: ClassVar[str] = ""
    """The name that digests are made with, of a class that was renamed; its own if empty."""

    def canonical_json(self) -> str:
        """Sorted keys, no white space, fields at their default left out."""
        content = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)

    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of the class name and the canonical JSON."""
        text = f"{self.digested_as or type(self).__name__}:{self.canonical_json()}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @classmethod
    def parse(cls, content: Any, *, where: str) -> Self:
        """Validate parsed JSON.

        Raises:
            SpecError: naming `where` it stood, the field, the value and the reason.

        """
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "(whole)"
            reason = _hint(cls, first["loc"]) if first["type"] == "extra_forbidden" else first["msg"]
            raise SpecError(f"{where}: field {field!r}: {reason} (value: {str(first['input'])[:80]})") from None


def _hint(spec: type[BaseModel], place: Sequence[int | str]) -> str:
    """What to write instead of a field that is not known, its place in the content being given."""
    *above, name = map(str, place)
    for part in above:
        field = spec.model_fields.get(part)
        found = [] if field is None else _specs(field.annotation)
        if not found:
            return "is not known"
        spec = found[0]
    near = get_close_matches(name, spec.model_fields, n=1)
    return f"is not known; did you mean {near[0]!r}?" if near else f"is not known; known: {', '.join(spec.model_fields)}"


def _specs(annotation: Any) -> list[type[BaseModel]]:
    """The descriptions that an annotation names, in it or in its arguments."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for argument in get_args(annotation) for found in _specs(argument)]
