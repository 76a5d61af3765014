// Punch cards: one is made, issued to a customer, found by its code at the counter, and stamped.

import assert from "node:assert/strict";

import { startServer } from "./helper.mjs";
import { api, bothWays, button, follow, heading, link, logIn, look, send, together, walk } from "./road.mjs";

const server = await startServer();
const said = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();
const path = "/manage/punch-cards";

/** A portal with a customer, whose owner is logged in and looks at the punch cards. */
const withCustomer = async (page, words) => {
  const portal = await server.portal();
  const { key } = await server.apiKey(portal.portalId);
  const body = JSON.stringify({ companyName: "Café De Hoek", address: "Kerkstraat 5", zipCode: "6711 AA", city: "Ede", primaryEmail: "info@hoek.example" });
  const made = await api(server, key, "/v1/customers", { method: "POST", body, headers: { "Content-Type": "application/json" } });
  assert.equal(made.status, 200, await made.clone().text());
  await logIn(page, server, words, portal, path);
};

/** From a new card to one that is issued and shown. */
const issue = async (page, words, see) => {
  await page.getByText(words("punch_cards.empty_title")).waitFor();
  await see(page);
  await page.goto(`${server.url}${path}/new`);
  await see(page);
  await send(page, { name: "Koffiekaart", punches: "3", punchLabel: "kopje koffie" }, words("manage.save"));
  await said(page, words("flash.punch_card_added"));
  await see(page);
  await follow(page, link(page, words("punch_cards.issue")).first());
  await see(page);
  await follow(page, link(page, "Café De Hoek"));
  await see(page);
  await follow(page, button(page, words("punch_cards.issue")));
  await said(page, words("flash.punch_card_issued"));
  await see(page);
  return (await page.locator(".qr-code + p").innerText()).trim();
};

together("punch cards", () => {
  walk("a card is issued and stamped", {}, async (page, words, { size }) => {
    await withCustomer(page, words);
    const code = await issue(page, words, look);
    await page.goto(`${server.url}${path}/counter`);
    if (size === "phone") await page.setViewportSize({ width: 320, height: 720 });
    await look(page);
    await page.keyboard.type("weg");
    await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
    await page.locator(".error-summary").waitFor();
    await look(page);
    await send(page, { code: code.toLowerCase() }, words("punch_cards.find"));
    assert.equal(await heading(page), "Koffiekaart");
    await send(page, { stamps: "2" }, words("punch_cards.stamp"));
    await said(page, words("flash.punch_card_stamped"));
    await page.getByText("1 / 3").first().waitFor();
    await look(page);
    await send(page, { stamps: "2" }, words("punch_cards.stamp"));
    await page.locator(".error-summary").waitFor();
    await look(page);
    await send(page, { stamps: "1" }, words("punch_cards.stamp"));
    await page.getByText(words("punch_cards.status.fully_used")).waitFor();
    assert.equal(await button(page, words("punch_cards.stamp")).count(), 0);
    await look(page);
    await follow(page, link(page, "Café De Hoek").first());
    await page.getByText(code).waitFor();
    await look(page);
  });

  walk("a code is scanned where the browser can", { ways: [{ lang: "nl", size: "phone" }] }, async (page, words) => {
    await withCustomer(page, words);
    const code = await issue(page, words, async () => {});
    await page.addInitScript((read) => {
      window.BarcodeDetector = class {
        static getSupportedFormats = async () => ["qr_code"];
        detect = async () => [{ rawValue: read }];
      };
      navigator.mediaDevices.getUserMedia = async () => document.createElement("canvas").captureStream();
      HTMLMediaElement.prototype.play = async () => {};
    }, code);
    await page.goto(`${server.url}${path}/counter`);
    await look(page);
    await follow(page, button(page, words("ui.scan")));
    assert.equal(await heading(page), "Koffiekaart");
  });

  walk("all of it without JavaScript", { ways: bothWays, javaScript: false }, async (page, words) => {
    await withCustomer(page, words);
    const code = await issue(page, words, look);
    await page.goto(`${server.url}${path}/counter`);
    assert.equal(await button(page, words("ui.scan")).isVisible(), false);
    await send(page, { code }, words("punch_cards.find"));
    await send(page, { stamps: "1" }, words("punch_cards.stamp"));
    await said(page, words("flash.punch_card_stamped"));
  });
});
