import { describe, expect, test } from "vitest";
import { parse, parseJob } from "../parse.ts";

const volumeOf = (written: string) => parseJob(`volumes: [${JSON.stringify(written)}]`).template.volumes;
const problemsOf = (written: string) =>
  parse(`jobs: { a: { schedule: "@daily", image: x, volumes: [${JSON.stringify(written)}] } }`).problems;

/** As compose-go has them in its own tests of ParseVolume; a folder of the host is not made where it is missing. */
describe("a volume in the short form", () => {
  test.each([
    ["/path/foo", { type: "volume", target: "/path/foo", readOnly: false }],
    ["/a", { type: "volume", target: "/a", readOnly: false }],
    ["./foo:/target", { type: "bind", source: "/etc/shipbell/foo", target: "/target", readOnly: false }],
    ["../other:/target", { type: "bind", source: "/etc/other", target: "/target", readOnly: false }],
    [".:/src:ro", { type: "bind", source: "/etc/shipbell", target: "/src", readOnly: true }],
    ["/home/user:/target:rw", { type: "bind", source: "/home/user", target: "/target", readOnly: false }],
    ["/tmp/x/y:/foo/x/y", { type: "bind", source: "/tmp/x/y", target: "/foo/x/y", readOnly: false }],
    [
      "/source:/target:slave",
      { type: "bind", source: "/source", target: "/target", readOnly: false, bind: { propagation: "slave" } },
    ],
    [
      "/source:/target:ro,rprivate",
      { type: "bind", source: "/source", target: "/target", readOnly: true, bind: { propagation: "rprivate" } },
    ],
    ["/a:/b:cached", { type: "bind", source: "/a", target: "/b", readOnly: false, consistency: "cached" }],
    [
      "name:/target:nocopy",
      { type: "volume", source: "name", target: "/target", readOnly: false, volume: { nocopy: true } },
    ],
    [
      "/source:/target:ro,z",
      {
        type: "bind",
        source: "/source",
        target: "/target",
        readOnly: true,
        bind: { selinux: "z", createHostPath: true },
      },
    ],
    [
      "./a:/b:Z,rslave",
      {
        type: "bind",
        source: "/etc/shipbell/a",
        target: "/b",
        readOnly: false,
        bind: { selinux: "Z", createHostPath: true, propagation: "rslave" },
      },
    ],
    ["cache:/c:z", { type: "volume", source: "cache", target: "/c", readOnly: false }],
    ["0123456789name:/d", { type: "volume", source: "0123456789name", target: "/d", readOnly: false }],
    ["MiXeDcAsEnAmE:/d", { type: "volume", source: "MiXeDcAsEnAmE", target: "/d", readOnly: false }],
  ])("%s", (written, volume) => expect(volumeOf(written)).toEqual([volume]));

  test.each(["", ":foo", "/foo::ro", "/foo:/foo:ro:foo", "a界:/x", ".", "x/y:/z", "~/thing:/target"])(
    "%j is refused",
    (written) => expect(problemsOf(written)).toHaveLength(1),
  );

  test.each([
    ["name:/target:bogus", 'has the mode "bogus"; supported are'],
    ["name:/target:nocopy,subpath=etc", 'has the mode "subpath=etc"'],
    ["name:/t:RO", 'has the mode "RO"'],
    ["C:\\path", "is not an absolute path"],
    ["D:\\path:d:\\target", "must be [SOURCE:]TARGET[:MODE]"],
  ])("%s is refused, where Compose is silent or on Windows", (written, says) =>
    expect(problemsOf(written)[0]?.message).toContain(says),
  );
});
