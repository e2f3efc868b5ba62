import { cp, glob, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EngineClient } from "../engine-client.ts";
import { aptGet } from "../machine/packages.ts";
import { runCommand } from "../machine/run-command.ts";
import type { StandIn } from "./stand-in.ts";

/** Debian's busybox with the C library that it needs. (The static one, with glibc, crashes when it resolves a name.) */
export const busybox: StandIn = { image: "busybox:latest", version: "1", make };

const libraries = ["libc.so.6", "libresolv.so.2", "libm.so.6", "ld-linux*"];

const users = [
  { name: "root", id: 0, home: "root", shell: "sh" },
  { name: "www-data", id: 33, home: "var/www", shell: "false" },
  { name: "nobody", id: 65534, home: "home", shell: "false" },
];

async function make(engine: EngineClient, folder: string): Promise<void> {
  const unpacked = join(folder, "unpacked");
  const root = join(folder, "root");
  await unpack(["busybox", "libc6"], folder, unpacked);
  await copyPrograms(unpacked, root);
  await addFiles(root);
  await runCommand("tar", ["-C", root, "-cf", join(folder, "root.tar"), "."]);
  await engine.docker("import", "--change", 'CMD ["sh"]', join(folder, "root.tar"), busybox.image);
}

/** Unpacks Debian packages without installing them. */
async function unpack(packages: string[], folder: string, into: string): Promise<void> {
  await aptGet(["-o", "APT::Sandbox::User=root", "download", ...packages], folder);
  for await (const file of glob(join(folder, "*.deb"))) await runCommand("dpkg-deb", ["--extract", file, into]);
}

async function copyPrograms(unpacked: string, root: string): Promise<void> {
  const wanted = ["bin/busybox", ...libraries.flatMap((name) => [`lib*/${name}`, `lib*/*/${name}`])];
  for await (const file of glob(wanted, { cwd: unpacked }))
    await cp(join(unpacked, file), join(root, file), { dereference: true });
  const applets = (await runCommand(join(unpacked, "bin/busybox"), ["--list"])).split("\n");
  for (const applet of applets.filter((name) => name !== "busybox"))
    await symlink("busybox", join(root, "bin", applet));
}

async function addFiles(root: string): Promise<void> {
  for (const folder of ["etc", "root", "home", "var/www", "usr/bin"])
    await mkdir(join(root, folder), { recursive: true });
  for (const folder of ["tmp", "var/tmp"]) await runCommand("mkdir", ["-p", "-m", "1777", join(root, folder)]);
  await symlink("../../bin/env", join(root, "usr/bin/env"));
  const passwd = users.map(({ name, id, home, shell }) => `${name}:x:${id}:${id}:${name}:/${home}:/bin/${shell}\n`);
  await writeFile(join(root, "etc/passwd"), passwd.join(""));
  await writeFile(join(root, "etc/group"), users.map(({ name, id }) => `${name}:x:${id}:\n`).join(""));
}
