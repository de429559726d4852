"""``irqlab list`` and ``irqlab explain`` know everything there is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from irqlab.cli.explain import kinds
from irqlab.cli.listing import TABLES
from irqlab.report.lines import WIDTH

Irqlab = Callable[..., Any]


@pytest.mark.parametrize("what", list(TABLES))
def test_every_list_is_printed_within_a_page(irqlab: Irqlab, what: str):
    ran = irqlab("list", what)
    assert (ran.status, ran.err) == (0, "")
    assert max(map(len, ran.out.splitlines())) <= WIDTH


@pytest.mark.parametrize("what", [what for what in TABLES if what != "symbols"])
def test_everything_that_is_listed_is_explained(irqlab: Irqlab, what: str):
    for name, _ in TABLES[what]():
        ran = irqlab("explain", name)
        assert ran.status == 0 and f" {name}\n" in ran.out
        assert max(map(len, ran.out.splitlines())) <= WIDTH


def test_a_rule_is_explained_with_its_cure(irqlab: Irqlab):
    said = irqlab("explain", "dead-register-access").out
    assert said.startswith("rule dead-register-access\n  promise         A register is accessed only while its clock runs")
    assert "\n  broken when     a register is accessed while its clock" in said
    assert "\n  since           be45beb2df69 (v4.8);" in said
    assert "\n  why it matters  " in said and "\n  usual cure      " in said
    assert said.endswith("\n  with a trace    docs/rules/dead-register-access.md, in irqlab's sources\n")


def test_a_switch_says_where_it_comes_from(irqlab: Irqlab):
    said = irqlab("explain", "kexec-started-check").out
    assert "b4706d814921 (v6.14)" in said and "6.18" in said


def test_the_kinds_listed_are_the_kinds_explained():
    assert {f"{kind}s".replace("switchs", "switches") for kind in kinds()} == set(TABLES) - {"symbols"}


def test_the_functions_compiled_drivers_may_call_are_listed_with_their_prototypes(irqlab: Irqlab):
    rows = json.loads(irqlab("list", "symbols", "--json").out)
    said = {row["name"]: row["text"] for row in rows}
    assert said["irq_set_chip_data"] == "int irq_set_chip_data(unsigned int, void *)"
    assert said["_dev_err"] == "void _dev_err(struct device *, const char *, ...)"
    assert list(said) == sorted(said)


def test_every_list_is_json_too(irqlab: Irqlab):
    assert {row["name"] for row in json.loads(irqlab("list", "scopes", "--json").out)} == {"small", "normal", "deep"}
