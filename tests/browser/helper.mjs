// What the browser tests share: servers, pages in Chromium, accessibility.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { webcrypto } from "node:crypto";
import { join } from "node:path";
import test, { after } from "node:test";

import { chromium } from "playwright-core";

import { target } from "./server.mjs";

export { password, startServer } from "./server.mjs";

// Node.js 18 has it, but not as a global, where OAuth libraries look.
globalThis.crypto ??= webcrypto;

const axe = createRequire(import.meta.url)("axe-core");

/** Widths that pages are looked at. */
export const viewports = {
  phone: { width: 390, height: 844 },
  tablet: { width: 820, height: 1180 },
  desktop: { width: 1280, height: 900 },
};

let launched;

/** The one browser of this test file. */
function browser() {
  launched ??= chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
      "--no-proxy-server",
    ],
  });
  return launched;
}

after(async () => (await launched)?.close());

/**
 * A page in a browser profile of its own. Whatever goes wrong in it (an exception, an error in the console
 * such as a refusal by the Content-Security-Policy, a resource that does not come) is in `page.problems`.
 * Whether it runs no scripts is in `page.withoutScripts`.
 *
 * @param {object} options
 * @param {"nl" | "en"} [options.lang]
 * @param {{width: number, height: number}} [options.viewport]
 * @param {boolean} [options.javaScript]
 */
export async function newPage({ lang = "nl", viewport = viewports.desktop, javaScript = true, ...options } = {}) {
  const locale = lang === "nl" ? "nl-NL" : "en-GB";
  const context = await (await browser()).newContext({ locale, viewport, javaScriptEnabled: javaScript, ...options });
  const page = await context.newPage();
  // Far longer than anything takes on the slowest machine.
  page.setDefaultTimeout(90_000);
  page.problems = [];
  page.withoutScripts = !javaScript;
  page.on("pageerror", (error) => page.problems.push(`${page.url()}: ${error}`));
  page.on("console", (message) => message.type() === "error" && page.problems.push(`${page.url()}: ${message.text()}`));
  page.on("requestfailed", (request) => {
    const fault = request.failure()?.errorText;
    // Who goes on to the next page at once does not wait for the icon of this one.
    if (fault !== "net::ERR_ABORTED") page.problems.push(`${request.url()}: ${fault}`);
  });
  return page;
}

/**
 * A test with a page of its own. When it fails, a picture and the HTML of the page are left under
 * target/browser-failures. It fails too when something went wrong in the page that `allowed` does not match.
 */
export function pageTest(name, options, body) {
  test(name, async (t) => {
    const { allowed, ...pageOptions } = options;
    const page = await newPage(pageOptions);
    try {
      await body(page, t);
      assert.deepEqual(page.problems.filter((problem) => !allowed?.test(problem)), []);
    } catch (error) {
      await keepEvidence(name, page);
      throw error;
    } finally {
      await page.context().close();
    }
  });
}

async function keepEvidence(name, page) {
  const folder = join(target, "browser-failures");
  const file = join(folder, name.replace(/[^a-z0-9]+/gi, "-"));
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: `${file}.png`, fullPage: true }).catch(() => {});
  await writeFile(`${file}.html`, `<!-- ${page.url()} -->\n${await page.content().catch(String)}`);
  console.error(`The page as it was: ${file}.png and .html`);
}

// Without fetching the style sheets again, which takes half of the time and serves one rule about turned screens.
const axeOptions = { resultTypes: ["violations"], preload: false };

/** Finds what axe-core holds against a page: all of WCAG 2.2 A and AA, and its best practices. */
export async function checkAccessibility(page) {
  // As an expression of the debugger, so that the page's Content-Security-Policy does not refuse it.
  await page.evaluate(`${axe.source}; undefined`);
  const violations = await page.evaluate(async (options) => (await globalThis.axe.run(document, options)).violations, axeOptions);
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ html, failureSummary }) => `    ${html}\n    ${failureSummary}`).join("\n")}`);
  assert.deepEqual(told, [], `${page.url()}\n${told.join("\n")}`);
}

/** Finds parts of a page that can only be reached by scrolling sideways. */
export async function checkFits(page) {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(content <= window, `${page.url()} is ${content} wide in a window of ${window}`);
}
