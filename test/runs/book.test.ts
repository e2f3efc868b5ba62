import { expect, it } from "vitest";
import { Book } from "../../src/runs/book.ts";
import { aRecord, at } from "../support/a-job.ts";
import { MemoryLedger, MemoryLedgerStore } from "../support/memory-ledger.ts";

it("knows a record that it has changed, also where a listener fails", async () => {
  const book = new Book(new MemoryLedger(new MemoryLedgerStore()), {
    onWon: () => {
      throw new Error("broken");
    },
  });
  const record = aRecord(at("12:00"));
  await expect(book.change("backup", () => record)).rejects.toThrow("broken");
  expect(book.records.get("backup")?.cursor).toEqual(record.cursor);
});
