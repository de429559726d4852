/* The page: findings and their steps, by key, by pointer, by address (#f1s2). */
(() => {
  const { make } = lanes;
  const tip = document.getElementById("tip"), heard = document.getElementById("heard"), help = document.getElementById("help");
  const narrow = matchMedia("(max-width: 44rem)");
  const findings = [...document.querySelectorAll("article.finding")].map((article, position) => ({
    article, position, name: article.id, items: [...article.querySelectorAll(".steps > li")], at: -1, values: null,
  }));
  let active = null, hiding = 0;

  /* -- one finding -- */

  function prepare(finding) {
    if (finding.values || !finding.items.length) return;
    finding.values = JSON.parse(document.getElementById(`${finding.name}-data`).textContent);
    const host = finding.article.querySelector(".timeline");
    const title = `Timeline of finding ${finding.name.slice(1)}`;
    finding.table = lanes.draw(finding.values, title);
    const scroller = make("div", { class: "scroller", role: "region", tabindex: "0", "aria-label": title }, finding.table);
    const [previous, next, whole] = [["Previous", "Previous step"], ["Next", "Next step"], ["All steps"]].map(
      ([text, name]) => make("button", { type: "button", "aria-label": name }, text));
    finding.controls = { previous, next, whole, where: make("span", { class: "where" }) };
    whole.setAttribute("aria-pressed", "false");
    previous.addEventListener("click", () => move(finding, -1));
    next.addEventListener("click", () => move(finding, 1));
    whole.addEventListener("click", () => toggle(finding));
    host.append(scroller, make("p", { class: "legend" },
      "Thick and high is set, thin and low is not; a bar runs, a dashed line stands in a call; !! breaks the promise."));
    finding.article.querySelector(".trace").prepend(make("div", { class: "controls" }, previous, next, whole, finding.controls.where));
    host.classList.toggle("wide", finding.items.length > 9);
    host.hidden = false;
    finding.table.addEventListener("click", (event) => {
      const column = event.target.closest("[data-at]");
      if (column && Number(column.dataset.at) >= 0) select(finding, Number(column.dataset.at));
    });
    finding.items.forEach((item, at) => {
      const heading = item.querySelector("h4"), button = make("button", { type: "button" }, ...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => select(finding, at));
      item.append(make("ul", { class: "moves" }, ...lanes.moves(finding.values, at).map((text) => make("li", {}, text))));
    });
    mark(finding, finding.at >= 0 ? finding.at : lanes.breaks(finding.values));
  }

  function mark(finding, at) {
    const { items, table, controls } = finding;
    for (const old of finding.article.querySelectorAll(".here")) old.classList.remove("here");
    for (const old of table.querySelectorAll("thead button")) {
      old.tabIndex = -1;
      old.removeAttribute("aria-current");
    }
    finding.at = at;
    items[at].classList.add("here");
    for (const one of table.querySelectorAll(`[data-at="${at}"]`)) one.classList.add("here");
    const button = table.querySelector(`thead [data-at="${at}"] button`);
    button.tabIndex = 0;
    button.setAttribute("aria-current", "step");
    controls.previous.disabled = at === 0;
    controls.next.disabled = at === items.length - 1;
    controls.where.textContent = `Step ${at + 1} of ${items.length}`;
  }

  function select(finding, at, quiet = false) {
    activate(finding);
    prepare(finding);
    if (!finding.items.length) return;
    const focused = finding.table.contains(document.activeElement) ? document.activeElement.closest("tr") : null;
    mark(finding, Math.min(Math.max(at, 0), finding.items.length - 1));
    const column = finding.table.querySelector(`thead [data-at="${finding.at}"]`);
    if (!narrow.matches) reveal(finding, column);
    if (focused) (focused.querySelector(`td[data-more][data-at="${finding.at}"]`) || column.querySelector("button")).focus({ preventScroll: true });
    if (narrow.matches && !quiet) finding.items[finding.at].scrollIntoView({ block: "nearest" });
    if (quiet) return;
    const changes = finding.items[finding.at].querySelectorAll(".changes tbody tr").length;
    heard.textContent = `Step ${finding.at + 1} of ${finding.items.length}: ${finding.values.steps[finding.at][1]}. ${changes} ${changes === 1 ? "change" : "changes"}.`;
    address(`#${finding.items[finding.at].id}`);
  }

  /* Scrolls the table, and nothing else, until a column is seen beside the names of the lanes. */
  function reveal(finding, column) {
    const scroller = finding.table.parentElement;
    const names = finding.table.querySelector("thead th").offsetWidth;
    if (column.offsetLeft < scroller.scrollLeft + names) scroller.scrollLeft = column.offsetLeft - names;
    else if (column.offsetLeft + column.offsetWidth > scroller.scrollLeft + scroller.clientWidth) {
      scroller.scrollLeft = column.offsetLeft + column.offsetWidth - scroller.clientWidth;
    }
  }

  function move(finding, by) { select(finding, finding.at + by); }

  function toggle(finding) {
    prepare(finding);
    const whole = finding.article.classList.toggle("whole");
    if (finding.controls) finding.controls.whole.setAttribute("aria-pressed", String(whole));
  }

  function activate(finding) {
    if (active === finding) return;
    active = finding;
    for (const old of document.querySelectorAll("nav .here")) old.classList.remove("here");
    const link = document.querySelector(`nav a[href="#${finding.name}"]`);
    if (link) link.parentElement.classList.add("here");
  }

  function go(finding) {
    activate(finding);
    prepare(finding);
    finding.article.focus({ preventScroll: true });
    bring(finding.article);
    const title = finding.article.querySelector("h3").textContent;
    heard.textContent = `Finding ${title}`;
    address(`#${finding.name}`);
  }

  /* Scrolls to an element, and again when what was drawn above it on the way has moved it. */
  function bring(element) {
    element.scrollIntoView();
    requestAnimationFrame(() => requestAnimationFrame(() => element.scrollIntoView()));
  }

  function address(hash) {
    try { history.replaceState(null, "", hash); } catch { /* a page that may not say where it is */ }
  }

  function arrive() {
    const [, name, step] = /^#(f\d+)(?:s(\d+))?$/.exec(location.hash) || [];
    const finding = findings.find((one) => one.name === name);
    if (!finding) return;
    activate(finding);
    prepare(finding);
    const at = finding.items.findIndex((item) => item.id === `${name}s${step}`);
    if (at >= 0) select(finding, at, true);
    bring(finding.article);
  }

  /* -- what a cell has to say -- */

  function show(target) {
    clearTimeout(hiding);
    const column = target.closest("[data-at]"), finding = findings.find((one) => one.article.contains(target));
    const [number, title] = finding.values.steps[Number(column.dataset.at)];
    const item = finding.items[Number(column.dataset.at)];
    const cell = target.closest("td");
    const own = cell && cell.more ? cell.more.told : [];
    const told = own.length ? own : [...item.querySelectorAll(".told p")].map((one) => one.textContent);
    const about = cell ? `${cell.more.lane}, step ${number}: ${title}` : `Step ${number}: ${title}`;
    tip.replaceChildren(make("p", {}, about), make("ul", {}, ...told.map((text) => make("li", {}, text))));
    tip.hidden = false;
    (cell || target).setAttribute("aria-describedby", "tip");
    const box = (cell || target).getBoundingClientRect(), size = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(box.left, innerWidth - size.width - 8))}px`;
    const below = box.bottom + 4;
    tip.style.top = `${below + size.height > innerHeight && box.top > size.height ? box.top - size.height - 4 : below}px`;
  }

  function hide() {
    clearTimeout(hiding);
    tip.hidden = true;
    for (const one of document.querySelectorAll('[aria-describedby="tip"]')) one.removeAttribute("aria-describedby");
  }

  function pointed(event) {
    const found = event.target.closest ? event.target.closest(".lanes td[data-more], .lanes thead button") : null;
    if (found) {
      hide();
      show(found);
    } else if (!tip.contains(event.target)) hiding = setTimeout(hide, 120);
    else clearTimeout(hiding);
  }

  document.addEventListener("mouseover", pointed);
  document.addEventListener("focusin", (event) => {
    const finding = findings.find((one) => one.article.contains(event.target));
    if (finding) activate(finding);
    hide();
    const found = event.target.closest(".lanes td[data-more], .lanes thead button");
    if (found && found.matches(":focus-visible")) show(found);
  });
  document.addEventListener("scroll", hide, { passive: true, capture: true });

  /* -- keys -- */

  /* The cell above or below in the column of the one that has the focus. */
  function lane(cell, by) {
    const { at } = cell.closest("[data-at]").dataset;
    const column = [...cell.closest("table").querySelectorAll(`thead [data-at="${at}"] button, td[data-more][data-at="${at}"]`)];
    const next = column[column.indexOf(cell) + by];
    if (next) next.focus();
  }

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open || event.target.closest("input, textarea, select")) return false;
    const finding = active || findings[0];
    const inside = finding && finding.article.contains(document.activeElement);
    const focused = document.activeElement.closest(".lanes td, .lanes thead button");
    switch (event.key) {
      case "ArrowLeft": case "ArrowRight":
        if (!finding) return false;
        prepare(finding);
        move(finding, event.key === "ArrowLeft" ? -1 : 1);
        return true;
      case "Home": case "End":
        if (!inside) return false;
        select(finding, event.key === "Home" ? 0 : finding.items.length - 1);
        return true;
      case "ArrowUp": case "ArrowDown":
        if (!focused) return false;
        lane(focused, event.key === "ArrowUp" ? -1 : 1);
        return true;
      case "n": case "p": {
        const to = active ? findings[active.position + (event.key === "n" ? 1 : -1)] : findings[0];
        if (to) go(to);
        return true;
      }
      case "a":
        if (finding) toggle(finding);
        return true;
      case "?":
        help.showModal();
        return true;
      case "Escape":
        hide();
        return false;
      default:
        return false;
    }
  }

  document.addEventListener("keydown", (event) => { if (key(event)) event.preventDefault(); });
  document.getElementById("keys").addEventListener("click", () => help.showModal());
  document.getElementById("close").addEventListener("click", () => help.close());

  /* -- begin -- */

  document.documentElement.classList.add("js");
  document.querySelector(".tools").hidden = false;
  for (const finding of findings) if (finding.items.length) finding.items[0].classList.add("here");
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      seen.unobserve(entry.target);
      prepare(findings.find((one) => one.article === entry.target));
    }
  }, { rootMargin: "400px" });
  for (const finding of findings) seen.observe(finding.article);
  addEventListener("beforeprint", () => findings.forEach(prepare));
  addEventListener("hashchange", arrive);
  addEventListener("load", arrive);
})();
