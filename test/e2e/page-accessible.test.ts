import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LabBrowser, startBrowser } from "../lab/browser.ts";
import { COMPANY_NOW } from "../stage/company.ts";
import { pagesOf } from "../stage/pages.ts";
import { serveStage } from "../stage/serve-stage.ts";
import type { Situation } from "../stage/stage.ts";
import { Visitor } from "./visitor.ts";

let browser: LabBrowser;
beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser?.takeDown());

type Scheme = "light" | "dark";

/** The rules of axe that depend on colours and on the width: the rest is the same in each theme and on each screen. */
const RULES_OF_STYLE = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"];

interface Look {
  readonly scheme: Scheme;
  readonly width: number;
  /** Default: all rules that axe has on. */
  readonly rules?: readonly string[];
}

/** What axe has to say about each page in each of these looks, and what must never happen on one. */
async function faultsOf(situation: Situation, looks: readonly Look[]): Promise<readonly string[]> {
  await using stage = await serveStage(situation);
  await using visitor = await Visitor.come(browser, stage.url);
  await visitor.page.clock.setFixedTime(COMPANY_NOW);
  const faults: string[] = [];
  for (const { name, path } of pagesOf(stage)) {
    await visitor.open(path);
    for (const look of looks) faults.push(...(await faultsIn(visitor.page, look)).map((fault) => `${name}: ${fault}`));
  }
  return [...faults, ...visitor.faults];
}

/** What is wrong with the page that is open, in that look. */
async function faultsIn(page: Page, { scheme, width, rules }: Look): Promise<readonly string[]> {
  await page.emulateMedia({ colorScheme: scheme });
  await page.setViewportSize({ width, height: 800 });
  // Without legacy mode, axe opens one more page for each look, to put together what several frames have found: ours have one.
  const axe = new AxeBuilder({ page }).setLegacyMode();
  // What passes is not described, element by element.
  axe.options({ resultTypes: ["violations"] });
  if (rules !== undefined) axe.withRules([...rules]);
  const { violations } = await axe.analyze();
  const faults = violations.map(
    ({ id, help, nodes }) => `${scheme}: ${id}, ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`,
  );
  const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
  return Number(overflow) > 0 ? [...faults, `is ${overflow} pixels wider than its window of ${width}`] : faults;
}

describe("every page is accessible, keeps its content policy, and fits its window", () => {
  it("light, on a screen; and dark, on a phone, by the rules of style", async () => {
    const looks: readonly Look[] = [
      { scheme: "light", width: 1280 },
      { scheme: "dark", width: 390, rules: RULES_OF_STYLE },
    ];
    expect(await faultsOf("typical", looks)).toEqual([]);
  });

  it.each<[Situation, Scheme, number]>([
    ["typical", "dark", 1280],
    ["typical", "dark", 390],
    ["typical", "light", 390],
    ...(["crowded", "empty", "engine-away", "ledger-away"] as const).flatMap(
      (situation): [Situation, Scheme, number][] => [
        [situation, "light", 1280],
        [situation, "dark", 390],
      ],
    ),
  ])("%s, %s, %i pixels wide", { tags: "full" }, async (situation, scheme, width) => {
    expect(await faultsOf(situation, [{ scheme, width }])).toEqual([]);
  });
});
