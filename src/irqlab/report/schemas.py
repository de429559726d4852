"""The schemas of what irqlab writes as JSON, by what a document says of itself: its ``irqlab`` and its ``version``.

A comparison and a result of cures hold whole checks, which are finding files: their schemas refer to that of findings.

Tests: ``tests/report/test_schemas.py``.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

FINDING, CURES, COMPARISON, REVIEW = "finding", "cures", "comparison", "review"

#: The version of each format that this irqlab writes.
VERSIONS = {FINDING: 1, CURES: 1, COMPARISON: 1, REVIEW: 1}


def file_name(kind: str) -> str:
    """What the file of a schema is called, in this package and where schemas refer to each other."""
    return f"{kind}-{VERSIONS[kind]}.schema.json"


@cache
def schema(kind: str) -> dict[str, Any]:
    """One schema."""
    found: dict[str, Any] = json.loads((files("irqlab.report") / file_name(kind)).read_text(encoding="utf-8"))
    return found


@cache
def validator(kind: str) -> Draft202012Validator:
    """What holds a document against a schema, those it refers to at hand."""
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    resources: list[Resource[Any]] = [Resource.from_contents(schema(known)) for known in VERSIONS]
    registry: Registry[Any] = Registry().with_resources((resource.id() or "", resource) for resource in resources)
    return Draft202012Validator(schema(kind), registry=registry)
