"""The examples of the tree's bindings as boards: a device tree for a driver of which no board is at hand.

An example is extracted as ``make dt_binding_check`` does it, by dtschema.  What it refers to and does not have gets a node
that stands in for it, and every such node is said aloud.

Tests: ``tests/tree/test_binding.py``, ``tests/real/test_tree.py``.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from irqlab.errors import TreeError
from irqlab.tree import arch as arches
from irqlab.tree import index, make
from irqlab.tree.arch import Arch
from irqlab.tree.blob import parse
from irqlab.tree.cache import Progress, silent
from irqlab.tree.devicetree import compiled, preprocessed
from irqlab.tree.source import Tree
from irqlab.tree.standins import completed

BINDINGS = "Documentation/devicetree/bindings"

#: dtschema's extraction is a program: it takes over Ctrl-C where it is imported.
_EXTRACT = """
import sys
from dtschema import extract_example
for path in sys.argv[1:]:
    sys.argv = ["dt-extract-example", path]
    extract_example.main()
    print("\\0", end="")
"""


@dataclass(frozen=True)
class Example:
    """One example as a board.

    :ivar binding: the ``.yaml`` below the tree's top; ``number`` counts its examples from 0.
    :ivar dtb: the blob, with every phandle resolved.
    :ivar assumptions: one sentence about everything that stands in for something the example does not have.
    """

    binding: str
    number: int
    dtb: bytes
    assumptions: tuple[str, ...]


@dataclass(frozen=True)
class Examples:
    """The examples of a device; ``refused`` has one line for each that does not compile."""

    found: tuple[Example, ...]
    refused: tuple[str, ...]


def examples(
    tree: Tree, compatible: Iterable[str], arch: str | Arch = "arm64", progress: Progress = silent, *, dtc: Path | None = None
) -> Examples:
    """The examples in which a node has one of the compatibles, by binding and number.

    :param arch: whose compiler preprocesses them; ``dtc`` as for :func:`~irqlab.tree.devicetree.compile_dts`.
    :raises TreeError: a tool is missing.
    """
    known = arch if isinstance(arch, Arch) else arches.find(arch)
    wanted = frozenset(compatible)
    entries = index.indexed(tree, "bindings", index.files(tree.path, BINDINGS, (".yaml",)), index.scan_binding, progress)
    found: list[Example] = []
    refused: list[str] = []
    for name, entry in entries.items():
        if not wanted & set(entry.compatible):
            continue
        try:
            texts = _texts(tree, name, wanted)
        except TreeError as error:
            refused.append(str(error))
            continue
        for (number, _), source in zip(texts, _extracted([text for _, text in texts]), strict=True):
            try:
                example = _example(tree, known, name, number, source, dtc)
            except TreeError as error:
                refused.append(str(error))
                continue
            if any(wanted & set(node.strings("compatible")) for _, node in parse(example.dtb).walk()):
                found.append(example)
    return Examples(tuple(found), tuple(refused))


def _texts(tree: Tree, name: str, wanted: frozenset[str]) -> list[tuple[int, str]]:
    """The examples of a binding that mention one of the compatibles, each with its number."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        binding = YAML(typ="safe").load((tree.path / name).read_text(encoding="utf-8"))
    except (YAMLError, OSError, UnicodeDecodeError) as error:
        raise TreeError(f"{name}: cannot be read as a binding ({' '.join(str(error).split())[:200]}): mend it") from None
    listed = binding.get("examples") if isinstance(binding, dict) else None
    texts = enumerate(listed if isinstance(listed, list) else [])
    return [(number, text) for number, text in texts if isinstance(text, str) and wanted & set(index.scan(text).compatible)]


def _extracted(texts: list[str]) -> list[str]:
    """Examples as whole sources, which dtschema makes of them."""
    if not texts:
        return []
    with tempfile.TemporaryDirectory(prefix="irqlab-") as folder:
        paths: list[str] = []
        for number, text in enumerate(texts):
            # JSON is YAML.
            paths.append(str(Path(folder, f"{number}.yaml")))
            Path(paths[-1]).write_text(json.dumps({"examples": [text]}), encoding="utf-8")
        line = [sys.executable, "-c", _EXTRACT, *paths]
        done = subprocess.run(line, capture_output=True, env=make.environment(), text=True, encoding="utf-8", check=False)
    sources = done.stdout.split("\0")[:-1]
    if done.returncode or len(sources) != len(texts):
        said = done.stderr.strip().splitlines()
        raise TreeError(f"dtschema cannot extract an example ({said[-1] if said else done.returncode}): install it anew")
    return sources


def _example(tree: Tree, arch: Arch, name: str, number: int, source: str, dtc: Path | None) -> Example:
    called = f"{name}: example {number}"
    directory = (tree.path / name).parent
    text = preprocessed(tree, source.encode(), arch, directory, called)
    root = parse(compiled(tree, text, directory, called, dtc))
    whole, said = completed(text.decode(errors="surrogateescape"), root)
    blob = compiled(tree, whole.encode(errors="surrogateescape"), directory, called, dtc)
    return Example(name, number, blob, tuple(said))
