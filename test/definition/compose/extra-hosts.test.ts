import { expect, test } from "vitest";
import { parse, parseJob } from "../parse.ts";

const hostsOf = (written: string) => parseJob(`extra_hosts: [${JSON.stringify(written)}]`).template.host?.extraHosts;

/** As docker/cli and compose-go have them in their own tests. */
test.each([
  ["myhost:192.168.0.1", "myhost", "192.168.0.1"],
  ["myhost=192.168.0.1", "myhost", "192.168.0.1"],
  ["myhost=[192.168.0.1]", "myhost", "192.168.0.1"],
  ["host.and.domain.invalid:10.0.2.1", "host.and.domain.invalid", "10.0.2.1"],
  ["anipv6host:2003:ab34:e::1", "anipv6host", "2003:ab34:e::1"],
  ["anipv6host=[2003:ab34:e::1]", "anipv6host", "2003:ab34:e::1"],
  ["ipv6local:::1", "ipv6local", "::1"],
  ["ipv6local=::1", "ipv6local", "::1"],
  ["ipv6local=[::1]", "ipv6local", "::1"],
  ["ipv6local:0:0:0:0:0:0:0:1", "ipv6local", "0:0:0:0:0:0:0:1"],
  ["host.docker.internal:host-gateway", "host.docker.internal", "host-gateway"],
])("%s", (written, name, address) => expect(hostsOf(written)).toEqual([{ name, address }]));

test("a host may have several addresses", () =>
  expect(hostsOf("foo=127.0.0.2,127.0.0.3")).toEqual([
    { name: "foo", address: "127.0.0.2" },
    { name: "foo", address: "127.0.0.3" },
  ]));

test.each([
  ...["", "::::1", "=::1", ":=::1", "thathost-nosemicolon10.0.0.1", "myhost:192.notanipaddress.1"],
  ...["anipv6host:::::1", "ipv6local:::0::", "ipv6addr=[::1", "ipv6addr=::1]", "myhost.invalid:", "myhost.invalid="],
  "foo=127.0.0.2,",
])("%j is refused", (written) => {
  const text = `jobs: { a: { schedule: "@daily", image: x, extra_hosts: [${JSON.stringify(written)}] } }`;
  expect(parse(text).problems.map(({ message }) => message)).toEqual([
    `extra_hosts must be HOST=ADDRESS such as db=10.0.0.5 or gate=host-gateway, not ${JSON.stringify(written)}`,
  ]);
});
