import type { Record } from "./record.ts";

/** What became of one job on both sides. */
export interface Comparison {
  readonly job: string;
  readonly starts: { readonly peer: number; readonly shipbell: number };
  /** What differs, in words; none where all is the same. */
  readonly differences: readonly string[];
}

/**
 * Compares the processes of both sides. Starts must fall into the same minutes, as many in each; an interval may begin at
 * another time on either side, so that its number may differ by one. Every process of a job must have been given the same.
 */
export function compare(job: string, records: readonly Record[], { isInterval }: { isInterval: boolean }): Comparison {
  const of = (side: Record["side"]) => records.filter((record) => record.job === job && record.side === side);
  const [peer, shipbell] = [of("peer"), of("shipbell")];
  const starts = { peer: peer.length, shipbell: shipbell.length };
  const times = isInterval
    ? Math.abs(starts.peer - starts.shipbell) > 1
      ? [`${starts.peer} starts there, ${starts.shipbell} here`]
      : []
    : differentMinutes(peer, shipbell);
  return { job, starts, differences: [...times, ...differentFacts(peer, shipbell), ...differentEnds(peer, shipbell)] };
}

function differentMinutes(peer: readonly Record[], shipbell: readonly Record[]): string[] {
  const [there, here] = [countsByMinute(peer), countsByMinute(shipbell)];
  const minutes = [...new Set([...there.keys(), ...here.keys()])].sort((a, b) => a - b);
  const different = minutes.filter((minute) => there.get(minute) !== here.get(minute));
  if (different.length === 0) return [];
  const [first = 0] = different;
  const written = (counts: ReadonlyMap<number, number>) => counts.get(first) ?? 0;
  return [
    `${different.length} of ${minutes.length} minutes differ, first ${new Date(first * 60_000).toISOString().slice(11, 16)}: ${written(there)} there, ${written(here)} here`,
  ];
}

function countsByMinute(records: readonly Record[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { at } of records) {
    const minute = Math.floor(at / 60);
    counts.set(minute, (counts.get(minute) ?? 0) + 1);
  }
  return counts;
}

function differentFacts(peer: readonly Record[], shipbell: readonly Record[]): string[] {
  if (peer.length === 0 || shipbell.length === 0) return [];
  const all = (records: readonly Record[]) => new Set(records.map(({ facts }) => facts.join("\n")));
  const [there, here] = [all(peer), all(shipbell)];
  if (there.size === 1 && here.size === 1 && [...there][0] === [...here][0]) return [];
  const lines = (texts: ReadonlySet<string>) => new Set([...texts].flatMap((text) => text.split("\n")));
  const without = (facts: ReadonlySet<string>, others: ReadonlySet<string>) =>
    [...facts].filter((fact) => !others.has(fact)).join(", ") || "nothing";
  const onlyThere = without(lines(there), lines(here));
  const onlyHere = without(lines(here), lines(there));
  if (onlyThere === onlyHere) return ["the same facts in another order, or not in each process"];
  return [`there ${onlyThere}; here ${onlyHere}`];
}

/** Those that were cut are mostly those that still run at the end of the time, and do not count. */
function differentEnds(peer: readonly Record[], shipbell: readonly Record[]): string[] {
  const ends = (records: readonly Record[]) =>
    [...new Set(records.slice(0, -2).flatMap(({ end }) => end ?? []))].sort().join(" and ");
  const [there, here] = [ends(peer), ends(shipbell)];
  return there === here ? [] : [`processes end by "${there}" there, by "${here}" here`];
}
