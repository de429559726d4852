"""Finding files as they are read: nothing is believed.

Size, nesting, duplicate keys, numbers and names are checked before anything is built, and whatever is wrong ends in one
:class:`~irqlab.errors.FindingError` that says what, where (a JSON pointer) and what to do.

Tests: ``tests/report/test_json.py``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

from irqlab.errors import FindingError
from irqlab.report.json import VERSION, schema, seal

#: The largest finding file that is read, in bytes.
MAX_BYTES = 64 << 20

_AGAIN = "make it anew with 'irqlab check … --json FILE'"


def read(path: str) -> dict[str, Any]:
    """The document at ``path``, valid against the schema and undamaged."""
    return _checked(path, _bytes(path))


def _bytes(path: str) -> bytes:
    try:
        if Path(path).is_dir():
            raise FindingError(f"{path}: is a directory: give a finding file, made with 'irqlab check … --json FILE'")
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise FindingError(
            f"{path}: cannot be read ({reason}): give a finding file, made with 'irqlab check … --json FILE'"
        ) from None
    if len(data) > MAX_BYTES:
        raise FindingError(f"{path}: is larger than {MAX_BYTES >> 20} MiB, which no finding file is: {_AGAIN}")
    return data


class _DuplicateError(ValueError):
    """The same key twice in one object."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _DuplicateError(key)
        found[key] = value
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


def _checked(path: str, data: bytes) -> dict[str, Any]:
    """The document, valid against the schema."""
    try:
        text = data.decode()
        document = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
        json.dumps(document, ensure_ascii=False).encode()  # no half characters
    except UnicodeDecodeError as error:
        raise FindingError(f"{path}: is no JSON (byte {error.start} is no UTF-8): {_AGAIN}") from None
    except UnicodeEncodeError:
        raise FindingError(f"{path}: has a half character (a lone surrogate): {_AGAIN}") from None
    except json.JSONDecodeError as error:
        raise FindingError(f"{path}:{error.lineno}:{error.colno}: is no JSON ({error.msg}): {_AGAIN}") from None
    except _DuplicateError as error:
        raise FindingError(f"{path}: has the key {brief(str(error))} twice in one object: {_AGAIN}") from None
    except (ValueError, RecursionError) as error:
        why = "nested too deep" if isinstance(error, RecursionError) else brief(str(error))
        raise FindingError(f"{path}: is no JSON that irqlab reads ({why}): {_AGAIN}") from None
    if not isinstance(document, dict) or document.get("irqlab") != "finding":
        raise FindingError(f'{path}: is no finding file of irqlab (it does not begin with "irqlab": "finding"): {_AGAIN}')
    version = document.get("version")
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        raise FindingError(
            f"{path}: /version: is {brief(repr(version))}, and this irqlab reads up to {VERSION}: "
            "read it with the irqlab that made it"
        )
    try:
        _validate(path, document)
    except RecursionError:
        raise FindingError(f"{path}: is nested too deep: {_AGAIN}") from None
    if document["seal"] != seal(document):
        refuse(path, "/seal", "does not fit what is in the file, which was damaged or changed")
    return document


def _validate(path: str, document: dict[str, Any]) -> None:
    from jsonschema import Draft202012Validator

    first = next(iter(Draft202012Validator(schema()).iter_errors(document)), None)
    if first is None:
        return
    where = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in first.absolute_path)
    refuse(path, where, _wrong(str(first.validator), first.validator_value, first.instance))


def _wrong(validator: str, wanted: Any, instance: Any) -> str:
    """What is wrong with a value, in a few words."""
    found = brief(repr(instance))
    if validator == "required":
        return f"lacks '{next(name for name in wanted if name not in instance)}'"
    if validator == "additionalProperties":
        return "has a key that is not known"
    if validator == "type":
        return f"is {found}, not of type {wanted}"
    if validator in ("enum", "const"):
        return f"is {found}, not {wanted if validator == 'const' else 'one of ' + ', '.join(map(repr, wanted))}"
    return f"is {found}, which breaks {validator} {brief(json.dumps(wanted))}"


def brief(text: str) -> str:
    """A text from a file, short enough for a message."""
    return text if len(text) <= 60 else f"{text[:57]}..."


def refuse(path: str, where: str, what: str) -> NoReturn:
    """The file is wrong at ``where`` (a JSON pointer)."""
    raise FindingError(f"{path}: {where or '/'}: {what}: {_AGAIN}")
