// Counts all your customers, page by page.
// Needs Node 20 and: KLANTPORTAAL_API, and ACCESS_TOKEN or KLANTPORTAAL_API_KEY

import { setTimeout as sleep } from "node:timers/promises";

const { KLANTPORTAAL_API, KLANTPORTAAL_API_KEY, ACCESS_TOKEN } = process.env;

let url = `${KLANTPORTAAL_API}/customers`;
let count = 0;

while (url) {
  const response = await fetch(url, {
    headers: { Authorization: `Bearer ${ACCESS_TOKEN || KLANTPORTAAL_API_KEY}` },
  });
  if (response.status === 429) {
    const seconds = Number(response.headers.get("Retry-After") ?? 60);
    await sleep(seconds * 1000);
    continue;
  }
  if (!response.ok) throw new Error(await response.text());

  const page = await response.json();
  count += page.data.length;
  url = page.next_page_url;
}

console.log(`count=${count}`);
