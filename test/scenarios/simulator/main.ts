import { readScript, refuse } from "../../support/script-options.ts";
import { check } from "./check.ts";

const use = {
  usage: "usage: npm run simulate -- [--seeds 2000] [--seed S [--path P]] [--pooled | --spread | --nodes]\n",
  options: {
    seeds: { type: "string", default: "2000" },
    seed: { type: "string" },
    path: { type: "string" },
    pooled: { type: "boolean" },
    spread: { type: "boolean" },
    nodes: { type: "boolean" },
  },
  words: [],
} as const;
const { seeds, seed, path, pooled, spread, nodes } = readScript(use).values;
if (!(Number(seeds) > 0)) refuse(`--seeds ${seeds}: is not a number above 0`, use);
if (Number.isNaN(Number(seed ?? 0))) refuse(`--seed ${seed}: is not a number`, use);
const startedAt = performance.now();
const found = await check({
  runs: Number(seeds),
  ...(seed !== undefined && { seed: Number(seed) }),
  ...(path !== undefined && { path }),
  ...(pooled && { isPooled: true }),
  ...(spread && { isSpread: true }),
  ...(nodes && { isNoded: true }),
});
const tookS = ((performance.now() - startedAt) / 1000).toFixed(1);
process.stdout.write(
  found.failure === undefined ? `${found.runs} seeds in ${tookS} s: all promises kept\n` : `${found.failure}\n`,
);
process.exitCode = found.failure === undefined ? 0 : 1;
