// The permissions of keys and apps: only those that do something are offered, and the form is short.

import assert from "node:assert/strict";

import { startServer } from "./helper.mjs";
import { button, everyWay, follow, logIn, look, together, walk } from "./road.mjs";

const server = await startServer({ demo: true });
const developer = await server.developer();
const document = await (await fetch(`${server.url}/docs/openapi.json`)).json();

/** The scopes that some operation asks. */
const served = [...new Set(Object.values(document.paths).flatMap((path) => Object.values(path))
  .flatMap(({ security = [] }) => security.flatMap((way) => Object.values(way).flat())))].sort();

const shown = async (page) => (await page.locator("[name=scope]").filter({ visible: true }).evaluateAll((inputs) => inputs.map((input) => input.value))).sort();

together("permissions", () => {
  walk("a key's form offers what works, and fits on a phone's screen twice", { ways: everyWay }, async (page, words, { size }) => {
    await logIn(page, server, words, await server.portal(), "/manage/settings/api-keys/new");
    assert.deepEqual(await shown(page), served);
    assert.equal(await page.locator("[name=scope]").count(), served.length);
    await look(page);
    if (size === "phone") {
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      assert.ok(height < 2 * 812, `${height} px`);
    }
  });

  walk("an app's form offers what works, and keeps what the app has", { ways: everyWay }, async (page, words) => {
    const scopes = ["customers.read", "tickets.read"];
    const { appId } = await server.app(developer.developerId, { redirectUris: ["https://app.example/terug"], scopes });
    await logIn(page, server, words, developer, "/developers/apps/new");
    assert.deepEqual(await shown(page), served);
    await look(page);
    assert.equal(await page.locator("[name=scope]").count(), served.length, "nothing that does nothing");
    await page.goto(`${server.url}/developers/apps/${appId}/edit`);
    assert.deepEqual(await shown(page), [...served, "tickets.read"].sort());
    await follow(page, button(page, words("developers.save")));
    const app = (await server.cli(["app", "list"])).find(({ id }) => id === appId);
    assert.deepEqual(app.scopes, scopes);
  });
});
