/** One exec instance, with what must be known about it wherever it is looked at. */
export interface ExecRef {
  /** The engine's own ID of it. */
  readonly execId: string;
  /**
   * The value of `SHIPBELL_EXEC` in the environment of its process, by which the process is found inside the container.
   */
  readonly mark: string;
  /** When its container was started: after another start, the container has no process of it. */
  readonly containerStartedAt: string;
}

/**
 * The object ID of an attempt that is an exec instance: `exec-MARK-TIME-ID`. The engine's own ID would not distinguish
 * it from a container, whose ID is hexadecimal, and lacks what the engine forgets.
 */
export function writeExecId({ execId, mark, containerStartedAt }: ExecRef): string {
  return ["exec", mark, Buffer.from(containerStartedAt).toString("hex"), execId].join("-");
}

/** Undefined if it is the ID of something else. */
export function readExecId(objectId: string): ExecRef | undefined {
  const [, mark, time, execId] = /^exec-([0-9a-f]+)-([0-9a-f]+)-([0-9a-f]+)$/.exec(objectId) ?? [];
  if (mark === undefined || time === undefined || execId === undefined) return undefined;
  return { execId, mark, containerStartedAt: Buffer.from(time, "hex").toString() };
}

/** Throws if it is the ID of something else, which would be a bug. */
export function mustReadExecId(objectId: string): ExecRef {
  const ref = readExecId(objectId);
  if (ref === undefined) throw new Error(`${objectId} is not the ID of a command in a container`);
  return ref;
}
