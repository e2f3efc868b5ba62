/** Of whole seconds, the two largest units that are not zero: `3 h 20 min`, `2 d`. */
export function durationInWords(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts: readonly [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  const words = parts.slice(first, first + 2).filter(([amount]) => amount > 0);
  return first === -1 ? "0 s" : words.map(([amount, unit]) => `${amount} ${unit}`).join(" ");
}

/** As `durationInWords`, with tenths where the process had only seconds: `0.4 s`. */
export function runTimeInWords(ms: number): string {
  return ms < 10_000 ? `${Math.floor(ms / 100) / 10} s` : durationInWords(ms);
}

/** As `durationInWords`, for tables: `5h59m`, `2d`. */
export function compactDuration(ms: number): string {
  return compact(durationInWords(ms));
}

/** As `runTimeInWords`, for tables: `0.4s`, `3m13s`. */
export function shortRunTime(ms: number): string {
  return compact(runTimeInWords(ms));
}

function compact(words: string): string {
  return words.replace("min", "m").replaceAll(" ", "");
}
