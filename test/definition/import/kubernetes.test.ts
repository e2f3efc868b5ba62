import { describe, expect, it, test } from "vitest";
import { expandVariables } from "../../../src/definition/import/kubernetes/variables.ts";
import { type ImportOptions, importOne } from "./import-one.ts";

interface Parts {
  readonly spec?: string;
  readonly job?: string;
  readonly template?: string;
  readonly pod?: string;
  readonly container?: string;
  readonly metadata?: string;
}

/** A CronJob in YAML's flow style, with these keys at their places. */
function cronJob({ spec = "", job = "", template = "", pod = "", container = "", metadata = "" }: Parts = {}): string {
  const inner = `{ name: main, ${/^"?image"?:/.test(container) ? "" : 'image: "shop:4",'} ${container} }`;
  const restart = pod.includes("restartPolicy") ? "" : "restartPolicy: Never,";
  const containers = pod.includes("containers:") ? "" : `containers: [${inner}],`;
  const schedule = spec.includes("schedule:") ? "" : 'schedule: "0 3 * * *",';
  return [
    "apiVersion: batch/v1",
    "kind: CronJob",
    `metadata: { name: nightly, ${metadata} }`,
    `spec: { ${schedule} ${spec} jobTemplate: { spec: { ${job} template: { ${template} spec: { ${restart} ${containers} ${pod} } } } } }`,
    "",
  ].join("\n");
}

const read = (parts: Parts = {}, options: ImportOptions = {}) => importOne("kubernetes", cronJob(parts), options);

describe("what Kubernetes does by default is written out", () => {
  it("next to an active run, six more attempts, half a minute to stop, the newest of a gap", async () => {
    const { keys, codes } = await read();
    expect(codes).toEqual([]);
    expect(keys).toEqual({
      schedule: "0 3 * * *",
      timezone: "UTC",
      overlap: "allow",
      catch_up: "last",
      history: { succeeded: "3", failed: "1" },
      retries: { limit: "6", delay: "10s", max_delay: "6m", on: ["failed", "rejected", "lost"] },
      stop_grace_period: "30s",
      image: "shop:4",
    });
  });

  it("without a zone, UTC is taken, and that is said", async () => {
    const { jobs, codes } = await importOne("kubernetes", cronJob(), {});
    expect([jobs[0]?.timezone, codes]).toEqual(["UTC", []]);
  });
});

