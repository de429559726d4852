"""The thread as text, Markdown and JSON: one claim is enough to see the form."""

from __future__ import annotations

import json

import pytest

from irqlab.report.lines import WIDTH, plain
from irqlab.report.thread import dumps, markdown, report
from irqlab.verdict.thread import CLAIMS, Settled, settle


@pytest.fixture(scope="module")
def settled() -> tuple[Settled, ...]:
    return settle((CLAIMS[1],))


def test_the_text_begins_with_the_verdict_and_gives_answers_extents_and_commands(settled: tuple[Settled, ...]) -> None:
    text = plain(report(settled))
    assert text.startswith("The kexec thread of August 2020: 1 of 1 claims decided\n    2  true         Jason Liu")
    assert "     No (as claimed).\n" in text
    assert "exhausted:" in text and "     $ irqlab check irqsteer@unlinked-2020 --kernel 6.1 --with kexec-skip-masked" in text
    assert "!!" in text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_the_page_links_every_claim_and_shows_the_trace_once(settled: tuple[Settled, ...]) -> None:
    page = markdown(settled)
    assert "| [2](#claim-2) | Jason Liu | **true** |" in page
    assert "## Claim 2" in page
    assert page.count("!!") == 1


def test_the_json_carries_what_was_claimed_what_was_found_and_the_steps(settled: tuple[Settled, ...]) -> None:
    document = json.loads(dumps(settled))
    assert (document["irqlab"], document["version"]) == ("thread", 1)
    (claim,) = document["claims"]
    assert claim["verdict"] == "true"
    assert [(one["claimed"], one["found"], one["agrees"], bool(one["steps"])) for one in claim["answers"]] == [
        (False, False, True, False),
        (True, True, True, True),
    ]
