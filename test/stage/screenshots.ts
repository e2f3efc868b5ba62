/**
 * `npm run screenshots`: every page, in each situation, light and dark, wide and narrow, from a scripted hour that is the
 * same each time. Those that documents show are in docs/images/; the others go to a folder of their own.
 */
import { once } from "node:events";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { startBrowser } from "../lab/browser.ts";
import { readScript, refuse } from "../support/script-options.ts";
import { COMPANY_NOW } from "./company.ts";
import { pagesOf } from "./pages.ts";
import { serveStage } from "./serve-stage.ts";
import { SITUATIONS } from "./stage.ts";

const use = {
  usage: `usage: npm run screenshots -- [--all [--into DIR] [--only TEXT]]
           the pictures of docs/images/; with --all every page in each situation, into a new folder; TEXT: those whose name has it, such as typical-job-dark-1280
       npm run screenshots -- --serve SITUATION [--port PORT]
           serves one until Ctrl-C
SITUATION is one of ${SITUATIONS.join(", ")}.
`,
  options: {
    all: { type: "boolean", default: false },
    into: { type: "string" },
    only: { type: "string", default: "" },
    serve: { type: "string" },
    port: { type: "string", default: "8495" },
  },
  words: [],
} as const;

const IMAGES = join(import.meta.dirname, "../../docs/images");
const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 390, height: 844 };

/** The committed ones: those that README.md and docs/web.md show. */
const SHOWN = [
  { name: "jobs", page: "jobs", view: WIDE },
  { name: "job", page: "job", view: WIDE },
  { name: "timeline", page: "timeline", view: WIDE },
  { name: "upcoming", page: "upcoming", view: WIDE },
  { name: "notices", page: "notices", view: WIDE },
  { name: "jobs-phone", page: "jobs", view: NARROW },
] as const;

const { all, into, only, serve, port } = readScript(use).values;
if (serve !== undefined) await serveForPeople(serve);
else if (all) await paintAll(into ?? (await mkdtemp(join(tmpdir(), "shipbell-screenshots-"))));
else await paintShown();

async function serveForPeople(situation: string): Promise<void> {
  const known = SITUATIONS.find((each) => each === situation);
  if (known === undefined) refuse(`--serve ${situation}: there is no such situation`, use);
  await using stage = await serveStage(known, { port: Number(port) });
  process.stdout.write(`${situation}: ${stage.url}\n`);
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
}

async function paintShown(): Promise<void> {
  await mkdir(IMAGES, { recursive: true });
  await using browser = await startBrowser();
  await using stage = await serveStage("typical");
  for (const { name, page, view } of SHOWN)
    for (const colorScheme of ["light", "dark"] as const) {
      const context = await browser.newContext({ viewport: view, colorScheme });
      const path = pagesOf(stage).find((each) => each.name === page)?.path ?? "";
      const picture = await paint(await context.newPage(), `${stage.url}${path}`, { fullPage: false });
      await writeFile(join(IMAGES, `${name}-${colorScheme}.png`), picture);
      await context.close();
    }
  process.stdout.write(`${IMAGES}\n`);
}

async function paintAll(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await using browser = await startBrowser();
  for (const situation of SITUATIONS) {
    await using stage = await serveStage(situation);
    for (const colorScheme of ["light", "dark"] as const)
      for (const viewport of [WIDE, NARROW]) {
        const context = await browser.newContext({ viewport, colorScheme });
        for (const { name, path } of pagesOf(stage)) {
          const file = `${situation}-${name}-${colorScheme}-${viewport.width}`;
          if (!file.includes(only)) continue;
          const page = await context.newPage();
          await writeFile(join(folder, `${file}.png`), await paint(page, `${stage.url}${path}`, { fullPage: true }));
          await page.close();
        }
        await context.close();
      }
  }
  process.stdout.write(`${folder}\n`);
}

/** The clock of the page stands as that of the stage does. */
async function paint(page: Page, url: string, { fullPage }: { readonly fullPage: boolean }): Promise<Buffer> {
  await page.clock.setFixedTime(COMPANY_NOW);
  await page.goto(url);
  await page.evaluate("document.fonts.ready");
  return page.screenshot({ fullPage });
}
