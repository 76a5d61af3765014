// The permissions of keys and apps: only those that do something are offered, and the form is short.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { startServer } from "./helper.mjs";
import { button, everyWay, follow, logIn, look, together, walk } from "./road.mjs";

const server = await startServer({ demo: true });
const developer = await server.developer();
const document = await (await fetch(`${server.url}/docs/openapi.json`)).json();

/** The scopes that some operation asks. */
const served = [...new Set(Object.values(document.paths).flatMap((path) => Object.values(path))
  .flatMap(({ security = [] }) => security.flatMap((way) => Object.values(way).flat())))].sort();

/** The areas of all scopes that the contract has, also of resources that are not there yet. */
const contract = await readFile(new URL("../../contract/openapi.yaml", import.meta.url), "utf8");
const areas = [...new Set([...contract.matchAll(/\b([a-z]+)\.(?:read|write)\b/g)].map(([, area]) => area))];
assert.equal(areas.length, 14, areas.join(" "));

const shown = async (page) => (await page.locator("[name=scope]").filter({ visible: true }).evaluateAll((inputs) => inputs.map((input) => input.value))).sort();

together("permissions", () => {
  walk("a key's form offers what works, and fits on a phone's screen twice", { ways: everyWay }, async (page, words, { size }) => {
    await logIn(page, server, words, await server.portal(), "/manage/settings/api-keys/new");
    assert.deepEqual(await shown(page), served);
    assert.equal(await page.locator("[name=scope]").count(), served.length);
    await look(page);
    if (size === "phone") {
      const height = () => page.evaluate(() => document.documentElement.scrollHeight);
      assert.ok(await height() < 2 * 812, `${await height()} px`);
      await page.evaluate((areas) => {
        const all = [...document.querySelectorAll(".scope-area")];
        const tallest = all.reduce((one, other) => other.offsetHeight > one.offsetHeight ? other : one);
        for (let count = all.length; count < areas; count += 1) tallest.after(tallest.cloneNode(true));
      }, areas.length);
      assert.ok(await height() < 2 * 812, `${await height()} px with an area for all that the contract has`);
      const targets = await page.locator(".scope-area .scope").filter({ visible: true })
        .evaluateAll((labels) => labels.map((label) => label.getBoundingClientRect().height));
      assert.ok(Math.min(...targets) >= 24, targets.join(" "));
      await page.reload();
    }
    const explained = page.locator("summary", { hasText: words("ui.scope_explanations") });
    assert.equal(await explained.isVisible(), size === "phone");
    if (size === "phone") await explained.press("Enter");
    for (const scope of ["customers.read", "customers.write"]) {
      const text = page.getByText(words(`scope.${scope}`)).filter({ visible: true });
      assert.equal(await text.count(), 1, scope);
      const box = page.getByRole("group", { name: words("scope.area.customers") })
        .getByRole("checkbox", { name: words(scope.endsWith("read") ? "ui.scope_read" : "ui.scope_write"), exact: true });
      await box.press("Space");
      assert.ok(await page.locator(`[name=scope][value='${scope}']`).isChecked(), scope);
      assert.ok(await box.evaluate((input) => document.getElementById(input.getAttribute("aria-describedby")).textContent));
    }
    await look(page);
  });

  walk("an app's form offers what works, and keeps what the app has", { ways: everyWay }, async (page, words) => {
    const scopes = ["customers.read", "offers.read"];
    const { appId } = await server.app(developer.developerId, { redirectUris: ["https://app.example/terug"], scopes });
    await logIn(page, server, words, developer, "/developers/apps/new");
    assert.deepEqual(await shown(page), served);
    await look(page);
    assert.equal(await page.locator("[name=scope]").count(), served.length, "nothing that does nothing");
    await page.goto(`${server.url}/developers/apps/${appId}/edit`);
    assert.deepEqual(await shown(page), [...served, "offers.read"].sort());
    await follow(page, button(page, words("developers.save")));
    const app = (await server.cli(["app", "list"])).find(({ id }) => id === appId);
    assert.deepEqual(app.scopes, scopes);
  });
});
