"""Real kernel sources: these tests need Debian's cross compilers, and run by ``make test-guest`` only."""

from __future__ import annotations

import os

import pytest

from irqlab.tree import Tree, get, open_tree


@pytest.fixture(scope="session")
def linux() -> Tree:
    """Linux 6.12, not to be changed: ``$IRQLAB_TREE_6_12``, else Debian's."""
    given = os.environ.get("IRQLAB_TREE_6_12", "")
    return open_tree(given) if given else get("6.12")
