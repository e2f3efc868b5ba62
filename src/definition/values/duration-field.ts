import { DURATION, missingUnit, parseDuration } from "./duration.ts";
import { matching, scalar } from "./fields.ts";

/** The durations of keys. Apart from reading a duration, which settings need without all that schemas need. */
export const duration = scalar({
  expected: "a duration such as 90s, 10m or 1h30m",
  read: parseDuration,
  hint: missingUnit,
  forms: [{ const: 0 }, matching(DURATION)],
});

export const positiveDuration = scalar({
  expected: "a duration above 0 such as 90s, 10m or 1h30m",
  read: (written) => parseDuration(written) || undefined,
  hint: (written) => (parseDuration(written) === 0 ? "leave the key out for the default" : missingUnit(written)),
  forms: [{ ...matching(DURATION), not: { type: "string", pattern: "^[0.a-zµ]*$" } }],
});
