import { existsSync } from "node:fs";
import { chmod, cp, mkdir, realpath, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import type { EngineClient } from "../engine-client.ts";
import { findCommand } from "../machine/packages.ts";
import type { StandIn } from "./stand-in.ts";

/** Node as this checkout has it, npm as this machine has it, and the certificates by which npm trusts its registry here. */
export const node: StandIn = {
  image: "node:24-bookworm-slim",
  from: "debian:bookworm-slim",
  version: `1-${process.version}`,
  make,
};

/** As in the public image: options and files are for node, programs are run. */
const entrypoint = `#!/bin/sh
set -e
if [ "\${1#-}" != "\${1}" ] || [ -z "$(command -v "\${1}")" ] || { [ -f "\${1}" ] && ! [ -x "\${1}" ]; }; then
  set -- node "$@"
fi
exec "$@"
`;

async function make(engine: EngineClient, folder: string): Promise<void> {
  const local = join(folder, "local");
  await copyNode(local);
  await copyNpm(local);
  const certificates = await copyCertificates(local);
  await writeFile(join(folder, "Dockerfile"), dockerfile(certificates));
  await engine.docker("build", "--quiet", "--tag", node.image, folder);
}

function dockerfile(certificates: string | undefined): string {
  const lines = [
    "FROM debian:bookworm-slim",
    "RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node",
    `ENV NODE_VERSION ${process.versions.node}`,
    ...(certificates ? [`ENV NODE_EXTRA_CA_CERTS ${certificates}`] : []),
    "COPY local /usr/local",
    'ENTRYPOINT ["docker-entrypoint.sh"]',
    'CMD ["node"]',
  ];
  return `${lines.join("\n")}\n`;
}

async function copyNode(local: string): Promise<void> {
  const ofCheckout = join(dirname(createRequire(import.meta.url).resolve("node/package.json")), "bin", "node");
  await mkdir(join(local, "bin"), { recursive: true });
  await cp(existsSync(ofCheckout) ? ofCheckout : process.execPath, join(local, "bin", "node"));
  await symlink("node", join(local, "bin", "nodejs"));
  await writeFile(join(local, "bin", "docker-entrypoint.sh"), entrypoint);
  await chmod(join(local, "bin", "docker-entrypoint.sh"), 0o755);
}

async function copyNpm(local: string): Promise<void> {
  await cp(await npmFolder(), join(local, "lib", "node_modules", "npm"), { recursive: true, verbatimSymlinks: true });
  for (const name of ["npm", "npx"])
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, "bin", name));
}

/** From the npm that runs us, or the one on the PATH. (`npm root` would look next to this checkout's own node.) */
async function npmFolder(): Promise<string> {
  const cli = process.env.npm_execpath ?? findCommand("npm");
  const file = cli ? await realpath(cli) : "";
  if (basename(file) === "npm-cli.js") return dirname(dirname(file));
  throw new Error(`${node.image} needs npm, and this machine has none that can be copied: install npm.`);
}

/** Gives the path inside the image; undefined when this machine has no bundle of its own. */
async function copyCertificates(local: string): Promise<string | undefined> {
  const bundle = process.env.NODE_EXTRA_CA_CERTS ?? "/etc/ssl/certs/ca-certificates.crt";
  if (!existsSync(bundle)) return undefined;
  await mkdir(join(local, "share", "ca-certificates"), { recursive: true });
  await cp(bundle, join(local, "share", "ca-certificates", "machine.crt"), { dereference: true });
  return "/usr/local/share/ca-certificates/machine.crt";
}
