import type { Engine } from "../../engines/engine.ts";
import type { FoundAttempt } from "../../ledger/changes/definitions.ts";

/** Finds what a job without a record has on the engine. However many jobs are asked for at once, it is one request. */
export type FindObjects = (job: string) => Promise<readonly FoundAttempt[]>;

/** What was never activated does not count: no record had begun it, or another scheduler is about to. */
export function findObjects(engine: Pick<Engine, "list">): FindObjects {
  let listing: Promise<ReadonlyMap<string, readonly FoundAttempt[]>> | undefined;
  return async (job) => {
    listing ??= list(engine).finally(() => {
      listing = undefined;
    });
    return (await listing).get(job) ?? [];
  };
}

async function list(engine: Pick<Engine, "list">): Promise<ReadonlyMap<string, readonly FoundAttempt[]>> {
  const active = (await engine.list()).filter(({ inert }) => !inert);
  return Map.groupBy(
    active.map(({ id: objectId, name: objectName, ...labels }) => ({ ...labels, objectId, objectName })),
    ({ job }) => job,
  );
}
