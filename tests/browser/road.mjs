// What the tests of whole roads share: the ways to walk them, the pages' words, accounts and mail.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { checkAccessibility, checkFits, pageTest, password, viewports } from "./helper.mjs";
import { root } from "./server.mjs";

const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 375, height: 812 } };

/** Both languages, on a desk and on a phone. */
export const everyWay = ["nl", "en"].flatMap((lang) => Object.keys(sizes).map((size) => ({ lang, size })));

/** Each language once and each size once, for a road whose pages are looked at elsewhere. */
export const bothWays = [{ lang: "nl", size: "desktop" }, { lang: "en", size: "phone" }];

/** Tests of which some run at the same time. */
export function together(name, body) {
  describe(name, { concurrency: 3 }, body);
}

/** A test for each of `ways`; `body` gets the page and the way's words. */
export function walk(name, { ways = everyWay, ...options }, body) {
  for (const { lang, size } of ways) {
    pageTest(`${name}, ${lang}, ${size}`, { lang, viewport: sizes[size], ...options }, (page) => body(page, wordsOf(lang), { lang, size }));
  }
}

const texts = new Map();
for (const file of readdirSync(join(root, "locales"))) {
  let key;
  for (const line of readFileSync(join(root, "locales", file), "utf8").split("\n")) {
    key = /^([a-z]\S*):$/.exec(line)?.[1] ?? key;
    const [, lang, text] = /^ {2}(nl|en): (.+)$/.exec(line) ?? [];
    if (lang) texts.set(`${lang} ${key}`, text.startsWith('"') ? JSON.parse(text) : text);
  }
}

/** The pages' words in a language: `words("manage.nav.customers")`. */
export function wordsOf(lang) {
  return (key, values = {}) => {
    const text = texts.get(`${lang} ${key}`);
    assert.ok(text, `no text ${key} in ${lang}`);
    return text.replace(/%\{(\w+)\}/g, (_, name) => values[name]);
  };
}

/** An address that no other test uses. */
export const newEmail = (who) => `${who}-${randomBytes(6).toString("hex")}@example.nl`;

/** What every page must hold to: it is accessible, fits, has one heading, and shows no key instead of a text. */
export async function look(page) {
  // It never ends where timers don't run. The same page is looked at with scripts.
  if (!page.withoutScripts) await checkAccessibility(page);
  await checkFits(page);
  assert.equal(await page.locator("h1").count(), 1, `${page.url()}: one heading of the first level`);
  const text = await page.locator("body").innerText();
  const keys = [...texts.keys()].map((key) => key.slice(3)).filter((key) => key.split(".").length > 2 && !key.startsWith("scope."));
  assert.deepEqual(keys.filter((key) => text.includes(key)), [], `${page.url()}: keys instead of texts`);
}

/** Clicks what leads to another page, and waits for that page. */
export async function follow(page, target) {
  const arrived = page.waitForEvent("framenavigated", (frame) => frame === page.mainFrame());
  await target.click();
  await arrived;
  await page.waitForLoadState();
}

export const button = (page, name) => page.getByRole("button", { name, exact: true });
export const link = (page, name) => page.getByRole("link", { name, exact: true });
export const heading = (page) => page.locator("h1").innerText();

/** Sends a form with these values by its submit button. */
export async function send(page, values, name) {
  for (const [field, value] of Object.entries(values)) await page.locator(`[name="${field}"]`).fill(value);
  await follow(page, button(page, name));
}

/** What stands beside a field. */
export const errorOf = (page, field) => page.locator(`#field-${field}-error`).innerText();

/** Opens a page by the main navigation, which is in a menu on a phone. */
export async function navigate(page, words, name) {
  const menu = page.locator(".nav-menu > summary");
  if (await menu.isVisible()) await menu.click();
  await follow(page, page.getByRole("navigation", { name: words("ui.navigation") }).getByRole("link", { name, exact: true }));
}

export async function logIn(page, server, words, account, path = "/manage") {
  await page.goto(`${server.url}${path}`);
  await send(page, { email: account.email, password: account.password ?? password }, words("account.login.submit"));
}

export async function logOut(page, words) {
  await page.locator("details.account > summary").click();
  await follow(page, button(page, words("ui.log_out")));
}

/** Gives the browser a device that holds passkeys and whose owner touches it whenever it asks. */
export async function withPasskeys(page, options = {}) {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  const authenticator = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, ...options };
  const { authenticatorId } = await session.send("WebAuthn.addVirtualAuthenticator", { options: authenticator });
  return { session, authenticatorId };
}

/** The demo shows mail that it did not send; opens the newest to an address, once so many are there. */
export async function openMail(page, server, words, to, subject, count = 1) {
  const mails = page.getByRole("row").filter({ hasText: to }).getByRole("link", { name: words(subject), exact: true });
  for (const end = Date.now() + 90_000; ; await pause(50)) {
    await page.goto(`${server.url}/mailbox`);
    if ((await mails.count()) >= count) break;
    assert.ok(Date.now() < end, `fewer than ${count} of this mail to ${to}`);
  }
  await follow(page, mails.first());
}

/** Calls the API. */
export function api(server, token, path = "/v1/customers", options = {}) {
  return fetch(`${server.url}${path}`, { ...options, headers: { Authorization: `Bearer ${token}`, ...options.headers } });
}

export { viewports, password };
