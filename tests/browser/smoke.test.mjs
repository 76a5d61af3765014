// The helpers work: a server of each engine starts, a page opens, and a page with faults is told from one without.

import assert from "node:assert/strict";
import test from "node:test";

import { checkAccessibility, checkFits, newPage, pageTest, startServer, viewports } from "./helper.mjs";

for (const engine of ["sqlite", "postgres"]) {
  test(`a portal's key opens the API on ${engine}`, async () => {
    const server = await startServer({ engine });
    const { portalId } = await server.portal();
    const { key } = await server.apiKey(portalId);
    const answer = await fetch(`${server.url}/v1/customers`, { headers: { Authentication: `Bearer ${key}` } });
    assert.equal(answer.status, 200);
    assert.deepEqual((await answer.json()).data, []);
  });
}

// A page without an icon of its own lets the browser ask for /favicon.ico.
pageTest("the browser reaches the server", { allowed: /status of 404/ }, async (page) => {
  const server = await startServer();
  const answer = await page.goto(`${server.url}/healthz`);
  assert.equal(answer.status(), 200);
  assert.equal((await page.textContent("body")).trim(), "ok");
});

for (const [name, viewport] of Object.entries(viewports)) {
  for (const [lang, title] of [["nl", "Inloggen"], ["en", "Log in"]]) {
    pageTest(`the log-in page is accessible and fits, ${lang}, ${name}`, { lang, viewport }, async (page) => {
      const server = await startServer();
      await page.goto(`${server.url}/manage`);
      assert.match(await page.textContent("h1"), new RegExp(title));
      assert.equal(await page.getAttribute("html", "lang"), lang);
      await checkAccessibility(page);
      await checkFits(page);
    });
  }
}

pageTest("the demo's owner logs in", {}, async (page) => {
  const server = await startServer({ demo: true });
  await page.goto(`${server.url}/manage`);
  await page.fill("[name=email]", server.demo.owner.email);
  await page.fill("[name=password]", server.demo.owner.password);
  await page.click("form[action='/manage/login'] button");
  await page.waitForURL(`${server.url}/manage`);
  assert.equal(await page.locator("form[action='/manage/login']").count(), 0);
  await checkAccessibility(page);
});

test("the checks find faults", async () => {
  const page = await newPage();
  await page.setContent('<html><title>x</title><img src="data:," style="width: 3000px"><script>throw new Error("stuk")</script></html>');
  await assert.rejects(checkAccessibility(page), /image-alt/);
  await assert.rejects(checkFits(page), /3008 wide|wide in a window/);
  assert.match(page.problems.join(), /stuk/);
  await page.context().close();
});
