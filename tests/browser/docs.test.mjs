// The documentation, as a developer reads it: with a mouse, with a keyboard, on a phone.

import assert from "node:assert/strict";

import { startServer } from "./helper.mjs";
import { bothWays, button, follow, heading, link, look, together, walk } from "./road.mjs";

const server = await startServer({ demo: true });
const pages = ["", "/getting-started", "/authentication", "/advanced-oauth", "/scopes", "/own-services", "/rate-limits", "/errors", "/safe-retries", "/pagination", "/leaked-secrets", "/test-portals", "/reference", "/changelog", "/search"];

together("the documentation", () => {
  walk("every page reads well and leads to the developer portal", {}, async (page, words, { lang, size }) => {
    const headings = new Set();
    for (const path of pages) {
      await page.goto(`${server.url}/docs${path}`);
      assert.equal(await page.getAttribute("html", "lang"), lang);
      headings.add(await heading(page));
      const portal = link(page, words("docs.developers"));
      const box = await portal.boundingBox();
      if (size === "desktop") assert.ok(box.x > 900 && box.y < 80, "the button is at the top right");
      assert.equal(await portal.getAttribute("href"), `${server.url}/developers`);
      await look(page);
    }
    assert.equal(headings.size, pages.length, "each page has a heading of its own");
  });

  walk("links and anchors lead somewhere", { ways: bothWays }, async (page) => {
    const [seen, todo] = [new Set(), ["/docs"]];
    while (todo.length > 0) {
      const path = todo.pop();
      if (seen.has(path)) continue;
      seen.add(path);
      const answer = await page.goto(`${server.url}${path}`);
      assert.equal(answer.status(), 200, path);
      const hrefs = await page.locator("a[href]").evaluateAll((links) => links.map((link) => link.href));
      const ids = new Set(await page.locator("[id]").evaluateAll((elements) => elements.map((element) => element.id)));
      for (const url of hrefs.map((href) => new URL(href)).filter(({ origin }) => origin === server.url)) {
        if (url.pathname === path && url.hash) assert.ok(ids.has(decodeURIComponent(url.hash.slice(1))), `${path}: ${url.hash}`);
        if (/^\/docs(?!.*\.json)/.test(url.pathname)) todo.push(url.pathname);
      }
    }
    for (const path of pages) assert.ok(seen.has(`/docs${path}`), `nothing leads to /docs${path}`);
  });

  walk("the keyboard reaches the content, the samples and the navigation", { ways: [{ lang: "nl", size: "desktop" }, { lang: "en", size: "desktop" }] }, async (page, words) => {
    await page.goto(`${server.url}/docs/getting-started`);
    const focused = () => page.evaluate(() => {
      const [element, style] = [document.activeElement, getComputedStyle(document.activeElement)];
      const box = element.getBoundingClientRect();
      const shown = box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight;
      return { text: element.innerText?.trim(), id: element.id, ringed: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0, shadowed: style.boxShadow !== "none", shown };
    });
    await page.keyboard.press("Tab");
    const skip = await focused();
    assert.equal(skip.text, words("ui.skip"));
    assert.ok(skip.shown, "the skip link comes into sight");
    await page.keyboard.press("Enter");
    assert.equal((await focused()).id, "content");

    await page.reload();
    await page.evaluate(() => document.activeElement.blur());
    for (let count = 0; count < 25; count += 1) {
      await page.keyboard.press("Tab");
      const { text, ringed, shadowed, shown } = await focused();
      assert.ok(shown, `in sight: ${text}`);
      assert.ok(ringed || shadowed, `the focus is visible: ${text}`);
    }
    await page.locator("input[data-tab]").first().focus();
    await page.keyboard.press("ArrowRight");
    assert.ok(await page.locator("input[data-tab]").nth(1).isChecked(), "the arrow keys move between the tabs");
  });

  walk("a sample's language is chosen once for all samples", {}, async (page) => {
    await page.goto(`${server.url}/docs/authentication`);
    for (const language of ["Python", "Rust", "JavaScript", "curl"]) {
      await page.locator(".tabs").first().locator("label.tab", { hasText: language }).click();
      for (const tabs of await page.locator(".tabs").all()) {
        const labels = await tabs.locator("label.tab").allInnerTexts();
        const shown = await tabs.locator(".tab-panel").evaluateAll((panels) => panels.map((panel) => panel.checkVisibility()));
        assert.deepEqual(shown, labels.map((label) => label.trim() === language), `${language} and nothing else`);
      }
    }
    await page.locator(".tabs").first().locator("label.tab", { hasText: "Rust" }).click();
    await look(page);
  });

  walk("the other language is a click away, and stays chosen", { ways: bothWays }, async (page, _, { lang }) => {
    await page.goto(`${server.url}/docs/errors`);
    const here = await heading(page);
    const other = lang === "nl" ? "en" : "nl";
    await follow(page, page.locator(`a[hreflang=${other}]`).filter({ visible: true }).first());
    assert.equal(page.url(), `${server.url}/docs/errors`);
    assert.equal(await page.getAttribute("html", "lang"), other);
    assert.notEqual(await heading(page), here);
    await page.goto(`${server.url}/manage/login`);
    assert.equal(await page.getAttribute("html", "lang"), other, "also on the manage portal");
  });

  walk("the menu opens on a phone", { ways: [{ lang: "nl", size: "phone" }, { lang: "en", size: "phone" }] }, async (page, words) => {
    await page.goto(`${server.url}/docs`);
    const scopes = page.getByRole("navigation", { name: words("ui.navigation") }).getByRole("link", { name: /scopes|rechten/i }).filter({ visible: true });
    assert.equal(await scopes.count(), 0);
    await page.locator(".nav-menu > summary").click();
    await scopes.first().waitFor();
    await look(page);
    await page.keyboard.press("Escape");
    assert.equal(await scopes.count(), 0);
    await page.locator(".nav-menu > summary").click();
    await follow(page, scopes.first());
    assert.equal(page.url(), `${server.url}/docs/scopes`);
  });

  walk("the reference has every call, with its fields", { ways: bothWays }, async (page, _, { size }) => {
    const document = await (await fetch(`${server.url}/docs/openapi.json`)).json();
    await page.goto(`${server.url}/docs/reference`);
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const method of Object.keys(operations)) {
        assert.ok(await page.locator(".endpoint").filter({ hasText: method.toUpperCase() }).filter({ hasText: path }).count(), `${method} ${path}`);
      }
    }
    await follow(page, page.locator("#createCustomer a"));
    assert.match(await page.locator("main").innerText(), /companyName[^]*primaryEmail/);
    const [text, code] = [await page.locator(".beside-text").boundingBox(), await page.locator(".beside-code").boundingBox()];
    if (size === "desktop") assert.ok(code.x >= text.x + text.width, "the request is beside the answer's fields");
    else assert.ok(code.y >= text.y + text.height, "on a phone it is below");
    await look(page);
  });

  walk("the search finds pages, fields and calls, with and without a script", { ways: bothWays }, async (page, words, { lang, size }) => {
    const text = lang === "nl" ? "testportaal" : "test portal";
    await page.goto(`${server.url}/docs/search`);
    await page.locator("main [name=q]").fill(text);
    await page.locator("#results a[href='/docs/test-portals']").first().waitFor();
    await look(page);
    await follow(page, page.getByRole("button", { name: words("ui.search"), exact: true }));
    assert.equal(new URL(page.url()).searchParams.get("q"), text);
    assert.ok(await page.locator("#results a[href='/docs/test-portals']").count());
    await page.goto(`${server.url}/docs/search?q=${encodeURIComponent("<b>xyzzy</b>")}`);
    assert.equal(await page.locator("#results a").count(), 0);
    await look(page);
    if (size !== "desktop") return;
    await page.goto(`${server.url}/docs`);
    await page.locator("header [name=q]").fill("zipCode");
    await page.locator(".search-panel a").first().waitFor();
    await look(page);
    await page.keyboard.press("Escape");
    assert.equal(await page.locator(".search-panel").isVisible(), false);
  });

  walk("a call is tried with the key of a test portal only", { ways: bothWays }, async (page, words) => {
    const portal = await server.portal();
    await page.goto(`${server.url}/docs/reference/portal/getPortal`);
    const send = button(page, words("docs.try.send"));
    const result = page.locator("[data-result]");
    await send.click();
    await result.getByText(words("docs.try.no_key")).waitFor();
    await page.fill("#try-key", (await server.apiKey(portal.portalId)).key);
    await send.click();
    await result.getByText(words("docs.try.not_test")).waitFor();
    await look(page);
  });
});
