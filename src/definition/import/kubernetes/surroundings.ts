import type { FileValue } from "../imported.ts";
import type { Path } from "./manifests.ts";
import { formatBytes, formatCpus, parseQuantity } from "./quantity.ts";
import type { Report } from "./report.ts";
import { isTrue, listOf, type Tree, textOf, textsOf, treeOf, treesOf } from "./tree.ts";

type Keys = Readonly<Record<string, FileValue>>;

interface PodPlace {
  readonly path: Path;
  readonly report: Report;
}

/** Reads what a pod shares with its node, and whom it knows. */
export function readHost(pod: Tree, { path, report }: PodPlace): Keys {
  const { nameservers, searches, options } = treeOf(pod.dnsConfig);
  const hosts = treesOf(pod.hostAliases).flatMap(({ ip, hostnames }) =>
    textsOf(hostnames).map((name) => `${name}=${textOf(ip) ?? ""}`),
  );
  const opts = treesOf(options).map(({ name, value }) => (value == null ? `${name}` : `${name}:${value}`));
  const account = textOf(pod.serviceAccountName) ?? textOf(pod.serviceAccount);
  if (account !== undefined && account !== "default" && pod.automountServiceAccountToken !== "false")
    report.warn(
      "import-account",
      [...path, pod.serviceAccountName == null ? "serviceAccount" : "serviceAccountName"],
      `the run has no token of the service account ${account}: what speaks to Kubernetes, such as kubectl, is refused there`,
    );
  if (listOf(pod.imagePullSecrets).length > 0)
    report.warn(
      "import-secret",
      [...path, "imagePullSecrets"],
      "imagePullSecrets are left out: the scheduler has the passwords of registries",
      {
        hint: "--registry-config",
      },
    );
  for (const key of ["runtimeClassName"]) if (textOf(pod[key]) !== undefined) report.leaveOut([...path, key]);
  return {
    ...(isTrue(pod.hostNetwork) && { network_mode: "host" }),
    ...(isTrue(pod.hostPID) && { pid: "host" }),
    ...(isTrue(pod.hostIPC) && { ipc: "host" }),
    ...(textOf(pod.hostname) !== undefined && { hostname: String(pod.hostname) }),
    ...(hosts.length > 0 && { extra_hosts: hosts }),
    ...(textsOf(nameservers).length > 0 && { dns: textsOf(nameservers) }),
    ...(textsOf(searches).length > 0 && { dns_search: textsOf(searches) }),
    ...(opts.length > 0 && { dns_opt: opts }),
  };
}

/** Reads limits, requests, and the choice of nodes. */
export function readResources(pod: Tree, container: Tree, { path, report }: PodPlace): Keys {
  const here = [...path, "containers", 0, "resources"];
  const { limits, requests } = treeOf(container.resources);
  const limited = amountsOf(treeOf(limits), { path: [...here, "limits"], report });
  const requested = amountsOf(treeOf(requests), { path: [...here, "requests"], report, isRequest: true });
  if (requested.cpus !== undefined)
    report.warn(
      "import-resources",
      [...here, "requests", "cpu"],
      "reserved cpus are for a Swarm; containers of one host have none",
      {
        hint: "leave out reservations.cpus there",
        key: "deploy",
      },
    );
  const { constraints, platform } = nodesOf(pod, { path, report });
  const resources = {
    ...(Object.keys(limited).length > 0 && { limits: limited }),
    ...(Object.keys(requested).length > 0 && { reservations: requested }),
  };
  const deploy = {
    ...(constraints.length > 0 && { placement: { constraints } }),
    ...(Object.keys(resources).length > 0 && { resources }),
  };
  const gpus = textOf(treeOf(limits)["nvidia.com/gpu"]);
  return {
    ...(Object.keys(deploy).length > 0 && { deploy }),
    ...(gpus !== undefined && gpus !== "0" && { gpus: [{ driver: "nvidia", count: gpus, capabilities: ["gpu"] }] }),
    ...(platform !== undefined && { platform }),
  };
}

const LEAST_CPUS = 0.01;

interface AmountsPlace extends PodPlace {
  readonly isRequest?: boolean;
}

function amountsOf(amounts: Tree, { path, report, isRequest }: AmountsPlace): Readonly<Record<string, string>> {
  const read: Record<string, string> = {};
  for (const [name, value] of Object.entries(amounts)) {
    const amount = parseQuantity(textOf(value) ?? "");
    if (amount === undefined)
      report.refuse("import-line", [...path, name], `"${textOf(value) ?? ""}" is not a quantity`);
    else if (name === "cpu" && amount > 0) {
      if (amount < LEAST_CPUS)
        report.warn(
          "import-resources",
          [...path, name],
          `${textOf(value)} CPUs are less than ${LEAST_CPUS}, which is the least here`,
          {
            key: "deploy",
          },
        );
      read.cpus = formatCpus(Math.max(amount, LEAST_CPUS));
    } else if (name === "memory" && amount > 0) read.memory = formatBytes(amount);
    else if (amount > 0 && !(name === "nvidia.com/gpu" || (isRequest && name.startsWith("hugepages"))))
      report.leaveOut([...path, name]);
  }
  return read;
}

const ARCHITECTURE = /^(?:beta\.)?kubernetes\.io\/arch$/;
const SYSTEM = /^(?:beta\.)?kubernetes\.io\/os$/;

/** A label of a node is a constraint of a Swarm. */
function nodesOf(pod: Tree, { path, report }: PodPlace) {
  const constraints: string[] = [];
  const labels = Object.entries(treeOf(pod.nodeSelector)).map(([key, value]) => [key, String(value ?? "")] as const);
  const find = (wanted: RegExp) => labels.find(([key]) => wanted.test(key))?.[1];
  const [architecture, system] = [find(ARCHITECTURE), find(SYSTEM)];
  const hostname = find(/^kubernetes\.io\/hostname$/) ?? textOf(pod.nodeName);
  if (hostname !== undefined) constraints.push(`node.hostname == ${hostname}`);
  for (const [key, value] of labels) {
    if (ARCHITECTURE.test(key) || SYSTEM.test(key) || key === "kubernetes.io/hostname") continue;
    constraints.push(`node.labels.${key.replaceAll(/[^\w.-]/g, ".")} == ${value}`);
  }
  if (constraints.length > 0)
    report.warn(
      "import-nodes",
      [...path, pod.nodeSelector == null ? "nodeName" : "nodeSelector"],
      "nodes are chosen by labels that the Swarm's own nodes need; containers of one host have no such choice",
      {
        hint: "docker node update --label-add NAME=VALUE NODE, or leave out placement",
        key: "deploy",
      },
    );
  for (const key of ["affinity", "tolerations"])
    if (Object.keys(treeOf(pod[key])).length > 0 || listOf(pod[key]).length > 0)
      report.warn(
        "import-nodes",
        [...path, key],
        `${key} is left out: the nodes of a Swarm are chosen by placement.constraints`,
      );
  return { constraints, platform: architecture === undefined ? undefined : `${system ?? "linux"}/${architecture}` };
}
