import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Answer } from "./answer.ts";
import { Fault } from "./fault.ts";

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** Files of packages, which `build.ts` puts next to our own in the bundle. */
export const ASSETS_OF_PACKAGES: Readonly<Record<string, string>> = {
  "idiomorph.js": "idiomorph/dist/idiomorph.esm.js",
};

interface Files {
  readonly texts: ReadonlyMap<string, string>;
  /** Changes with any of the texts: scripts name each other by relative paths, and so are all under one hash. */
  readonly hash: string;
}

/** The stylesheet, scripts and pictures of the pages. All are read when the first one is needed, and kept. */
export class StaticFiles {
  #files: Files | undefined;

  /** Where the file is, relative to the root: `static/1f0c2a9e/page.css`. @throws for one that is not there: that is a bug. */
  path(name: string): string {
    const { texts, hash } = this.#all();
    if (!texts.has(name)) throw new Error(`there is no ${name} in http/web/assets`);
    return `static/${hash}/${name}`;
  }

  /**
   * Answers with the file, which browsers may keep for ever under this hash. In an update, the page of another scheduler may
   * ask for another hash: it gets this scheduler's file, for this once.
   */
  answer({ hash, name }: { readonly hash: string; readonly name: string }): Answer {
    const files = this.#all();
    const body = files.texts.get(name);
    if (body === undefined) throw new Fault("no-such-address", "There is no such file.");
    const contentType = CONTENT_TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "text/plain; charset=utf-8";
    const caching = hash === files.hash ? "public, max-age=31536000, immutable" : "no-store";
    return { status: 200, contentType, body, headers: { "Cache-Control": caching } };
  }

  #all(): Files {
    this.#files ??= readFiles();
    return this.#files;
  }
}

/** In the bundle they are at the same place as in the sources, seen from here. */
function readFiles(): Files {
  const folder = new URL("web/assets/", import.meta.url);
  const own = readdirSync(folder).map((name) => [name, fileURLToPath(new URL(name, folder))] as const);
  const others = import.meta.url.endsWith(".ts")
    ? Object.entries(ASSETS_OF_PACKAGES).map(
        ([name, path]) => [name, fileURLToPath(import.meta.resolve(path))] as const,
      )
    : [];
  const texts = new Map([...own, ...others].sort().map(([name, path]) => [name, readFileSync(path, "utf8")]));
  const digest = createHash("sha256");
  for (const [name, text] of texts) digest.update(`${name}\0${text}\0`);
  return { texts, hash: digest.digest("hex").slice(0, 8) };
}
