import type { Engine, ObjectState } from "../../src/engines/engine.ts";
import { shareViews } from "../../src/http/sharing/shared-views.ts";
import type { World } from "../../src/http/world.ts";
import { setStage } from "../stage/stage.ts";
import { askPage } from "../support/ask-page.ts";
import { atMost, type Figure } from "./figure.ts";
import { median } from "./statistics.ts";

const MOST_MS = 50;
const MOST_KB = 150;
/** The first ones are slower: what is compiled, and what is read for the first time. */
const WARM_UP = 5;
const ROUNDS = 15;
/** How many records change between two pages. */
const CHANGES = 10;
const OTHER_PAGES = ["/timeline", "/upcoming", "/nodes", "/problems"];

/** What the pages of a thousand jobs cost, without HTTP: CPU of the thread that starts runs, and bytes before compression. */
export async function measurePage(): Promise<Figure[]> {
  const stage = await crowdedStage();
  const start = await measure("/", stage);
  const others: Figure[] = [];
  for (const path of OTHER_PAGES) {
    const { ms, kb } = await measure(path, stage);
    others.push({ name: `  ${path}`, measured: `${median(ms.slice(WARM_UP)).toFixed(0)} ms, ${kb.toFixed(0)} kB` });
  }
  const rounds = start.ms.map((ms) => ms.toFixed(0)).join(", ");
  return [
    atMost("1,000 jobs: CPU of the start page", median(start.ms.slice(WARM_UP)), {
      most: MOST_MS,
      unit: " ms",
      digits: 0,
      details: `${CHANGES} records change between two; the very first time ${rounds.split(", ", 1)}, then ${rounds.split(", ").slice(1).join(", ")}`,
    }),
    atMost("1,000 jobs: size of the start page", start.kb, { most: MOST_KB, unit: " kB", digits: 0 }),
    ...others,
  ];
}

interface CrowdedStage {
  readonly world: World;
  /** Six seconds pass, in which some jobs do something. */
  readonly goOn: () => Promise<void>;
}

/** The stage of the page's tests with a thousand jobs. Its records are those of a scheduler: the same values until they change. */
async function crowdedStage(): Promise<CrowdedStage> {
  const { world: staged, clock } = await setStage("crowded");
  const records = new Map(staged.records());
  const [seen, answer] = await Promise.all([staged.states(), staged.nodes()]);
  const states = new Map<string, ObjectState>();
  for (const [id, state] of seen === "unknown" ? [] : seen) if (state !== "unknown") states.set(id, state);
  const nodes = answer.kind === "nodes" ? answer.nodes : [];
  const engine: Pick<Engine, "look" | "nodes"> = { look: async () => states, nodes: async () => nodes };
  const asRead = { ...staged, records: () => records };
  const world = { ...asRead, ...shareViews({ ...asRead, engine: () => engine }) };
  const names = [...records.keys()];
  let changed = 0;
  const goOn = async () => {
    await clock.advance(6000);
    for (let count = 0; count < CHANGES; count++) {
      const name = names[changed++ % names.length] ?? "";
      const record = records.get(name);
      if (record !== undefined) records.set(name, { ...record });
    }
  };
  return { world, goOn };
}

async function measure(path: string, { world, goOn }: CrowdedStage) {
  const ms: number[] = [];
  let kb = 0;
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    await goOn();
    const before = process.threadCpuUsage();
    const { body } = await askPage(path, { world });
    const { user, system } = process.threadCpuUsage(before);
    ms.push((user + system) / 1000);
    kb = Buffer.byteLength(body) / 1000;
  }
  return { ms, kb };
}
