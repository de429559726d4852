"""The page of ``irqlab cures``: the table of cures by rules, what each set comes to, and every finding with its timeline.

Tests: ``tests/report/html/test_cures.py``.
"""

from __future__ import annotations

from irqlab.report.about import about
from irqlab.report.compare import own_number
from irqlab.report.cured import BARE, Numbers, broken_rules, cell, of_rule, price, said_of, shown, verdict
from irqlab.report.html.check import TONES, rest
from irqlab.report.html.finding import Entry, Group, by_rule, contents, sections
from irqlab.report.html.markup import Element, tag
from irqlab.report.html.page import Verdict, page
from irqlab.report.text import command, counted, covered, title_of
from irqlab.verdict.cost import Costs
from irqlab.verdict.cures import Cured

#: What the group of findings is called that only cures bring.
_NEW = "Broken with cures only"


def dumps(result: Cured) -> str:
    """The result as the text of a page."""
    bare, numbered = result.bare, Numbers(result)
    word, style, said = verdict(result)
    several = len(bare.runs) > 1
    lines = [f"{BARE}: {counted(len(bare.broken), 'promise')} broken", *(covered(run, several) for run in bare.runs)]
    lines.append(f"explored again with {counted(len(result.outcomes), 'set')} of cures, of {result.sets}")
    made = (("checked by", command(bare.setup)), ("cures by", command(bare.setup).replace("irqlab check", "irqlab cures", 1)))
    first = Verdict(word, TONES[style], said, tuple(lines), tuple(about(bare)), made)
    groups = _groups(result, numbered)
    parts = [*([_table(result)] if bare.broken else []), _each(result, numbered), *sections(groups), *rest(bare)]
    return page(f"cures, {word}: {title_of(bare.setup)}", first, contents(groups) if groups else None, parts)


def _groups(result: Cured, numbered: Numbers) -> list[Group]:
    """What is broken without a cure, by rules, and what is with cures only; numbered as in the report in text."""
    bare = result.bare
    plain = [Entry(number, own_number(bare, told), bare.setup, told) for number, told in enumerate(numbered.bare, 1)]
    new = tuple(
        Entry(number, own_number(outcome.checked, told), outcome.checked.setup, told, outcome.name)
        for number, (told, outcome) in enumerate(numbered.new, len(plain) + 1)
    )
    found = by_rule(plain)
    if new:
        found.append(Group(_NEW, "Whole without a cure, and broken where one heals something else.", new))
    return found


def _table(result: Cured) -> Element:
    """Cures down, rules across."""
    rules = broken_rules(result)
    heads = [tag("th", {"scope": "col"}, head) for head in ("Cures", *rules)]
    bare = [tag("td", {}, str(of_rule(result.bare.broken, rule) or "")) for rule in rules]
    rows = [tag("tr", {}, tag("th", {"scope": "row"}, BARE), bare)]
    for row in shown(result):
        cells = [_cell(cell(row, rule)) for rule in rules]
        attributes = {"class": "all"} if row.heals_all else {}
        rows.append(tag("tr", attributes, tag("th", {"scope": "row"}, row.name), cells))
    said = "How many of the promises broken without a cure are left; +N are new; ? is not decided"
    table = tag(
        "table", {"class": "grid"}, tag("caption", {}, said), tag("thead", {}, tag("tr", {}, heads)), tag("tbody", {}, rows)
    )
    return tag(
        "section",
        {"class": "cures", "aria-labelledby": "by-rule"},
        tag("h2", {"id": "by-rule"}, "Promises broken, by rule"),
        tag("div", {"class": "scroll", "tabindex": "0", "role": "region", "aria-label": "Cures by rules"}, table),
    )


def _cell(text: str) -> Element:
    kind = "new" if "+" in text else "healed" if text == "healed" else ""
    return tag("td", {"class": kind} if kind else {}, text)


def _each(result: Cured, numbered: Numbers) -> Element:
    """What each cure is, and what each set leaves, breaks and costs."""
    tried = [outcome.cures[0] for outcome in result.outcomes if len(outcome.cures) == 1]
    cures = [_row(cure.name, f"{cure.reach}: {cure.what} [{cure.origin}]") for cure in tried]
    cures += [_row(cure.name, f"{cure.reach}: not tried: {why}") for cure, why in result.refused]
    found = [tag("h2", {"id": "each"}, "Cures"), tag("dl", {"class": "said"}, cures)]
    if result.bare.broken:
        sets = [_row(row.name, said_of(row, numbered), row.costs) for row in shown(result)]
        head = tag("h2", {}, "What each heals, leaves, breaks and costs")
        found += [head, tag("dl", {"class": "said"}, [_row(BARE, "", result.costs), *sets])]
    return tag("section", {"class": "cures", "aria-labelledby": "each"}, found)


def _row(name: str, said: str, costs: Costs | None = None) -> Element:
    price_ = [tag("small", {}, f"costs {price(costs)}")] if costs is not None else []
    return tag("div", {}, tag("dt", {}, name), tag("dd", {}, said, price_))
