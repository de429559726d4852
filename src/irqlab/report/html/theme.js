"use strict";
/* Light or dark: as the system has it, or as the reader chose; kept where the browser lets a file keep anything. */
const theme = (() => {
  const names = ["system", "light", "dark"];
  const button = document.getElementById("theme");

  function kept() {
    try { return localStorage.getItem("irqlab-theme"); } catch { return null; }
  }

  function keep(name) {
    try { localStorage.setItem("irqlab-theme", name); } catch { /* this page forgets */ }
  }

  function set(name) {
    if (name === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = name;
    button.textContent = `Theme: ${name}`;
    button.value = name;
  }

  function next() {
    const name = names[(names.indexOf(button.value) + 1) % names.length];
    set(name);
    keep(name);
  }

  button.addEventListener("click", next);
  set(names.includes(kept()) ? kept() : "system");
  return { set };
})();
