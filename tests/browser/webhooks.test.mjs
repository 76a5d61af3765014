// Webhooks: one is made, tested, looked at in its log, sent again and given a new secret.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { after } from "node:test";

import { startServer } from "./helper.mjs";
import { button, follow, heading, link, logIn, look, send, together, walk } from "./road.mjs";

const server = await startServer({ flags: ["--webhook-allow", "127.0.0.0/8"] });
const said = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();
const path = "/manage/settings/webhooks";

const receiver = createServer((request, response) => {
  request.resume();
  request.on("end", () => response.writeHead(request.url === "/stuk" ? 500 : 204).end());
}).listen(0, "127.0.0.1");
await once(receiver, "listening");
after(() => receiver.close());
const address = (name) => `http://127.0.0.1:${receiver.address().port}/${name}`;

/** Reloads the page until an attempt is logged. */
const attempt = async (page) => {
  for (let tries = 0; tries < 900; tries += 1) {
    const row = page.locator("main table a").first();
    if ((await row.count()) > 0) return row;
    await page.waitForTimeout(100);
    await page.reload();
  }
  return assert.fail("nothing is logged");
};

together("webhooks", () => {
  walk("a webhook is made, tested and given a new secret", {}, async (page, words, { size }) => {
    await logIn(page, server, words, await server.portal(), path);
    if (size === "phone") await page.setViewportSize({ width: 320, height: 720 });
    await page.getByText(words("webhooks.empty_title")).waitFor();
    await look(page);
    await page.goto(`${server.url}${path}/new`);
    await look(page);
    await send(page, { url: "https://10.0.0.1/" }, words("webhooks.new"));
    await page.locator(".error-summary").waitFor();
    await look(page);
    await send(page, { url: address("stuk") }, words("webhooks.new"));
    await said(page, words("flash.webhook_added"));
    assert.equal(await heading(page), words("webhooks.type.customer-created"));
    const own = page.url();
    await look(page);
    await follow(page, link(page, words("webhooks.test")));
    await look(page);
    await follow(page, button(page, words("webhooks.test")));
    await said(page, words("flash.webhook_sent"));
    await follow(page, await attempt(page));
    await page.getByText("500").first().waitFor();
    await look(page);
    await follow(page, link(page, words("webhooks.again")));
    await look(page);
    await follow(page, button(page, words("webhooks.again")));
    await said(page, words("flash.webhook_sent"));
    await follow(page, link(page, words("webhooks.log.all")));
    await look(page);
    await page.locator("main input[name=search]").fill("bestaat niet");
    await follow(page, button(page.locator("main"), words("ui.search")));
    await page.getByText(words("webhooks.log.none_found")).waitFor();
    await look(page);
    await follow(page, link(page, words("webhooks.replay")));
    await look(page);
    await follow(page, button(page, words("webhooks.replay")));
    await page.locator(".error-summary").waitFor();
    await look(page);
    await page.goto(`${own}/secret`);
    const secret = await page.locator("main").getByText(/^whsec_/).innerText();
    await look(page);
    await follow(page, link(page, words("webhooks.rotate")));
    await look(page);
    await follow(page, button(page, words("webhooks.rotate")));
    await said(page, words("flash.webhook_rotated"));
    assert.notEqual(await page.locator("main").getByText(/^whsec_/).innerText(), secret);
    await look(page);
    await page.goto(`${own}/header`);
    await look(page);
    await page.goto(`${own}/delete`);
    await look(page);
    await follow(page, button(page, words("manage.delete")));
    await said(page, words("flash.webhook_deleted"));
  });
});
