/** The two largest units of the rounded seconds that are not zero: `3 h 20 min`, `2 d`. */
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

/** As `durationInWords`; below ten seconds with tenths: `0.4 s`, `< 0.1 s`. */
export function runTimeInWords(ms: number): string {
  if (ms < 100) return "< 0.1 s";
  return ms < 10_000 ? `${Math.floor(ms / 100) / 10} s` : durationInWords(ms);
}

/** For a glance: `40 s`, `14 min`, `3 h 20 min`, `2 d 5 h`; seconds only below two minutes. */
export function roughDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return durationInWords((seconds < 120 ? seconds : Math.round(seconds / 60) * 60) * 1000);
}

/** As `roughDuration`; below ten seconds with tenths: how long a run usually takes. */
export function roughRunTime(ms: number): string {
  return ms < 10_000 ? runTimeInWords(ms) : roughDuration(ms);
}

/** `in 14 min`, `3 h 20 min ago`, `now`. */
export function roughDistance(ms: number): string {
  if (Math.abs(ms) < 1000) return "now";
  return ms > 0 ? `in ${roughDuration(ms)}` : `${roughDuration(-ms)} ago`;
}
