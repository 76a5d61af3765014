// A device without a browser gets access, and an app its keys.

import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";

import { startServer } from "./helper.mjs";
import { button, errorOf, everyWay, bothWays, follow, heading, link, logIn, look, send, together, walk } from "./road.mjs";

const server = await startServer();
const { developerId, ...developer } = await server.developer();
const app = await server.app(developerId, { name: "Kassakoppeling", redirectUris: ["https://app.example/callback"], isPublic: true, deviceFlow: true });

async function call(path, parameters) {
  const answer = await fetch(`${server.url}${path}`, { method: "POST", body: new URLSearchParams({ client_id: app.appId, ...parameters }) });
  return answer.json();
}

const startDevice = () => call("/oauth/device", { scope: "customers.read" });
const poll = ({ device_code }) => call("/oauth/tokens", { grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code });

together("A device", () => {
  walk("gets access once its owner types the code", { ways: everyWay }, async (page, words) => {
    const device = await startDevice();
    await logIn(page, server, words, await server.portal(), "/manage/device");
    await look(page);
    assert.equal(await heading(page), words("oauth.device.title"));
    for (const [typed, fault] of [
      ["", "empty"],
      ["1234", "malformed"],
      ["BCDF-GHJK", "unknown"],
    ]) {
      await send(page, { user_code: typed }, words("oauth.device.next"));
      assert.match(await errorOf(page, "user_code"), new RegExp(words(`oauth.device.${fault}`).slice(0, 20)));
      assert.equal(await page.inputValue("[name=user_code]"), typed);
    }
    await look(page);
    await send(page, { user_code: device.user_code.replace("-", "").toLowerCase() }, words("oauth.device.next"));
    await look(page);
    assert.equal(await heading(page), words("oauth.consent.title", { app: "Kassakoppeling" }));
    await page.getByText(words("oauth.device.warning")).waitFor();
    await page.getByText(device.user_code, { exact: true }).waitFor();
    await follow(page, button(page, words("oauth.consent.allow")));
    await look(page);
    assert.equal(await heading(page), words("oauth.device.allowed"));
    const { access_token } = await poll(device);
    const customers = await fetch(`${server.url}/v1/customers`, { headers: { Authorization: `Bearer ${access_token}` } });
    assert.equal(customers.status, 200);
  });

  walk("is declined by way of the link in its QR code", { ways: bothWays }, async (page, words) => {
    const device = await startDevice();
    await logIn(page, server, words, await server.portal(), new URL(device.verification_uri_complete).pathname + new URL(device.verification_uri_complete).search);
    await follow(page, button(page, words("oauth.consent.deny")));
    await look(page);
    assert.equal(await heading(page), words("oauth.device.denied"));
    assert.equal((await poll(device)).error, "access_denied");
  });

  walk("is connected without JavaScript and by the keyboard", { ways: [{ lang: "nl", size: "phone" }], javaScript: false }, async (page, words) => {
    const device = await startDevice();
    await logIn(page, server, words, await server.portal(), "/manage/device");
    await page.locator("[name=user_code]").focus();
    await page.keyboard.type(device.user_code);
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    await button(page, words("oauth.consent.allow")).focus();
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    assert.equal(await heading(page), words("oauth.device.allowed"));
  });
});

together("A developer", () => {
  walk("registers an app's keys, replaces them, and goes back to a secret", { ways: bothWays }, async (page, words) => {
    const own = await server.app(developerId, { name: "Sleutelapp", redirectUris: ["https://app.example/callback"] });
    const pair = () => webcrypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
    const jwk = async ({ publicKey }, kid) => ({ ...(await webcrypto.subtle.exportKey("jwk", publicKey)), kid });
    const [first, second] = [await pair(), await pair()];
    await logIn(page, server, words, developer, `/developers/apps/${own.appId}`);
    await follow(page, link(page, words("developers.keys.instead")));
    await look(page);
    const secret = JSON.stringify(await webcrypto.subtle.exportKey("jwk", first.privateKey));
    await send(page, { jwks: secret }, words("developers.save"));
    assert.match(await errorOf(page, "jwks"), new RegExp(words("developers.keys.fault.private", { value: 1 }).slice(0, 20)));
    assert.equal(await page.inputValue("[name=jwks]"), "", "a private key is not shown again");
    await look(page);
    await send(page, { jwks: JSON.stringify({ keys: [await jwk(first, "2026-1")] }) }, words("developers.save"));
    await page.getByRole("status").filter({ hasText: words("flash.app_keys_saved") }).waitFor();
    await page.getByText("2026-1", { exact: true }).waitFor();
    await look(page);
    await follow(page, link(page, words("developers.keys.replace")));
    await look(page);
    const present = JSON.parse(await page.inputValue("[name=jwks]"));
    await send(page, { jwks: JSON.stringify({ keys: [...present.keys, await jwk(second, "2026-2")] }) }, words("developers.save"));
    await page.getByText("2026-2", { exact: true }).waitFor();
    await follow(page, link(page, words("developers.keys.remove")));
    await look(page);
    await follow(page, button(page, words("developers.keys.remove")));
    await page.getByRole("status").filter({ hasText: words("flash.note.app_keys_removed") }).waitFor();
    await follow(page, button(page, words("developers.rotate.title")));
    assert.equal(await heading(page), words("developers.rotate.done"));
  });

  walk("lets an app use the device flow", { ways: bothWays }, async (page, words) => {
    const own = await server.app(developerId, { name: "Kassa", redirectUris: ["https://app.example/callback"] });
    await logIn(page, server, words, developer, `/developers/apps/${own.appId}/edit`);
    await page.getByLabel(words("developers.client.device_flow")).check();
    await look(page);
    await follow(page, button(page, words("developers.save")));
    await page.getByText(words("developers.client.device_flow_on")).waitFor();
    await page.goto(`${server.url}/developers/apps/${own.appId}/edit`);
    assert.ok(await page.getByLabel(words("developers.client.device_flow")).isChecked());
  });
});
