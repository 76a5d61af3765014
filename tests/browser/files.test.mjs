// Files: some are uploaded, put into a folder, looked at, renamed, downloaded and deleted.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { startClamd } from "./clamd.mjs";
import { startServer } from "./helper.mjs";
import { bothWays, button, follow, heading, link, logIn, look, send, together, walk } from "./road.mjs";

const server = await startServer();
const clamd = await startClamd();
const scanned = await startServer({ flags: [`--scanner=clamd:${clamd.path}`] });
const path = "/manage/files";
const said = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();
const input = (page) => page.locator('input[type="file"]');

const picture = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
const file = (name, text) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(text) });

/** A new portal, whose owner looks at its files. */
async function atFiles(page, words) {
  await logIn(page, server, words, await server.portal(), path);
  await page.getByText(words("files.empty_title")).waitFor();
}

/** Uploads files by the form, and waits for the page that lists them. */
async function uploadBy(page, words, files) {
  await input(page).setInputFiles(files);
  await follow(page, button(page, words("files.upload")));
}

together("files", () => {
  walk("files are uploaded and found again", {}, async (page, words, { size }) => {
    await atFiles(page, words);
    await look(page);
    if (size === "phone") await page.setViewportSize({ width: 320, height: 720 });
    await uploadBy(page, words, [file("Uren week 48.csv", "datum;uren\n2026-11-23;8\n"), { ...file("Meterkast.png", ""), buffer: picture }]);
    await link(page, "Uren week 48.csv").waitFor();
    await look(page);

    await follow(page, link(page, words("files.new_directory")));
    await look(page);
    await send(page, { name: "Offertes" }, words("manage.save"));
    await said(page, words("flash.directory_created"));
    assert.equal(await heading(page), "Offertes");
    await uploadBy(page, words, [file("Offerte 2026-117 voor de warmtepomp van Hotel De Linde aan de Stationsstraat.txt", "Een offerte")]);
    await link(page, /^Offerte 2026-117/).waitFor();
    await look(page);

    await follow(page, page.locator(".breadcrumbs").getByRole("link", { name: words("files.title"), exact: true }));
    const weights = await page.locator("tbody th > a").evaluateAll((names) => names.map((name) => getComputedStyle(name).fontWeight));
    assert.deepEqual(weights, ["600", "600", "600"], "a directory's name is as heavy as a file's");
    await follow(page, link(page, "Meterkast.png"));
    await page.getByAltText(words("files.preview_of", { name: "Meterkast.png" })).waitFor();
    const shown = page.locator(".picture img");
    await page.waitForFunction((img) => img.complete && img.naturalWidth === 1, await shown.elementHandle());
    await look(page);
    const saved = page.waitForEvent("download");
    await link(page, words("files.download")).click();
    const download = await saved;
    assert.equal(download.suggestedFilename(), "Meterkast.png");
    assert.deepEqual(await readFile(await download.path()), picture);

    await follow(page, link(page, words("files.rename")));
    await look(page);
    await send(page, { name: "Uren week 48.csv" }, words("manage.save"));
    await page.locator(".error-summary").getByText(words("files.name_taken")).waitFor();
    await look(page);
    await send(page, { name: "Meterkast Kerkstraat 5.png" }, words("manage.save"));
    await said(page, words("flash.file_renamed"));
    await follow(page, link(page, words("manage.delete")));
    await look(page);
    await follow(page, button(page, words("manage.delete")));
    await said(page, words("flash.file_deleted"));
    assert.equal(await link(page, "Meterkast Kerkstraat 5.png").count(), 0);
  });

  walk("files that are dropped are sent one after the other", { ways: bothWays }, async (page, words) => {
    await atFiles(page, words);
    await page.getByText(words("files.drop")).waitFor();
    const dropped = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      for (const name of ["Een.txt", "Twee.txt", "Een.txt"]) data.items.add(new File([`inhoud van ${name}`], name));
      return data;
    });
    const arrived = page.waitForEvent("load");
    await page.locator(".drop-zone").dispatchEvent("drop", { dataTransfer: dropped });
    await arrived;
    for (const name of ["Een.txt", "Een (2).txt", "Twee.txt"]) await link(page, name).waitFor();
    await look(page);
  });

  walk("a file that doesn't arrive is told of", { ways: bothWays, allowed: /ERR_FAILED/ }, async (page, words) => {
    await atFiles(page, words);
    await page.route("**/upload", (route) => route.abort());
    await input(page).setInputFiles([file("Een.txt", "een")]);
    await button(page, words("files.upload")).click();
    await page.locator(".drop-files").getByText(words("files.upload_failed")).waitFor();
    await look(page);
  });

  walk("files wait for the virus scanner, and some are blocked", { ways: bothWays }, async (page, words, { lang }) => {
    await logIn(page, scanned, words, await scanned.portal(), path);
    await uploadBy(page, words, [file("Factuur.exe", `wacht ${lang}: een VIRUS`)]);
    await page.getByText(words("files.scan.scanning")).waitFor();
    assert.equal(await link(page, words("files.download")).count(), 0);
    await follow(page, link(page, "Factuur.exe"));
    await page.getByText(words("files.scan.scanning_text")).waitFor();
    assert.equal(await link(page, words("files.download")).count(), 0);
    await look(page);
    clamd.release(`wacht ${lang}`);
    const blocked = page.getByText(words("files.scan.blocked_text", { finding: words("files.finding.found", { name: "Proef.Virus" }) }));
    while ((await blocked.count()) === 0) await page.reload();
    assert.equal(await link(page, words("files.download")).count(), 0);
    await look(page);
    await page.goto(`${scanned.url}${path}`);
    await page.getByText(words("files.scan.blocked"), { exact: true }).waitFor();
    await look(page);
  });

  walk("files are uploaded without scripts", { ways: bothWays, javaScript: false }, async (page, words) => {
    await atFiles(page, words);
    await uploadBy(page, words, [file("Een.txt", "een"), file("Twee.txt", "twee")]);
    await said(page, words("flash.files_added", { count: 2 }));
    for (const name of ["Een.txt", "Twee.txt"]) await link(page, name).waitFor();
    await look(page);
  });
});
