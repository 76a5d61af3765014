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

  // Files are sent one after the other, with their progress; without this script, all at once.
  const upload = (form, name, file, bar) =>
    new Promise((resolve) => {
      const data = new FormData();
      for (const field of form.querySelectorAll('input[type="hidden"]')) data.append(field.name, field.value);
      // Each file is an upload of its own.
      const letters = Array.from(crypto.getRandomValues(new Uint32Array(14)), (number) => (number % 36).toString(36));
      data.set("new", `fsf_${letters.join("")}`);
      data.append(name, file);
      const request = new XMLHttpRequest();
      request.upload.addEventListener("progress", (event) => {
        if (event.lengthComputable) bar.value = event.loaded / event.total;
      });
      // A form that isn't accepted leads to its page, which says why.
      request.addEventListener("loadend", () => {
        const page = request.responseURL;
        const refused = page && new URL(page).searchParams.has("draft");
        resolve({ done: request.status === 200 && !refused, page: refused ? page : null });
      });
      request.open("POST", form.action);
      request.send(data);
    });

  for (const zone of document.querySelectorAll(".drop-zone")) {
    const form = zone.querySelector("form");
    const input = form.querySelector('input[type="file"]');
    const list = zone.querySelector(".drop-files");
    let busy = false;
    zone.querySelector(".drop-hint").hidden = false;
    const sendAll = async (files) => {
      if (busy || files.length === 0) return;
      busy = true;
      list.hidden = false;
      list.replaceChildren();
      const rows = files.map((file) => {
        const row = document.createElement("li");
        const bar = document.createElement("progress");
        bar.max = 1;
        bar.value = 0;
        bar.setAttribute("aria-label", file.name);
        row.append(file.name, bar);
        list.append(row);
        return { file, row, bar };
      });
      for (const { file, row, bar } of rows) {
        const { done, page } = await upload(form, input.name, file, bar);
        if (page) return location.assign(page);
        if (!done) {
          bar.replaceWith(zone.dataset.failed);
          row.classList.add("field-error");
          busy = false;
          return;
        }
        bar.value = 1;
      }
      location.reload();
    };
    form.addEventListener("submit", (event) => {
      if (input.files.length === 0) return;
      event.preventDefault();
      sendAll([...input.files]);
    });
    for (const name of ["dragover", "dragleave", "drop"]) {
      zone.addEventListener(name, (event) => {
        if (!event.dataTransfer?.types.includes("Files")) return;
        event.preventDefault();
        zone.classList.toggle("is-over", name === "dragover");
        if (name === "drop") sendAll([...event.dataTransfer.files]);
      });
    }
  }

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
