import type { Ledger } from "../../ledger/ledger.ts";
import { jobsOfGroup } from "../../view/jobs/node-group.ts";

/**
 * Does something with a job; or, where the name is that of a declaration for each node, with the job of each node, one after
 * the other. Resolves to the worst exit code.
 */
export async function onEach(
  name: string,
  { ledger }: { readonly ledger: Pick<Ledger, "read" | "load"> },
  act: (job: string) => Promise<number>,
): Promise<number> {
  const record = await ledger.read(name);
  const jobs = record === undefined ? jobsOfGroup(name, (await ledger.load()).records) : [];
  let worst = 0;
  for (const job of jobs.length === 0 ? [name] : jobs) worst = Math.max(worst, await act(job));
  return worst;
}
