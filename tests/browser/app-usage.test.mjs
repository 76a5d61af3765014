// What a developer sees of an app, and test portals.

import assert from "node:assert/strict";

import { startServer } from "./helper.mjs";
import { Owner } from "./owner.mjs";
import { api, bothWays, button, follow, link, logIn, look, navigate, together, walk } from "./road.mjs";

const server = await startServer({ demo: true });

/** An access token of the demo's app for the demo's portal. */
async function accessToken() {
  const { authorizeUrl, clientId, clientSecret, owner } = server.demo;
  const asked = new URL(authorizeUrl);
  const back = await new Owner(owner).decide(asked, "allow");
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uri: asked.searchParams.get("redirect_uri"),
    code: back.searchParams.get("code"),
  });
  return (await (await fetch(`${server.url}/oauth/tokens`, { method: "POST", body })).json()).access_token;
}

together("A developer", () => {
  walk("sees the portals, requests and refusals of an app", { ways: bothWays }, async (page, words) => {
    const token = await accessToken();
    await api(server, token, "/v1/customers/cst_bestaatniet");
    await api(server, token, "/v1/customers", { method: "POST", body: "{}", headers: { "Content-Type": "application/json" } });
    await logIn(page, server, words, server.demo.developer, `/developers/apps/${server.demo.clientId}`);
    await follow(page, link(page, words("developers.usage.title")));
    await look(page);
    await page.getByText("Installatiebedrijf Van Dijk").waitFor();
    const day = page.locator(`table:has(caption:text-is("${words("developers.usage.days")}")) tbody tr`);
    const counts = (await day.first().locator("td").allInnerTexts()).map((text) => Number(/\d+/.exec(text)[0]));
    assert.ok(counts[0] >= 2 && counts[1] >= 2 && counts[2] >= 1, `requests, errors, without a scope: ${counts}`);
    await page.selectOption("[name=method]", "POST");
    await follow(page, button(page, words("ui.search")));
    assert.match(await page.locator("#requests tbody tr").first().innerText(), /POST \/v1\/customers[\s\S]*403/);
  });

  walk("gets a test portal by one click, and deletes it", { ways: bothWays }, async (page, words) => {
    await logIn(page, server, words, server.demo.developer, "/developers/apps");
    await navigate(page, words, words("developers.nav.sandboxes"));
    await look(page);
    await follow(page, button(page, words("developers.sandboxes.create")));
    await page.getByRole("status").filter({ hasText: words("flash.sandbox_created") }).waitFor();
    await look(page);
    const name = words("developers.sandboxes.name", { developer: "Mulder Software" });
    const row = page.getByRole("row").filter({ hasText: name }).first();
    await follow(page, row.getByRole("link"));
    await look(page);
    await follow(page, button(page, words("developers.delete_app")));
    await page.getByRole("status").filter({ hasText: words("flash.sandbox_deleted") }).waitFor();
  });
});
