import type { ImportResult } from "./import-texts.ts";
import type { SourceText } from "./imported.ts";
import { asLabels, plainValue, quoteWord } from "./native-labels.ts";

/** Keys that say when a service is started, and not what it is. */
const WHEN = ["schedule", "timezone", "overlap", "catch_up", "suspended", "retries"];

/**
 * Returns commands that give the services of a Swarm labels of ours in place of those that were imported. A service with
 * replicas would count as one that runs, so it is scaled down.
 */
export function updateCommands(
  { jobs, notImported }: Pick<ImportResult, "jobs" | "notImported">,
  { placeOf, replicated }: Pick<SourceText, "placeOf"> & { readonly replicated: ReadonlySet<string> },
  { labelPrefix }: { readonly labelPrefix: string },
): readonly string[] {
  const serviceAt = (line: number) => /^service (.*?)(?:, label .*)?$/.exec(placeOf?.(line) ?? "")?.[1] ?? "";
  const commands = jobs.map(({ place, quotes, keys }) => {
    const service = serviceAt(place.line);
    const written = plainValue(Object.fromEntries(Object.entries(keys).filter(([key]) => WHEN.includes(key))));
    const removed = quotes.map(({ text }) => text.slice(0, text.indexOf(":")));
    return [
      "docker service update --detach",
      ...removed.map((key) => `--label-rm ${quoteWord(key)}`),
      ...[...asLabels(written, `${labelPrefix}.`)].map(([key, value]) => `--label-add ${quoteWord(`${key}=${value}`)}`),
      ...(replicated.has(service) ? ["--replicas 0"] : []),
      quoteWord(service),
    ].join(" ");
  });
  return [...commands, ...notImported.map(({ place }) => `# ${serviceAt(place.line)}: NOT IMPORTED`)];
}
