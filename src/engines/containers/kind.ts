import type { EngineKind } from "../kind.ts";

/** Jobs run as containers of one Docker Engine. */
export const containerKind = {
  name: "container",
  abilities: { objectKind: "container", keepsEnded: true, pulls: true, mayOutliveRemoval: false },
  words: { objects: "containers", runsJobsAs: "containers of this engine", engine: "a single Docker Engine" },
  defaults: { sources: ["files", "containers"], startsAtOnce: 8 },
  labelSource: "containers",
  ledgerFile: "ledger.db",
  isTakenOnTrust: true,
  mismatch: ({ state }) =>
    state === "inactive" ? undefined : "to run jobs as containers of this one engine, say --engine container",
  load: async () => (await import("./parts.ts")).containerParts,
} as const satisfies EngineKind;
