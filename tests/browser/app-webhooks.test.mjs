// Webhooks of an app in the developer portal: one is made, tested, looked at in its log, changed and deleted.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { after } from "node:test";

import { startServer } from "./helper.mjs";
import { button, follow, heading, link, logIn, look, together, walk } from "./road.mjs";

const server = await startServer({ demo: true, flags: ["--webhook-allow", "127.0.0.0/8"] });
const said = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();

const receiver = createServer((request, response) => {
  request.resume();
  request.on("end", () => response.writeHead(500).end("er ging iets mis"));
}).listen(0, "127.0.0.1");
await once(receiver, "listening");
after(() => receiver.close());

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

together("webhooks of apps", () => {
  walk("a webhook of an app is made, tested, changed and deleted", {}, async (page, words, { lang, size }) => {
    const list = `/developers/apps/${server.demo.clientId}/webhooks`;
    await logIn(page, server, words, server.demo.developer, `/developers/apps/${server.demo.clientId}`);
    if (size === "phone") await page.setViewportSize({ width: 320, height: 720 });
    await follow(page, link(page, words("webhooks.title")));
    await look(page);
    await page.goto(`${server.url}${list}/new`);
    await look(page);
    const address = `http://127.0.0.1:${receiver.address().port}/${lang}/${size}`;
    await page.fill("[name=url]", address);
    await follow(page, button(page, words("webhooks.new")));
    await page.locator(".error-summary").waitFor();
    await look(page);
    await page.check("[name=types][value='customer-created']");
    await follow(page, button(page, words("webhooks.new")));
    await said(page, words("flash.webhook_added"));
    assert.equal(await heading(page), "127.0.0.1");
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
    await follow(page, link(page, words("webhooks.log.all")));
    await look(page);
    await page.goto(`${own}/secret`);
    const secret = await page.locator("main").getByText(/^whsec_/).innerText();
    await look(page);
    await follow(page, link(page, words("webhooks.rotate")));
    await look(page);
    await follow(page, button(page, words("webhooks.rotate")));
    assert.notEqual(await page.locator("main").getByText(/^whsec_/).innerText(), secret);
    await page.goto(`${own}/types`);
    await page.check("[name=types][value='customer-deleted']");
    await look(page);
    await follow(page, button(page, words("manage.save")));
    await page.getByText(words("webhooks.type.customer-deleted")).waitFor();
    await follow(page, link(page, words("developers.webhooks.change_place")));
    await look(page);
    await page.fill("[name=url]", `${address}/anders`);
    await follow(page, button(page, words("manage.save")));
    await page.getByText(`${address}/anders`).waitFor();
    await follow(page, link(page, words("developers.webhooks.switch_off")));
    await look(page);
    await follow(page, button(page, words("developers.webhooks.switch_off")));
    await page.getByText(words("webhooks.off_by_hand")).waitFor();
    await look(page);
    await page.goto(`${own}/delete`);
    await look(page);
    await follow(page, button(page, words("manage.delete")));
    await said(page, words("flash.webhook_deleted"));
  });
});
