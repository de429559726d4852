/* Draws a timeline as a table: a column a step, a row a lane.  The values are those of irqlab.report.html.finding.values. */
const lanes = (() => {
  const CIRCLE = 1, BROKEN = 2;

  function make(name, attributes = {}, ...content) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== "") element.setAttribute(key, value);
    }
    element.append(...content);
    return element;
  }

  function head(values) {
    const row = make("tr", {}, make("th", { scope: "col" }, "Step"), make("th", { scope: "col", class: "boot" }, "start"));
    for (const [at, [number, title, who, what]] of values.steps.entries()) {
      const kind = [what & BROKEN ? "broken" : "", what & CIRCLE ? "circle" : ""].join(" ").trim();
      const label = `Step ${number}: ${title}${what & BROKEN ? ", the promise breaks" : ""}${what & CIRCLE ? ", again and again" : ""}`;
      const button = make("button", { type: "button", tabindex: "-1", "aria-label": label }, make("b", {}, String(number)), who);
      row.append(make("th", { scope: "col", class: kind, "data-at": String(at) }, button));
    }
    return make("thead", {}, row);
  }

  /* The step a reader begins at: where the promise breaks, or the last. */
  function breaks(values) {
    const at = values.steps.findIndex((step) => step[3] & BROKEN);
    return at >= 0 ? at : values.steps.length - 1;
  }

  /* A cell: what the lane says, for the eye only where it is news. */
  function cell(drawn, text, set, news, at, more) {
    const kinds = [drawn, news ? "turn" : "same"];
    if (drawn === "bit" && set) kinds.push("high");
    if (drawn === "value" && (text === "–" || text === "free")) kinds.push("none");
    if (drawn === "run" && text) kinds.push(text);
    if (drawn === "mark" && set) kinds.push("bad");
    if (at < 0) kinds.push("boot");
    const made = make("td", { class: kinds.join(" "), "data-at": String(at) }, make("span", {}, text));
    if (more) {
      made.dataset.more = "";
      made.tabIndex = -1;
      made.more = more;
    }
    return made;
  }

  function row([, name, drawn, first, high, cells], count) {
    const made = make("tr", {}, make("th", { scope: "row", title: name }, name));
    const news = new Map(cells.map((one) => [one[0], one]));
    const start = cell(drawn, first, high, drawn === "bit" || drawn === "value", -1, null);
    start.classList.remove("turn");
    made.append(start);
    let [text, set] = [first, high];
    for (let at = 0; at < count; at += 1) {
      const one = news.get(at);
      const turns = one !== undefined && (drawn === "mark" || drawn === "run" || one[1] !== text);
      if (one !== undefined) [text, set] = [one[1], one[3]];
      const said = drawn === "mark" && one === undefined ? "" : text;
      const more = one === undefined || (drawn === "run" && text === "") ? null : { lane: name, told: one[2] };
      made.append(cell(drawn, said, one === undefined && drawn === "mark" ? 0 : set, turns, at, more));
    }
    return made;
  }

  function draw(values, name) {
    const table = make("table", { class: "lanes" }, make("caption", { class: "unseen" }, `${name}: a column a step, a row a lane`));
    table.append(head(values));
    let body = null, group = null;
    for (const lane of values.lanes) {
      if (lane[0] !== group) {
        group = lane[0];
        const band = make("th", { scope: "rowgroup", colspan: String(values.steps.length + 2) }, group);
        body = make("tbody", {}, make("tr", { class: "band" }, band));
        table.append(body);
      }
      body.append(row(lane, values.steps.length));
    }
    return table;
  }

  /* What becomes of every lane at a step, a line each: for screens too narrow for columns. */
  function moves(values, at) {
    const found = [];
    for (const [, name, drawn, first, , cells] of values.lanes) {
      const here = cells.findIndex(([step]) => step === at);
      if (here < 0 || drawn === "run") continue;
      const was = here ? cells[here - 1][1] : first, now = cells[here][1];
      if (drawn === "mark") found.push(`${name}: ${now}`);
      else if (was !== now) found.push(`${name}: ${was} → ${now}`);
    }
    return found;
  }

  return { breaks, draw, make, moves };
})();