describe("a key means here what it meant there", () => {
  test.each<[string, Parts, object]>([
    ["timeZone", { spec: "timeZone: Asia/Seoul," }, { timezone: "Asia/Seoul" }],
    ["a zone in the schedule", { spec: 'schedule: "TZ=Asia/Seoul 0 3 * * *",' }, { timezone: "Asia/Seoul" }],
    [
      "Forbid: the newest start waits for the active run",
      { spec: "concurrencyPolicy: Forbid," },
      { overlap: "queue", queue_limit: "1" },
    ],
    ["Replace", { spec: "concurrencyPolicy: Replace," }, { overlap: "replace" }],
    ["a deadline", { spec: "startingDeadlineSeconds: 100," }, { starting_deadline: "100s" }],
    ["suspend", { spec: "suspend: true," }, { suspended: "true" }],
    [
      "numbers of runs that are kept",
      { spec: "successfulJobsHistoryLimit: 0, failedJobsHistoryLimit: 7," },
      { history: { succeeded: "0", failed: "7" } },
    ],
    ["no further attempt", { job: "backoffLimit: 0," }, { retries: undefined }],
    [
      "the deadline of a job with one attempt",
      { job: "backoffLimit: 0, activeDeadlineSeconds: 60," },
      { timeout: "60s" },
    ],
    [
      "the deadline of a pod, after which there is another attempt",
      { pod: "activeDeadlineSeconds: 60," },
      { timeout: "60s", retries: expect.objectContaining({ on: ["failed", "rejected", "lost", "timed-out"] }) },
    ],
    [
      "exit codes after which there is another attempt",
      { job: "podFailurePolicy: { rules: [{ action: FailJob, onExitCodes: { operator: NotIn, values: [3, 4] } }] }," },
      { retries: expect.objectContaining({ on: ["3", "4", "rejected", "lost"] }) },
    ],
    [
      "a disruption after which there is none",
      { job: "podFailurePolicy: { rules: [{ action: FailJob, onPodConditions: [{ type: DisruptionTarget }] }] }," },
      { retries: expect.objectContaining({ on: ["failed", "rejected"] }) },
    ],
    ["time to stop", { pod: "terminationGracePeriodSeconds: 5," }, { stop_grace_period: "5s" }],
    [
      "command and args are entrypoint and command",
      { container: 'command: [a, "b c"], args: [d],' },
      { entrypoint: ["a", "b c"], command: ["d"] },
    ],
    [
      "variables: $(NAME) is filled in, $$ is one, and what the shell reads stays",
      {
        container:
          'env: [{ name: A, value: "1" }, { name: B, value: "$(A)$(Z)" }], args: ["$(B) $$(A) $HOME $$x $' +
          '{A} $(date)"],',
      },
      { environment: { A: "1", B: "1$$(Z)" }, command: ["1$$(Z) $$(A) $$HOME $$x $$" + "{A} $$(date)"] },
    ],
    ["an image without a tag is pulled for each run", { container: "image: shop," }, { pull_policy: "always" }],
    ["a port is no tag", { container: '"image": "reg:5000/shop",' }, { pull_policy: "always" }],
    ["a digest is", { container: `"image": "shop@sha256:${"0".repeat(64)}",` }, { pull_policy: undefined }],
    ["Never", { container: "imagePullPolicy: Never," }, { pull_policy: "never" }],
    [
      "users, groups and rights",
      {
        pod: "securityContext: { runAsUser: 5, runAsGroup: 6, supplementalGroups: [7] },",
        container:
          "securityContext: { runAsUser: 8, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { add: [NET_ADMIN], drop: [ALL] } },",
      },
      {
        user: "8:6",
        group_add: ["7"],
        read_only: "true",
        cap_add: ["NET_ADMIN"],
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
      },
    ],
    [
      "limits, in Kubernetes' quantities",
      { container: "resources: { limits: { cpu: 1500m, memory: 1Gi }, requests: { memory: 100M } }," },
      {
        deploy: { resources: { limits: { cpus: "1.5", memory: "1g" }, reservations: { memory: "100000000" } } },
      },
    ],
    [
      "a GPU",
      { container: 'resources: { limits: { "nvidia.com/gpu": 1 } },' },
      { gpus: [{ driver: "nvidia", count: "1", capabilities: ["gpu"] }] },
    ],
    [
      "an empty folder",
      { pod: "volumes: [{ name: a, emptyDir: {} }],", container: "volumeMounts: [{ name: a, mountPath: /x }]," },
      { volumes: [{ type: "volume", target: "/x", volume: { nocopy: "true" } }] },
    ],
    [
      "memory",
      {
        pod: "volumes: [{ name: a, emptyDir: { medium: Memory, sizeLimit: 64Mi } }],",
        container: "volumeMounts: [{ name: a, mountPath: /x }],",
      },
      { volumes: [{ type: "tmpfs", target: "/x", tmpfs: { size: "64m" } }] },
    ],
    [
      "what is shared with the node",
      { pod: "hostNetwork: true, hostPID: true, hostname: x, hostAliases: [{ ip: 10.0.0.1, hostnames: [a, b] }]," },
      { network_mode: "host", pid: "host", hostname: "x", extra_hosts: ["a=10.0.0.1", "b=10.0.0.1"] },
    ],
    [
      "name servers",
      {
        pod: "dnsPolicy: None, dnsConfig: { nameservers: [10.0.0.2], searches: [a.b], options: [{ name: ndots, value: '2' }] },",
      },
      { dns: ["10.0.0.2"], dns_search: ["a.b"], dns_opt: ["ndots:2"] },
    ],
    ["a platform", { pod: "nodeSelector: { kubernetes.io/arch: arm64 }," }, { platform: "linux/arm64" }],
    [
      "labels, those of the pod before those of the CronJob",
      { metadata: "labels: { a: b, c: d },", template: "metadata: { labels: { a: x } }," },
      { labels: { a: "x", c: "d" } },
    ],
    [
      "what the API server adds says nothing",
      { metadata: "uid: x, resourceVersion: '1',", container: "terminationMessagePath: /x, resources: {}," },
      {},
    ],
  ])("%s", async (_what, parts, keys) => {
    const { keys: own, findings } = await read(parts);
    expect(findings.filter(({ severity }) => severity === undefined)).toEqual([]);
    const { retries, pull_policy, ...others } = own;
    expect({ retries, pull_policy, ...others }).toMatchObject(keys);
  });
});

