// File shares: a file is shared from its page, opened by its link with a password, downloaded, and no longer shared.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { startServer } from "./helper.mjs";
import { bothWays, button, errorOf, follow, heading, link, logIn, look, send, together, walk } from "./road.mjs";

const server = await startServer();
const said = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();
const secret = "vier-woorden-lang";

/** A portal with a file, shared from its page; the link. */
async function share(page, words, see) {
  await logIn(page, server, words, await server.portal(), "/manage/files");
  await page.locator('input[type="file"]').setInputFiles([{ name: "Offerte.txt", mimeType: "text/plain", buffer: Buffer.from("Een offerte") }]);
  await follow(page, button(page, words("files.upload")));
  await follow(page, link(page, "Offerte.txt"));
  await follow(page, link(page, words("files.share")));
  await see(page);
  await page.getByLabel(words("file_shares.tell")).check();
  await send(page, { name: "Uw warmtepomp", password: secret }, words("file_shares.create"));
  await said(page, words("flash.file_share_created"));
  assert.equal(await heading(page), "Uw warmtepomp");
  await see(page);
  return page.locator(".card .copyable code").first().innerText();
}

/** Opens a link as somebody who isn't logged in, with the right password after a wrong one. */
async function open(guest, words, address, see) {
  await guest.goto(address);
  await see(guest);
  await send(guest, { password: "iets anders" }, words("guests.open"));
  assert.equal(await errorOf(guest, "password"), words("guests.wrong_password"));
  await guest.getByRole("alert").waitFor();
  await see(guest);
  await send(guest, { password: secret }, words("guests.open"));
  assert.equal(await heading(guest), "Uw warmtepomp");
  await see(guest);
}

together("file shares", () => {
  walk("a file is shared, downloaded and no longer shared", { allowed: /status of 404/ }, async (page, words) => {
    const address = await share(page, words, look);
    await page.context().clearCookies({ name: "manage" });
    await open(page, words, address, look);
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: new RegExp(`^${words("files.download")}`) }).click();
    assert.equal(await readFile(await (await saved).path(), "utf8"), "Een offerte");
    await page.goto(`${server.url}/shares/kpf_x`);
    assert.equal(await heading(page), words("guests.dead_title"));
    await look(page);
  });

  walk("files are chosen from a list, and the sharing stopped", { ways: bothWays }, async (page, words) => {
    await share(page, words, async () => {});
    await page.goto(`${server.url}/manage/file-shares`);
    await look(page);
    await follow(page, link(page, words("file_shares.new")));
    await page.getByLabel("Offerte.txt").check();
    await look(page);
    await send(page, { name: "Nog eens" }, words("file_shares.create"));
    await follow(page, link(page, words("file_shares.delete")));
    await look(page);
    await follow(page, button(page, words("file_shares.delete")));
    await said(page, words("flash.file_share_deleted"));
    await link(page, "Uw warmtepomp").waitFor();
    assert.equal(await link(page, "Nog eens").count(), 0);
    await page.keyboard.press("g");
    await Promise.all([page.waitForEvent("load"), page.keyboard.press("f")]);
    assert.ok(page.url().endsWith("/manage/file-shares"), page.url());
  });

  walk("all of it without JavaScript", { ways: bothWays, javaScript: false }, async (page, words) => {
    const address = await share(page, words, async () => {});
    await page.context().clearCookies({ name: "manage" });
    await open(page, words, address, async () => {});
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: new RegExp(`^${words("files.download")}`) }).click();
    assert.equal((await saved).suggestedFilename(), "Offerte.txt");
  });
});
