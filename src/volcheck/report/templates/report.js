"use strict";
(() => {
  const root = document.documentElement;
  for (const radio of document.querySelectorAll('input[name="lang"]')) {
    radio.addEventListener("change", () => { root.lang = radio.value; });
    // A page that is reloaded may come back with the other language chosen.
    if (radio.checked) root.lang = radio.value;
  }

  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) { target.hidden = false; target.open = true; target.scrollIntoView(); }
  };
  window.addEventListener("hashchange", open);
  if (location.hash) open();

  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const details of closed) details.open = true;
  });
  window.addEventListener("afterprint", () => { for (const details of closed) details.open = false; });

  const form = document.querySelector("form.filter");
  if (form === null) return;
  form.hidden = false;
  const items = [...document.querySelectorAll(".list > .item")];
  const texts = new Map();
  const textOf = (item) => {
    if (!texts.has(item)) texts.set(item, item.textContent.toLowerCase());
    return texts.get(item);
  };
  const chosen = (name) => new Set([...form.querySelectorAll(`input[name="${name}"]:checked`)].map((box) => box.value));
  const filter = () => {
    const words = document.getElementById("filter-text").value.toLowerCase().split(/\s+/).filter(Boolean);
    const family = document.getElementById("filter-family").value;
    const outcomes = chosen("outcome");
    const levels = chosen("level");
    let shown = 0;
    for (const item of items) {
      const data = item.dataset;
      const fits = outcomes.has(data.outcome) && levels.has(data.level) && (family === "" || family === data.family)
        && words.every((word) => textOf(item).includes(word));
      item.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    document.getElementById("filter-count").textContent = String(shown);
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
})();
