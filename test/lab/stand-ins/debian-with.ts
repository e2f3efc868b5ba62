import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { EngineClient } from "../engine-client.ts";
import type { StandIn } from "./stand-in.ts";

export type Program = {
  /** The public name that it is given. */
  image: string;
  /** Changes with everything below. */
  version: string;
  /** Debian's packages of it. */
  packages: readonly string[];
  /** Programs of ours, by their paths in the image. */
  scripts: Readonly<Record<string, string>>;
  /** More lines of its Dockerfile. */
  lines: readonly string[];
};

/** A program as Debian packages it, which behaves like the public image of that name as far as our examples use it. */
export function debianWith(program: Program): StandIn {
  const { image, version } = program;
  return { image, from: "debian:bookworm-slim", version, make: (engine, folder) => make(program, engine, folder) };
}

async function make({ image, packages, scripts, lines }: Program, engine: EngineClient, folder: string): Promise<void> {
  await mkdir(join(folder, "scripts"));
  for (const [path, text] of Object.entries(scripts)) {
    const file = join(folder, "scripts", path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    await chmod(file, 0o755);
  }
  const dockerfile = [
    "FROM debian:bookworm-slim",
    `RUN apt-get update -q && apt-get install -q --yes --no-install-recommends ${packages.join(" ")} && rm -rf /var/lib/apt/lists/*`,
    "COPY scripts /",
    ...lines,
  ];
  await writeFile(join(folder, "Dockerfile"), `${dockerfile.join("\n")}\n`);
  await engine.docker("build", "--quiet", "--force-rm", "--tag", image, folder);
}
