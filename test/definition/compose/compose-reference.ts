import type { Refusal } from "../../../src/definition/compose/key-group.ts";
import { COMPOSE_KEYS, KEY_SUPPORT, UNSUPPORTED_INNER_KEYS } from "../../../src/definition/compose/template.ts";
import { UNSUPPORTED_KEYS } from "../../../src/definition/known-keys.ts";

/** The table of `docs/schedule-files.md` that says of each key of Compose what it is to a container and to a service. */
export function composeReference(): string {
  const unsupported = new Map<string, string | undefined>([
    ...UNSUPPORTED_KEYS,
    ...[...UNSUPPORTED_INNER_KEYS].flatMap(([place, keys]) =>
      [...keys].map(([key, why]) => [inWords(`${place}.${key}`), why] as const),
    ),
  ]);
  const refused = new Map(KEY_SUPPORT.map((row) => [inWords(row.key), row]));
  const keys = [...new Set([...COMPOSE_KEYS, ...refused.keys(), ...unsupported.keys()])].sort();
  const rows = keys.map((key) => {
    const { container, service } = refused.get(key) ?? {};
    const [forContainer, forService] = unsupported.has(key)
      ? [`no: ${unsupported.get(key) ?? "not yet"}`, "no"]
      : [cell(container), cell(service)];
    return `| \`${key}\` | ${forContainer} | ${forService} |`;
  });
  return `${["| key | as a container | as a service |", "|---|---|---|", ...rows].join("\n")}\n`;
}

function inWords(key: string): string {
  return key.replace("networks.*", "networks.NAME").replace("volumes.*", "volumes").replace(/\.\*$/, "");
}

function cell(refusal: Refusal | undefined): string {
  if (refusal === undefined) return "yes";
  const why = refusal.why.replace(", and jobs run as plain containers here", "");
  return `${refusal.of === undefined ? "no" : "not all"}: ${why}; ${refusal.instead}`;
}
