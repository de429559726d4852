"""What is written as JSON is as its schema says, and every check in it is a finding file of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from irqlab.report import compare as compare_report
from irqlab.report import cures as cures_report
from irqlab.report import review as review_report
from irqlab.report.json import document
from irqlab.report.loading import load
from irqlab.report.schemas import COMPARISON, CURES, FINDING, REVIEW, VERSIONS, file_name, schema, validator
from irqlab.verdict.compare import Comparison
from irqlab.verdict.cures import Cured
from irqlab.verdict.review import Judged, Review


def parts(node: Any) -> Iterator[dict[str, Any]]:
    """Every object of a schema, the schema first."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from parts(value)
    elif isinstance(node, list):
        for value in node:
            yield from parts(value)


@pytest.mark.parametrize("kind", VERSIONS)
def test_a_schema_is_one_knows_its_name_and_refuses_what_it_does_not_know(kind: str) -> None:
    Draft202012Validator.check_schema(schema(kind))
    assert schema(kind)["$id"] == f"https://irqlab.invalid/{file_name(kind)}"
    properties = schema(kind)["properties"]
    assert (properties["irqlab"]["const"], properties["version"]["const"]) == (kind, VERSIONS[kind])
    for part in parts(schema(kind)):
        if "properties" in part and part.get("type") == "object":
            assert part["additionalProperties"] is False and set(part["required"]) <= set(part["properties"])


@pytest.mark.parametrize("kind", [CURES, COMPARISON, REVIEW])
def test_every_property_says_what_it_is(kind: str) -> None:
    known = schema(kind)["$defs"]
    for part in parts(schema(kind)):
        for name, value in part.get("properties", {}).items() if part.get("type") == "object" else ():
            refers = known.get(value.get("$ref", "").removeprefix("#/$defs/"), {})
            assert "description" in value or "description" in refers, name


@pytest.fixture
def written(healing: Cured, compared: Comparison) -> dict[str, dict[str, Any]]:
    """A document of each kind, read back from its text."""
    return {
        FINDING: document(healing.bare),
        CURES: json.loads(cures_report.dumps(healing)),
        COMPARISON: json.loads(compare_report.dumps(compared)),
        REVIEW: json.loads(
            review_report.dumps(
                Review("x.patch", "x", (Judged("x.c", False, compared), Judged("y.c", True, None, "no")), (("a", "b"),), ("c",))
            )
        ),
    }


@pytest.mark.parametrize("kind", VERSIONS)
def test_what_is_written_is_valid_and_damage_is_not(kind: str, written: dict[str, dict[str, Any]]) -> None:
    data = written[kind]
    validator(kind).validate(data)
    for key in data:
        with pytest.raises(ValidationError):
            validator(kind).validate({name: value for name, value in data.items() if name != key})
    for change in ({"more": 1}, {"version": 2}, {"irqlab": "else"}):
        with pytest.raises(ValidationError):
            validator(kind).validate(data | change)


def test_damage_inside_a_check_is_seen_through_the_reference(written: dict[str, dict[str, Any]]) -> None:
    data = written[COMPARISON]
    with pytest.raises(ValidationError, match="'maybe' is not one of"):
        validator(COMPARISON).validate(data | {"before": data["before"] | {"verdict": "maybe"}})
    data = written[CURES]
    first = data["outcomes"][0]
    with pytest.raises(ValidationError, match="'maybe' is not one of"):
        changed = first | {"check": first["check"] | {"verdict": "maybe"}}
        validator(CURES).validate(data | {"outcomes": [changed, *data["outcomes"][1:]]})


def test_results_that_were_cut_or_cost_are_valid_too(cut: Comparison, dear: Cured) -> None:
    validator(COMPARISON).validate(json.loads(compare_report.dumps(cut)))
    validator(CURES).validate(json.loads(cures_report.dumps(dear)))


def test_every_check_in_them_is_a_finding_file_that_is_read_back(
    written: dict[str, dict[str, Any]], healing: Cured, compared: Comparison, tmp_path: Path
) -> None:
    checks = [
        (written[CURES]["bare"], healing.bare),
        *((said["check"], outcome.checked) for said, outcome in zip(written[CURES]["outcomes"], healing.outcomes, strict=True)),
        (written[COMPARISON]["before"], compared.before),
        (written[COMPARISON]["after"], compared.after),
    ]
    for number, (said, checked) in enumerate(checks):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(said))
        loaded = load(str(path))
        assert loaded.setup.release == checked.setup.release and loaded.setup.driver.name == checked.setup.driver.name
        assert [(one.finding.steps, one.digest) for one in loaded.findings] == [
            (told.finding.steps, told.trace.digest) for told in checked.told
        ]
