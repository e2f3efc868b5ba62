/** `npm run bench`: measures on a private engine what shipbell costs, and prints one table. Some five minutes. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEngine } from "../lab/engine.ts";
import { ensureImages } from "../lab/images.ts";
import { measureBurst } from "./burst.ts";
import { type Figure, formatFigures } from "./figure.ts";
import { measureIdle } from "./idle.ts";
import { buildProgram } from "./program.ts";
import { measureStartDelay } from "./start-delay.ts";

const MEASUREMENTS = { idle: measureIdle, delay: measureStartDelay, burst: measureBurst };

/** Arguments choose measurements by name; without any, all are made. */
const chosen = Object.entries(MEASUREMENTS).filter(
  ([name]) => process.argv.length === 2 || process.argv.slice(2).includes(name),
);
const folder = await mkdtemp(join(tmpdir(), "shipbell-bench-"));
try {
  const program = await buildProgram(folder);
  await using engine = await startEngine();
  await ensureImages(engine, ["busybox:latest"]);
  const figures: Figure[] = [];
  for (const [name, measure] of chosen) {
    const place = join(folder, name);
    await mkdir(place);
    process.stderr.write(`measuring: ${name} …\n`);
    figures.push(...(await measure(engine, program, place)));
  }
  process.stdout.write(`${formatFigures(figures)}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
