import { afterEach, beforeAll, expect, inject, onTestFinished, test } from "vitest";
import { PATIENCE_MS } from "../support/patience.ts";
import { onThisMachine } from "../support/slowdown.ts";
import { copyImage } from "./copy-image.ts";
import { ensureImages } from "./images.ts";
import { until } from "./machine/until.ts";
import { startRegistry } from "./registry.ts";
import { openSwarm, type SwarmHost } from "./swarm.ts";
import { listNodes } from "./swarm-nodes.ts";

const swarm = openSwarm(inject("swarm"));
const [m1, w1, w2] = [hostOf("m1"), hostOf("w1"), hostOf("w2")];
const login = { user: "robot", password: "one: twö" };

beforeAll(() => swarm.whole());

afterEach(async () => {
  await swarm.whole();
  const services = (await m1.docker("service", "ls", "--quiet")).split("\n").filter(Boolean);
  if (services.length > 0) await m1.docker("service", "rm", ...services);
});

function hostOf(name: string): SwarmHost {
  const host = swarm.hosts.find((one) => one.name === name);
  if (!host) throw new Error(`the Swarm has no ${name}: it has ${swarm.hosts.map((one) => one.name).join(", ")}.`);
  return host;
}

const patience = () => AbortSignal.timeout(PATIENCE_MS);

async function stateOf(host: SwarmHost): Promise<string | undefined> {
  const id = await host.nodeId();
  return (await listNodes(swarm.managers))?.find(({ ID }) => ID === id)?.Status.State;
}

/** A service of one task on one host. */
async function serveOn(host: SwarmHost, name: string, ...more: string[]): Promise<void> {
  const place = ["--constraint", `node.hostname==${host.name}`];
  const options = ["--detach", "--quiet", "--no-resolve-image", "--endpoint-mode", "dnsrr", ...place, "--name", name];
  await m1.docker("service", "create", ...options, ...more);
}

/** A record that says on which host it is. */
const record = ["busybox", "sh", "-c", "echo $HOST > /tmp/index.html; exec httpd -f -p 80 -h /tmp"];

test("every host is a node of its own name, with an address that the machine reaches", async () => {
  const names = await m1.docker("node", "ls", "--format", "{{.Hostname}} {{.Status}} {{.Availability}}");
  expect(names.split("\n").toSorted()).toEqual(swarm.hosts.map(({ name }) => `${name} Ready Active`));
  await serveOn(
    w1,
    "record",
    "--env",
    "HOST={{.Node.Hostname}}",
    "--publish",
    "mode=host,target=80,published=81",
    ...record,
  );
  const read = () => fetch(`http://${w1.address}:81/`).then((answer) => answer.text());
  await until(
    () =>
      read()
        .then((text) => text === "w1\n")
        .catch(() => false),
    patience(),
  );
});

test("a container on one host reaches a task on another by its name", { tags: "full" }, async () => {
  await m1.docker("network", "create", "--driver", "overlay", "--attachable", "across");
  await serveOn(w2, "far", "--network", "across", "--env", "HOST={{.Node.Hostname}}", ...record);
  const read = () => w1.docker("run", "--rm", "--network", "across", "busybox", "wget", "-qO-", "http://tasks.far/");
  await until(
    () =>
      read()
        .then((text) => text === "w2")
        .catch(() => false),
    patience(),
  );
  await m1.docker("service", "rm", "far");
  await until(() => m1.docker("network", "rm", "across").then(Boolean, () => false), patience(), 200);
});

test.each([w1, w2])("a mounted /var/run/docker.sock is that of its host: $name", { tags: "full" }, async (host) => {
  await ensureImages(host, ["debian:bookworm-slim"]);
  const program = `
    my $engine = IO::Socket::UNIX->new("/var/run/docker.sock") or die $!;
    print $engine "GET /info HTTP/1.0\\r\\n\\r\\n";
    print join("", <$engine>) =~ /"Name":"([mw]\\d)"/;
  `;
  const mount = ["--volume", "/var/run/docker.sock:/var/run/docker.sock"];
  const perl = ["debian:bookworm-slim", "perl", "-MIO::Socket::UNIX", "-e", program];
  await expect(host.docker("run", "--rm", ...mount, ...perl)).resolves.toBe(host.name);
});

