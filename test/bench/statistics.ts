export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Between the two values next to it, linearly. `part`: 0.9 for the value that nine of ten do not exceed. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const [below = Number.NaN, above = below] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below + (above - below) * (place - Math.floor(place));
}

/** For people; the values are milliseconds. */
export function spread(values: readonly number[]): string {
  const [half, most] = [median(values), quantile(values, 0.9)];
  return `median ${half.toFixed(0)} ms, p90 ${most.toFixed(0)} ms, n = ${values.length}`;
}
