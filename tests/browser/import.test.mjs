// Customers from a file and into one: upload, columns, preview, progress, undo; the export.

import assert from "node:assert/strict";

import { startServer } from "./helper.mjs";
import { bothWays, button, follow, heading, link, logIn, look, together, walk } from "./road.mjs";

const server = await startServer({ demo: true });

/** A file with good rows, one that is faulty, and one twice. */
const file = () => {
  const row = (number) => `Klant ${number};klant${number}@example.nl;Kade ${number};1234 AB;Ede\r\n`;
  const rows = Array.from({ length: 120 }, (_, number) => row(number));
  const text = `Naam;E-mail;Adres;Postcode;Plaats\r\n${rows.join("")}Fout;geen adres;Kade 1;1234 AB;Ede\r\n${row(3)}`;
  return { name: "klanten.csv", mimeType: "text/csv", buffer: Buffer.from(text) };
};

/** Waits until no work is in progress on the page, which follows it by itself. */
const settle = async (page) => {
  await page.locator("[data-refresh]").waitFor({ state: "detached" });
  await page.waitForLoadState();
};

together("import and export", () => {
  walk("a file is imported and undone, and the list is saved as one", { ways: bothWays }, async (page, words) => {
    const owner = await server.portal();
    await logIn(page, server, words, owner, "/manage/customers");
    await follow(page, link(page, words("transfer.import.link")));
    await look(page);
    await follow(page, button(page, words("transfer.import.upload")));
    await page.getByText(words("transfer.import.no_file")).first().waitFor();
    await look(page);
    await page.locator("input[type=file]").setInputFiles(file());
    await follow(page, button(page, words("transfer.import.upload")));
    assert.equal(await heading(page), "klanten.csv");
    await look(page);
    await follow(page, button(page, words("transfer.import.check")));
    await settle(page);
    await page.getByText("Klant 0").first().waitFor();
    await look(page);
    await page.getByLabel(words("transfer.duplicates.skip")).check();
    await follow(page, button(page, words("transfer.import.start", { count: 121 })));
    await settle(page);
    await page.getByText(words("transfer.state.done"), { exact: true }).first().waitFor();
    await look(page);
    await follow(page, link(page, words("transfer.undo.button")));
    await look(page);
    await follow(page, button(page, words("transfer.undo.button")));
    await settle(page);
    await page.getByText(words("transfer.state.undone"), { exact: true }).first().waitFor();
    await look(page);
    await page.goto(`${server.url}/manage/customers/export`);
    await look(page);
    const [download] = await Promise.all([page.waitForEvent("download"), link(page, words("transfer.export.csv")).click()]);
    assert.match(download.suggestedFilename(), /\.csv$/);
  });
});
