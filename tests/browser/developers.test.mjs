// The developer portal: an account, an app, a first token from the app's own page, secrets.

import assert from "node:assert/strict";

import { newPage, startServer } from "./helper.mjs";
import { exchange, refresh, startApp, tokenCall } from "./oauth-client.mjs";
import {
  api, bothWays, button, errorOf, follow, heading, link, logIn, look, newEmail, openMail, password, send, together, walk,
} from "./road.mjs";

const server = await startServer({ demo: true });
const { redirectUri } = await startApp();
const said = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();

/** Fills in the form for a new app; ends on the page that shows its secret. */
async function createApp(page, words, name, scopes = ["customers.read", "customers.write"]) {
  await page.goto(`${server.url}/developers/apps/new`);
  await page.fill("[name=name]", name);
  await page.fill("[name=redirect_uris]", redirectUri);
  for (const scope of scopes) await page.check(`[name=scope][value='${scope}']`);
  await follow(page, button(page, words("developers.create_app")));
  const appId = /app_\w+/.exec(await page.locator(".copyable code").first().innerText())[0];
  return { appId, appSecret: await page.inputValue("#secret"), redirectUri };
}

/** Gives the app access as an owner would, in a browser of their own; returns what the app gets back. */
async function consent(url, words, lang) {
  const owner = await server.portal();
  const page = await newPage({ lang });
  await page.goto(url);
  await send(page, { email: owner.email, password: owner.password }, words("account.login.submit"));
  await follow(page, button(page, words("oauth.consent.allow")));
  await page.waitForURL(`${redirectUri}?**`);
  const back = new URL(page.url()).searchParams;
  assert.deepEqual(page.problems, []);
  await page.context().close();
  return back;
}

