// A portal's owner, whose browser is plain HTTP: it keeps cookies and sends the forms that pages hold.

import assert from "node:assert/strict";

function unescape(text) {
  return text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function attributes(tag) {
  return Object.fromEntries([...tag.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map(([, name, value]) => [name, unescape(value ?? "")]));
}

/** The main form of a page: its action, and the fields that it holds already. */
function mainForm(html) {
  const forms = [...html.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)].map(([, tag, inner]) => ({ action: attributes(tag).action, inner }));
  const { action, inner } = forms.find((form) => !form.action.endsWith("/logout"));
  const inputs = [...inner.matchAll(/<input([^>]*)>/g)].map(([, tag]) => attributes(tag));
  const held = inputs.filter((input) => input.type === "hidden" || "checked" in input);
  return { action, fields: Object.fromEntries(held.map(({ name, value }) => [name, value])) };
}

export class Owner {
  #portal;
  #cookies = new Map();

  constructor(portal) {
    this.#portal = portal;
  }

  async #fetch(url, options = {}) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url, { ...options, headers: { cookie }, redirect: "manual" });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      this.#cookies.set(name, value);
    }
    return answer;
  }

  /** Opens a page, and goes on to where it leads. */
  async #open(url) {
    const answer = await this.#fetch(url);
    if (answer.status === 303) return this.#open(new URL(answer.headers.get("location"), url));
    const html = await answer.text();
    assert.equal(answer.status, 200, html);
    return { url, html };
  }

  #send({ url, html }, fields) {
    const form = mainForm(html);
    const body = new URLSearchParams({ ...form.fields, ...fields });
    return this.#fetch(new URL(form.action, url), { method: "POST", body });
  }

  /** Opens the app's link, logs in on the way, decides; returns the address that the app gets. */
  async decide(authorizationUrl, decision) {
    let page = await this.#open(authorizationUrl);
    if (page.url.pathname === "/manage/login") {
      const { email, password } = this.#portal;
      const loggedIn = await this.#send(page, { email, password });
      page = await this.#open(new URL(loggedIn.headers.get("location"), page.url));
    }
    const answer = await this.#send(page, { decision });
    assert.equal(answer.status, 303, await answer.text());
    return new URL(answer.headers.get("location"), page.url);
  }
}