test("hosts push to and pull from a registry of the machine, also after its password was changed", {
  tags: "full",
}, async () => {
  await using registry = await startRegistry(login, swarm.gateway);
  const image = `${registry.address}/ours:1`;
  const logIn = (host: SwarmHost, password: string) =>
    host.docker("login", "--username", login.user, "--password", password, registry.address);
  await m1.docker("tag", "busybox", image);
  await logIn(m1, login.password);
  await m1.docker("push", image);
  await registry.setLogin({ ...login, password: "three" });
  await expect(w1.docker("pull", image)).rejects.toThrow("unauthorized");
  await logIn(w1, "three");
  await expect(w1.docker("pull", "--quiet", image)).resolves.toContain(image);
  await w1.docker("logout", registry.address);
});

test("an image that was built on one host can be given to others", { tags: "full" }, async () => {
  const container = await m1.docker("create", "busybox");
  await m1.docker("commit", container, "built:1");
  await copyImage(m1, "built:1", [w1, w2]);
  await expect(w2.docker("run", "--rm", "built:1", "echo", "there")).resolves.toBe("there");
});

test("a name that does not exist is refused at once, also in a network of containers", { tags: "full" }, async () => {
  const look = ["debian:bookworm-slim", "getent", "hosts", "nobody.example"];
  await ensureImages(w1, ["debian:bookworm-slim"]);
  await w1.docker("network", "create", "inside");
  onTestFinished(() => w1.docker("network", "rm", "inside").then(() => {}));
  for (const network of ["bridge", "inside"]) {
    const [withoutLookUp, withLookUp] = await Promise.all([
      secondsOf(() => w1.docker("run", "--rm", "--network", network, "debian:bookworm-slim", "true")),
      secondsOf(() => expect(w1.docker("run", "--rm", "--network", network, ...look)).rejects.toThrow("ended with 2")),
    ]);
    // A look-up that goes unanswered takes five seconds, twice.
    expect(withLookUp - withoutLookUp).toBeLessThan(onThisMachine(4900) / 1000);
  }
});

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return (performance.now() - since) / 1000;
}

test("a worker that loses power is down, and comes back with its data, but without its processes", {
  tags: "full",
}, async () => {
  await w1.docker("volume", "create", "kept");
  await w1.docker("run", "--detach", "busybox", "sleep", "600");
  await w1.kill();
  expect(w1.processes()).toEqual([]);
  await until(async () => (await stateOf(w1)) === "down", patience(), 100);
  await w1.start();
  await until(async () => (await stateOf(w1)) === "ready", patience(), 100);
  await expect(w1.docker("volume", "rm", "kept")).resolves.toBe("kept");
});

test("an engine that is killed leaves its containers running", { tags: "full" }, async () => {
  await w1.docker("run", "--detach", "--rm", "--stop-timeout", "1", "busybox", "sleep", "600");
  await w1.killEngine();
  expect(w1.processes().filter(({ name }) => name === "sleep")).toHaveLength(2); // the container, and the host itself
  await w1.start();
});

test("a host that is cut off is down, and mended it is ready again, its containers having run on", {
  tags: "full",
}, async () => {
  await w2.docker("run", "--detach", "--name", "going-on", "busybox", "sleep", "600");
  await w2.cut();
  await until(async () => (await stateOf(w2)) === "down", patience(), 100);
  await w2.mend();
  await until(async () => (await stateOf(w2)) === "ready", patience(), 100);
  await expect(w2.docker("rm", "--force", "going-on")).resolves.toBe("going-on");
});

test("a frozen engine says nothing and is down, and goes on when it thaws", { tags: "full" }, async () => {
  w2.freeze();
  await expect(w2.isUp()).resolves.toBe(false);
  await until(async () => (await stateOf(w2)) === "down", patience(), 100);
  w2.thaw();
  await until(async () => (await stateOf(w2)) === "ready", patience(), 100);
});

test("a drained host gets no tasks until it is active again", { tags: "full" }, async () => {
  await w1.drain();
  await serveOn(w1, "waiting", "busybox", "sleep", "600");
  const task = () => m1.docker("service", "ps", "waiting", "--format", "{{.CurrentState}} {{.Error}}", "--no-trunc");
  await until(async () => (await task()).includes("no suitable node"), patience(), 100);
  await w1.activate();
  await until(async () => (await task()).startsWith("Running"), patience(), 100);
});

test("when the leader loses power another leads, and three are reachable again after its start", {
  tags: "full",
}, async () => {
  const before = await swarm.leader();
  await before.kill();
  const after = await swarm.leader();
  expect(after.name).not.toBe(before.name);
  await before.start();
  await swarm.whole();
  const reachable = (await listNodes([after]))?.filter(
    ({ ManagerStatus }) => ManagerStatus?.Reachability === "reachable",
  );
  expect(reachable).toHaveLength(3);
});
