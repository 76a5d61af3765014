// Forms that are not accepted: Back asks nothing, a screen reader is told, and what was typed survives a log-out.

import assert from "node:assert/strict";

import { startServer } from "./helper.mjs";
import { bothWays, button, follow, logIn, look, send, together, walk } from "./road.mjs";

const server = await startServer();

/** Whether the summary of errors has the focus, as screen readers begin there. */
const isTold = (page) => page.evaluate(() => document.activeElement.matches(".error-summary[role=alert]"));

const fault = (lang) => (lang === "nl" ? /^Fout: / : /^Error: /);

for (const javaScript of [true, false]) {
  together(`forms that are not sent, ${javaScript ? "with" : "without"} JavaScript`, () => {
    walk("what was typed stays when the language is switched", { javaScript }, async (page, words, { lang }) => {
      await logIn(page, server, words, await server.portal(), "/manage/customers/new");
      await page.fill("[name=companyName]", "De Molen");
      const other = lang === "nl" ? "en" : "nl";
      await page.locator(`.languages [lang=${other}]`).click();
      await page.locator(`html[lang=${other}]`).waitFor();
      assert.equal(await page.inputValue("[name=companyName]"), "De Molen");
      await look(page);
    });

    walk("a page with a file goes along without it", { ways: bothWays, javaScript }, async (page, words, { lang }) => {
      await logIn(page, server, words, await server.developer(), "/developers/apps/new");
      await page.fill("[name=name]", "Planbord");
      await page.setInputFiles("[name=logo]", { name: "logo.png", mimeType: "image/png", buffer: Buffer.alloc(100) });
      const other = lang === "nl" ? "en" : "nl";
      await page.locator(`.languages [lang=${other}]`).click();
      await page.locator(`html[lang=${other}]`).waitFor();
      assert.equal(await page.inputValue("[name=name]"), "Planbord");
    });

    walk("Enter in a field sends the form", { ways: bothWays, javaScript }, async (page, words, { lang }) => {
      const portal = await server.portal();
      await page.goto(`${server.url}/manage/login`);
      await page.fill("[name=email]", portal.email);
      await page.fill("[name=password]", portal.password);
      await page.press("[name=password]", "Enter");
      await page.waitForURL(`${server.url}/manage`);
      assert.equal(await page.locator(`html[lang=${lang}]`).count(), 1);
    });
  });

  together(`forms that are not accepted, ${javaScript ? "with" : "without"} JavaScript`, () => {
    walk("a wrong password is announced, and Back asks nothing", { ways: bothWays, javaScript }, async (page, words, { lang }) => {
      const portal = await server.portal();
      await page.goto(`${server.url}/manage/login`);
      await send(page, { email: portal.email, password: "iets anders" }, words("account.login.submit"));
      assert.match(await page.title(), fault(lang));
      assert.equal(await page.inputValue("[name=email]"), portal.email);
      assert.equal(await page.getAttribute("[name=password]", "aria-invalid"), "true");
      assert.equal(await page.getAttribute("[name=password]", "aria-describedby"), "field-password-error");
      if (javaScript) {
        assert.ok(await isTold(page));
        await look(page);
      }
      await page.reload();
      assert.match(await page.title(), fault(lang), "a reload sends nothing");
      await send(page, { password: portal.password }, words("account.login.submit"));
      assert.equal(new URL(page.url()).pathname, "/manage");
      // Chromium shows a page of its own, without a form, when it would have to send one again.
      await page.goBack();
      await page.goBack();
      assert.equal(new URL(page.url()).pathname, "/manage");
    });

    walk("a form survives a log-out in another tab", { ways: bothWays, javaScript }, async (page, words) => {
      const portal = await server.portal();
      await logIn(page, server, words, portal);
      await page.goto(`${server.url}/manage/customers/new`);
      await page.fill("[name=companyName]", "De Molen");
      await page.fill("[name=notes]", "Eerste regel\nTweede regel");
      const other = await page.context().newPage();
      await other.goto(`${server.url}/manage`);
      await other.locator("details.account > summary").click();
      await follow(other, other.getByRole("button", { name: words("ui.log_out") }));
      await other.close();
      await follow(page, button(page, words("manage.save")));
      await page.getByText(words("flash.note.logged_out_form")).waitFor();
      await send(page, { email: portal.email, password: portal.password }, words("account.login.submit"));
      await page.getByText(words("flash.note.form_back")).waitFor();
      assert.equal(await page.inputValue("[name=companyName]"), "De Molen");
      assert.equal(await page.inputValue("[name=notes]"), "Eerste regel\nTweede regel");
      await look(page);
    });
  });
}

together("faulty forms and secrets", () => {
  walk("the second try of a faulty form goes back to the first", { ways: bothWays }, async (page, words, { lang }) => {
    await logIn(page, server, words, await server.portal());
    await page.goto(`${server.url}/manage/customers/new`);
    await send(page, { companyName: "", city: "Ede" }, words("manage.save"));
    assert.match(await page.title(), fault(lang));
    assert.ok(await isTold(page));
    await look(page);
    await page.goto(`${server.url}/manage/customers`);
    await page.goBack();
    assert.equal(await page.inputValue("[name=city]"), "Ede");
  });

  walk("a page with a new secret has no way to another language", { ways: bothWays }, async (page, words) => {
    await logIn(page, server, words, await server.portal());
    await page.goto(`${server.url}/manage/settings/api-keys/new`);
    assert.ok((await page.locator(".languages").count()) > 0);
    await page.fill("[name=name]", "Kassa");
    await page.check("[name=scope][value='customers.read']");
    await follow(page, button(page, words("manage.api_keys.create")));
    assert.match(await page.inputValue("#secret"), /^kpk_/);
    assert.equal(await page.locator(".languages").count(), 0);
    await look(page);
  });
});
