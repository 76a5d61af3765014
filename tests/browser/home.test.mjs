// The start page, the settings of the business, the search of everything and the keyboard's shortcuts.

import assert from "node:assert/strict";

import { startServer } from "./helper.mjs";
import { bothWays, button, errorOf, everyWay, follow, heading, link, logIn, look, navigate, together, walk } from "./road.mjs";

const server = await startServer({ demo: true });
const said = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();
const narrow = (page) => page.setViewportSize({ width: 320, height: 640 });

/** Opens the palette by keyboard and types. */
async function ask(page, text) {
  await page.keyboard.press("Control+k");
  const input = page.locator("#palette [role=combobox]");
  await input.waitFor();
  await input.fill(text);
  return input;
}

const option = (page, name) => page.getByRole("option", { name });

/** The option that Enter opens, once it is this one. */
const chosen = (page, name) => page.locator("[role=option][aria-selected=true]").filter({ hasText: name });

together("the start page, settings and search", () => {
  walk("what asks for attention, and the first steps", { ways: everyWay }, async (page, words, { size }) => {
    await logIn(page, server, words, await server.portal());
    assert.equal(await heading(page), words("manage.start.title"));
    await page.getByRole("heading", { name: words("manage.start.attention") }).waitFor();
    await page.getByText(words("ui.tasks_done", { done: 0, count: 5 })).waitFor();
    await look(page);
    if (size === "phone") {
      await narrow(page);
      await look(page);
    }
    await follow(page, link(page, words("manage.start.step.business")));
    assert.equal(await heading(page), words("business.title"));
    await page.goto(`${server.url}/manage`);
    await follow(page, button(page, words("manage.start.hide_steps")));
    await said(page, words("flash.first_steps_hidden"));
    assert.equal(await page.locator(".tasks").count(), 0);
    await look(page);
  });

  walk("the demo's start page", { ways: bothWays }, async (page, words) => {
    await logIn(page, server, words, server.demo.owner);
    await look(page);
    const size = Buffer.byteLength(await page.content());
    assert.ok(size < 100_000, `${size} bytes`);
  });

  walk("a business sets its details, look and zone", { ways: bothWays }, async (page, words, { size }) => {
    await logIn(page, server, words, await server.portal());
    await navigate(page, words, words("business.nav"));
    await look(page);
    await page.getByLabel(words("business.field.iban")).fill("NL91 ABNA 0417 1643 01");
    await page.getByLabel(words("business.field.city")).fill("Ede");
    await follow(page, button(page, words("manage.save")));
    assert.equal(await errorOf(page, "iban"), words("field.iban"));
    await look(page);
    await page.getByLabel(words("business.field.iban")).fill("NL91 ABNA 0417 1643 00");
    await page.getByLabel(words("business.field.color")).fill("#ffcc00");
    await page.getByLabel(words("business.field.timeZone")).selectOption("America/Curacao");
    await page.getByLabel(words("ui.logo.choose")).setInputFiles({ name: "logo.png", mimeType: "image/png", buffer: png() });
    await follow(page, button(page, words("manage.save")));
    await said(page, words("flash.note.business_darkened"));
    assert.notEqual(await page.getByLabel(words("business.field.color")).inputValue(), "#ffcc00");
    assert.ok(await page.locator(".app-mark").evaluate((image) => image.complete && image.naturalWidth === 1));
    await look(page);
    if (size === "phone") {
      await narrow(page);
      await look(page);
    }
    await page.emulateMedia({ colorScheme: "dark" });
    for (const path of ["/manage", "/manage/customers", "/manage/settings/business"]) {
      await page.goto(`${server.url}${path}`);
      await look(page);
    }
  });

  walk("everything is found by keyboard", { ways: everyWay }, async (page, words, { size }) => {
    await logIn(page, server, words, server.demo.owner);
    const input = await ask(page, words("manage.nav.api_keys"));
    const first = chosen(page, words("manage.nav.api_keys"));
    await first.waitFor();
    assert.equal(await input.getAttribute("aria-activedescendant"), await first.getAttribute("id"));
    await look(page);
    if (size === "phone") {
      await narrow(page);
      await look(page);
    }
    await page.keyboard.press("Escape");
    await input.waitFor({ state: "hidden" });
    await ask(page, words("customers.new"));
    await chosen(page, words("customers.new")).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    await follow(page, { click: () => page.keyboard.press("Enter") });
    assert.equal(await heading(page), words("customers.new"));
    await ask(page, "dit bestaat echt niet");
    await page.getByText(words("search.nothing")).waitFor();
    await look(page);
    await page.keyboard.press("Escape");
    // A customer, by a part of its name.
    await page.goto(`${server.url}/manage/customers`);
    const name = await page.locator("tbody th a").first().innerText();
    await ask(page, name);
    await chosen(page, name).waitFor();
    await follow(page, option(page, name).first());
    assert.equal(await heading(page), name);
  });

  walk("shortcuts of a single key", { ways: bothWays }, async (page, words) => {
    await logIn(page, server, words, server.demo.owner);
    const press = async (...keys) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await follow(page, { click: () => press("g", "c") });
    assert.equal(await heading(page), words("customers.title"));
    await follow(page, { click: () => press("n") });
    assert.equal(await heading(page), words("customers.new"));
    // They are letters while somebody types.
    const field = page.locator("#field-companyName");
    await field.focus();
    await page.keyboard.type("g c n ? /");
    assert.equal(await field.inputValue(), "g c n ? /");
    await page.locator("h1").click();
    await press("Alt+n", "Control+g", "c");
    assert.equal(await heading(page), words("customers.new"), "other keys with them mean something else");
    await press("/");
    await page.locator("#palette [role=combobox]").waitFor();
    await page.keyboard.press("Escape");
    await follow(page, { click: () => press("?") });
    assert.equal(await heading(page), words("shortcuts.title"));
    await look(page);
    const setting = page.getByLabel(words("shortcuts.switch"));
    await setting.uncheck();
    await page.reload();
    assert.ok(!(await setting.isChecked()));
    await page.locator("h1").click();
    await press("g", "c", "/");
    assert.equal(await heading(page), words("shortcuts.title"), "switched off");
    assert.ok(!(await page.locator("#palette").isVisible()));
    await page.keyboard.press("Control+k");
    await page.locator("#palette [role=combobox]").waitFor();
  });

  walk("the search without JavaScript", { ways: bothWays, javaScript: false }, async (page, words) => {
    await logIn(page, server, words, server.demo.owner);
    await follow(page, page.locator(".search-link"));
    assert.equal(await heading(page), words("search.title"));
    await page.locator("main [name=q]").fill(words("manage.nav.customers"));
    await follow(page, button(page, words("ui.search")));
    await page.locator("main").getByRole("link", { name: words("manage.nav.customers"), exact: true }).waitFor();
  });

  walk("the search's own page", { ways: bothWays }, async (page, words) => {
    await logIn(page, server, words, server.demo.owner);
    await page.goto(`${server.url}/manage/search?q=bakker`);
    await page.getByRole("heading", { name: words("customers.title") }).waitFor();
    await look(page);
    await page.goto(`${server.url}/manage/search?q=dit-bestaat-echt-niet`);
    await page.getByText(words("search.nothing")).first().waitFor();
    await look(page);
  });
});

/** An image of one pixel. */
function png() {
  return Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
}
