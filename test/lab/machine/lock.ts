import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

const longestWaitMs = 900_000;

/**
 * Runs `work` while no other process on this machine runs work under the same name.
 * The lock is an abstract socket, so the kernel frees it whatever ends its holder. Rejects after a quarter of an hour.
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const address = `\0shipbell-lab-${name}`;
  const free = await take(address, AbortSignal.timeout(longestWaitMs));
  try {
    return await work();
  } finally {
    free();
  }
}

async function take(address: string, deadline: AbortSignal): Promise<() => void> {
  while (true) {
    deadline.throwIfAborted();
    const free = await tryToTake(address);
    if (free) return free;
    await holderGone(address, deadline);
  }
}

/** Gives the function that frees the lock, or nothing when another holds it. Who waits keeps a connection open. */
function tryToTake(address: string): Promise<(() => void) | undefined> {
  const waiters = new Set<Socket>();
  const server = createServer((waiter) => waiters.add(waiter.on("error", () => {})));
  const free = () => {
    server.close();
    for (const waiter of waiters) waiter.destroy();
  };
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(address, () => resolve(free));
  });
}

async function holderGone(address: string, deadline: AbortSignal): Promise<void> {
  const socket = connect(address);
  socket.on("error", () => {}); // refused: gone before we asked
  socket.resume();
  try {
    await once(socket, "close", { signal: deadline }).catch(() => deadline.throwIfAborted());
  } finally {
    socket.destroy();
  }
}
