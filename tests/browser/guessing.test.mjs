// Who tries too often is told how long to wait; the owner's own browser is not.

import assert from "node:assert/strict";
import { before } from "node:test";

import { newPage, startServer } from "./helper.mjs";
import { everyWay, logIn, logOut, look, send, together, walk } from "./road.mjs";

const allowed = /status of 429/;

let server;
before(async () => (server = await startServer()));

const guess = (page, words, owner) => logIn(page, server, words, { email: owner.email, password: "geraden paard" });

/** Asks for mail, on the page for it, until none is let in for half a minute: after sixty, one is each minute. */
async function useUpMails(page, one) {
  await page.goto(`${one.url}/manage/forgot-password`);
  await page.evaluate(async () => {
    const form = document.querySelector("form[action$=forgot-password]");
    const ask = () => fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    for (let wait = 0; wait < 30; ) {
      await new Promise((done) => setTimeout(done, wait * 1000));
      wait = Number((await ask()).headers.get("retry-after"));
    }
  });
}

together("Guessing", () => {
  walk("who guesses a password is told to wait, and the owner goes on", { ways: everyWay, allowed }, async (page, words, { lang }) => {
    const owner = await server.portal();
    const own = await newPage({ lang });
    await logIn(own, server, words, owner);
    await logOut(own, words);
    const start = Date.now();
    for (let tries = 0; tries < 8; tries++) {
      await guess(page, words, owner);
      assert.ok(await page.getByRole("alert").getByText(words("account.login.wrong")).isVisible());
    }
    await guess(page, words, owner);
    await look(page);
    // One try is free again seven and a half minutes after the first, of which the others have taken some.
    const least = Math.ceil((450 - (Date.now() - start) / 1000) / 60);
    const minutes = [8, 7, 6, 5, 4, 3, 2].filter((value) => value >= least).map((value) => words("error.wait_minutes", { value }));
    const told = await page.getByRole("alert").innerText();
    assert.ok(minutes.some((text) => told.endsWith(text)), told);
    assert.equal(await page.locator("[name=email]").inputValue(), owner.email);
    assert.equal(await page.locator("[name=password]").inputValue(), "");
    await logIn(own, server, words, owner);
    assert.equal(new URL(own.url()).pathname, "/manage");
    await own.context().close();
  });

  walk("who asks for mail too often is told to wait, and keeps what was typed", { ways: everyWay.slice(0, 2), allowed }, async (page, words) => {
    const one = await startServer();
    await useUpMails(page, one);
    await send(page, { email: "noor@example.nl" }, words("account.forgot.submit"));
    await look(page);
    assert.ok((await page.getByRole("alert").innerText()).endsWith(words("error.wait_minute")));
    assert.equal(await page.locator("[name=email]").inputValue(), "noor@example.nl");
    await useUpMails(page, one);
    await page.goto(`${one.url}/manage/register`);
    const typed = { organisation: "Bakkerij", name: "Noor", email: "noor@example.nl", password: "zeven groene fietsen" };
    await send(page, typed, words("account.register.submit"));
    await look(page);
    assert.ok((await page.getByRole("alert").innerText()).endsWith(words("error.wait_minute")));
    assert.equal(await page.locator("[name=organisation]").inputValue(), "Bakkerij");
    assert.equal(await page.locator("[name=password]").inputValue(), "");
  });
});
