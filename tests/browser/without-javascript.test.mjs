// The pages work without their script.

import assert from "node:assert/strict";

import { startServer } from "./helper.mjs";
import { authorizeUrl, exchange, startApp } from "./oauth-client.mjs";
import { api, bothWays, button, errorOf, follow, heading, link, logIn, logOut, newEmail, openMail, password, send, together, walk } from "./road.mjs";

const server = await startServer({ demo: true });
const { redirectUri } = await startApp();
const options = { ways: bothWays, javaScript: false };

together("without JavaScript", () => {
  walk("a business registers, logs in and out", options, async (page, words) => {
    const email = newEmail("rustig");
    await page.goto(`${server.url}/manage/register`);
    await send(page, { organisation: "Rustig BV", name: "Rik Rustig", email, password: "kort" }, words("account.register.submit"));
    assert.equal(await errorOf(page, "password"), words("field.password_too_short"));
    await send(page, { password }, words("account.register.submit"));
    await openMail(page, server, words, email, "mail.verify.subject");
    await follow(page, page.locator("main a[href*='/manage/verify?token=']"));
    await send(page, {}, words("account.verify.submit"));
    await send(page, { email, password }, words("account.login.submit"));
    assert.equal(await heading(page), words("manage.start.title"));
    await logOut(page, words);
    assert.equal(await heading(page), words("account.login.title"));
  });

  walk("an API key is made and revoked", options, async (page, words) => {
    await logIn(page, server, words, await server.portal(), "/manage/settings/api-keys/new");
    await page.fill("[name=name]", "Script");
    await page.check("[name=scope][value='customers.read']");
    await follow(page, button(page, words("manage.api_keys.create")));
    const key = await page.inputValue("#secret");
    assert.equal(await page.locator(".copy").filter({ visible: true }).count(), 0, "no button that would do nothing");
    assert.equal((await api(server, key)).status, 200);
    await follow(page, link(page, words("manage.api_keys.done")));
    await follow(page, page.getByRole("row").filter({ hasText: "Script" }).getByRole("link", { name: words("manage.revoke") }));
    await follow(page, button(page, words("manage.revoke")));
    assert.equal((await api(server, key)).status, 401);
  });

  walk("a customer is added, found and deleted", options, async (page, words) => {
    await logIn(page, server, words, await server.portal(), "/manage/customers/new");
    const customer = { companyName: "Slagerij Vos", primaryEmail: "info@vos.example", address: "Markt 2", zipCode: "6711 AB", city: "Ede" };
    await send(page, customer, words("manage.save"));
    await follow(page, page.locator(".breadcrumbs a").first());
    await page.getByRole("searchbox").fill("vos");
    await follow(page, button(page, words("ui.search")));
    await follow(page, link(page, "Slagerij Vos"));
    await follow(page, link(page, words("manage.delete")));
    await follow(page, button(page, words("manage.delete")));
    // Back at the search, in which nothing is left.
    await page.getByText(words("flash.customer_deleted")).waitFor();
    await page.goto(`${server.url}/manage/customers`);
    await page.getByText(words("customers.empty_title")).waitFor();
  });

  walk("a developer makes an app, and an owner gives it access", options, async (page, words) => {
    await logIn(page, server, words, await server.developer(), "/developers/apps/new");
    await page.fill("[name=name]", "Planbord");
    await page.fill("[name=redirect_uris]", redirectUri);
    await page.check("[name=scope][value='customers.read']");
    await follow(page, button(page, words("developers.create_app")));
    const appId = /app_\w+/.exec(await page.locator("main").innerText())[0];
    const app = { appId, appSecret: await page.inputValue("#secret"), redirectUri };
    await page.goto(authorizeUrl(server, app));
    const owner = await server.portal();
    await send(page, { email: owner.email, password: owner.password }, words("account.login.submit"));
    await follow(page, button(page, words("oauth.consent.allow")));
    await page.waitForURL(`${redirectUri}?**`);
    const tokens = await exchange(server, app, new URL(page.url()).searchParams.get("code"));
    assert.equal((await api(server, tokens.access_token)).status, 200);
  });

  walk("the documentation's samples and menus open", options, async (page, _, { size }) => {
    await page.goto(`${server.url}/docs/getting-started`);
    const tabs = page.locator(".tabs").first();
    await tabs.locator("label.tab", { hasText: "Python" }).click();
    assert.equal(await tabs.locator(".tab-panel").filter({ visible: true }).count(), 1);
    assert.match(await tabs.locator(".tab-panel").filter({ visible: true }).innerText(), /import/);
    if (size === "phone") {
      await page.locator(".nav-menu > summary").click();
      await page.locator(".nav-menu a").first().waitFor();
    }
  });
});
