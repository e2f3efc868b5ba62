import type { Ledger } from "../ledger/ledger.ts";
import type { Book } from "./book.ts";

interface OperatedParts {
  readonly book: Pick<Book, "change" | "changeInstance">;
  /** Called when a record, or without a job that of the instance, has been changed. */
  readonly wake: (job?: string) => void;
}

/**
 * The ledger as operators change it through this scheduler: what they change is known here at once, and looked at, as if
 * another process had changed it.
 */
export function operatedLedger(ledger: Ledger, { book, wake }: OperatedParts): Ledger {
  return {
    get downBecause() {
      return ledger.downBecause;
    },
    load: () => ledger.load(),
    read: (job) => ledger.read(job),
    async update(job, change) {
      const swap = await book.change(job, change);
      if (swap.result !== "lost") wake(job);
      return swap;
    },
    remove: (job) => ledger.remove(job),
    nextGeneration: () => ledger.nextGeneration(),
    watch: (wake, signal) => ledger.watch(wake, signal),
    readInstance: () => ledger.readInstance(),
    async updateInstance(change) {
      const swap = await book.changeInstance(change);
      if (swap.result !== "lost") wake();
      return swap;
    },
    watchInstance: (wake, signal) => ledger.watchInstance(wake, signal),
    readPool: (pool) => ledger.readPool(pool),
    updatePool: (pool, change) => ledger.updatePool(pool, change),
    watchPools: (pools, wake, signal) => ledger.watchPools(pools, wake, signal),
  };
}
