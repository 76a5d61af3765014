// Lists with power: rows are ticked and changed together, deleted and restored, and views are saved.

import assert from "node:assert/strict";

import { startServer } from "./helper.mjs";
import { api, bothWays, button, errorOf, follow, heading, link, logIn, look, send, together, walk } from "./road.mjs";

const server = await startServer();
const rows = (page) => page.locator("tbody tr");
const said = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();
const names = ["Café De Hoek", "Bakkerij Jansen", "Slagerij Vos", "Atelier Noord"];

/** A portal with these customers and a group, whose owner is logged in and looks at the list. */
const withCustomers = async (page, words, customers = names) => {
  const portal = await server.portal();
  const { key } = await server.apiKey(portal.portalId);
  const post = async (path, body) => {
    const made = await api(server, key, path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
    assert.equal(made.status, 200, await made.clone().text());
  };
  for (const [place, companyName] of customers.entries()) {
    await post("/v1/customers", { companyName, address: "Kerkstraat 5", zipCode: "6711 AA", city: "Ede", primaryEmail: `administratie.debiteuren@klantnummer${place}.example` });
  }
  await post("/v1/customer-groups", { name: "Vaste klanten" });
  await logIn(page, server, words, portal, "/manage/customers");
};

/** The box before a row, or the one for all. */
const box = (page, words, name) => page.getByRole("checkbox", { name: words("bulk.choose", { name }), exact: true });
const all = (page, words) => page.getByRole("checkbox", { name: words("bulk.all"), exact: true });
const inGroup = (page) => page.locator(".bulk-bar [name=group]");
const ticked = (words, count) => (count === 1 ? words("bulk.one") : words("bulk.several").replace("#", count));

/** The words of the rows' headings that are broken over two lines. */
const brokenWords = (page) =>
  page.locator("tbody th").evaluateAll((headings) =>
    headings.flatMap((heading) => {
      const text = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT).nextNode();
      return [...text.data.matchAll(/[^\s-]+/g)].filter(({ 0: word, index }) => {
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        return range.getClientRects().length > 1;
      });
    }).map(([word]) => word),
  );

together("names", () => {
  walk("only a word that is longer than the column breaks", {}, async (page, words, { size }) => {
    await withCustomers(page, words, ["Loodgietersbedrijf Van der Bovenkamp en Zonen Installatietechniek", `${"Lang".repeat(20)} BV`]);
    await look(page);
    assert.deepEqual(await brokenWords(page), ["Lang".repeat(20)]);
    if (size === "desktop") await page.setViewportSize({ width: 1000, height: 900 });
    await look(page);
    assert.deepEqual(await brokenWords(page), ["Lang".repeat(20)]);
    await follow(page, page.getByRole("link", { name: /^LangLang/ }));
    await look(page);
    await follow(page, link(page, words("manage.delete")));
    await look(page);
  });
});

