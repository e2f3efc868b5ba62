import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions } from "playwright-core";
import { engineFiles } from "./engine-files.ts";
import { type LabRecord, shortId, writeRecord } from "./lab-folder.ts";
import { launch, untilAnswering } from "./machine/launch.ts";
import { withLock } from "./machine/lock.ts";
import { thisProcess } from "./machine/owner.ts";
import { BROWSER_NEEDS, FONT_FOLDERS, needCommands } from "./machine/packages.ts";
import { takeDown, takeDownLeftovers } from "./take-down.ts";

export interface LabBrowser extends AsyncDisposable {
  /**
   * Opens a window of its own, with its own cookies and credentials: the clock of Berlin, English, 1280 × 800, unless the
   * options say otherwise.
   */
  newContext(options?: BrowserContextOptions): Promise<BrowserContext>;
  takeDown(): Promise<void>;
}

/**
 * Starts Debian's Chromium of this process, without a screen. Fonts and colours are the same on each machine. Rejects with
 * the end of its log when it does not start.
 */
export async function startBrowser(): Promise<LabBrowser> {
  await needCommands(BROWSER_NEEDS);
  const record = await withLock("up", prepare);
  const down = () => withLock("up", () => takeDown(record));
  try {
    const browser = await run(record);
    const end = async () => {
      await browser.close().catch(() => {}); // it may be gone already
      await down();
    };
    return {
      newContext: (options) => browser.newContext({ ...USUAL, ...options }),
      takeDown: end,
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await down();
    throw error;
  }
}

const USUAL: BrowserContextOptions = {
  viewport: { width: 1280, height: 800 },
  locale: "en-GB",
  timezoneId: "Europe/Berlin",
  reducedMotion: "reduce",
};

async function prepare(): Promise<LabRecord> {
  await takeDownLeftovers();
  const record: LabRecord = { id: shortId(), name: `browser-${shortId()}`, kind: "browser", owner: thisProcess() };
  await writeRecord(record);
  return record;
}

async function run(record: LabRecord): Promise<Browser> {
  const { folder, mark } = engineFiles(record);
  const [profile, log, fonts] = [join(folder, "profile"), join(folder, "browser.log"), join(folder, "fonts.conf")];
  await writeFile(fonts, fontsConfig(join(folder, "font-cache")));
  const env = { FONTCONFIG_FILE: fonts, HOME: folder, TMPDIR: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder };
  const args = [`--user-data-dir=${profile}`, "--remote-debugging-port=0", ...SWITCHES];
  const server = launch({ command: "chromium-headless-shell", args, folder, mark, log, env });
  await untilAnswering(server, log, async () => (await addressIn(profile)) !== undefined);
  // Loading it takes half a second, and only tests with a browser need it.
  const { chromium } = await import("playwright-core");
  return chromium.connectOverCDP((await addressIn(profile)) ?? "");
}

const SWITCHES = [
  // The lab runs as root, and opens only pages of its own.
  "--no-sandbox",
  "--disable-dev-shm-usage",
  "--disable-gpu",
  ...["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  // The same pixels on each machine.
  ...["--force-color-profile=srgb", "--font-render-hinting=none", "--disable-lcd-text", "--hide-scrollbars"],
];

/** The browser chooses its port, and writes it down once it listens. */
async function addressIn(profile: string): Promise<string | undefined> {
  const text = await readFile(join(profile, "DevToolsActivePort"), "utf8").catch(() => "");
  const [port, path] = text.split("\n");
  return port && path ? `ws://127.0.0.1:${port}${path}` : undefined;
}

/** No font of the machine but these; what a page asks of the system is Inter. */
function fontsConfig(cache: string): string {
  const families = {
    "system-ui": "Inter",
    "ui-sans-serif": "Inter",
    "sans-serif": "Inter",
    monospace: "Noto Sans Mono",
  };
  const aliases = Object.entries(families).map(
    ([generic, family]) =>
      `<match><test name="family"><string>${generic}</string></test>` +
      `<edit name="family" mode="prepend" binding="strong"><string>${family}</string></edit></match>`,
  );
  const folders = FONT_FOLDERS.map((folder) => `<dir>${folder}</dir>`);
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
${[...folders, `<cachedir>${cache}</cachedir>`, ...aliases].join("\n")}
</fontconfig>
`;
}
