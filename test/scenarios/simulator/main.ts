import { parseArgs } from "node:util";
import { check } from "./check.ts";

const usage = `usage: npm run simulate -- [--seeds N] [--seed S [--path P]]
`;

const { values } = parseArgs({
  options: { seeds: { type: "string", default: "2000" }, seed: { type: "string" }, path: { type: "string" } },
});
const { seeds, seed, path } = values;
if (!(Number(seeds) > 0) || Number.isNaN(Number(seed ?? 0))) {
  process.stderr.write(usage);
  process.exit(1);
}
const startedAt = performance.now();
const found = await check({
  runs: Number(seeds),
  ...(seed !== undefined && { seed: Number(seed) }),
  ...(path !== undefined && { path }),
});
const tookS = ((performance.now() - startedAt) / 1000).toFixed(1);
process.stdout.write(
  found.failure === undefined ? `${found.runs} seeds in ${tookS} s: all promises kept\n` : `${found.failure}\n`,
);
process.exitCode = found.failure === undefined ? 0 : 1;
