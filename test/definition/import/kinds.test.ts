import { expect, test } from "vitest";
import { IMPORT_KINDS } from "../../../src/definition/import/kinds.ts";
import { IMPORTED_FILES } from "../../e2e/imported-files.ts";

test("a file of each kind is run on an engine: a kind is a row of test/e2e/imported-files.ts", () => {
  const run = new Set(IMPORTED_FILES.map(({ kind }) => kind));
  expect(IMPORT_KINDS.map(({ name }) => name).filter((name) => !run.has(name))).toEqual([]);
});