together("the developer portal", () => {
  walk("a developer registers, makes an app, and gets a token from its page", {}, async (page, words, { lang }) => {
    await page.goto(`${server.url}/docs`);
    await follow(page, link(page, words("docs.developers")));
    assert.equal(await heading(page), words("account.login.title_developers"));
    await look(page);
    await follow(page, link(page, words("account.login.register")));
    await look(page);
    const email = newEmail("ontwikkelaar");
    await send(page, { organisation: "Mulder Software", name: "Daan Mulder", email, password: "kort" }, words("account.register.submit"));
    assert.equal(await errorOf(page, "password"), words("field.password_too_short"));
    await look(page);
    await send(page, { password }, words("account.register.submit"));
    await openMail(page, server, words, email, "mail.verify.subject");
    await follow(page, page.locator("main a[href*='/developers/verify?token=']"));
    await send(page, {}, words("account.verify.submit"));
    await send(page, { email, password }, words("account.login.submit"));
    await page.getByText(words("developers.list.empty"), { exact: true }).waitFor();
    await look(page);

    await follow(page, link(page, words("developers.create_app")));
    await look(page);
    await page.fill("[name=name]", "Planbord");
    await page.fill("[name=description]", "Zet je klanten op een planbord.");
    await page.fill("[name=website]", "http://planbord.example");
    await page.fill("[name=redirect_uris]", `http://planbord.example/terug\n${redirectUri}\nhttps://planbord.example/#terug`);
    await follow(page, button(page, words("developers.create_app")));
    const faults = await errorOf(page, "redirect_uris");
    assert.ok(faults.includes(words("field.redirect_uri.not_https")) && faults.includes(words("field.redirect_uri.fragment")), faults);
    assert.equal(await errorOf(page, "website"), words("developers.form.website_fault"));
    assert.equal(await errorOf(page, "scope"), words("field.scope.none"));
    const summary = await page.locator(".error-summary li").allInnerTexts();
    assert.ok(summary.includes(`${words("ui.scopes")}: ${words("field.scope.none")}`), summary.join("\n"));
    assert.equal(await page.inputValue("[name=name]"), "Planbord");
    assert.match(await page.inputValue("[name=redirect_uris]"), /#terug$/);
    await look(page);
    await page.fill("[name=website]", "https://planbord.example");
    await page.fill("[name=redirect_uris]", redirectUri);
    await page.check("[name=scope][value='customers.read']");
    await page.check("[name=scope][value='customers.write']");
    await follow(page, button(page, words("developers.create_app")));
    assert.equal(await heading(page), words("developers.create.done", { app: "Planbord" }));
    await page.getByText(words("developers.secret_once")).waitFor();
    await look(page);
    const appId = /app_\w+/.exec(await page.locator(".copyable code").first().innerText())[0];
    const appSecret = await page.inputValue("#secret");
    assert.match(appSecret, /^kps_\w{20,}$/);

    await page.reload();
    await page.getByRole("status").filter({ hasText: words("flash.note.form_used") }).waitFor();
    assert.equal(await page.getByRole("link", { name: "Planbord" }).count(), 1, "a reload makes no second app");
    await follow(page, link(page, "Planbord"));
    assert.equal(await heading(page), "Planbord");
    assert.ok(!(await page.content()).includes(appSecret), "the page of the app does not show the secret");
    await look(page);
    await page.uncheck("[name=scope][value='customers.write']");
    await follow(page, button(page, words("developers.try.build")));
    const url = new URL(await page.locator("a[target=_blank][href*='/oauth/authorize?']").getAttribute("href"));
    assert.equal(url.searchParams.get("client_id"), appId);
    assert.equal(url.searchParams.get("redirect_uri"), redirectUri);
    assert.equal(url.searchParams.get("scope"), "customers.read");
    const copied = async (label) => (await page.locator("dt", { hasText: new RegExp(`^${label}$`) }).locator("xpath=following-sibling::dd[1]").locator("code").innerText()).trim();
    assert.equal(url.searchParams.get("state"), await copied("state"));
    await look(page);

    const back = await consent(url.href, words, lang);
    assert.equal(back.get("state"), url.searchParams.get("state"));
    assert.equal(back.get("iss"), server.url);
    const tokens = await exchange(server, { appId, appSecret, redirectUri }, back.get("code"), { code_verifier: await copied("code_verifier") });
    assert.equal(tokens.status, 200, JSON.stringify(tokens));
    assert.equal(tokens.scope, "customers.read");
    assert.equal((await api(server, tokens.access_token)).status, 200);
  });

  walk("an app that runs in a browser gets its tokens there, without a secret", { ways: bothWays }, async (page, words, { lang }) => {
    await logIn(page, server, words, await server.developer(), "/developers");
    await page.goto(`${server.url}/developers/apps/new`);
    assert.ok(await page.getByLabel(words("developers.client.confidential")).isChecked(), "a server is the usual");
    await page.getByLabel(words("developers.client.public")).check();
    await page.fill("[name=name]", "Zakagenda");
    await page.fill("[name=redirect_uris]", redirectUri);
    await page.check("[name=scope][value='customers.read']");
    await follow(page, button(page, words("developers.create_app")));
    await page.getByText(words("developers.create.done_public")).waitFor();
    assert.equal(await page.locator("#secret").count(), 0);
    await look(page);
    const appId = /app_\w+/.exec(await page.locator(".copyable code").first().innerText())[0];
    await follow(page, link(page, words("developers.to_app")));
    assert.equal(await link(page, words("developers.rotate.title")).count(), 0, "there is no secret to replace");
    assert.equal(await page.locator("[name=pkce]").count(), 0, "PKCE is no choice");
    assert.ok(!(await page.content()).includes("client_secret"));
    await look(page);

    const url = await page.locator("a[target=_blank][href*='/oauth/authorize?']").getAttribute("href");
    const verifier = await page.locator("dt", { hasText: /^code_verifier$/ }).locator("xpath=following-sibling::dd[1]").locator("code").innerText();
    const back = await consent(url, words, lang);
    // The app's own page, which is on another origin, calls the endpoints by itself.
    const app = await newPage({ lang });
    await app.goto(redirectUri);
    const call = (path, parameters) =>
      app.evaluate(async ([url, parameters]) => {
        const answer = await fetch(url, { method: "POST", body: new URLSearchParams(parameters) });
        return { status: answer.status, text: await answer.text() };
      }, [`${server.url}${path}`, { client_id: appId, ...parameters }]);
    const exchanged = await call("/oauth/tokens", { grant_type: "authorization_code", redirect_uri: redirectUri, code: back.get("code"), code_verifier: verifier.trim() });
    assert.equal(exchanged.status, 200, exchanged.text);
    const refreshed = await call("/oauth/tokens", { grant_type: "refresh_token", refresh_token: JSON.parse(exchanged.text).refresh_token });
    const tokens = JSON.parse(refreshed.text);
    assert.equal((await api(server, tokens.access_token)).status, 200);
    assert.deepEqual(await call("/oauth/revoke", { token: tokens.refresh_token }), { status: 200, text: "{}" });
    assert.equal((await api(server, tokens.access_token)).status, 401);
    await app.context().close();

    await page.goto(`${server.url}/developers/apps/${appId}/edit`);
    assert.equal(await page.locator("[name=client_type]").count(), 0, "an app stays what it is");
    assert.equal(await page.locator("[name=protection][value=pkce]").count(), 0);
    await look(page);
    await send(page, { name: "Zakagenda 2" }, words("developers.save"));
    await said(page, words("flash.app_saved"));
    assert.equal((await page.request.get(`${server.url}/developers/apps/${appId}/rotate`)).status(), 404);
  });

  walk("an old secret works beside the new one, and a deleted app's tokens do not", {}, async (page, words, { lang }) => {
    const developer = await server.developer();
    await logIn(page, server, words, developer, "/developers");
    const app = await createApp(page, words, "Facturatie");
    await follow(page, link(page, words("developers.to_app")));
    await follow(page, link(page, words("developers.rotate.title")));
    assert.ok(await page.getByLabel(words("rotate.day")).isChecked(), "a day is advised");
    await look(page);
    await page.getByLabel(words("rotate.hour")).check();
    await follow(page, button(page, words("developers.rotate.title")));
    const renewed = { ...app, appSecret: await page.inputValue("#secret") };
    assert.notEqual(renewed.appSecret, app.appSecret);
    await look(page);
    await follow(page, link(page, words("developers.to_app")));
    await page.getByText(words("developers.secrets.active"), { exact: true }).waitFor();
    assert.ok(!(await page.content()).includes(renewed.appSecret));
    await look(page);

    const url = await page.locator("a[target=_blank][href*='/oauth/authorize?']").getAttribute("href");
    const verifier = await page.locator("dt", { hasText: /^code_verifier$/ }).locator("xpath=following-sibling::dd[1]").locator("code").innerText();
    const tokens = await exchange(server, app, (await consent(url, words, lang)).get("code"), { code_verifier: verifier.trim() });
    assert.equal(tokens.status, 200, `the old secret still works: ${JSON.stringify(tokens)}`);
    const fresh = await refresh(server, renewed, tokens.refresh_token);
    assert.equal(fresh.status, 200, `the new secret works: ${JSON.stringify(fresh)}`);
    assert.equal((await api(server, fresh.access_token)).status, 200);

    await follow(page, link(page, words("developers.rotate.title")));
    await page.getByLabel(words("rotate.none"), { exact: true }).check();
    await follow(page, button(page, words("developers.rotate.title")));
    await page.getByText(words("developers.rotate.old_over")).waitFor();
    const last = { ...app, appSecret: await page.inputValue("#secret") };
    await page.reload();
    await page.getByRole("status").filter({ hasText: words("flash.note.form_used") }).waitFor();
    assert.equal((await refresh(server, app, tokens.refresh_token)).error, "invalid_client");
    assert.equal((await refresh(server, last, tokens.refresh_token)).status, 200, "a reload makes no further secret");

    await follow(page, link(page, words("developers.delete_app")));
    assert.equal(await heading(page), words("developers.delete.title", { app: "Facturatie" }));
    await page.getByText(words("developers.delete.text_one")).waitFor();
    await look(page);
    await follow(page, button(page, words("developers.delete_app")));
    await said(page, words("flash.app_deleted"));
    assert.equal((await api(server, fresh.access_token)).status, 401, "its token is dead");
    assert.equal((await refresh(server, last, tokens.refresh_token)).error, "invalid_client");
  });

  walk("an app is changed, and gets a logo", { ways: bothWays }, async (page, words) => {
    await logIn(page, server, words, await server.developer(), "/developers");
    await createApp(page, words, "Agenda");
    await follow(page, link(page, words("developers.to_app")));
    await follow(page, link(page, words("developers.edit_app")));
    await look(page);
    await page.setInputFiles("[name=logo]", { name: "logo.png", mimeType: "image/png", buffer: Buffer.from("dit is geen plaatje") });
    await send(page, { name: "Agenda Plus" }, words("developers.save"));
    assert.equal(await errorOf(page, "logo"), words("field.logo_unknown_kind"));
    assert.equal(await page.inputValue("[name=name]"), "Agenda Plus");
    await look(page);
    const dot = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
    await page.setInputFiles("[name=logo]", { name: "logo.png", mimeType: "image/png", buffer: dot });
    await follow(page, button(page, words("developers.save")));
    await said(page, words("flash.app_saved"));
    assert.equal(await heading(page), "Agenda Plus");
    assert.equal(await page.locator("main img").first().evaluate((image) => image.complete && image.naturalWidth), 1);
    await look(page);
    await page.goto(`${server.url}/developers/apps`);
    await look(page);
  });

  walk("one developer does not reach another's app", { ways: bothWays, allowed: /status of 404/ }, async (page, words) => {
    const other = await server.developer();
    const { appId } = await server.app(other.developerId, { redirectUris: [redirectUri] });
    await logIn(page, server, words, await server.developer(), "/developers");
    for (const rest of ["", "/edit", "/rotate", "/delete"]) {
      assert.equal((await page.goto(`${server.url}/developers/apps/${appId}${rest}`)).status(), 404);
    }
    await look(page);
  });
});

walk("an App Secret and an authorize URL are copied by their buttons", { ways: bothWays, permissions: ["clipboard-read", "clipboard-write"] }, async (page, words) => {
  await logIn(page, server, words, await server.developer(), "/developers");
  const { appId, appSecret } = await createApp(page, words, "Kopie");
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
  const copy = async (place) => {
    await place.locator(".copy").first().click();
    await place.locator(".copied").filter({ hasText: words("ui.copied") }).waitFor();
    return clipboard();
  };
  assert.equal(await copy(page.locator(".secret")), appSecret);
  assert.equal(await copy(page.locator(".copyable").first()), appId);
  await follow(page, link(page, words("developers.to_app")));
  const url = await page.locator("a[target=_blank][href*='/oauth/authorize?']").getAttribute("href");
  assert.equal(await copy(page.locator(".code").first()), url);
  assert.equal((await tokenCall(server, { grant_type: "authorization_code" })).status, 400);
});
