// Tickets: one is opened, answered, noted in, assigned, closed and reopened.

import assert from "node:assert/strict";

import { startServer } from "./helper.mjs";
import { bothWays, button, follow, heading, link, logIn, look, send, together, walk } from "./road.mjs";

const server = await startServer();
const said = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();
const path = "/manage/tickets";

/** From the empty list to the page of a new ticket. */
const open = async (page, words, see) => {
  await see(page);
  await follow(page, link(page, words("tickets.new")).first());
  await see(page);
  await send(page, { title: "Ketel lekt", message: "Wij komen morgen.\n\nGroet, Sanne" }, words("tickets.open"));
  await said(page, words("flash.ticket_opened"));
  assert.equal(await heading(page), "Ketel lekt");
  assert.equal(await page.locator(".message").count(), 1);
  await see(page);
};

together("tickets", () => {
  walk("a ticket is opened, answered, closed and reopened", {}, async (page, words) => {
    await logIn(page, server, words, await server.portal(), path);
    await open(page, words, look);
    const file = { name: "Rapport van de ketel.txt", mimeType: "text/plain", buffer: Buffer.from("In orde.") };
    await page.locator('input[name="files"]').setInputFiles([file]);
    await send(page, { message: "Het is gedaan." }, words("tickets.send_reply"));
    await said(page, words("flash.ticket_answered"));
    assert.equal(await page.locator(".attachments a").innerText(), file.name);
    await follow(page, link(page, words("tickets.write_note")));
    await look(page);
    await send(page, { note: "Onder garantie." }, words("tickets.add_note"));
    await said(page, words("flash.ticket_note_added"));
    assert.equal(await page.locator(".message.internal").count(), 1);
    await look(page);

    await follow(page, link(page, words("tickets.assign")));
    await look(page);
    await page.getByLabel(words("tickets.assignee")).selectOption({ index: 1 });
    await follow(page, button(page, words("tickets.assign")));
    await said(page, words("flash.ticket_assigned"));
    await follow(page, button(page, words("tickets.close")));
    await said(page, words("flash.ticket_closed"));
    await follow(page, button(page, words("tickets.reopen")));
    await said(page, words("flash.ticket_reopened"));
    await page.goto(`${server.url}${path}/unread`);
    assert.ok(await page.getByText(words("tickets.all_read")).isVisible());
    await look(page);
    await page.goto(`${server.url}${path}`);
    await follow(page, link(page, "Ketel lekt"));
  });

  walk("what is written elsewhere is shown, and what is being typed stays", { ways: bothWays }, async (page, words) => {
    await logIn(page, server, words, await server.portal(), path);
    await open(page, words, async () => {});
    const other = await page.context().newPage();
    await other.goto(page.url());
    await send(other, { message: "Het is gedaan." }, words("tickets.send_reply"));
    await other.close();
    await page.locator('[name="message"]').fill("Half getypt");
    await page.bringToFront();
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await said(page, words("tickets.news"));
    await look(page);
    await button(page, words("tickets.show_news")).click();
    await page.locator(".message").nth(1).waitFor();
    await page.locator(".message:focus").waitFor();
    assert.equal(await page.locator('[name="message"]').inputValue(), "Half getypt");
    assert.equal(await button(page, words("tickets.show_news")).count(), 0);
  });

  walk("all of it without JavaScript", { ways: bothWays, javaScript: false }, async (page, words) => {
    await logIn(page, server, words, await server.portal(), path);
    await open(page, words, async () => {});
    await send(page, { message: "Het is gedaan." }, words("tickets.send_reply"));
    await said(page, words("flash.ticket_answered"));
    assert.equal(await page.locator(".message").count(), 2);
  });
});
