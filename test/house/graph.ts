/** What leads to what, by name. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/** Returns the longest path from one of these nodes to an end; a cycle is not followed round. */
export function longestPath(graph: Graph, starts: Iterable<string>, isEnd = (_: string) => true): readonly string[] {
  const known = new Map<string, readonly string[]>();
  const pathFrom = (node: string): readonly string[] => {
    const answer = known.get(node);
    if (answer !== undefined) return answer;
    known.set(node, []);
    const rest = longest((graph.get(node) ?? []).map(pathFrom));
    const path = rest.length > 0 || isEnd(node) ? [node, ...rest] : [];
    known.set(node, path);
    return path;
  };
  return longest([...starts].map(pathFrom));
}

/** Returns the groups of nodes that lead to each other. */
export function findCycles(graph: Graph): string[][] {
  const below = new Map([...graph.keys()].map((node) => [node, reachableFrom(graph, [node])]));
  const onCycle = [...graph.keys()].filter((node) => below.get(node)?.has(node));
  const firstOfGroup = (node: string) =>
    onCycle.find((other) => below.get(node)?.has(other) && below.get(other)?.has(node));
  return [...Map.groupBy(onCycle, firstOfGroup).values()];
}

/** Returns what these nodes lead to, in one step or in many. */
export function reachableFrom(graph: Graph, starts: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [...starts];
  for (let node = open.pop(); node !== undefined; node = open.pop())
    for (const target of graph.get(node) ?? []) {
      if (!seen.has(target)) open.push(target);
      seen.add(target);
    }
  return seen;
}

function longest(paths: readonly (readonly string[])[]): readonly string[] {
  return paths.reduce((most, path) => (path.length > most.length ? path : most), []);
}
