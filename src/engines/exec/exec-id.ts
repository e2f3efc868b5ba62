/** One exec instance, and what has to be known of it wherever it is looked at. */
export interface ExecRef {
  /** The engine's own ID of it. */
  readonly execId: string;
  /** In the environment of its process as `SHIPBELL_EXEC`: how the process is found again inside the container. */
  readonly mark: string;
  /** When its container had been started: one that was started since has no process of it. */
  readonly containerStartedAt: string;
}

/**
 * The object ID of an attempt that is an exec instance: `exec-MARK-TIME-ID`. The engine's own ID alone would not tell
 * it from a container, nor survive what the engine forgets; IDs of containers are hexadecimal.
 */
export function writeExecId({ execId, mark, containerStartedAt }: ExecRef): string {
  return ["exec", mark, Buffer.from(containerStartedAt).toString("hex"), execId].join("-");
}

/** Undefined when it is the ID of something else. */
export function readExecId(objectId: string): ExecRef | undefined {
  const [, mark, time, execId] = /^exec-([0-9a-f]+)-([0-9a-f]+)-([0-9a-f]+)$/.exec(objectId) ?? [];
  if (mark === undefined || time === undefined || execId === undefined) return undefined;
  return { execId, mark, containerStartedAt: Buffer.from(time, "hex").toString() };
}

/** Throws where that is a fault of ours. */
export function mustReadExecId(objectId: string): ExecRef {
  const ref = readExecId(objectId);
  if (ref === undefined) throw new Error(`${objectId} is not the ID of a command in a container`);
  return ref;
}
