import type { Stats } from "node:fs";
import { resolve } from "node:path";
import type { Disk } from "./disk.ts";

/** A disk that has a text at a path, whatever is there; all else is asked of the other disk. */
export function diskWithText(path: string, bytes: Uint8Array, others: Disk): Disk {
  const isIt = (asked: string) => resolve(asked) === resolve(path);
  const modifiedAt = new Date(0);
  const stats = { isFile: () => true, isDirectory: () => false, size: bytes.length, mtime: modifiedAt, mtimeMs: 0 };
  return {
    stat: (asked) => (isIt(asked) ? Promise.resolve({ ...stats, dev: 0, ino: 0 } as Stats) : others.stat(asked)),
    readdir: (asked) => others.readdir(asked),
    readFile: (asked) => (isIt(asked) ? Promise.resolve(bytes) : others.readFile(asked)),
  };
}
