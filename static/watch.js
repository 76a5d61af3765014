// Tells when somebody else has changed what a page shows, and shows it when asked to, so that nothing that is being
// typed is lost. Without this script, the page is as it was opened.
(() => {
  "use strict";

  const watched = document.querySelector("[data-watch]");
  if (!watched) return;
  const status = watched.querySelector(".news-text");
  const button = watched.querySelector(".news button");

  // Seconds between two questions: more and more while nothing happens.
  const soonest = 15;
  const latest = 240;
  let wait = soonest;
  let timer;

  const seen = () => document.visibilityState === "visible";
  const later = () => {
    clearTimeout(timer);
    if (seen() && button.hidden) timer = setTimeout(ask, wait * 1000);
  };

  async function ask() {
    wait = Math.min(wait * 1.5, latest);
    try {
      const headers = { "If-None-Match": watched.dataset.revision };
      const answer = await fetch(watched.dataset.watch, { headers, redirect: "manual", cache: "no-store" });
      if (answer.status === 200) {
        status.textContent = watched.dataset.news;
        button.hidden = false;
        return;
      }
      // Whoever is logged out, or looks at something that was deleted, finds out with the next page.
      if (answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status)) return;
    } catch {
      // Another time.
    }
    later();
  }

  button.addEventListener("click", async () => {
    const answer = await fetch(location.pathname, { redirect: "error" }).catch(() => null);
    const page = answer?.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    const fresh = page?.querySelector("[data-watch]");
    if (!fresh) {
      status.textContent = watched.dataset.failed;
      return;
    }
    const known = watched.querySelectorAll("[data-entry]").length;
    const parts = fresh.querySelectorAll("[data-part]");
    watched.querySelectorAll("[data-part]").forEach((part, place) => part.replaceWith(parts[place]));
    watched.dataset.revision = fresh.dataset.revision;
    status.textContent = "";
    const first = watched.querySelectorAll("[data-entry]")[known];
    if (first) {
      first.tabIndex = -1;
      first.focus();
    }
    button.hidden = true;
    wait = soonest;
    later();
  });

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!seen() || !button.hidden) return;
    wait = soonest;
    ask();
  });
  later();
})();
