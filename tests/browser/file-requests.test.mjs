// File requests: files are asked for, uploaded by the link, and found with the request, which is then withdrawn.

import assert from "node:assert/strict";

import { startServer } from "./helper.mjs";
import { bothWays, button, follow, heading, link, logIn, look, send, together, walk } from "./road.mjs";

const server = await startServer();
const said = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();
const file = (name, text) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) });

/** A portal that asks for two files; the link, and the request's page. */
async function ask(page, words, see) {
  await logIn(page, server, words, await server.portal(), "/manage/file-requests");
  await see(page);
  await follow(page, link(page, words("file_requests.new")).first());
  await see(page);
  await send(page, { name: "Jaarstukken", requestedFiles: "Balans", optionalFiles: "Foto" }, words("file_requests.create"));
  await said(page, words("flash.file_request_created"));
  await see(page);
  return [await page.locator(".card .copyable code").first().innerText(), page.url()];
}

/** Uploads the required file, after trying without one. */
async function upload(page, words, address, see) {
  await page.goto(address);
  assert.equal(await heading(page), "Jaarstukken");
  await see(page);
  await follow(page, button(page, words("guests.send")));
  await page.getByRole("alert").waitFor();
  await see(page);
  await page.locator('input[type="file"]').first().setInputFiles([file("balans.txt", "1025")]);
  await follow(page, button(page, words("guests.send")));
  await said(page, words("flash.files_received"));
  await page.getByText("balans.txt").waitFor();
  assert.equal(await page.locator('input[type="file"]').count(), 1);
  await see(page);
}

together("file requests", () => {
  walk("files are asked for, uploaded and found, and the request withdrawn", { allowed: /status of 404/ }, async (page, words) => {
    const [address, own] = await ask(page, words, look);
    await upload(page, words, address, look);
    await page.goto(own);
    await look(page);
    await follow(page, link(page, "balans.txt"));
    assert.equal(await heading(page), "balans.txt");
    await page.goto(own);
    await follow(page, link(page, words("file_requests.delete")));
    await look(page);
    await follow(page, button(page, words("file_requests.delete")));
    await said(page, words("flash.file_request_deleted"));
    await page.goto(address);
    assert.equal(await heading(page), words("guests.dead_title"));
  });

  walk("a customer is asked again", { ways: bothWays }, async (page, words) => {
    await logIn(page, server, words, await server.portal(), "/manage/customers/new");
    await send(page, { companyName: "Bakkerij Jansen", primaryEmail: "info@example.nl", address: "Kerkstraat 5", zipCode: "6711 AA", city: "Ede" }, words("manage.save"));
    await follow(page, page.locator('a[href^="/manage/file-requests/with/"]').first());
    await send(page, { name: "Jaarstukken", requestedFiles: "Balans" }, words("file_requests.create"));
    await said(page, words("flash.file_request_created"));
    await look(page);
    await follow(page, button(page, words("file_requests.ask_again")));
    await said(page, words("flash.file_request_asked_again"));
    assert.equal(await button(page, words("file_requests.ask_again")).count(), 0);
    await page.locator(".timeline").getByText("info@example.nl").waitFor();
    await look(page);
  });

  walk("all of it without JavaScript", { ways: bothWays, javaScript: false }, async (page, words) => {
    const [address] = await ask(page, words, async () => {});
    await upload(page, words, address, async () => {});
  });
});
