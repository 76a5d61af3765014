// Custom fields of customers: the owner adds them, and they stand in the form and on the page of a customer.

import assert from "node:assert/strict";

import { startServer } from "./helper.mjs";
import { button, errorOf, everyWay, follow, heading, link, logIn, look, navigate, send, together, walk } from "./road.mjs";

const server = await startServer();

together("custom fields", () => {
  walk("an owner adds a field and fills it in, with the keyboard", { ways: everyWay }, async (page, words) => {
    await logIn(page, server, words, await server.portal());
    await navigate(page, words, words("custom_fields.nav"));
    await look(page);
    await follow(page, link(page, words("custom_fields.new")).first());
    await look(page);
    await page.selectOption("[name=kind]", "choice");
    await send(page, { name: "Branche" }, words("custom_fields.add"));
    assert.equal(await errorOf(page, "choices"), words("field.required"));
    await look(page);
    await send(page, { choices: "Horeca\nDetailhandel" }, words("custom_fields.add"));
    assert.equal(await heading(page), words("custom_fields.title"));
    await follow(page, link(page, words("custom_fields.new")));
    await page.selectOption("[name=kind]", "number");
    await page.locator("[name=name]").fill("Aantal tafels");
    await page.locator("[name=required]").press("Space");
    await follow(page, button(page, words("custom_fields.add")));
    await look(page);

    await page.goto(`${server.url}/manage/customers/new`);
    const customer = { companyName: "De Keet", primaryEmail: "keet@example.nl", address: "Kade 1", zipCode: "6711 AA", city: "Ede" };
    await send(page, customer, words("manage.save"));
    assert.equal(await page.locator('[id="field-customFields.aantalTafels-error"]').innerText(), words("field.required"));
    await page.getByLabel("Branche").selectOption("Horeca");
    await page.getByLabel("Aantal tafels").fill("12,5");
    await look(page);
    await page.getByLabel("Aantal tafels").press("Enter");
    await page.getByRole("heading", { level: 1, name: "De Keet" }).waitFor();
    await look(page);
    const facts = page.locator(".card", { hasText: words("custom_fields.card") });
    assert.ok((await facts.innerText()).includes("Horeca"));

    await page.goto(`${server.url}/manage/settings/customer-fields`);
    await follow(page, page.getByRole("button", { name: words("custom_fields.up") }));
    assert.deepEqual(await page.locator("tbody a").allInnerTexts(), ["Aantal tafels", "Branche"]);
    await follow(page, link(page, "Branche"));
    await follow(page, link(page, words("manage.delete")));
    assert.ok((await page.locator("main").innerText()).includes(words("custom_fields.delete_one")));
    await look(page);
    await follow(page, button(page, words("manage.delete")));
    assert.deepEqual(await page.locator("tbody a").allInnerTexts(), ["Aantal tafels"]);
  });
});
