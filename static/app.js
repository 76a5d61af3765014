// Small comforts on top of pages that work without this script.
(() => {
  "use strict";

  // The Clipboard API needs a secure context; a portal on a plain http address falls back to a selection.
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.className = "visually-hidden";
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  }

  function textFor(button) {
    if (button.dataset.copy) {
      const source = document.querySelector(button.dataset.copy);
      return source.value ?? source.textContent;
    }
    return button.dataset.copyText ?? button.closest(".code").querySelector("code").textContent;
  }

  for (const button of document.querySelectorAll(".copy")) {
    const label = button.querySelector(".copy-label");
    const before = label.textContent;
    const status = button.nextElementSibling;
    let timer;
    button.hidden = false;
    button.addEventListener("click", async () => {
      if (!(await copy(textFor(button)))) return;
      button.focus();
      button.classList.add("copied");
      label.textContent = status.textContent = button.dataset.copied;
      clearTimeout(timer);
      timer = setTimeout(() => {
        button.classList.remove("copied");
        label.textContent = before;
        status.textContent = "";
      }, 2500);
    });
  }

  for (const field of document.querySelectorAll("[data-select]")) {
    field.addEventListener("focus", () => field.select());
  }

  // As the server folds what is searched for, as far as a browser can.
  const letters = { "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "’": "'" };
  const fold = (text) =>
    text.normalize("NFKD").toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replace(/[øłđðħıþßæœ’]/g, (letter) => letters[letter]);

  // Of a long list of choices, those remain that hold every word.
  for (const filter of document.querySelectorAll(".choice-filter")) {
    filter.hidden = false;
    filter.addEventListener("input", () => {
      const words = fold(filter.value).trim().split(/\s+/);
      for (const choice of filter.nextElementSibling.children) {
        const text = fold(choice.textContent);
        choice.hidden = !words.every((word) => text.includes(word));
      }
    });
    filter.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
  }

  // Rows to tick: a box for all of a page, and a bar that appears with the first.
  for (const form of document.querySelectorAll("form.bulk")) {
    const boxes = [...form.querySelectorAll("tbody .row-choice")];
    const label = form.querySelector(".tick-all");
    const all = label.querySelector("input");
    const [status, bar, count] = [".bulk-status", ".bulk-bar", ".bulk-count"].map((name) => form.querySelector(name));
    const show = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      all.checked = ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
      bar.hidden = ticked === 0;
      const text = ticked === 1 ? status.dataset.one : status.dataset.several.replace("#", ticked);
      status.textContent = count.textContent = ticked === 0 ? "" : text;
    };
    label.hidden = count.hidden = false;
    bar.classList.add("bulk-floating");
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
    });
    form.addEventListener("change", show);
    // A browser that goes back to the page ticks the same again.
    window.addEventListener("pageshow", show);
    show();
  }

  // A double click sends a form once.
  const sent = new WeakMap();
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    if (event.timeStamp - sent.get(event.target) < 2000) event.preventDefault();
    else sent.set(event.target, event.timeStamp);
  });

  // Menus close with Escape and with a click elsewhere.
  const openMenus = () => document.querySelectorAll("details.menu[open]");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      menu.open = false;
    }
  });
  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });

  // Who reads one example in Rust reads all of them in Rust.
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-tab]")) return;
    const top = event.target.getBoundingClientRect().top;
    for (const tab of document.querySelectorAll("[data-tab]")) {
      if (tab.value === event.target.value) tab.checked = true;
    }
    window.scrollBy(0, event.target.getBoundingClientRect().top - top);
  });

  // Work in the background is followed on its page, until it has ended.
  const follow = async () => {
    const response = await fetch(location.href).catch(() => null);
    const page = response?.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
    const now = page?.querySelector("[data-refresh]");
    if (page && !now) return location.reload();
    for (const part of now ? ["p", "progress"] : []) {
      document.querySelector(`[data-refresh] ${part}`).replaceWith(now.querySelector(part));
    }
    setTimeout(follow, 1000);
  };
  if (document.querySelector("[data-refresh]")) setTimeout(follow, 1000);

  document.querySelector(".error-summary")?.focus();
})();