describe("what is different is said", () => {
  test.each<[string, Parts, string]>([
    ["a starred step next to a weekday", { spec: 'schedule: "0 3 */2 * 1",' }, "import-day-or"],
    ["an interval", { spec: 'schedule: "@every 1h",' }, "import-interval"],
    ["a short deadline", { spec: "startingDeadlineSeconds: 5," }, "import-missed"],
    ["the deadline of several attempts", { job: "activeDeadlineSeconds: 60," }, "import-timeout"],
    ["removal by age", { job: "ttlSecondsAfterFinished: 60," }, "import-history"],
    ["more runs than can be kept", { spec: "successfulJobsHistoryLimit: 99," }, "import-history"],
    ["many attempts", { job: "backoffLimit: 1000," }, "import-retries"],
    ["several pods that share the work", { job: "parallelism: 3," }, "import-replicas"],
    [
      "failures that do not count",
      { job: "podFailurePolicy: { rules: [{ action: Ignore, onPodConditions: [{ type: DisruptionTarget }] }] }," },
      "import-retries",
    ],
    ["a key that is misspelt", { spec: "timezone: Asia/Seoul," }, "import-unknown"],
    ["a probe", { container: "livenessProbe: { exec: { command: [a] } }," }, "import-key"],
    ["an annotation", { template: "metadata: { annotations: { a: b } }," }, "import-key"],
    [
      "the name of the pod",
      { container: "env: [{ name: A, valueFrom: { fieldRef: { fieldPath: metadata.name } } }]," },
      "import-env",
    ],
    [
      "a value of a Secret",
      { container: "env: [{ name: A, valueFrom: { secretKeyRef: { name: b, key: c } } }]," },
      "import-secret",
    ],
    [
      "all values of a ConfigMap that is not there",
      { container: "envFrom: [{ configMapRef: { name: b } }]," },
      "import-secret",
    ],
    ["a service account", { pod: "serviceAccountName: robot," }, "import-account"],
    ["passwords of registries", { pod: "imagePullSecrets: [{ name: a }]," }, "import-secret"],
    ["reserved CPUs", { container: "resources: { requests: { cpu: 100m } }," }, "import-resources"],
    ["labels of nodes", { pod: "nodeSelector: { disk: ssd }," }, "import-nodes"],
    ["taints", { pod: "tolerations: [{ operator: Exists }]," }, "import-nodes"],
    ["a group without a user", { pod: "securityContext: { runAsGroup: 5 }," }, "import-user"],
    ["files of a group", { pod: "securityContext: { fsGroup: 5 }," }, "import-volume"],
    [
      "a folder of the node",
      {
        pod: "volumes: [{ name: a, hostPath: { path: /x } }],",
        container: "volumeMounts: [{ name: a, mountPath: /x }],",
      },
      "import-volume",
    ],
    [
      "a claim",
      {
        pod: "volumes: [{ name: a, persistentVolumeClaim: { claimName: b } }],",
        container: "volumeMounts: [{ name: a, mountPath: /x, subPath: c }],",
      },
      "import-volume",
    ],
    [
      "an empty folder that outlives its process",
      {
        pod: "restartPolicy: OnFailure, volumes: [{ name: a, emptyDir: {} }],",
        container: "volumeMounts: [{ name: a, mountPath: /x }],",
      },
      "import-volume",
    ],
  ])("%s", async (_what, parts, code) => {
    const { codes, jobs } = await read(parts);
    expect([codes, jobs.length]).toEqual([[`warning ${code}`], 1]);
  });

  it("a zone that is not known", async () => {
    const { importTexts } = await import("../../../src/definition/import/import-texts.ts");
    const { readKubernetes } = await import("../../../src/definition/import/kubernetes/read-kubernetes.ts");
    const { findings } = importTexts({
      read: readKubernetes,
      sources: [{ path: "file", text: cronJob() }],
      prefix: "",
      command: "",
      settings: { zone: { name: "Asia/Seoul", isGiven: false }, checkSchedule: () => undefined },
    });
    expect(findings).toMatchObject([{ code: "import-zone", severity: "warning" }]);
  });

  it("nights on which clocks change", async () => {
    expect((await read({ spec: 'timeZone: Europe/Berlin, schedule: "0 12 * * *",' })).codes).toEqual([]);
    expect((await read({ spec: 'timeZone: Europe/Berlin, schedule: "30 2 * * *",' })).codes).toEqual([
      "warning import-dst",
    ]);
  });
});

