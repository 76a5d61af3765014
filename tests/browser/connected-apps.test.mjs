// An owner gives an app access, sees it among the connected apps, and takes the access away.

import assert from "node:assert/strict";

import { startServer } from "./helper.mjs";
import { authorizeUrl, exchange, refresh, startApp } from "./oauth-client.mjs";
import { api, bothWays, button, follow, heading, link, logIn, look, navigate, newEmail, send, together, walk } from "./road.mjs";

const server = await startServer({ demo: true });
const { redirectUri } = await startApp();
const developer = await server.developer({ name: "Mulder Software" });
const scopes = ["customers.read", "customers.write", "appointments.read"];
const app = { ...(await server.app(developer.developerId, { name: "Planbord", redirectUris: [redirectUri], scopes })), redirectUri };

/** What the app gets back after a click on the button. */
async function decide(page, name) {
  await follow(page, button(page, name));
  await page.waitForURL(`${redirectUri}?**`);
  return new URL(page.url()).searchParams;
}

together("connected apps", () => {
  walk("an owner gives access, sees it, and revokes it", {}, async (page, words) => {
    const owner = await server.portal({ name: "Bakkerij Jansen" });
    await page.goto(authorizeUrl(server, { ...app, scope: "customers.read customers.write", state: "een staat" }));
    assert.equal(await heading(page), words("account.login.title"));
    await page.getByText(words("account.login.for_app")).waitFor();
    await look(page);
    await send(page, { email: owner.email, password: "fout wachtwoord" }, words("account.login.submit"));
    await send(page, { password: owner.password }, words("account.login.submit"));
    assert.equal(await heading(page), words("oauth.consent.title", { app: "Planbord" }));
    const text = await page.locator("main").innerText();
    for (const shown of [words("oauth.consent.by", { developer: "Mulder Software" }), "Bakkerij Jansen", words("scope.customers.read"),
      words("scope.customers.write"), words("oauth.consent.revoke"), owner.email]) {
      assert.ok(text.includes(shown), `the consent page does not say "${shown}":\n${text}`);
    }
    assert.ok(!text.includes(words("scope.appointments.read")), "only what was asked");
    await look(page);

    const back = await decide(page, words("oauth.consent.allow"));
    assert.equal(back.get("state"), "een staat");
    assert.equal(back.get("iss"), server.url);
    const tokens = await exchange(server, app, back.get("code"));
    assert.equal(tokens.token_type, "Bearer");
    assert.deepEqual(tokens.scope.split(" ").sort(), ["customers.read", "customers.write"]);
    await page.goto(`${server.url}/manage`);
    await navigate(page, words, words("manage.nav.connected_apps"));
    const row = page.getByRole("row").filter({ hasText: "Planbord" });
    const never = await row.innerText();
    assert.ok(never.includes(words("manage.never")), `not used yet: ${never}`);
    assert.ok(never.includes("Mulder Software") && never.includes(words("manage.scopes.read_and_write")), never);
    await look(page);

    assert.equal((await api(server, tokens.access_token)).status, 200);
    const fresh = await refresh(server, app, tokens.refresh_token);
    assert.equal((await api(server, fresh.access_token)).status, 200);
    await page.reload();
    assert.ok(!(await row.innerText()).includes(words("manage.never")), "when it was last used");

    await follow(page, row.getByRole("link", { name: "Planbord", exact: true }));
    const consents = await page.getByRole("table", { name: words("manage.consents.title") }).innerText();
    assert.ok(consents.includes(owner.email) && consents.includes("127.0.0.1"), consents);
    await look(page);
    await page.goBack();

    await follow(page, row.getByRole("link", { name: words("manage.revoke") }));
    assert.equal(await heading(page), words("manage.apps.revoke_title", { app: "Planbord" }));
    await look(page);
    await follow(page, button(page, words("manage.revoke")));
    await page.getByRole("status").filter({ hasText: words("flash.app_revoked") }).waitFor();
    for (const token of [tokens.access_token, fresh.access_token]) assert.equal((await api(server, token)).status, 401);
    assert.equal((await refresh(server, app, tokens.refresh_token)).error, "invalid_grant");
    await page.getByText(words("manage.apps.empty_title")).waitFor();
    await look(page);
  });

  walk("an owner declines", { ways: bothWays }, async (page, words) => {
    await logIn(page, server, words, await server.portal());
    await page.goto(authorizeUrl(server, { ...app, state: "s-2" }));
    const back = await decide(page, words("oauth.consent.deny"));
    assert.deepEqual([back.get("error"), back.get("state"), back.get("iss"), back.get("code")], ["access_denied", "s-2", server.url, null]);
    await page.goto(`${server.url}/manage/settings/connected-apps`);
    await page.getByText(words("manage.apps.empty_title")).waitFor();
  });

  walk("an owner of several portals chooses one", {}, async (page, words) => {
    const email = newEmail("eigenaar");
    await server.portal({ name: "Bakkerij Jansen", email });
    await logIn(page, server, words, { email }, "/manage/portals/new");
    await look(page);
    await send(page, { organisation: "" }, words("manage.portals.create"));
    await look(page);
    await send(page, { organisation: "Lunchroom Jansen" }, words("manage.portals.create"));
    await page.getByRole("status").filter({ hasText: words("flash.portal_created") }).waitFor();
    await addCustomer(page, words, "Klant van de lunchroom");

    await navigate(page, words, words("manage.nav.switch_portal"));
    await look(page);
    await page.getByLabel("Bakkerij Jansen").check();
    await follow(page, button(page, words("manage.portals.open")));
    await navigate(page, words, words("manage.nav.customers"));
    await page.getByText(words("customers.empty_title")).waitFor();

    await page.goto(authorizeUrl(server, app));
    await page.getByText(words("oauth.consent.choose_portal")).waitFor();
    assert.ok(await page.getByLabel("Bakkerij Jansen").isChecked(), "the open portal comes first");
    await look(page);
    await page.getByLabel("Lunchroom Jansen").check();
    const tokens = await exchange(server, app, (await decide(page, words("oauth.consent.allow"))).get("code"));
    const { data } = await (await api(server, tokens.access_token)).json();
    assert.deepEqual(data.map((customer) => customer.companyName), ["Klant van de lunchroom"]);
    await page.goto(`${server.url}/manage/settings/connected-apps`);
    await page.getByText(words("manage.apps.empty_title")).waitFor();
  });

  walk("a link of an app that does not hold leads nowhere", { ways: bothWays, allowed: /status of 400/ }, async (page, words) => {
    await logIn(page, server, words, await server.portal());
    for (const [wrong, told] of [[{ appId: "app_bestaatniet" }, "oauth.error.unknown_app"],
      [{ redirectUri: "https://elders.example/" }, "oauth.error.unknown_redirect_uri"]]) {
      assert.equal((await page.goto(authorizeUrl(server, { ...app, ...wrong }))).status(), 400);
      await page.getByText(words(told)).waitFor();
      await page.getByText(words("oauth.error.untrusted")).waitFor();
      await look(page);
    }
  });
});

/** Adds a customer to the open portal, by its pages. */
async function addCustomer(page, words, companyName) {
  await page.goto(`${server.url}/manage/customers/new`);
  await send(page, { companyName, primaryEmail: "info@klant.example", address: "Markt 1", zipCode: "6711 AA", city: "Ede" }, words("manage.save"));
  await page.getByRole("heading", { name: companyName, level: 1, exact: true }).waitFor();
}
