import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { withLock } from "./lock.ts";
import { finish, systemEnvironment } from "./run-command.ts";

/** The Debian package that has each program of the lab, and each folder of files that one of them needs. */
const packageOf = {
  dockerd: "docker.io",
  docker: "docker.io",
  "docker-compose": "docker-compose",
  containerd: "containerd",
  runc: "runc",
  ip: "iproute2",
  iptables: "iptables",
  unshare: "util-linux",
  nsenter: "util-linux",
  debootstrap: "debootstrap",
  haproxy: "haproxy",
  prometheus: "prometheus",
  promtool: "prometheus",
  "prometheus-alertmanager": "prometheus-alertmanager",
  jsonnet: "jsonnet",
  "docker-registry": "docker-registry",
  perl: "perl-base",
  nginx: "nginx-light",
  openssl: "openssl",
  "systemd-analyze": "systemd",
  "chromium-headless-shell": "chromium-headless-shell",
  "/usr/share/fonts/opentype/inter": "fonts-inter",
  "/usr/share/fonts/truetype/noto": "fonts-noto-mono",
  "/usr/share/fonts/truetype/dejavu": "fonts-dejavu-core",
} as const;

export type LabCommand = keyof typeof packageOf;

/** All programs that anything in the lab needs. */
export const labCommands = Object.keys(packageOf) as LabCommand[];

/** Text, code, and the signs that neither of these has. */
export const FONT_FOLDERS = [
  "/usr/share/fonts/opentype/inter",
  "/usr/share/fonts/truetype/noto",
  "/usr/share/fonts/truetype/dejavu",
] as const satisfies readonly LabCommand[];

/** What the lab's browser needs. */
export const BROWSER_NEEDS: readonly LabCommand[] = ["chromium-headless-shell", ...FONT_FOLDERS];

/** Installs the Debian packages of those programs that are missing. Rejects with a sentence that says what to do. */
export async function needCommands(commands: readonly LabCommand[]): Promise<void> {
  needRoot();
  if (missing(commands).length === 0) return;
  await withLock("packages", () => install(missing(commands)));
  const still = missing(commands);
  if (still.length > 0) throw new Error(`the lab needs ${still.join(", ")}: ${howToGet(still)}.`);
}

/** Where a program is; undefined when there is none of that name. */
export function findCommand(command: string): string | undefined {
  const folders = (systemEnvironment().PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, command)).find(isExecutable);
}

/** Runs apt-get; when it fails, once more after an update of the package lists, which a fresh machine may lack. */
export async function aptGet(args: readonly string[], cwd?: string): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const run = (...words: string[]) =>
    finish("apt-get", ["-o", "DPkg::Lock::Timeout=300", "-q", ...words], { env, ...(cwd && { cwd }) });
  if ((await run(...args)).code === 0) return;
  const update = await run("update");
  const { code, stderr } = await run(...args);
  if (code !== 0) throw new Error(`apt-get ${args.join(" ")} ended with ${code}: ${update.stderr}${stderr}`.trim());
}

async function install(commands: LabCommand[]): Promise<void> {
  if (commands.length === 0) return;
  if (!findCommand("apt-get")) throw new Error(`the lab needs ${commands.join(", ")}: ${howToGet(commands)}.`);
  const packages = [...new Set(commands.map((command) => packageOf[command]))];
  process.stderr.write(`lab: installing ${packages.join(", ")} …\n`);
  await aptGet(["install", "--yes", "--no-install-recommends", ...packages]).catch((cause) => {
    throw new Error(`the lab needs ${commands.join(", ")}, and ${howToGet(commands)} did not work: ${cause.message}`, {
      cause,
    });
  });
}

const missing = (commands: readonly LabCommand[]) =>
  commands.filter((command) => (command.startsWith("/") ? !existsSync(command) : !findCommand(command)));

function howToGet(commands: readonly LabCommand[]): string {
  const packages = new Set(commands.map((command) => packageOf[command]));
  return `"apt-get install ${[...packages].join(" ")}" (Debian 12)`;
}

/** Throws a sentence for everybody else. */
export function needRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new Error(
    "the lab starts engines of its own, and only root may do that: run it as root, for example with sudo.",
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
