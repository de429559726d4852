"""Which file names which compatible."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from irqlab.tree import Tree, index

Kernel = Callable[..., Tree]

BINDING = """\
properties:
  compatible:
    const: fsl,imx-irqsteer

examples:
  - |
    #include <dt-bindings/clock/imx8mq-clock.h>
    interrupt-controller@32e2d000 {
        compatible = "fsl,imx8mq-irqsteer",
                     "fsl,imx-irqsteer";
    };
  - |
    other { compatible = "other"; };
"""


def test_compatibles_and_includes_are_found_and_comments_are_not():
    text = (
        '#include "imx8mq.dtsi"\n#include <arm/imx.dtsi>\n#include <dt-bindings/x.h>\n/include/ "old.dts"\n'
        '/* compatible = "no"; */\n// compatible = "no";\n'
        'a { compatible = "a,b", "c"; };\nb { compatible="a,b" ; };\nc { x-compatible = "d"; incompatible = "e"; };\n'
    )
    assert index.scan(text) == index.Entry(("a,b", "c", "d"), ("imx8mq.dtsi", "arm/imx.dtsi", "old.dts"))


def test_of_a_binding_only_the_examples_count():
    assert index.scan_binding(BINDING).compatible == ("fsl,imx8mq-irqsteer", "fsl,imx-irqsteer", "other")
    assert index.scan_binding("properties:\n  compatible:\n    const: x\n") == index.Entry()


def test_only_what_changed_is_read_again(kernel: Kernel):
    tree = kernel({"dts/a.dts": 'compatible = "a";', "dts/b.dts": 'compatible = "b";'})
    read: list[str] = []

    def reader(text: str) -> index.Entry:
        read.append(text)
        return index.scan(text)

    def ask() -> dict[str, index.Entry]:
        return index.indexed(tree, "test", index.files(tree.path, "dts", (".dts",)), reader)

    assert ask() == {"dts/a.dts": index.Entry(("a",)), "dts/b.dts": index.Entry(("b",))}
    assert ask() and len(read) == 2
    (tree.path / "dts/b.dts").write_text('compatible = "changed";')
    (tree.path / "dts/a.dts").unlink()
    assert ask() == {"dts/b.dts": index.Entry(("changed",))}
    assert len(read) == 3


def test_a_damaged_index_is_made_anew(kernel: Kernel, cache: Path):
    tree = kernel({"dts/a.dts": 'compatible = "a";'})
    index.indexed(tree, "test", ["dts/a.dts"], index.scan)
    (file,) = (cache / "index").iterdir()
    file.write_text("{")
    assert index.indexed(tree, "test", ["dts/a.dts"], index.scan) == {"dts/a.dts": index.Entry(("a",))}
