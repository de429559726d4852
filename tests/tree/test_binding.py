"""Examples of bindings, as far as no compiler is needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from irqlab.errors import TreeError
from irqlab.tree import Tree, binding, examples

Kernel = Callable[..., Tree]

YAML = """\
examples:
  - |
    one { compatible = "a"; interrupts = <1 2 3>; };
  - |
    two { compatible = "b"; };
  - |
    // compatible = "a"
    three { compatible = "c", "a"; };
"""


def test_only_the_examples_with_the_compatible_are_taken(tmp_path: Path):
    tree = Tree(tmp_path, "6.12")
    (tmp_path / "x.yaml").write_text(YAML)
    assert [number for number, _ in binding._texts(tree, "x.yaml", frozenset(["a"]))] == [0, 2]
    assert [number for number, _ in binding._texts(tree, "x.yaml", frozenset(["b", "c"]))] == [1, 2]


@pytest.mark.parametrize("text", ["- a list\n", "examples: none\n", "examples:\n  - 1\n", ""])
def test_a_binding_without_examples_has_none(text: str, tmp_path: Path):
    (tmp_path / "x.yaml").write_text(text)
    assert binding._texts(Tree(tmp_path, "6.12"), "x.yaml", frozenset(["a"])) == []


def test_what_is_no_yaml_is_refused(tmp_path: Path):
    (tmp_path / "x.yaml").write_text("a: [\n")
    with pytest.raises(TreeError, match="x.yaml: cannot be read as a binding"):
        binding._texts(Tree(tmp_path, "6.12"), "x.yaml", frozenset(["a"]))


def test_dtschema_makes_whole_sources_of_examples():
    first, second = binding._extracted(["one { interrupts = <1 2 3>; };", "two { };"])
    assert "/plugin/;" in first and "#interrupt-cells = < 3 >;" in first and "one {" in first and "two" not in first
    assert "two {" in second and "fake" not in second
    assert binding._extracted([]) == []


def test_a_binding_that_does_not_do_is_refused_and_the_others_are_used(kernel: Kernel, tools: Path):
    broken = f"{binding.BINDINGS}/broken.yaml"
    tree = kernel({broken: 'a: [\nexamples:\n  - |\n    x { compatible = "a"; };\n', f"{binding.BINDINGS}/x.yaml": YAML})
    found = examples(tree, ["a"])
    assert found.found == ()
    assert [line.split(": ")[0] for line in found.refused] == [
        broken,
        f"{binding.BINDINGS}/x.yaml",
        f"{binding.BINDINGS}/x.yaml",
    ]
    assert "x.yaml: example 2: does not compile (aarch64-linux-gnu-gcc ended with 1)" in found.refused[2]
    assert examples(tree, ["none"]) == binding.Examples((), ())
