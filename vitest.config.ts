import { defineConfig } from "vitest/config";

/** `unit` needs nothing but Node; `engine` runs on a private Docker Engine that its set-up starts and takes down. */
export default defineConfig({
  test: {
    reporters: ["default", "./test/support/closing-line.ts"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/contracts/**", "test/e2e/**", "test/lab/**"],
        },
      },
      {
        test: {
          name: "engine",
          include: ["test/contracts/**/*.test.ts", "test/e2e/**/*.test.ts", "test/lab/**/*.test.ts"],
          globalSetup: ["test/lab/global-setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // The engine does no more work when more files run at once; it only gets slower.
          fileParallelism: false,
        },
      },
    ],
  },
});
