"""A review as a reply that can be sent: the verdict, a table, one shortest trace, how to see it again; and as JSON.

Plain text of at most 72 columns: it goes into a mail.

Tests: ``tests/report/test_review.py``.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterable, Iterator, Sequence

from irqlab import version
from irqlab.explore.check import Checked, Told
from irqlab.report import schemas
from irqlab.report.compare import plain
from irqlab.report.lines import BAD, GOOD, HEAD, PLAIN, WARN, Line, wrap
from irqlab.report.narrow import MAIL, narrow
from irqlab.report.scope import title
from irqlab.report.text import covered, place_of, proof, prose, reached
from irqlab.verdict.review import BREAKS, CURES, KEPT, NOTHING, PAPERS, REMOVES, UNCOMPILED, UNDECIDED, Judged, Review

#: How each word looks.
STYLES = {BREAKS: BAD, UNCOMPILED: BAD, UNDECIDED: WARN, REMOVES: WARN, PAPERS: WARN, NOTHING: PLAIN, CURES: GOOD, KEPT: GOOD}

#: What findings are called by what became of them, in the order they are told in.
PARTS = (
    ("New", "new"),
    ("Gone", "gone"),
    ("Left", "left"),
    ("Broken before, and not seen in what was looked at", "unsure"),
    ("Broken, and perhaps before", "unseen"),
)

#: Findings of a kind that are named before the rest is counted.
_NAMED = 8


def reply(review: Review, command: Sequence[str]) -> list[Line]:
    """The whole reply.

    :param command: what to run to see it again.
    """
    lines = [*_opening(review), Line(), *_table(review), Line(), *_parts(review), *_proof(review), *_rest(review)]
    lines += [Line("To see it again:", HEAD), *_command(command)]
    return [*narrow(lines)]


def _opening(review: Review) -> Iterator[Line]:
    word = review.word
    yield from wrap(sentence(review), STYLES[word], first=f"{word}: ", rest="  ", width=MAIL)
    yield Line()
    yield from wrap(about(review), width=MAIL)


def about(review: Review) -> str:
    """What was done."""
    what = f'"{review.subject}"' if review.subject else os.path.basename(review.name) or review.name
    sides = [judged.comparison for judged in review.judged if judged.comparison is not None]
    if not sides:
        return f"irqlab compiled the driver with {what}."
    setup = sides[0].before.setup
    version = setup.origin.version if setup.origin is not None else str(setup.release)
    core = "the tree's own interrupt core" if review.judged[0].core else f"irqlab's model of {setup.release}"
    whole = all(side.decided for side in sides)
    through = "every order of events" if whole else "some of the orders of events"
    return (
        f"irqlab ran the compiled driver without and with {what} on Linux {version} ({setup.config.arch}, {core}), and went "
        f"through {through} in scope {title(setup.scope)}."
    )


def sentence(review: Review) -> str:
    """The verdict in a sentence, which the word stands before."""
    gone, left, new = (sum(len(getattr(judged, name)) for judged in review.judged) for name in ("gone", "left", "new"))
    papered = sum(len(judged.papered) for judged in review.judged)
    match review.word:
        case "BREAKS":
            also = f"; {_broken(gone)} gone" if gone else ""
            return f"with the patch {_broken(new)} new{also}."
        case "DOES NOT COMPILE":
            failed = next(judged for judged in review.judged if judged.word == UNCOMPILED)
            return f"{failed.source}: {failed.error}"
        case "REMOVES":
            what = f"{_broken(gone)} gone, and with them" if gone else "with the patch"
            return f"{what} something that went on before never does: is it not needed?"
        case "PAPERS OVER":
            return (
                f"{_broken(gone)} gone, but {f'{papered} of them ' if papered < gone else ''}only in one order of events: in "
                "another the same function breaks the same promise."
            )
        case "CURES":
            more = f" {_broken(left).capitalize()} left, in other functions or of other promises." if left else ""
            return f"{_broken(gone)} gone, and nothing new is broken.{more}"
        case "CHANGES NOTHING":
            return f"{_broken(left)} left, as without the patch, and nothing new."
        case "NOTHING BROKEN":
            return "neither without nor with the patch."
    refused = next((judged for judged in review.judged if judged.comparison is None), None)
    if refused is not None:
        return f"{refused.source} cannot be judged with the patch: {refused.error}"
    return "not everything could be looked at, and what was looked at does not decide it."


def _broken(count: int) -> str:
    return f"{count} broken promise is" if count == 1 else f"{count} broken promises are"


def _table(review: Review) -> Iterator[Line]:
    width = max(len("driver"), *(len(judged.source) for judged in review.judged))
    width = min(width, MAIL - 30)
    yield Line(f"  {'driver':<{width}}  before  gone  left   new", HEAD)
    for judged in review.judged:
        name = judged.source if len(judged.source) <= width else "…" + judged.source[1 - width :]
        compared = judged.comparison
        if compared is None:
            yield Line(f"  {name:<{width}}  {'does not compile' if judged.word == UNCOMPILED else 'cannot be judged'}")
            continue
        numbers = (len(compared.before.broken), len(judged.gone), len(judged.left), len(judged.new))
        yield Line(f"  {name:<{width}}  {numbers[0]:>6}{numbers[1]:>6}{numbers[2]:>6}{numbers[3]:>6}")


def _parts(review: Review) -> Iterator[Line]:
    """The findings by what became of them."""
    for head, name in PARTS:
        found = [told for judged in review.judged for told in part(judged, name)]
        if not found:
            continue
        yield Line(f"{head}:", HEAD)
        for told in found[:_NAMED]:
            yield from _named(told)
        if len(found) > _NAMED:
            yield Line(f"  … and {len(found) - _NAMED} more")
        yield Line()

    lost = sorted({deed for judged in review.judged for deed in judged.lost})
    if lost:
        yield Line("Went on without the patch, and never does with it:", HEAD)
        for deed in lost:
            yield from wrap(deed, first="  - ", width=MAIL)
        yield Line()


def part(judged: Judged, name: str) -> Sequence[Told]:
    """Findings of one driver by what became of them."""
    if name in ("gone", "left", "new"):
        found: Sequence[Told] = getattr(judged, name)
    else:
        found = getattr(judged.comparison, name) if judged.comparison is not None else ()
    return found


def _named(told: Told) -> Iterator[Line]:
    breach = told.breach
    cause = prose(", ".join(word for word in breach.cause if word))
    yield from wrap(f"{breach.rule} in {place_of(breach)}", first="  - ", width=MAIL)
    if cause:
        yield from wrap(cause, first="    ", width=MAIL)


def _proof(review: Review) -> Iterator[Line]:
    """The one trace: what is new, else what is left of what is papered over, else what is left, else what is gone."""
    chosen = _telling(review)
    if chosen is None:
        return
    head, side, told = chosen
    yield from wrap(head, HEAD, width=MAIL)
    yield Line()
    yield from proof(side.setup, 0, told, MAIL)
    yield Line()


def _telling(review: Review) -> tuple[str, Checked, Told] | None:
    order = (
        ("fresh", "The shortest order of events that breaks what was kept:"),
        ("papered", "The shortest order of events in which it is still broken with the patch:"),
        ("left", "The shortest order of events of what is left, with the patch:"),
        ("gone", "The shortest order of events that was broken without the patch:"),
    )
    for name, head in order if review.word not in (CURES, REMOVES) else (order[3],):
        found = [(told.finding.depth, at, side, told) for at, (side, told) in enumerate(_of(review, name))]
        if found:
            _, _, side, told = min(found, key=lambda one: one[:2])
            return head, side, told
    return None


def _of(review: Review, name: str) -> Iterator[tuple[Checked, Told]]:
    for judged in review.judged:
        compared = judged.comparison
        if compared is None:
            continue
        if name == "papered":
            where = {(told.breach.rule, told.breach.place) for told in judged.papered}
            after = (*judged.left, *judged.new)
            yield from ((compared.after, told) for told in after if (told.breach.rule, told.breach.place) in where)
        elif name == "fresh":
            yield from ((compared.after, told) for told in judged.fresh)
        else:
            side = compared.before if name == "gone" else compared.after
            yield from ((side, told) for told in part(judged, name))


def _rest(review: Review) -> Iterator[Line]:
    said = [f"{path}: {why}" for path, why in review.left_out]
    yield from _listed("Not judged:", said)
    yield from _listed("Good to know:", [*review.notes])
    moved = [f"{was.breach.place} is {now.breach.place} with the patch" for one in review.judged for was, now in one.moved]
    yield from _listed("Taken for the same:", list(dict.fromkeys(moved)))
    unknown = [text for judged in review.judged for text in _unknown(judged)]
    yield from _listed("Not looked at:", unknown)


def _unknown(judged: Judged) -> Iterator[str]:
    compared = judged.comparison
    for which, side in (("without the patch", compared.before), ("with it", compared.after)) if compared else ():
        yield from (f"{which}: not modelled: {what}" for what in reached(side))
        yield from (f"{which}: {covered(run, len(side.runs) > 1)}" for run in side.runs if run.stopped)


def _listed(head: str, items: Iterable[str]) -> Iterator[Line]:
    items = list(items)
    if items:
        yield Line(head, HEAD)
        for item in items:
            yield from wrap(item, first="  - ", width=MAIL)
        yield Line()


def _command(words: Sequence[str]) -> Iterator[Line]:
    text = " "
    for word in map(shlex.quote, words):
        if len(text) + len(word) + 3 > MAIL and text.strip():
            yield Line(f"{text} \\")
            text = "     "
        text += f" {word}"
    yield Line(text)
    yield Line(f"  (irqlab {version()})")


def dumps(review: Review) -> str:
    """The review as JSON: the verdict, each driver with both of its checks as finding files hold them."""
    drivers = [
        {
            "source": judged.source,
            "core": "linux" if judged.core else "model",
            "verdict": judged.word,
            "error": judged.error,
            "moved": [[was.breach.place, now.breach.place] for was, now in judged.moved],
            "lost": list(judged.lost),
            "comparison": plain(judged.comparison) if judged.comparison is not None else None,
        }
        for judged in review.judged
    ]
    found = {
        "irqlab": schemas.REVIEW,
        "version": schemas.VERSIONS[schemas.REVIEW],
        "patch": review.name,
        "subject": review.subject,
        "verdict": review.word,
        "partial": review.partial,
        "drivers": drivers,
        "left_out": [{"path": path, "why": why} for path, why in review.left_out],
        "notes": list(review.notes),
    }
    return json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
