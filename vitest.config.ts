import { defineConfig } from "vitest/config";

/**
 * `unit` needs nothing but Node; `engine` runs on a private Docker Engine, and `swarm` on a private Swarm of several
 * hosts, that their set-ups start and take down.
 */
export default defineConfig({
  test: {
    reporters: ["default", "./test/support/closing-line.ts"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/contracts/**", "test/e2e/**", "test/lab/**"],
          sequence: { groupOrder: 0 },
          // vitest would leave one core idle, which on a small machine is half of it.
          maxWorkers: "100%",
          setupFiles: ["./test/support/same-seed.ts"],
          // Some try thousands of cases; a machine that is busy is no fault of theirs.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "engine",
          include: ["test/contracts/**/*.test.ts", "test/e2e/**/*.test.ts", "test/lab/**/*.test.ts"],
          exclude: ["test/**/*.swarm.test.ts"],
          sequence: { groupOrder: 1 },
          globalSetup: ["test/e2e/program.ts", "test/lab/global-setup.ts"],
          testTimeout: 600_000,
          hookTimeout: 300_000,
          // The engine does no more work when more files run at once; it only gets slower.
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "swarm",
          include: ["test/**/*.swarm.test.ts"],
          sequence: { groupOrder: 2 },
          globalSetup: ["test/e2e/program.ts", "test/lab/swarm-setup.ts"],
          testTimeout: 600_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
