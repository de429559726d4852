"""The thread's claims, asked of the tree's own core under drivers in C, with the thread's patch and the started-check in C.

The drivers are irqsteer of the tree with patches of ours (no PM device, no bus callbacks, no runtime PM); the cores are those
of 6.12 and 6.1, whose mask loop is patched as the thread proposed, and as 6.14 has it (b4706d814921).
"""

from __future__ import annotations

import pytest
from core_rig import ASKED, RELEASES, asked, on_release

from irqlab.verdict.thread import Claim, settle

#: Where the verdicts of the kernel in Python are written down: docs/thread.md.
VERDICTS = {"1": "true", "2": "true", "3a": "true", "3b": "true", "7": "true", "8": "true"}


@pytest.mark.parametrize("claim", ASKED, ids=[claim.number for claim in ASKED])
@pytest.mark.parametrize("kernel", RELEASES)
def test_the_tree_s_own_core_says_the_same(claim: Claim, kernel: str) -> None:
    (real,), (own,) = settle((asked(claim, kernel),)), settle((on_release(claim, kernel),))
    assert real.verdict == own.verdict == VERDICTS[claim.number]
    for answer, other in zip(real.answers, own.answers, strict=True):
        assert answer.found == other.found
        assert answer.experiment.exploration.exhausted and answer.experiment.findings.unknown == {}
        keys = [said.finding.breach.key if said.finding is not None else () for said in (answer, other)]
        assert keys[0] == keys[1]
