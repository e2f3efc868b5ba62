import type { EngineClient } from "../lab/engine-client.ts";

const AT_ONCE = 8;

/** When the container's process began to run, in milliseconds since 1970, by the engine's account. */
export async function startedAt(engine: EngineClient, id: string): Promise<number> {
  const { json } = await engine.api<{ State: { StartedAt: string } }>("GET", `/containers/${id}/json`);
  const ms = Date.parse(json.State.StartedAt);
  if (!(ms > 0)) throw new Error(`container ${id} was never started`);
  return ms;
}

/** Removes every container of the engine, so that the next measurement finds it as the one before. */
export async function removeAll(engine: EngineClient): Promise<void> {
  const { json } = await engine.api<{ Id: string }[]>("GET", "/containers/json?all=1");
  const left = json.map(({ Id }) => Id);
  const removeNext = async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      await engine.api("DELETE", `/containers/${id}?force=1&v=1`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, removeNext));
}

/** Resolves when none is running any more. */
export async function allEnded(engine: EngineClient): Promise<void> {
  for (;;) {
    const { json } = await engine.api<unknown[]>("GET", "/containers/json");
    if (json.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
