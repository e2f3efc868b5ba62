import { matching, scalar } from "./fields.ts";

const BYTES_PER = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

const SIZE = /^(\d+(?:\.\d*)?|\.\d+)\s*(?:([bB])|([kmgtKMGT])(?:[iI]?[bB])?)?$/;

/**
 * Reads a size as Compose writes it: `64m`, `1gb`, `1.5g`, `512KiB`, or plain bytes; units are powers of 1024.
 * Whole bytes, rounded down. Undefined when it is no size, or too large to be counted exactly.
 */
export function parseByteSize(written: string): number | undefined {
  const parts = SIZE.exec(written);
  if (parts === null) return undefined;
  const unit = (parts[2] ?? parts[3] ?? "b").toLowerCase() as keyof typeof BYTES_PER;
  const bytes = Math.floor(Number(parts[1]) * BYTES_PER[unit]);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** Returns what to write instead of a limit of memory that is none. */
function meantSize(written: string): string | undefined {
  if (/^(?:0|-1)$/.test(written)) return "leave it out for no limit";
  // As Kubernetes writes it.
  if (/^[\d.]+[kmgt]i$/i.test(written)) return `write ${written.slice(0, -1).toLowerCase()}`;
  return /^\d+$/.test(written) ? `a bare number counts bytes; for megabytes write ${written}m` : undefined;
}

/** Docker Engine refuses less. */
const LEAST_MEMORY_BYTES = 6 * 1024 ** 2;

export const memory = scalar({
  expected: "a size of at least 6m, such as 64m or 1.5g",
  read: (written) => {
    const bytes = parseByteSize(written);
    return bytes !== undefined && bytes >= LEAST_MEMORY_BYTES ? bytes : undefined;
  },
  hint: meantSize,
  forms: [{ type: "number", minimum: LEAST_MEMORY_BYTES }, matching(SIZE)],
});

/** A size, `0` included. */
export const byteSize = scalar({ expected: "a size such as 64m or 1.5g", read: parseByteSize });

/** A size, or -1 for no limit. */
export const byteSizeOrUnlimited = scalar({
  expected: "a size such as 64m or 1.5g, or -1 for no limit",
  read: (written) => (written === "-1" ? -1 : parseByteSize(written)),
});
