// On top of documentation that works without this script: results while typing, and calls from the page.
(() => {
  "use strict";

  // A page can hold the script twice.
  if (window.klantportaalDocs) return;
  window.klantportaalDocs = true;

  // Results while typing: the same page that the form opens, of which the results are taken.
  for (const input of document.querySelectorAll("[data-docs-search]")) {
    const form = input.form;
    const panel = form.querySelector("[data-search-panel]");
    const target = panel ?? document.querySelector("[data-search-results]");
    let timer;
    let asked = 0;
    const hide = () => {
      if (panel) panel.hidden = true;
    };
    async function show() {
      const text = input.value.trim();
      const turn = ++asked;
      if (panel && text.length < 2) return hide();
      const response = await fetch(`${form.action}?q=${encodeURIComponent(text)}`).catch(() => undefined);
      if (!response?.ok || turn !== asked) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (turn !== asked) return;
      target.replaceChildren(...page.querySelector("#results").childNodes);
      if (panel) panel.hidden = false;
    }
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(show, 150);
    });
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !panel || panel.hidden) return;
      hide();
      input.focus();
      event.preventDefault();
    });
    document.addEventListener("click", (event) => {
      if (!form.contains(event.target)) hide();
    });
    form.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !form.contains(event.relatedTarget)) hide();
    });
  }

  // Calls of the API with the reader's key, which stays in this page.
  for (const section of document.querySelectorAll("[data-try]")) {
    const { api, method, path } = section.dataset;
    const result = section.querySelector("[data-result]");
    const key = section.querySelector("#try-key");
    const body = section.querySelector("#try-body");
    section.hidden = false;

    const say = (text) => {
      const paragraph = document.createElement("p");
      paragraph.textContent = text;
      result.replaceChildren(paragraph);
    };
    const show = (title, text) => {
      const [heading, pre, code] = ["p", "pre", "code"].map((name) => document.createElement(name));
      heading.textContent = title;
      code.textContent = text;
      pre.tabIndex = 0;
      pre.append(code);
      result.replaceChildren(heading, pre);
    };
    function address() {
      let filled = path;
      const query = new URLSearchParams();
      for (const field of section.querySelectorAll("[data-name]")) {
        const { name, place } = field.dataset;
        if (place === "path") filled = filled.replace(`{${name}}`, encodeURIComponent(field.value));
        else if (field.value) query.set(name, field.value);
      }
      return `${api}${filled}${query.size ? `?${query}` : ""}`;
    }
    const call = (url, options = {}) =>
      fetch(url, { ...options, credentials: "omit", headers: { Authorization: `Bearer ${key.value.trim()}`, ...options.headers } });

    section.querySelector("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      if (!key.value.trim()) {
        say(section.dataset.noKey);
        key.focus();
        return;
      }
      try {
        const portal = await call(`${api}/portal`);
        const about = await portal.json();
        if (!portal.ok) return show(`HTTP ${portal.status}`, JSON.stringify(about, null, 2));
        if (!about.isTestPortal) return say(section.dataset.notTest);
        const options = body ? { method, body: body.value, headers: { "Content-Type": "application/json" } } : { method };
        const response = await call(address(), options);
        const text = await response.text();
        let shown = text;
        try {
          shown = JSON.stringify(JSON.parse(text), null, 2);
        } catch {
          // Not JSON, such as an empty body.
        }
        show(`HTTP ${response.status}`, shown);
      } catch {
        say(section.dataset.failed);
      }
    });
  }
})();
