// Settings → API keys: made, shown once, used, revoked.

import assert from "node:assert/strict";

import { startServer } from "./helper.mjs";
import { api, bothWays, button, errorOf, follow, heading, link, logIn, look, navigate, send, together, walk } from "./road.mjs";

const server = await startServer({ demo: true });

together("API keys", () => {
  walk("a key is made, is shown once, opens the API and is revoked", { allowed: /ERR_CACHE_MISS/ }, async (page, words, { size }) => {
    const owner = await server.portal();
    await logIn(page, server, words, owner);
    await navigate(page, words, words("manage.nav.api_keys"));
    await page.getByText(words("manage.api_keys.empty_title")).waitFor();
    await look(page);
    const create = link(page, words("manage.api_keys.create"));
    if (size === "desktop") {
      const [at, title] = [await create.boundingBox(), await page.locator("h1").boundingBox()];
      assert.ok(at.x > 900 && Math.abs(at.y - title.y) < 40, "the button is at the top right");
    }
    await follow(page, create);
    await look(page);

    await send(page, { name: "" }, words("manage.api_keys.create"));
    assert.equal(await errorOf(page, "name"), words("field.required"));
    assert.equal(await errorOf(page, "scope"), words("field.scope.none"));
    await look(page);

    await page.fill("[name=name]", "Boekhouding");
    await page.check("[name=scope][value='customers.read']");
    await page.fill("[name=expires]", "2001-01-01");
    await follow(page, button(page, words("manage.api_keys.create")));
    assert.equal(await errorOf(page, "expires"), words("field.expiry.past"));
    assert.equal(await page.inputValue("[name=name]"), "Boekhouding");
    assert.ok(await page.isChecked("[name=scope][value='customers.read']"), "what was ticked stays ticked");
    assert.equal(await page.locator("[name=scope]:checked").count(), 1);

    await page.fill("[name=expires]", "");
    await follow(page, button(page, words("manage.api_keys.create")));
    assert.equal(await heading(page), words("manage.api_keys.created_title"));
    await page.getByText(words("manage.api_keys.secret_warning")).waitFor();
    await look(page);
    const key = await page.inputValue("#secret");
    assert.match(key, /^kpk_\w{20,}$/);

    await follow(page, link(page, words("manage.api_keys.done")));
    assert.ok(!(await page.content()).includes(key), "the list does not show the key");
    const row = page.getByRole("row").filter({ hasText: "Boekhouding" });
    assert.match(await row.innerText(), new RegExp(key.slice(0, 8)));
    assert.ok((await row.innerText()).includes(words("manage.never")), "not used yet");
    await look(page);
    await page.goBack().catch(() => {}); // Chromium does not send the form again unasked.
    assert.ok(!(await page.locator("html").innerHTML()).includes(key), "going back does not show the key");
    await page.reload(); // As asked, it does now.
    await page.getByRole("status").filter({ hasText: words("flash.note.form_used") }).waitFor();
    assert.equal(await row.count(), 1, "no second key was made");

    assert.equal((await api(server, key)).status, 200);
    const write = await api(server, key, "/v1/customers", { method: "POST", body: "{}", headers: { "Content-Type": "application/json" } });
    assert.equal(write.status, 403, "the key may only read");
    await page.goto(`${server.url}/manage/settings/api-keys`);
    const cells = await row.locator("td").allInnerTexts();
    assert.match(cells.join(" "), new RegExp(`${new Date().getFullYear()},? \\d\\d:\\d\\d`), "when it was last used");

    await follow(page, row.getByRole("link", { name: words("manage.revoke") }));
    assert.equal(await heading(page), words("manage.api_keys.revoke_title", { name: "Boekhouding" }));
    await look(page);
    await follow(page, link(page, words("ui.cancel")));
    assert.equal((await api(server, key)).status, 200, "nothing happened yet");
    await follow(page, row.getByRole("link", { name: words("manage.revoke") }));
    await follow(page, button(page, words("manage.revoke")));
    await page.getByRole("status").filter({ hasText: words("flash.api_key_revoked") }).waitFor();
    assert.equal((await api(server, key)).status, 401, "the next request is refused");
    assert.equal(await row.getByRole("link", { name: words("manage.revoke") }).count(), 0);
    await look(page);
    // It stays among those that ended, with what was done with it.
    assert.ok((await row.innerText()).includes(words("manage.ended.revoked")));
    await follow(page, row.getByRole("link", { name: "Boekhouding" }));
    await page.locator("#requests").getByText("/v1/customers").first().waitFor();
    assert.equal(await link(page, words("manage.revoke")).count(), 0);
    await look(page);
  });

  walk("the key's page has a call to try, with the key in it", { ways: bothWays }, async (page, words) => {
    await logIn(page, server, words, await server.portal(), "/manage/settings/api-keys/new");
    await page.fill("[name=name]", "Website");
    await page.check("[name=scope][value='customers.read']");
    await page.check("[name=scope][value='customers.write']");
    await follow(page, button(page, words("manage.api_keys.create")));
    const call = await page.locator("pre").innerText();
    const [, url] = /(http:\S+)/.exec(call);
    const [, token] = /Bearer (\w+)/.exec(call);
    assert.equal(token, await page.inputValue("#secret"));
    const made = await fetch(url, {
      method: "POST",
      headers: { Authentication: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ companyName: "Slagerij Vos", address: "Markt 2", zipCode: "6711 AB", city: "Ede", primaryEmail: "info@vos.example" }),
    });
    assert.ok(made.ok, await made.text());
    await follow(page, link(page, words("manage.api_keys.done")));
    await navigate(page, words, words("manage.nav.customers"));
    await link(page, "Slagerij Vos").waitFor();
  });
});

// Not together with others: all pages of a browser share one clipboard.
walk("a key is copied by its button", { ways: bothWays, permissions: ["clipboard-read", "clipboard-write"] }, async (page, words) => {
  await logIn(page, server, words, await server.portal(), "/manage/settings/api-keys/new");
  await page.fill("[name=name]", "Script");
  await page.check("[name=scope][value='customers.read']");
  await follow(page, button(page, words("manage.api_keys.create")));
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  await page.locator(".secret .copy").click();
  await page.locator(".secret .copied").filter({ hasText: words("ui.copied") }).waitFor();
  assert.equal(await clipboard(), await page.inputValue("#secret"));
  await page.locator(".code .copy").click();
  await page.locator(".code .copied").filter({ hasText: words("ui.copied") }).waitFor();
  assert.equal(await clipboard(), await page.locator("pre").innerText());
});
