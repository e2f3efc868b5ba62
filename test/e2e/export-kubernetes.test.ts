import { spawn } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { beforeAll, expect, it, test } from "vitest";
import { exportKubernetes } from "../../src/definition/export/kubernetes/export-kubernetes.ts";
import { checkSchedule } from "../../src/schedule/timetable.ts";
import { fileSettings } from "../definition/parse.ts";
import { pythonWith } from "../lab/python.ts";

/** The oldest version whose API has what is written, and the newest that is known. */
const VERSIONS = ["1.31", "1.37"];

const VALIDATE = `
import json, sys, yaml, kubernetes_validate
wrong = []
for item in yaml.safe_load(sys.stdin)["items"]:
    for version in sys.argv[1:]:
        try:
            kubernetes_validate.validate(item, version, strict=True)
        except Exception as error:
            wrong.append(version + " " + item["metadata"]["name"] + ": " + str(error)[:500])
print(json.dumps(wrong))
`;

const DOCS = join(import.meta.dirname, "../../docs");
const examples = globSync("examples/**/*.yml", { cwd: DOCS })
  .toSorted()
  .map((path) => ({ path, text: readFileSync(join(DOCS, path), "utf8") }))
  .filter(({ text }) => /^jobs:/m.test(text));

/** One job with most of what a job may have. */
const BROAD = `
configs: { settings: { content: "a: b\\n" } }
secrets: { key: { file: /run/key } }
volumes: { archive: { driver_opts: { type: nfs, o: "addr=10.0.0.9,rw", device: ":/archive" } } }
defaults: { overlap: queue, queue_limit: 1 }
jobs:
  broad:
    schedule: ["0 3 * * 1-5", "@every 90m"]
    timezone: Europe/Berlin
    starting_deadline: 1h
    suspended: true
    timeout: 90s
    stop_grace_period: 0s
    retries: { limit: 3, on: [3, 4, timed-out] }
    history: { succeeded: 0, failed: 50 }
    image: registry.example:5000/a/b@sha256:${"0".repeat(64)}
    entrypoint: [a, "$$(b)"]
    command: ["", "on", "0400"]
    environment: { A: "on", B.C-D: "1", E: "" }
    user: "5:6"
    working_dir: /x
    group_add: ["7"]
    cap_add: [NET_ADMIN]
    cap_drop: [ALL]
    read_only: true
    security_opt: [no-new-privileges:true, seccomp=unconfined, apparmor=x, "label=level:s0"]
    sysctls: { net.core.somaxconn: "9" }
    pid: host
    ipc: host
    userns_mode: host
    tty: true
    hostname: h
    dns: [10.0.0.2]
    dns_search: [a.b]
    dns_opt: ["ndots:2", rotate]
    extra_hosts: [a=10.0.0.1]
    shm_size: 64m
    tmpfs: ["/run:size=64m,mode=1777", /var/run]
    volumes: ["/srv:/srv:ro,rslave", data:/data, archive:/archive, /anonymous, { type: tmpfs, target: /t, tmpfs: { size: 1m } }]
    secrets: [key]
    configs: [{ source: settings, target: /etc/a/settings.yml, mode: 0400 }]
    labels: { a: b, c: "d e" }
    annotations: { example.org/x: y }
    platform: linux/arm64
    gpus: [{ driver: nvidia, count: 1 }]
    deploy:
      placement: { constraints: [node.hostname == a, node.labels.disk != hdd, node.platform.os == linux] }
      resources: { limits: { cpus: 0.25, memory: 100m, pids: 5 }, reservations: { cpus: 0.1, memory: 64m } }
  manual: { image: a, schedule: [], privileged: true, network_mode: host, pull_policy: always }
`;

let python: string;
beforeAll(async () => {
  python = await pythonWith(["kubernetes-validate==1.37.0"]);
});

function exported(text: string) {
  return exportKubernetes(text, {
    ...fileSettings,
    checkSchedule,
    variables: { REPORT_SCHEDULE: "@daily" },
    readReferenced: () => ({ text: "A=1\n" }),
  });
}

/** What the schemas of these versions have against a List, with unknown keys refused. */
async function complaints(list: string): Promise<unknown> {
  const child = spawn(python, ["-c", VALIDATE, ...VERSIONS], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(list);
  return JSON.parse(await readAll(child.stdout));
}

test("there are examples", () => expect(examples.length).toBeGreaterThan(5));

it.each(examples)("Kubernetes' schemas take what becomes of docs/$path", async ({ text }) => {
  const { text: list, findings, jobs } = exported(text);
  // What is not exported is said.
  expect(jobs > 0 || findings.length > 0).toBe(true);
  if (list !== "") expect(await complaints(list)).toEqual([]);
});

it("and of jobs with most of what a job may have", async () => {
  const { text, findings, jobs } = exported(BROAD);
  expect(findings.filter(({ severity }) => severity === undefined)).toEqual([]);
  expect(jobs).toBe(2);
  expect(await complaints(text)).toEqual([]);
});

it("a List with a mistake is not taken", async () => {
  const { text } = exported("jobs: { a: { image: a, schedule: '@daily' } }");
  expect(await complaints(text.replace("concurrencyPolicy", "concurencyPolicy"))).toHaveLength(VERSIONS.length);
});