describe("what would be another job is not imported", () => {
  test.each<[string, Parts, string]>([
    ["two containers", { pod: "containers: [{ name: a, image: x }, { name: b, image: y }]," }, "import-container"],
    ["init containers", { pod: "initContainers: [{ name: a, image: x }]," }, "import-container"],
    ["a hook", { container: "lifecycle: { postStart: { exec: { command: [a] } } }," }, "import-lifecycle"],
    ["a pod for each index", { job: "completionMode: Indexed, completions: 3," }, "import-replicas"],
    ["a run of several pods", { job: "completions: 3," }, "import-replicas"],
    ["six fields", { spec: 'schedule: "0 0 3 * * *",' }, "import-line"],
    ["seven for Sunday", { spec: 'schedule: "0 3 * * 7",' }, "import-line"],
    ["the last day", { spec: 'schedule: "0 3 L * *",' }, "import-line"],
    ["a day that never comes", { spec: 'schedule: "0 3 31 2 *",' }, "import-schedule"],
    ["two zones", { spec: 'timeZone: UTC, schedule: "TZ=UTC 0 3 * * *",' }, "import-line"],
    ["no zone of that name", { spec: "timeZone: Mars/Base," }, "import-schedule"],
    ["Always", { pod: "restartPolicy: Always," }, "import-line"],
    ["a deadline of 0", { spec: "startingDeadlineSeconds: 0," }, "import-line"],
    [
      "files that are not known",
      {
        pod: "volumes: [{ name: a, secret: { secretName: b } }],",
        container: "volumeMounts: [{ name: a, mountPath: /x }],",
      },
      "import-secret",
    ],
    [
      "a volume of a driver",
      { pod: "volumes: [{ name: a, csi: { driver: b } }],", container: "volumeMounts: [{ name: a, mountPath: /x }]," },
      "import-volume",
    ],
    ["less memory than an engine takes", { container: "resources: { limits: { memory: 1Mi } }," }, "import-key"],
  ])("%s", async (_what, parts, code) => {
    const { findings, jobs, notImported, text } = await read(parts);
    const errors = findings.filter(({ severity }) => severity === undefined).map((finding) => finding.code);
    expect([errors, jobs.length, notImported.length]).toEqual([[code], 0, 1]);
    expect(text).toContain("# NOT IMPORTED: ");
  });
});

