import type { EngineKind } from "../../../src/engines/kind.ts";
import { MemoryLedger } from "../../support/memory-ledger.ts";

/** A kind of engine that is in no release: it rings bells, and keeps its ledger in memory. */
export const bellKind: EngineKind = {
  name: "bell",
  abilities: { objectKind: "container", keepsEnded: false, pulls: false, mayOutliveRemoval: false },
  words: { objects: "bells", runsJobsAs: "bells", engine: "a bell tower" },
  defaults: { sources: ["files"], startsAtOnce: 1 },
  isTakenOnTrust: true,
  mismatch: () => "is not a bell tower",
  load: async () => ({
    host: () => ({
      greet: async () => ({ version: "1", apiVersion: "1" }),
      pull: async () => ({ kind: "pulled" }),
      nodes: async () => [],
      watchNodes: () => {},
    }),
    openLedger: () => ({ ledger: new MemoryLedger(), close: () => {} }),
    keepSchedulersAway: () => () => {},
    findRemains: async () => ({ where: "the bell tower", remains: [], release: () => {} }),
  }),
};
