const BYTES_PER = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

export const SIZE = /^(\d+(?:\.\d+)?)\s*(?:([bB])|([kmgtKMGT])(?:[iI]?[bB])?)?$/;

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
