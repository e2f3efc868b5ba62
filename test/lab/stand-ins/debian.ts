import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EngineClient } from "../engine-client.ts";
import { needCommands } from "../machine/packages.ts";
import { markVariable } from "../machine/processes.ts";
import { runCommand } from "../machine/run-command.ts";
import type { StandIn } from "./stand-in.ts";

/** A minimal Debian by debootstrap. */
export const debian: StandIn = { image: "debian:bookworm-slim", version: "2", make };

/** What belongs to this machine, and what Docker's slim image leaves out. */
const leftOut = [
  "./etc/resolv.conf",
  "./etc/hostname",
  "./var/cache/apt/*",
  "./var/lib/apt/lists/*",
  "./var/log/*",
  "./usr/share/doc/*",
  "./usr/share/man/*",
  "./usr/share/locale/*",
];

/** As in Docker's slim image: apt keeps nothing that it can have again. */
const aptSettings = `
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Languages "none";
`;

async function make(engine: EngineClient, folder: string): Promise<void> {
  await needCommands(["debootstrap"]);
  const root = join(folder, "root");
  const env = { ...process.env, [markVariable]: folder };
  await runCommand("debootstrap", ["--variant=minbase", "bookworm", root], { env });
  await writeFile(join(root, "etc/apt/apt.conf.d/docker-clean"), aptSettings);
  const archive = join(folder, "root.tar");
  await runCommand("tar", ["-C", root, ...leftOut.map((pattern) => `--exclude=${pattern}`), "-cf", archive, "."]);
  await engine.docker("import", "--change", 'CMD ["bash"]', archive, debian.image);
}
