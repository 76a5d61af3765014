// The search of everything (Ctrl-K), and the shortcuts of the keyboard.
(() => {
  "use strict";

  const dialog = document.getElementById("palette");
  if (!dialog?.showModal) return;
  const input = dialog.querySelector(".palette-input");
  const list = dialog.querySelector(".palette-results");
  const status = dialog.querySelector(".palette-status");
  const paths = new Map(JSON.parse(dialog.dataset.keys));

  // Private windows can refuse to keep anything.
  const kept = {
    get isOn() {
      try {
        return localStorage.getItem("shortcuts") !== "off";
      } catch {
        return true;
      }
    },
    set isOn(on) {
      try {
        localStorage.setItem("shortcuts", on ? "on" : "off");
      } catch {}
    },
  };

  let options = [];
  let current = -1;
  let asked;
  let timer;

  function choose(index) {
    options[current]?.setAttribute("aria-selected", "false");
    current = options.length ? (index + options.length) % options.length : -1;
    const option = options[current];
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  }

  const element = (name, properties, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  function optionOf({ label, detail, path }) {
    const option = element("a", { className: "palette-option", href: path, id: `palette-option-${options.length}`, tabIndex: -1 });
    option.append(element("bdi", { textContent: label }));
    if (detail) option.append(" ", element("span", { className: "muted", textContent: detail }));
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    options.push(option);
    return option;
  }

  function groupOf({ title, items, all }, index) {
    const head = element("div", { className: "palette-title", id: `palette-group-${index}`, textContent: title });
    head.setAttribute("role", "presentation");
    const group = element("div", {}, head, ...items.map(optionOf));
    if (all) group.append(optionOf({ label: dialog.dataset.all, detail: title, path: all }));
    group.setAttribute("role", "group");
    group.setAttribute("aria-labelledby", head.id);
    return group;
  }

  function show(groups, text) {
    options = [];
    list.replaceChildren(...groups.map(groupOf));
    input.setAttribute("aria-expanded", String(options.length > 0));
    status.textContent = text;
    current = -1;
    choose(0);
  }

  async function search() {
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      const answer = await fetch(`${dialog.dataset.results}?q=${encodeURIComponent(input.value)}`, { signal });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const groups = await answer.json();
      show(groups, groups.length ? "" : dialog.dataset.nothing);
    } catch {
      if (!signal.aborted) show([], dialog.dataset.failed);
    }
  }

  function open() {
    if (dialog.open) return;
    dialog.showModal();
    input.select();
    search();
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 120);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") choose(current + 1);
    else if (event.key === "ArrowUp") choose(current - 1);
    else if (event.key === "Enter" && options[current]) options[current].click();
    else return;
    event.preventDefault();
  });
  dialog.querySelector(".palette-close").addEventListener("click", () => dialog.close());
  // A click beside it.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  for (const link of document.querySelectorAll(".search-link")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      open();
    });
  }

  const isTyping = (target) => target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
  const actions = {
    "/": open,
    "?": () => location.assign(dialog.dataset.help),
    n: () => document.querySelector("main a.button-primary[href*='/new']")?.click(),
  };
  let wasG = -Infinity;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.repeat) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
      return;
    }
    if (!kept.isOn || dialog.open || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const path = event.timeStamp - wasG < 1500 ? paths.get(event.key) : undefined;
    wasG = event.key === "g" ? event.timeStamp : -Infinity;
    if (path) {
      wasG = -Infinity;
      location.assign(path);
    } else if (Object.hasOwn(actions, event.key)) {
      event.preventDefault();
      actions[event.key]();
    }
  });

  const setting = document.getElementById("shortcuts-setting");
  if (setting) {
    const box = setting.querySelector("input");
    setting.hidden = false;
    box.checked = kept.isOn;
    box.addEventListener("change", () => {
      kept.isOn = box.checked;
    });
  }
})();
