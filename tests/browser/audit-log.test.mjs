// The audit log: of a portal, of a developer, and of one's own account.

import assert from "node:assert/strict";
import { before } from "node:test";

import { startServer } from "./helper.mjs";
import { bothWays, button, follow, link, logIn, look, navigate, send, together, walk } from "./road.mjs";

let server;
before(async () => (server = await startServer({ demo: true })));

/** An action as the pages write it, with a capital. */
const sentence = (text) => text[0].toUpperCase() + text.slice(1);

/** What a link gives to save. */
async function saved(page, name) {
  const [download] = await Promise.all([page.waitForEvent("download"), link(page, name).click()]);
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  return { name: download.suggestedFilename(), text: Buffer.concat(chunks).toString("utf8") };
}

together("The audit log", () => {
  walk("tells an owner what was done, and leaves of it what is looked for", { ways: bothWays }, async (page, words, { lang, size }) => {
    const owner = await server.portal();
    await logIn(page, server, words, owner);
    await page.goto(`${server.url}/manage/settings/api-keys/new`);
    await page.locator("[name=scope]").first().check();
    await send(page, { name: "Kassa in de winkel" }, words("manage.api_keys.create"));
    await follow(page, link(page, words("manage.api_keys.done")));
    await navigate(page, words, words("audit.title"));
    await look(page);
    if (size === "desktop") {
      const middles = await page.locator(".filters .input, .filters button").evaluateAll((fields) => fields.map((field) => field.getBoundingClientRect()).map(({ top, bottom }) => Math.round(top + bottom)));
      assert.equal(new Set(middles).size, 1, "the filter is one line");
    } else {
      const [field, form] = await page.locator(".filters, .filters [type=search]").evaluateAll((parts) => parts.map((part) => part.clientWidth).sort((a, b) => a - b));
      assert.ok(form - field < 4, "the search field has a line of its own");
    }
    const key = page.getByRole("row").filter({ hasText: "Kassa in de winkel" });
    assert.match(await key.innerText(), new RegExp(`${sentence(words("audit.action.api_key_created"))}[\\s\\S]*127\\.0\\.0\\.1`));

    await page.locator("[name=search]").fill("KASSA IN");
    await page.selectOption("[name=action]", "api_key_created");
    await follow(page, button(page, words("ui.search")));
    await look(page);
    assert.equal(await page.locator("tbody tr").count(), 1);
    const { name, text } = await saved(page, words("audit.export_csv"));
    assert.equal(name, "audit-log.csv");
    assert.equal(text.split("\r\n").length, 3, text);
    assert.ok(text.startsWith(`\uFEFF${words("audit.column.when")}${lang === "nl" ? ";" : ","}`) && text.includes("Kassa in de winkel"), text);
    const json = await saved(page, words("audit.export_json"));
    assert.deepEqual(JSON.parse(json.text).map((event) => event.subject), ["Kassa in de winkel"]);

    await page.locator("[name=to]").fill("2020-01-01");
    await follow(page, button(page, words("ui.search")));
    await page.getByText(words("audit.nothing_found")).waitFor();
    await look(page);
    await follow(page, link(page, words("ui.clear_search")));
    await key.waitFor();
  });

  walk("tells a developer about their apps", { ways: bothWays }, async (page, words) => {
    await logIn(page, server, words, server.demo.developer, "/developers/apps");
    await page.goto(`${server.url}/developers/sandboxes`);
    await follow(page, button(page, words("developers.sandboxes.create")));
    await navigate(page, words, words("audit.title"));
    await page.getByRole("row").filter({ hasText: sentence(words("audit.action.sandbox_created")) }).first().waitFor();
    await look(page);
  });

  walk("tells everybody what was done with their account", { ways: bothWays }, async (page, words) => {
    const owner = await server.portal();
    await logIn(page, server, words, owner);
    await page.goto(`${server.url}/manage/account`);
    const password = "een heel ander paard 7";
    await send(page, { current_password: owner.password, password }, words("account.reset.submit"));
    const changed = page.getByRole("row").filter({ hasText: sentence(words("audit.action.password_changed")) });
    await changed.waitFor();
    await look(page);
    await follow(page, link(page, words("account.activity.all")));
    await changed.waitFor();
    await look(page);
  });
});
