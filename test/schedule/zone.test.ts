import { expect, it } from "vitest";
import { zoneOf } from "../../src/schedule/clock/zone.ts";

it("reads UTC, for which nothing is looked up, as Intl reads a zone that is always the same", () => {
  const [utc, known] = [zoneOf("UTC"), zoneOf("Etc/GMT")];
  for (const text of ["1883-11-18T12:00:00Z", "1970-01-01T00:00:00Z", "2026-03-29T01:00:00Z", "2999-12-31T23:59:59Z"]) {
    const instant = Date.parse(text);
    expect(utc.offsetAt(instant)).toBe(known.offsetAt(instant));
    expect(utc.instantsOf(instant)).toEqual(known.instantsOf(instant));
  }
});
