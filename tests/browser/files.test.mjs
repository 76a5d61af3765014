// Files: some are uploaded, also in parts, put into a folder, looked at, renamed, downloaded and deleted.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { startClamd } from "./clamd.mjs";
import { startServer } from "./helper.mjs";
import { bothWays, button, follow, heading, link, logIn, look, send, together, walk } from "./road.mjs";

const server = await startServer();
const clamd = await startClamd();
const scanned = await startServer({ flags: [`--scanner=clamd:${clamd.path}`] });
const path = "/manage/files";
const said = (page, text) => page.getByRole("status").filter({ hasText: text }).waitFor();
const input = (page) => page.locator('input[type="file"]');

const image = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

/** A PDF of one page. */
function pdf(text) {
  const drawn = `BT /F1 36 Tf 60 700 Td (${text}) Tj ET`;
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${drawn.length} >>\nstream\n${drawn}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let content = "%PDF-1.4\n";
  let places = "0000000000 65535 f \n";
  for (const [index, object] of objects.entries()) {
    places += `${String(content.length).padStart(10, "0")} 00000 n \n`;
    content += `${index + 1} 0 obj\n${object}\nendobj\n`;
  }
  const size = objects.length + 1;
  return `${content}xref\n0 ${size}\n${places}trailer << /Size ${size} /Root 1 0 R >>\nstartxref\n${content.length}\n%%EOF\n`;
}

/** Waits for the browser's viewer of PDFs: what may not be shown has none. */
async function viewer(page) {
  while (!page.frames().some((frame) => frame.url().startsWith("chrome-extension://"))) await page.waitForTimeout(50);
}

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

const listed = (page, name) => page.locator("tbody").getByRole("link", { name, exact: true });
const buttonOf = (page, label, name) => page.getByRole("button", { name: `${label} ${name}`, exact: true });

const folder = await mkdtemp(join(tmpdir(), "klantportaal-uploads-"));
after(() => rm(folder, { recursive: true }));

/** A file on disk: a browser knows it again by its time. */
async function onDisk(name, content) {
  const path = join(await mkdtemp(join(folder, "a")), name);
  await writeFile(path, content);
  return path;
}

/** One of three parts. */
const large = (name) => onDisk(name, Buffer.alloc(2 * 8 * 1024 * 1024 + 5, name));

/** Holds parts, from this number on, until they are released. */
async function holdParts(page, from = 1) {
  const held = [];
  const hold = (route) => (Number(route.request().url().at(-1)) < from ? route.continue() : held.push(route));
  await page.route("**/parts/*", hold);
  return {
    async until(count) {
      while (held.length < count) await pause(20);
    },
    async release() {
      await page.unroute("**/parts/*", hold);
      // What was cancelled meanwhile is gone.
      for (const route of held) await route.continue().catch(() => {});
    },
  };
}

