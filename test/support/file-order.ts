import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Short files that take longest, since they mostly try again or wait. Vitest would begin with the largest files, and with
 * what took longest only where it has seen that before, which is nowhere in a fresh clone.
 */
const LONGEST = [
  "test/scenarios/simulator/seed-5.test.ts",
  "test/scenarios/simulator/seed-6.test.ts",
  "test/scenarios/simulator/planted-bugs.test.ts",
  "test/scenarios/simulator/seed-7.test.ts",
  "test/scenarios/simulator/seed-8.test.ts",
  "test/scenarios/simulator/seed-9.test.ts",
  "test/e2e/import.test.ts",
  "test/e2e/page-accessible.test.ts",
  "test/e2e/prometheus-rules.test.ts",
  // They need the image of this checkout, which is made meanwhile.
  "test/e2e/procedures.test.ts",
  "test/e2e/socket-proxy.test.ts",
];

/**
 * The order of test files: those that have a process of their own, then those that share one, which ends when a file with
 * one of its own is next. Within both, what takes longest comes first, so that no worker is left alone with it.
 */
export default class FileOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ project, moduleId }: TestSpecification) => {
      const at = LONGEST.indexOf(relative(project.config.root, moduleId));
      return at < 0 ? LONGEST.length : at;
    };
    const rank = (file: TestSpecification) =>
      (file.project.config.isolate === false ? LONGEST.length + 1 : 0) + place(file);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}
