/**
 * Ends the process with this exit code, whatever hangs. Node waits for each of its threads at its end, and a thread that
 * waits for a file system that does not answer never ends. Where there is such a call, the process becomes a new Node
 * that ends at once: that drops all threads, and also works for the first process of a container.
 */
export function endProcess(exitCode: number): void {
  if (!hasFileCalls()) process.exit(exitCode);
  process.execve?.(process.execPath, [process.execPath, "--eval", `process.exitCode = ${exitCode}`], {});
}

/** Whether a call to a file system is under way. */
export function hasFileCalls(): boolean {
  return process.getActiveResourcesInfo().some((kind) => kind.startsWith("FSReq"));
}
