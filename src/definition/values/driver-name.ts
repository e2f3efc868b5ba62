import { scalar } from "./fields.ts";
import { matching } from "./input-schema.ts";

/** One of an engine's own, or a plugin, whose name may be that of an image: `overlay`, `rexray/ebs:latest`. */
const DRIVER = /^[a-zA-Z0-9][a-zA-Z0-9_./:@-]*$/;

/** The name of what an engine has for a purpose: a driver, a runtime. No engine has one with spaces or quotes in its name. */
export const driverName = (expected: string) =>
  scalar({
    expected,
    read: (written) => (DRIVER.test(written.trim()) ? written.trim() : undefined),
    forms: [matching(DRIVER)],
  });
