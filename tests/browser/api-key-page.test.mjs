// A key's own page: its requests, where it may be used from, and a new secret.

import assert from "node:assert/strict";

import { startServer } from "./helper.mjs";
import { api, bothWays, button, errorOf, follow, heading, link, logIn, look, send, together, walk } from "./road.mjs";

const server = await startServer({ demo: true });

together("A key's page", () => {
  walk("its requests are found, its addresses changed, its secret renewed", { ways: bothWays }, async (page, words) => {
    const owner = await server.portal();
    await logIn(page, server, words, owner, "/manage/settings/api-keys/new");
    await page.fill("[name=name]", "Kassa");
    await page.check("[name=scope][value='customers.read']");
    await page.fill("[name=addresses]", "localhost");
    await follow(page, button(page, words("manage.api_keys.create")));
    assert.equal(await errorOf(page, "addresses"), words("field.address.none", { value: "localhost" }));
    await look(page);
    await page.fill("[name=addresses]", "127.0.0.0/8\n::1");
    await follow(page, button(page, words("manage.api_keys.create")));
    const key = await page.inputValue("#secret");
    await follow(page, link(page, words("manage.api_keys.done")));
    await follow(page, link(page, "Kassa"));
    await page.getByText(words("request_log.empty")).waitFor();
    await look(page);

    for (const path of ["/v1/customers", "/v1/customers/cst_bestaatniet", "/v1/customer-groups"]) await api(server, key, path);
    await api(server, key, "/v1/customers", { method: "POST", body: "{}", headers: { "Content-Type": "application/json" } });
    await page.reload();
    const rows = page.locator("#requests tbody tr");
    assert.equal(await rows.count(), 4);
    await look(page);
    await page.selectOption("[name=status]", "4xx");
    await page.fill("#requests [name=search]", "bestaatniet");
    await follow(page, button(page, words("ui.search")));
    assert.equal(await rows.count(), 1);
    assert.match(await rows.innerText(), /cst_bestaatniet[\s\S]*404/);
    await follow(page, link(page, words("ui.clear_search")));
    await page.selectOption("[name=method]", "POST");
    await follow(page, button(page, words("ui.search")));
    assert.equal(await rows.count(), 1);

    await follow(page, link(page, words("manage.api_keys.addresses_title")));
    await look(page);
    await page.fill("[name=addresses]", "203.0.113.7");
    await follow(page, button(page, words("manage.save")));
    await page.getByRole("status").filter({ hasText: words("flash.api_key_changed") }).waitFor();
    assert.equal((await api(server, key)).status, 403);
    await follow(page, link(page, words("manage.api_keys.addresses_title")));
    await page.fill("[name=addresses]", "");
    await follow(page, button(page, words("manage.save")));
    assert.equal((await api(server, key)).status, 200);

    await follow(page, link(page, words("manage.api_keys.rotate_title")));
    assert.ok(await page.getByLabel(words("rotate.day")).isChecked(), "a day is advised");
    await look(page);
    await send(page, { expires: "2001-01-01" }, words("manage.api_keys.rotate_title"));
    assert.equal(await errorOf(page, "expires"), words("field.expiry.past"));
    await send(page, { expires: "" }, words("manage.api_keys.rotate_title"));
    assert.equal(await heading(page), words("manage.api_keys.rotated_title"));
    await look(page);
    const renewed = await page.inputValue("#secret");
    assert.notEqual(renewed, key);
    for (const token of [key, renewed]) assert.equal((await api(server, token)).status, 200);
    await follow(page, link(page, words("manage.api_keys.done")));
    await look(page);
  });
});
