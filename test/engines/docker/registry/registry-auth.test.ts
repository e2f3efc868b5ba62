import { closeSync, mkdtempSync, openSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { registryOf } from "../../../../src/engines/docker/registry/image-reference.ts";
import { RegistryCredentials } from "../../../../src/engines/docker/registry/registry-auth.ts";
import { readRegistryConfig } from "../../../../src/engines/docker/registry/registry-config.ts";
import type { Problem } from "../../../../src/job/problem.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const decode = (header: string | undefined) => header && JSON.parse(Buffer.from(header, "base64url").toString());

describe("a registry's login", () => {
  it.each<[string, object, object | undefined]>([
    ["a user and a password", { auth: base64("me:secret") }, { username: "me", password: "secret" }],
    ["a password with colons", { auth: base64("me:a:b") }, { username: "me", password: "a:b" }],
    ["in clear words", { username: "me", password: "secret" }, { username: "me", password: "secret" }],
    [
      "a token in place of the password",
      { auth: base64("me:x"), identitytoken: "t" },
      { username: "me", identitytoken: "t" },
    ],
    [
      "an identity token next to an empty password, as Azure has it",
      { auth: base64("00000000-0000-0000-0000-000000000000:"), identitytoken: "t" },
      { username: "00000000-0000-0000-0000-000000000000", identitytoken: "t" },
    ],
    ["a registry's token alone", { registrytoken: "t" }, { registrytoken: "t" }],
    [
      "a password with the zeroes that old tools added",
      { auth: base64("me:a\0\0") },
      { username: "me", password: "a" },
    ],
    ["nothing", {}, undefined],
    ["no map", "secret" as unknown as object, undefined],
    ["a number, of which nothing is quoted", { auth: 5, username: ["me"], password: 7 }, undefined],
  ])("is %s", (_name, auth, expected) => {
    const { logins } = readRegistryConfig(JSON.stringify({ auths: { "registry.example.com": auth } }));
    expect(logins.get("registry.example.com")).toEqual(
      expected && { ...expected, serveraddress: "registry.example.com" },
    );
  });

  it.each<[string, readonly string[]]>([
    ["busybox", ["https://index.docker.io/v1/", "index.docker.io", "docker.io", "https://registry-1.docker.io"]],
    ["docker.io/team/app:1", ["https://index.docker.io/v1/"]],
    [
      "registry.example.com/team/app:1",
      [
        "registry.example.com",
        "https://registry.example.com",
        "http://registry.example.com/v1/",
        "registry.example.com/",
      ],
    ],
    [
      "registry.example.com:5000/app@sha256:0123",
      ["registry.example.com:5000", "https://registry.example.com:5000/v2/"],
    ],
    ["localhost:5000/app", ["localhost:5000"]],
  ])("for %s stands under any of %j", (image, keys) => {
    for (const key of keys) {
      const { logins } = readRegistryConfig(JSON.stringify({ auths: { [key]: { registrytoken: "t" } } }));
      expect(logins.get(registryOf(image))).toEqual({ registrytoken: "t", serveraddress: key });
    }
  });

  it("of several keys for one registry is that of the one that docker login writes", () => {
    const keys = ["https://index.docker.io/v1/access-token", "https://index.docker.io/v1/", "docker.io"];
    const auths = Object.fromEntries(keys.map((key) => [key, { registrytoken: key }]));
    const { logins } = readRegistryConfig(JSON.stringify({ auths }));
    expect(logins.get("index.docker.io")).toMatchObject({ registrytoken: "https://index.docker.io/v1/" });
  });

  it("of another port is not this registry's", () => {
    const { logins } = readRegistryConfig(
      JSON.stringify({ auths: { "registry.example.com": { registrytoken: "t" } } }),
    );
    expect(logins.get(registryOf("registry.example.com:5000/app"))).toBeUndefined();
  });

  it.each<[string, object, RegExp]>([
    ["a store", { credsStore: "desktop" }, /^credsStore "desktop" is not supported/],
    ["a helper", { credHelpers: { "gcr.io": "gcloud" } }, /^credHelpers "gcloud" for gcr\.io is not supported/],
    ["an entry with nothing in it", { auths: { "gcr.io": {} } }, /^auths\."gcr\.io" has neither/],
  ])("is warned of: %s", (_name, config, warning) => {
    expect(readRegistryConfig(JSON.stringify(config)).warnings).toEqual([expect.stringMatching(warning)]);
  });

  it("is not quoted when the file cannot be read", () => {
    expect(() => readRegistryConfig('{"auths":{"x":{"auth": topsecret}}}')).toThrow(/^it is not the JSON object that/);
  });
});

describe("the credentials", () => {
  let folder: string;
  let path: string;
  let warnings: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "shipbell-auth-"));
    path = join(folder, "config.json");
    warnings = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const open = () =>
    new RegistryCredentials(path, (problems) => warnings.push(...problems.map(({ message }) => message)));
  const write = (password: string, to = path) =>
    writeFileSync(to, JSON.stringify({ auths: { "https://index.docker.io/v1/": { auth: base64(`me:${password}`) } } }));

  it("are written in the padded alphabet for addresses: the engine takes anything else for no credentials at all", () => {
    for (const password of ["x", "xx", "xxx", "xxxx", "???>>>~~~"]) {
      write(password);
      const header = open().headerFor("busybox") ?? "";
      expect(header).toMatch(/^([\w-]{4})*([\w-]{3}=|[\w-]{2}==)?$/);
      expect(decode(header)).toMatchObject({ password });
    }
  });

  it("are those of the image's registry, in the form that Docker reads", () => {
    write("one");
    expect(decode(open().headerFor("busybox"))).toEqual({
      username: "me",
      password: "one",
      serveraddress: "https://index.docker.io/v1/",
    });
    expect(open().headerFor("registry.example.com/busybox")).toBeUndefined();
  });

  it("are read again when the file was replaced", () => {
    write("one");
    const credentials = open();
    credentials.headerFor("busybox");
    write("two", `${path}.new`);
    renameSync(`${path}.new`, path);
    expect(decode(credentials.headerFor("busybox"))).toMatchObject({ password: "two" });
  });

  it("are said to be old when the file was replaced behind a mount of it alone", () => {
    write("one");
    const file = openSync(path, "r");
    try {
      // As a mount of one file does, this still leads to it when its name is gone.
      const mount = `/proc/self/fd/${file}`;
      const said: (readonly Problem[])[] = [];
      const credentials = new RegistryCredentials(mount, (problems) => said.push(problems));
      credentials.headerFor("busybox");
      write("two", `${path}.new`);
      renameSync(`${path}.new`, path);
      expect(decode(credentials.headerFor("busybox"))).toMatchObject({ password: "one" });
      expect(said).toEqual([
        [],
        [
          expect.objectContaining({
            at: mount,
            severity: "warning",
            message: expect.stringContaining("has been replaced"),
          }),
        ],
      ]);
    } finally {
      closeSync(file);
    }
  });

  it("warn of a helper once per version of the file, and say what to do", () => {
    const helped = JSON.stringify({ credHelpers: { "gcr.io": "gcloud" } });
    writeFileSync(path, helped);
    const credentials = open();
    credentials.look();
    credentials.headerFor("gcr.io/app");
    const warning = expect.stringMatching(
      /^credHelpers "gcloud" for gcr\.io is not supported: .*"docker --config FOLDER login REGISTRY"/,
    );
    expect(warnings).toEqual([warning]);
    writeFileSync(path, `${helped}\n`);
    credentials.headerFor("gcr.io/app");
    expect(warnings).toEqual([warning, warning]);
  });

  it("are none while the file is not there, and none with one warning while it is not readable", () => {
    const credentials = open();
    expect(credentials.headerFor("busybox")).toBeUndefined();
    expect(credentials.headerFor("busybox")).toBeUndefined();
    expect(warnings).toEqual([]);
    writeFileSync(path, "{");
    expect(credentials.headerFor("busybox")).toBeUndefined();
    expect(credentials.headerFor("busybox")).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining("the registry credentials cannot be read")]);
    write("one");
    expect(decode(credentials.headerFor("busybox"))).toMatchObject({ password: "one" });
  });

  it("are none, with one warning, where not even whether there is such a file can be told", () => {
    symlinkSync(path, path);
    const credentials = open();
    expect(credentials.headerFor("busybox")).toBeUndefined();
    expect(credentials.headerFor("busybox")).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining("the registry credentials cannot be read: ELOOP")]);
  });
});
