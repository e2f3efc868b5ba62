import { defineConfig } from "vitest/config";
import { VARIANT_VARIABLE } from "./test/lab/variants/variants.ts";
import FileOrder from "./test/support/file-order.ts";
import { PATIENCE_MS } from "./test/support/patience.ts";

/** How many tests with an engine run at once: each worker has an engine of its own. Other engines than the machine's come one at a time. */
const ENGINES = process.env[VARIANT_VARIABLE] ? 1 : 2;
/** What no wait of a test comes near, however busy the machine is: each wait has a deadline, and says what did not come. */
const NEVER_MS = 1_200_000;
/** Some tests without an engine try thousands of cases; a machine that is busy is no fault of theirs. */
const UNIT_MS = 300_000;

/**
 * These have a process of their own for each file: they let days go by, turn by turn, and each turn would be slow next to all that
 * other files have left in memory. One of them also changes modules that others use.
 */
const ALONE = "test/scenarios/**/*.test.ts";

/**
 * `unit` needs nothing but Node, and so does `unit-alone`; `engine` runs on private Docker Engines, and `swarm` on a private Swarm of several hosts,
 * that their set-ups start and take down. Tests with the tag `full` run in `--mode full` only (docs/testing.md).
 */
export default defineConfig(({ mode }) => {
  const isFull = mode === "full";
  const tags = [{ name: "full", description: "Runs in `npm run test:full`, and not in `npm test`." }];
  // vitest takes this for each project, though its types know it only for all. A test that passes only at its second try is
  // named at the end of the run (closing-line.ts): it has a fault that must be mended, and holds up nobody else's work.
  const choice = { tags, retry: 1, provide: { isFull }, ...(isFull ? {} : { tagsFilter: ["!full"] }) };
  return {
    test: {
      ...choice,
      sequence: { sequencer: FileOrder },
      reporters: ["default", "./test/support/closing-line.ts"],
      projects: [
        {
          test: {
            ...choice,
            name: "unit",
            include: ["test/**/*.test.ts"],
            exclude: ["test/contracts/**", "test/e2e/**", "test/lab/**", ALONE],
            sequence: { groupOrder: 0 },
            // vitest would leave one core idle, which on a small machine is half of it.
            maxWorkers: "100%",
            // Half of what these tests cost was to load the same modules for each file. They have no state of their own.
            isolate: false,
            setupFiles: ["./test/support/same-seed.ts", "./test/support/leaves-nothing-running.ts"],
            testTimeout: UNIT_MS,
            hookTimeout: UNIT_MS,
            expect: { poll: { timeout: PATIENCE_MS } },
          },
        },
        {
          test: {
            ...choice,
            name: "unit-alone",
            include: [ALONE],
            sequence: { groupOrder: 0 },
            maxWorkers: "100%",
            setupFiles: ["./test/support/same-seed.ts"],
            testTimeout: UNIT_MS,
            hookTimeout: UNIT_MS,
            expect: { poll: { timeout: PATIENCE_MS } },
          },
        },
        {
          test: {
            ...choice,
            name: "engine",
            include: ["test/contracts/**/*.test.ts", "test/e2e/**/*.test.ts", "test/lab/**/*.test.ts"],
            exclude: ["test/**/*.swarm.test.ts"],
            provide: { isFull, engines: ENGINES },
            sequence: { groupOrder: 1 },
            globalSetup: ["test/e2e/program.ts", "test/lab/engine-setup.ts"],
            testTimeout: NEVER_MS,
            hookTimeout: NEVER_MS,
            expect: { poll: { timeout: PATIENCE_MS } },
            maxWorkers: ENGINES,
          },
        },
        {
          test: {
            ...choice,
            name: "swarm",
            include: ["test/**/*.swarm.test.ts"],
            sequence: { groupOrder: 2 },
            globalSetup: ["test/e2e/program.ts", "test/lab/swarm-setup.ts"],
            testTimeout: NEVER_MS,
            hookTimeout: NEVER_MS,
            expect: { poll: { timeout: PATIENCE_MS } },
            // They share one Swarm, and some of them break its hosts.
            fileParallelism: false,
          },
        },
      ],
    },
  };
});
