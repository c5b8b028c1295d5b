"""Turns the JSON of a report into the dataclasses of its schema, and refuses what does not fit."""

from __future__ import annotations

import keyword
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from ._errors import ReportError


@lru_cache(maxsize=None)
def _hints(form: Any) -> dict[str, Any]:
    return get_type_hints(form)


def key_of(name: str) -> str:
    """Returns the JSON key of a field: `from` of `from_`, because Python keeps the word for itself."""
    return name[:-1] if name.endswith("_") and keyword.iskeyword(name[:-1]) else name


def decode(form: Any, value: Any, place: str) -> Any:
    """Returns the value as an instance of the type `form`.

    Keys that the type does not have are ignored, since a form of a report may gain some.

    Raises:
        ReportError: the value has another type, lacks a field, or is a word that is not in its list.
    """
    origin = get_origin(form)
    if form is Any:
        return value
    if is_dataclass(form):
        return _object(form, value, place)
    if origin is Union:
        plain = [part for part in get_args(form) if part is not type(None)]
        return None if value is None else decode(plain[0], value, place)
    if origin is Literal:
        # `True` equals 1, and is none.
        if any(type(value) is type(word) and value == word for word in get_args(form)):
            return value
        raise ReportError(f"the report's {place} is a word that this version of the package does not know: {value!r:.80}")
    if origin is tuple:
        return _array(get_args(form), value, place)
    if origin is dict and isinstance(value, dict):
        inner = get_args(form)[1]
        return {key: decode(inner, one, f"{place}.{key!r}") for key, one in value.items()}
    if form is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if form in (int, str, bool) and type(value) is form:
        return value
    raise ReportError(f"the report's {place} is of another type than its schema says: {type(value).__name__}")


def _object(form: Any, value: Any, place: str) -> Any:
    if not isinstance(value, dict):
        raise ReportError(f"the report's {place} is not an object")
    hints = _hints(form)
    given: dict[str, Any] = {}
    for field in fields(form):
        if not field.metadata.get("json", True):
            continue
        key = key_of(field.name)
        if key in value:
            given[field.name] = decode(hints[field.name], value[key], f"{place}.{key}")
    try:
        return form(**given)
    except TypeError as error:
        raise ReportError(f"the report's {place} lacks what its schema requires: {error}") from None


def _array(parts: tuple[Any, ...], value: Any, place: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ReportError(f"the report's {place} is not an array")
    if parts[-1] is ...:
        return tuple(decode(parts[0], one, f"{place}[{at}]") for at, one in enumerate(value))
    if len(parts) != len(value):
        raise ReportError(f"the report's {place} has {len(value)} entries; its schema says {len(parts)}")
    return tuple(decode(part, one, f"{place}[{at}]") for at, (part, one) in enumerate(zip(parts, value)))
