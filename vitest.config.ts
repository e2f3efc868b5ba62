import { defineConfig } from "vitest/config";

/** How many tests with an engine run at once: each worker has an engine of its own. */
const ENGINES = 2;
/** What no wait of a test comes near, however busy the machine is: each wait has a deadline, and says what did not come. */
const NEVER_MS = 1_200_000;
/** As long as any wait in a test. */
const PATIENCE_MS = 240_000;

/**
 * `unit` needs nothing but Node; `engine` runs on private Docker Engines, and `swarm` on a private Swarm of several hosts,
 * that their set-ups start and take down. Tests with the tag `full` run in `--mode full` only (docs/testing.md).
 */
export default defineConfig(({ mode }) => {
  const isFull = mode === "full";
  const tags = [{ name: "full", description: "Runs in `npm run test:full`, and not in `npm test`." }];
  // vitest takes this for each project, though its types know it only for all.
  const choice = { tags, provide: { isFull }, ...(isFull ? {} : { tagsFilter: ["!full"] }) };
  return {
    test: {
      ...choice,
      reporters: ["default", "./test/support/closing-line.ts"],
      projects: [
        {
          test: {
            ...choice,
            name: "unit",
            include: ["test/**/*.test.ts"],
            exclude: ["test/contracts/**", "test/e2e/**", "test/lab/**"],
            sequence: { groupOrder: 0 },
            // vitest would leave one core idle, which on a small machine is half of it.
            maxWorkers: "100%",
            setupFiles: ["./test/support/same-seed.ts"],
            // Some try thousands of cases; a machine that is busy is no fault of theirs.
            testTimeout: 120_000,
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