together("lists", () => {
  walk("rows are ticked, put into a group, deleted and restored", {}, async (page, words, { size }) => {
    await withCustomers(page, words);
    const bar = page.getByRole("group", { name: words("bulk.bar"), exact: true });
    assert.equal(await bar.isVisible(), false, "nothing is ticked yet");
    await box(page, words, names[0]).focus();
    await page.keyboard.press("Space");
    await bar.waitFor();
    await said(page, ticked(words, 1));
    assert.ok(await all(page, words).evaluate((own) => own.indeterminate));
    await look(page);
    await all(page, words).focus();
    await page.keyboard.press("Space");
    await said(page, ticked(words, 4));
    if (size === "phone") await page.setViewportSize({ width: 320, height: 720 });
    await look(page);
    await follow(page, button(page, words("bulk.add_to_group")));
    await page.getByText(words("bulk.no_group")).waitFor();
    assert.ok(await box(page, words, names[2]).isChecked(), "what was ticked still is");
    await look(page);
    await box(page, words, names[3]).uncheck();
    await inGroup(page).selectOption("Vaste klanten");
    await follow(page, button(page, words("bulk.add_to_group")));
    await said(page, words("flash.customers_grouped", { count: 3 }));
    assert.equal(await rows(page).filter({ hasText: "Vaste klanten" }).count(), 3);
    await box(page, words, names[0]).check();
    await inGroup(page).selectOption("Vaste klanten");
    await follow(page, button(page, words("bulk.remove_from_group")));
    await said(page, words("flash.customer_ungrouped"));

    await page.goto(`${server.url}/manage/customers?sort=companyName`);
    await box(page, words, names[1]).check();
    await box(page, words, names[2]).check();
    await follow(page, button(page, words("manage.delete")));
    assert.equal(await heading(page), words("customers.confirm_several", { count: 2 }));
    await look(page);
    await follow(page, button(page, words("manage.delete")));
    await said(page, words("flash.customers_deleted", { count: 2 }));
    assert.equal(await rows(page).count(), 2);
    await look(page);
    await button(page, words("bin.undo")).focus();
    await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
    await said(page, words("flash.customers_restored", { count: 2 }));
    assert.match(page.url(), /sort=companyName/);
    assert.equal(await rows(page).count(), 4);
    assert.equal(await rows(page).filter({ hasText: "Vaste klanten" }).count(), 2, "they are in their group again");
  });

  walk("the bin", {}, async (page, words, { size }) => {
    await withCustomers(page, words);
    await follow(page, link(page, words("bin.title")));
    await page.getByText(words("bin.empty_title")).waitFor();
    await look(page);
    await page.goBack();
    for (const name of names.slice(0, 2)) await box(page, words, name).check();
    await follow(page, button(page, words("manage.delete")));
    await follow(page, button(page, words("manage.delete")));
    await follow(page, link(page, words("bin.title")));
    assert.equal(await rows(page).count(), 2);
    if (size === "phone") await page.setViewportSize({ width: 320, height: 720 });
    await look(page);
    const row = rows(page).filter({ hasText: names[0] });
    await follow(page, row.getByRole("link", { name: words("bin.discard") }));
    assert.equal(await heading(page), words("bin.confirm_title", { name: names[0] }));
    await look(page);
    await follow(page, button(page, words("bin.discard")));
    await said(page, words("flash.deleted_for_good"));
    await follow(page, rows(page).getByRole("button", { name: words("bin.restore") }));
    await said(page, words("flash.customer_restored"));
    await page.getByText(words("bin.empty_title")).waitFor();
    await page.goto(`${server.url}/manage/customers`);
    assert.equal(await rows(page).count(), 3);
  });

  walk("views are saved", {}, async (page, words, { size }) => {
    await withCustomers(page, words);
    await page.goto(`${server.url}/manage/customers?customerType=business&sort=companyName`);
    await page.getByText(words("views.save_this"), { exact: true }).focus();
    await page.keyboard.press("Enter");
    await look(page);
    await follow(page, button(page, words("views.save")));
    assert.equal(await errorOf(page, "view_name"), words("field.required"));
    await look(page);
    await page.getByLabel(words("views.shared"), { exact: true }).check();
    await send(page, { view_name: "Bedrijven van A tot Z" }, words("views.save"));
    await said(page, words("flash.view_saved"));
    const views = page.getByRole("navigation", { name: words("views.title"), exact: true });
    assert.equal(await views.getByRole("link", { name: "Bedrijven van A tot Z" }).getAttribute("aria-current"), "true");
    if (size === "phone") await page.setViewportSize({ width: 320, height: 720 });
    await look(page);
    await page.goto(`${server.url}/manage/customers`);
    await follow(page, views.getByRole("link", { name: "Bedrijven van A tot Z" }));
    assert.match(page.url(), /customerType=business&sort=companyName$/);
    await follow(page, views.getByRole("link", { name: words("views.manage") }));
    await look(page);
    await follow(page, rows(page).getByRole("link", { name: words("views.rename") }));
    await look(page);
    await send(page, { view_name: "Bedrijven" }, words("manage.save"));
    await said(page, words("flash.view_renamed"));
    await follow(page, rows(page).getByRole("button", { name: words("manage.delete") }));
    await said(page, words("flash.view_deleted"));
    await page.getByText(words("views.empty_title")).waitFor();
    await look(page);
  });

  walk("all of it without JavaScript", { ways: bothWays, javaScript: false }, async (page, words) => {
    await withCustomers(page, words);
    assert.equal(await all(page, words).count(), 0, "no box that would do nothing");
    for (const name of names.slice(0, 3)) await box(page, words, name).check();
    await inGroup(page).selectOption("Vaste klanten");
    await follow(page, button(page, words("bulk.add_to_group")));
    await page.getByText(words("flash.customers_grouped", { count: 3 })).waitFor();
    for (const name of names.slice(0, 3)) await box(page, words, name).check();
    await follow(page, button(page, words("manage.delete")));
    assert.equal(await heading(page), words("customers.confirm_several", { count: 3 }));
    await follow(page, button(page, words("manage.delete")));
    assert.equal(await rows(page).count(), 1);
    await follow(page, button(page, words("bin.undo")));
    await page.getByText(words("flash.customers_restored", { count: 3 })).waitFor();
    assert.equal(await rows(page).count(), 4);
    await page.goto(`${server.url}/manage/customers?sort=companyName`);
    await page.getByText(words("views.save_this"), { exact: true }).click();
    await send(page, { view_name: "Van A tot Z" }, words("views.save"));
    await page.getByText(words("flash.view_saved")).waitFor();
  });
});
