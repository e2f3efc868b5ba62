import type { Docker } from "../docker/connect.ts";
import { expectShape, listOf, object, optional, text, time } from "../docker/shape.ts";
import { expectStatus } from "../docker/status.ts";

/** What is read of a task here. */
interface Task {
  readonly NodeID?: string | null;
  /** By the clock of the manager that leads. */
  readonly CreatedAt: string;
  readonly UpdatedAt: string;
  /** By the clock of the node, in the states that it reports itself. */
  readonly Status: { readonly State: string; readonly Timestamp: string };
}

const task = object({
  NodeID: optional(text),
  CreatedAt: time,
  UpdatedAt: time,
  Status: object({ State: text, Timestamp: time }),
});

/** In all others, a manager has written the time. */
const REPORTED_BY_NODE = ["preparing", "ready", "starting", "running", "complete", "failed", "rejected", "shutdown"];

/**
 * Returns, by the ID of each node that has reported on a task, how far its clock certainly differs from that of the managers,
 * in milliseconds; ahead is positive. 0: nothing proves that it differs.
 *
 * A node cannot have reported something after a manager wrote it down, nor before the task existed. How long a report took is
 * not known, so a small difference is not seen.
 *
 * @throws EngineError when tasks cannot be listed.
 */
export async function readNodeClocks(docker: Docker, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const answer = await docker.call({ method: "GET", path: "/tasks", signal });
  return clocksOf(
    expectShape<readonly Task[]>(expectStatus(answer, "list tasks", 200).body, listOf(task), "list tasks"),
  );
}

/** As `readNodeClocks`, from the tasks themselves. */
export function clocksOf(tasks: readonly Task[]): ReadonlyMap<string, number> {
  const aheadMs = new Map<string, number>();
  for (const { NodeID, CreatedAt, UpdatedAt, Status } of tasks) {
    if (!NodeID || !REPORTED_BY_NODE.includes(Status.State)) continue;
    const reportedAt = Date.parse(Status.Timestamp);
    const ahead = Math.max(0, reportedAt - Date.parse(UpdatedAt));
    const behind = Math.min(0, reportedAt - Date.parse(CreatedAt));
    const proven = ahead > 0 ? ahead : behind;
    const before = aheadMs.get(NodeID) ?? 0;
    aheadMs.set(NodeID, Math.abs(proven) > Math.abs(before) ? proven : before);
  }
  return aheadMs;
}
