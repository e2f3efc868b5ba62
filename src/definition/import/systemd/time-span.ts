const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ...units(0.001, "usec us µs μs"),
  ...units(1, "msec ms"),
  ...units(1000, "seconds second sec s"),
  ...units(60_000, "minutes minute min m"),
  ...units(3_600_000, "hours hour hr h"),
  ...units(86_400_000, "days day d"),
  ...units(7 * 86_400_000, "weeks week w"),
  ...units(30.4375 * 86_400_000, "months month M"),
  ...units(365.25 * 86_400_000, "years year y"),
]);

function units(ms: number, names: string): readonly (readonly [string, number])[] {
  return names.split(" ").map((name) => [name, ms] as const);
}

/** Reads a time span of systemd.time(7), such as `1h 30min`; a bare number is seconds. Milliseconds; undefined for no span. */
export function readTimeSpan(text: string): number | "infinity" | undefined {
  const written = text.trim();
  if (written === "infinity") return written;
  if (!/^(?:\d+(?:\.\d*)?|\.\d+)/.test(written)) return undefined;
  let total = 0;
  let rest = written;
  while (rest !== "") {
    const [whole, number = "", unit = ""] = /^(\d+(?:\.\d*)?|\.\d+)\s*([A-Za-zµμ]*)\s*/.exec(rest) ?? [];
    const ms = unit === "" ? 1000 : UNITS_MS.get(unit);
    if (whole === undefined || ms === undefined) return undefined;
    total += Number(number) * ms;
    rest = rest.slice(whole.length);
  }
  return total;
}