together("files", () => {
  walk("files are uploaded and found again", {}, async (page, words, { size }) => {
    await atFiles(page, words);
    await look(page);
    if (size === "phone") await page.setViewportSize({ width: 320, height: 720 });
    await uploadBy(page, words, [file("Uren week 48.csv", "datum;uren\n2026-11-23;8\n"), { ...file("Meterkast.png", ""), buffer: image }]);
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
    assert.deepEqual(await readFile(await download.path()), image);

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

  walk("a PDF is shown on its page, and opened beside it", {}, async (page, words) => {
    await atFiles(page, words);
    await uploadBy(page, words, [file("Offerte 2026-117.pdf", pdf("Offerte 2026-117")), file("Geen offerte.pdf", "<html><script>alert(1)</script>")]);
    await follow(page, link(page, "Geen offerte.pdf"));
    assert.equal(await page.locator("iframe").count(), 0);
    await page.goBack();
    await follow(page, link(page, "Offerte 2026-117.pdf"));
    await page.getByTitle(words("files.preview_of", { name: "Offerte 2026-117.pdf" })).scrollIntoViewIfNeeded();
    await viewer(page);
    await look(page);
    const opened = page.waitForEvent("popup");
    await link(page, words("files.open_in_tab")).click();
    const tab = await opened;
    await viewer(tab);
    await tab.close();
    const saved = page.waitForEvent("download");
    await link(page, words("files.download")).click();
    assert.equal((await saved).suggestedFilename(), "Offerte 2026-117.pdf");
  });

  walk("files that are dropped are sent", { ways: bothWays }, async (page, words) => {
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

  walk("a small file that doesn't arrive is sent again, and a refused one says why", { ways: bothWays, allowed: /ERR_FAILED|409/ }, async (page, words) => {
    await atFiles(page, words);
    await page.route("**/upload", (route) => route.abort(), { times: 1 });
    await input(page).setInputFiles([file("Een.txt", "een")]);
    await button(page, words("files.upload")).click();
    await listed(page, "Een.txt").waitFor();
    const refused = { status: 409, contentType: "application/json", body: JSON.stringify({ message: "Geen ruimte" }) };
    await page.route("**/upload", (route) => route.fulfill(refused), { times: 1 });
    await input(page).setInputFiles([file("Twee.txt", "twee")]);
    await button(page, words("files.upload")).click();
    await page.locator(".upload").getByText("Geen ruimte").waitFor();
    await look(page);
    await follow(page, buttonOf(page, words("uploads.again"), "Twee.txt"));
    await listed(page, "Twee.txt").waitFor();
  });

  walk("several files go at once, and are paused, resumed and cancelled by keyboard", {}, async (page, words, { size }) => {
    await atFiles(page, words);
    if (size === "phone") await page.setViewportSize({ width: 320, height: 720 });
    const held = await holdParts(page);
    await input(page).setInputFiles([await large("Bouwtekening van de nieuwe loods aan de Industrieweg, versie 12.pdf"), await large("Film.mp4"), await onDisk("Klein.txt", "klein")]);
    await button(page, words("files.upload")).click();
    await page.locator('.upload[data-state="done"]').getByRole("link", { name: "Klein.txt" }).waitFor();
    await held.until(2);
    const rows = page.locator('.upload[data-state="sending"]');
    assert.equal(await rows.count(), 2);
    assert.equal(await rows.getByRole("progressbar", { name: "Film.mp4" }).getAttribute("max"), "16777221");
    await rows.getByText(/%$/).first().waitFor();
    await look(page);

    await buttonOf(page, words("uploads.pause"), "Film.mp4").press("Enter");
    const resume = buttonOf(page, words("uploads.resume"), "Film.mp4");
    await page.getByRole("status").filter({ hasText: `Film.mp4: ${words("uploads.paused")}` }).waitFor();
    assert.ok(await resume.evaluate((element) => element === document.activeElement), "the focus stays");
    await look(page);
    await buttonOf(page, words("uploads.cancel"), "Bouwtekening van de nieuwe loods aan de Industrieweg, versie 12.pdf").press("Enter");
    await page.getByRole("status").filter({ hasText: words("uploads.cancelled") }).waitFor();
    assert.equal(await page.locator(".upload").count(), 2);
    await held.release();
    const reloaded = page.waitForEvent("load");
    await resume.press("Enter");
    await reloaded;
    for (const name of ["Film.mp4", "Klein.txt"]) await listed(page, name).waitFor();
    assert.equal(await page.locator(".upload").count(), 0);
    assert.equal(await page.getByText("Bouwtekening").count(), 0);
  });

  walk("an upload goes on after a broken connection, and after a reload with the same file", { ways: bothWays, allowed: /ERR_FAILED/ }, async (page, words) => {
    await atFiles(page, words);
    const [first, second] = [await large("Eerste.bin"), await large("Tweede.bin")];
    await page.route("**/parts/2", (route) => route.abort(), { times: 2 });
    await input(page).setInputFiles([first]);
    await button(page, words("files.upload")).click();
    await page.getByText(words("uploads.offline")).first().waitFor();
    await listed(page, "Eerste.bin").waitFor();
    await page.locator("tbody").getByText(words("files.title") === "Files" ? "16.8 MB" : "16,8 MB").waitFor();

    await page.route("**/parts/2", (route) => route.abort());
    await input(page).setInputFiles([second]);
    await button(page, words("files.upload")).click();
    await page.getByText(words("uploads.offline")).first().waitFor();
    await look(page);
    await page.unroute("**/parts/2");
    const parts = [];
    page.on("request", (request) => /parts/.test(request.url()) && parts.push(request.url().at(-1)));
    await listed(page, "Tweede.bin").waitFor();
    assert.ok(!parts.includes("1"), `${parts}: the first part isn't sent again`);

    const third = await large("Derde.bin");
    const held = await holdParts(page, 2);
    await input(page).setInputFiles([third]);
    await button(page, words("files.upload")).click();
    await held.until(1);
    await page.reload();
    await page.locator(".upload").getByText(words("uploads.choose_again")).waitFor();
    await look(page);
    await held.release();
    parts.length = 0;
    await input(page).setInputFiles([third]);
    await button(page, words("files.upload")).click();
    await listed(page, "Derde.bin").waitFor();
    assert.deepEqual(parts, ["2", "3"]);
    assert.equal(await page.locator(".upload").count(), 0);
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
