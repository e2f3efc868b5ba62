import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LabBrowser, startBrowser } from "./browser.ts";
import { readRecords } from "./lab-folder.ts";

let browser: LabBrowser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.takeDown());

const PAGE = `<!doctype html><meta charset="utf-8"><title>a page</title>
<p id="text" style="font-family: system-ui">text</p><p id="made"></p>
<script>document.getElementById("made").textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;</script>`;

async function servePage(): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer((_, response) => response.setHeader("Content-Type", "text/html").end(PAGE));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await once(server.close(), "close");
  };
  return { url: `http://127.0.0.1:${port}/`, [Symbol.asyncDispose]: close };
}

test("it opens a page and runs its script, in the zone of the window", async () => {
  await using server = await servePage();
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(server.url);
  expect(await page.title()).toBe("a page");
  expect(await page.locator("#made").textContent()).toBe("Europe/Berlin");
  await context.close();
});

test("a window without scripts runs none", async () => {
  await using server = await servePage();
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(server.url);
  expect(await page.locator("#made").textContent()).toBe("");
  await context.close();
});

test("two windows paint the same page with the same bytes", async () => {
  await using server = await servePage();
  const paint = async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    const page = await context.newPage();
    await page.goto(server.url);
    const picture = await page.screenshot();
    await context.close();
    return picture.toString("base64");
  };
  expect(await paint()).toBe(await paint());
});

test("nothing of it is left when it is taken down", async () => {
  const ours = async () =>
    (await readRecords()).filter(({ kind, owner }) => kind === "browser" && owner?.pid === process.pid);
  const before = (await ours()).length;
  const another = await startBrowser();
  expect(await ours()).toHaveLength(before + 1);
  await another.takeDown();
  expect(await ours()).toHaveLength(before);
});
