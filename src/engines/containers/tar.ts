import type { TarFile } from "../docker/containers.ts";

const BLOCK = 512;
const LONGEST_NAME = 100;
const LONGEST_PREFIX = 155;

/** A tar archive (ustar) of some files, to be unpacked at the root. Undefined when a path is too long for one. */
export function tarOf(files: readonly TarFile[]): Buffer | undefined {
  const parts: Buffer[] = [];
  for (const file of files) {
    const header = headerOf(file);
    if (header === undefined) return undefined;
    const padding = (BLOCK - (file.data.length % BLOCK)) % BLOCK;
    parts.push(header, Buffer.from(file.data), Buffer.alloc(padding));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
}

function headerOf({ path, data, uid, gid, mode }: TarFile): Buffer | undefined {
  const split = splitPath(path.replace(/^\/+/, ""));
  if (split === undefined) return undefined;
  const header = Buffer.alloc(BLOCK);
  header.write(split.name, 0);
  header.write(octal(mode, 7), 100);
  header.write(octal(uid, 7), 108);
  header.write(octal(gid, 7), 116);
  header.write(octal(data.length, 11), 124);
  // The time of all files, so that the archive is always the same.
  header.write(octal(0, 11), 136);
  header.write("        ", 148);
  header.write("0", 156);
  header.write("ustar\x0000", 257);
  header.write(split.prefix, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148);
  return header;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

/** The name field holds 100 bytes; leading folders may stand in another. */
function splitPath(path: string): { readonly prefix: string; readonly name: string } | undefined {
  if (Buffer.byteLength(path) <= LONGEST_NAME) return { prefix: "", name: path };
  for (let slash = path.indexOf("/"); slash !== -1; slash = path.indexOf("/", slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)];
    if (Buffer.byteLength(prefix) <= LONGEST_PREFIX && Buffer.byteLength(name) <= LONGEST_NAME) return { prefix, name };
  }
  return undefined;
}