describe("a text has several objects", () => {
  const list = `apiVersion: v1\nkind: List\nitems:\n- ${cronJob().trimEnd().replaceAll("\n", "\n  ")}\n- { apiVersion: apps/v1, kind: Deployment, metadata: { name: web } }\n`;

  it("in documents and lists; those that are no CronJobs are named", async () => {
    const { jobs, codes } = await importOne("kubernetes", `${cronJob()}---\n# nothing\n---\n${list}`);
    expect(jobs.map(({ name, place }) => [name, place.line])).toEqual([
      ["nightly", 3],
      ["nightly-2", 13],
    ]);
    expect(codes).toEqual(["warning import-name", "warning import-kind"]);
  });

  it("in JSON, and of an older version of the API", async () => {
    const object = { apiVersion: "batch/v1beta1", kind: "CronJob", metadata: { name: "a" } };
    const pod = { restartPolicy: "Never", containers: [{ name: "a", image: "a:1", args: ["b"] }] };
    const spec = { schedule: "@daily", jobTemplate: { spec: { template: { spec: pod } } } };
    const { keys } = await importOne("kubernetes", JSON.stringify({ ...object, spec }));
    expect(keys).toMatchObject({ schedule: "@daily", command: ["b"] });
  });

  const config =
    '---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: conf }\ndata: { level: $9, app.ini: "a\\nb" }\n';

  it("a ConfigMap gives variables and files to the CronJobs that name it", async () => {
    const { text, codes } = await importOne(
      "kubernetes",
      cronJob({
        container:
          "env: [{ name: L, valueFrom: { configMapKeyRef: { name: conf, key: level } } }], volumeMounts: [{ name: c, mountPath: /etc/app }],",
        pod: "volumes: [{ name: c, configMap: { name: conf } }],",
      }) + config,
    );
    expect(codes).toEqual([]);
    expect(text).toContain('L: "$$9"');
    expect(text).toContain('configs:\n  conf-level:\n    content: "$$9"\n  conf-app.ini:\n    content: "a\\nb"\n');
    expect(text).toContain("- source: conf-app.ini\n        target: /etc/app/app.ini");
  });

  it("of a Secret nothing but the names of its keys is in the schedule file", async () => {
    const secret = "---\napiVersion: v1\nkind: Secret\nmetadata: { name: db }\nstringData: { PASSWORD: hunter2 }\n";
    const { text, codes } = await importOne(
      "kubernetes",
      cronJob({ container: "envFrom: [{ secretRef: { name: db } }]," }) + secret,
    );
    expect(codes).toEqual(["warning import-secret"]);
    expect(text).toContain('PASSWORD: "$' + '{DB_PASSWORD:?PASSWORD of the Secret db}"');
    expect(text).not.toContain("hunter2");
  });

  test.each([
    [
      "a template that is no YAML",
      "apiVersion: batch/v1\nkind: CronJob\n{{- if .Values.x }}\nmetadata: { name: a }\n{{- end }}\n",
    ],
    ["one that is", cronJob({ spec: 'schedule: "{{ .Values.schedule }}",' })],
    ["one whose name is filled in", "apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: {{ .Release.Name }}\n"],
  ])("%s is said to be one, and the next object is read", async (_what, text) => {
    const { codes, jobs } = await importOne("kubernetes", `${text}---\n${cronJob()}`);
    expect(codes).toEqual(["import-template"]);
    expect(jobs.map(({ name }) => name)).toEqual(["nightly"]);
  });

  it("a key that comes twice is refused: one of them would be left out in silence", async () => {
    const { findings } = await importOne("kubernetes", cronJob() + cronJob());
    expect(findings).toMatchObject([{ at: "file:5:1", message: expect.stringContaining("comes twice") }]);
    const forgotten = `${cronJob()}kind: CronJob\napiVersion: batch/v1\n`;
    expect((await importOne("kubernetes", forgotten)).findings[0]?.message).toContain("write --- between objects");
  });

  it("a command may have double braces", async () => {
    const { codes, keys } = await read({
      container: "args: ['docker ps --format {{.Names}} {{range .items}}{{end}}'],",
    });
    expect([codes, keys.command]).toEqual([[], ["docker ps --format {{.Names}} {{range .items}}{{end}}"]]);
  });

  test.each([
    ["", "import-line there is no object in this file"],
    ["- a\n", "import-line it has no apiVersion and kind"],
    ["kind: [", "import-line this is not YAML"],
  ])("a text without objects is said to have none: %j", async (text, says) => {
    const { findings } = await importOne("kubernetes", text);
    expect(findings.map(({ message }) => message)).toEqual([expect.stringContaining(says)]);
  });
});

describe("$(NAME) is filled in as Kubernetes' own tests have it", () => {
  const known: Readonly<Record<string, string>> = { VAR_A: "A", VAR_B: "B", VAR_REF: "$(VAR_A)", VAR_EMPTY: "" };

  // Cases of third_party/forked/golang/expansion/expand_test.go, as facts. A dollar sign is doubled for a schedule file.
  test.each([
    ["$(VAR_A)", "A"],
    ["___$(VAR_B)___", "___B___"],
    ["$(VAR_A)_$(VAR_B)", "A_B"],
    ["$$(VAR_B)_$(VAR_A)", "$$(VAR_B)_A"],
    ["$(VAR_REF)", "$(VAR_A)"],
    ["f000-$$VAR_A", "f000-$$VAR_A"],
    ["foo\\$(VAR_C)bar", "foo\\$$(VAR_C)bar"],
    ["$(VAR_DNE)", "$$(VAR_DNE)"],
    ["$VAR_A)", "$$VAR_A)"],
    ["$" + "{VAR_A}", "$$" + "{VAR_A}"],
    ["$(VAR_B)_______$(A", "B_______$$(A"],
    ["$(VAR_A)_______$()", "A_______$$()"],
    ["$$$$$$$(GOOD_ODDS)", "$$$$$$$$(GOOD_ODDS)"],
    ["foo$(VAR_EMPTY)bar", "foobar"],
    ["%%%%%$($(VAR_B))%%%%%", "%%%%%$$($$(VAR_B))%%%%%"],
  ])("%s: %s", (written, filled) => {
    expect(expandVariables(written, (name) => known[name])).toBe(filled);
  });
});
