"""The page of a review: the verdict, what was done, and each finding by what became of it."""

from __future__ import annotations

from irqlab.report.html.review import dumps
from irqlab.verdict.compare import Comparison
from irqlab.verdict.review import Judged, Review


def test_the_page_says_the_verdict_and_shows_what_is_gone(compared: Comparison) -> None:
    page = dumps(
        Review("fix.patch", "genirq: <Fix> it", (Judged("drivers/x.c", False, compared),), (("a.rst", "it is a document"),))
    )
    assert "<title>CURES: genirq: &lt;Fix&gt; it" in page and "<Fix>" not in page
    assert "2 broken promises are gone, and nothing new is broken." in page and "a.rst: it is a document" in page
    assert "drivers/x.c without the patch: exhausted: 2859 states" in page
    assert page.count("<article ") == 2


def test_what_does_not_compile_has_a_page_too() -> None:
    page = dumps(Review("fix.patch", "", (Judged("drivers/x.c", False, None, "expected ';'"),)))
    assert "<title>DOES NOT COMPILE: fix.patch" in page and "drivers/x.c: does not compile" in page
