import { type FileValue, literal } from "../imported.ts";
import type { Path } from "./manifests.ts";
import { formatBytes, parseQuantity } from "./quantity.ts";
import type { JobParts, Report } from "./report.ts";
import type { Store } from "./store.ts";
import { isTrue, type Tree, textOf, treeOf, treesOf } from "./tree.ts";

interface VolumeSettings {
  readonly store: Store;
  readonly report: Report;
  /** Where the pod stands. */
  readonly path: Path;
  readonly expand: (text: string, path: Path) => string;
  /** A restart of the process in its pod keeps what an attempt of ours does not. */
  readonly restartsInPlace: boolean;
}

/** What a volume is here. `undefined`: it is refused. */
type Mounted = { readonly volume?: FileValue; readonly secret?: FileValue; readonly config?: FileValue } & Tops;

interface Tops {
  readonly top?: Readonly<Record<string, Readonly<Record<string, FileValue>>>>;
}

/** Reads what the container mounts. */
export function readVolumes(pod: Tree, container: Tree, settings: VolumeSettings): JobParts {
  const { report, path } = settings;
  const mounted: Mounted[] = [];
  const mounts = treesOf(container.volumeMounts);
  for (const [index, mount] of mounts.entries()) {
    const number = treesOf(pod.volumes).findIndex(({ name }) => name === mount.name);
    const volume = treesOf(pod.volumes)[number];
    const here = [...path, "containers", 0, "volumeMounts", index];
    const target = textOf(mount.mountPath);
    if (volume === undefined || target === undefined) {
      report.refuse("import-line", here, `the pod has no volume "${textOf(mount.name) ?? ""}"`);
      continue;
    }
    const isTwice = mounts.some((other, place) => place < index && other.name === mount.name);
    const kind = Object.keys(volume).find((key) => key !== "name" && volume[key] !== undefined) ?? "emptyDir";
    const where = { ...settings, volume, mount, target, isTwice, path: [...path, "volumes", number, kind] };
    mounted.push(...(READERS[kind]?.(treeOf(volume[kind]), where) ?? refuse(kind, where)));
  }
  const of = (kind: "volume" | "secret" | "config") => mounted.flatMap((each) => each[kind] ?? []);
  const lists = { volumes: of("volume"), secrets: of("secret"), configs: of("config") };
  return {
    keys: Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
    top: Object.assign({}, ...["volumes", "secrets", "configs"].map((section) => sectionOf(mounted, section))),
  };
}

function sectionOf(mounted: readonly Mounted[], section: string): Readonly<Record<string, FileValue>> {
  const names = Object.assign({}, ...mounted.map(({ top }) => top?.[section] ?? {})) as Record<string, FileValue>;
  return Object.keys(names).length === 0 ? {} : { [section]: names };
}

interface Where extends VolumeSettings {
  readonly volume: Tree;
  readonly mount: Tree;
  readonly target: string;
  readonly isTwice: boolean;
}

type ReadVolume = (source: Tree, where: Where) => readonly Mounted[];

const READERS: Readonly<Record<string, ReadVolume>> = {
  hostPath: (source, where) => {
    const written = textOf(source.path) ?? "";
    const type = textOf(source.type) ?? "";
    const propagation = PROPAGATIONS[textOf(where.mount.mountPropagation) ?? "None"];
    const isMade = type === "DirectoryOrCreate";
    where.report.warn(
      "import-volume",
      where.path,
      `${written} is a path of the node that a run is on; it ${isMade ? "is made there if it is missing" : "must exist there"}`,
      { ...(type === "" && { hint: "bind: {create_host_path: true} makes it, as Kubernetes does" }), key: "volumes" },
    );
    const bind = {
      ...(isMade && { create_host_path: "true" }),
      ...(propagation !== undefined && { propagation }),
    };
    return [{ volume: volumeAt("bind", pathIn(written, where), { where, options: { bind } }) }];
  },
  persistentVolumeClaim: (source, where) => {
    const claim = textOf(source.claimName) ?? "";
    const name = claim.replaceAll(/[^\w.-]/g, "-");
    where.report.warn(
      "import-volume",
      where.path,
      `the claim ${claim} becomes the volume ${name} of the engine, which is empty at first`,
      { hint: "copy the data, or declare at the top of the file where it is", key: "volumes" },
    );
    const isReadOnly = isTrue(source.readOnly);
    const subpath = subPathOf(where);
    const volume = { nocopy: "true", ...(subpath !== undefined && { subpath }) };
    return [
      {
        volume: volumeAt("volume", name, { where, isReadOnly, options: { volume } }),
        top: { volumes: { [name]: null } },
      },
    ];
  },
  nfs: ({ server, path: exported, readOnly }, where) => {
    const name = textOf(where.volume.name) ?? "nfs";
    const options = { type: "nfs", o: `addr=${textOf(server) ?? ""},rw`, device: `:${textOf(exported) ?? ""}` };
    const subpath = subPathOf(where);
    const volume = { nocopy: "true", ...(subpath !== undefined && { subpath }) };
    return [
      {
        volume: volumeAt("volume", name, { where, isReadOnly: isTrue(readOnly), options: { volume } }),
        top: { volumes: { [name]: { driver: "local", driver_opts: options } } },
      },
    ];
  },
  emptyDir: ({ medium, sizeLimit }, where) => {
    const size = parseQuantity(textOf(sizeLimit) ?? "");
    const isMemory = medium === "Memory";
    if (where.isTwice || (where.restartsInPlace && !isMemory))
      where.report.warn(
        "import-volume",
        where.path,
        where.isTwice
          ? "the same empty folder is mounted twice; here these are two"
          : "the folder stays when the process is started again in its pod; here each attempt begins with an empty one",
        { key: "volumes" },
      );
    if (isMemory && subPathOf(where) === undefined)
      return [
        {
          volume: volumeAt("tmpfs", undefined, {
            where,
            options: { tmpfs: size === undefined ? {} : { size: formatBytes(size) } },
          }),
        },
      ];
    if (size !== undefined)
      where.report.warn("import-volume", where.path, "the size of the folder is not limited here", { key: "volumes" });
    return [{ volume: volumeAt("volume", undefined, { where, options: { volume: { nocopy: "true" } } }) }];
  },
  ephemeral: (_source, where) => {
    where.report.warn("import-volume", where.path, "a volume without a name takes the place of the claim", {
      key: "volumes",
    });
    return [{ volume: volumeAt("volume", undefined, { where, options: { volume: { nocopy: "true" } } }) }];
  },
  configMap: (source, where) => filesOf(source, where, { what: "ConfigMap", name: textOf(source.name) ?? "" }),
  secret: (source, where) => filesOf(source, where, { what: "Secret", name: textOf(source.secretName) ?? "" }),
};

const PROPAGATIONS: Readonly<Record<string, string>> = { HostToContainer: "rslave", Bidirectional: "rshared" };

function refuse(kind: string, { report, path, volume }: Where): readonly Mounted[] {
  const name = textOf(volume.name) ?? "";
  report.refuse("import-volume", path, `the volume ${name} is ${kind}, of which there is nothing here`);
  return [];
}

interface AtOptions {
  readonly where: Where;
  readonly isReadOnly?: boolean;
  readonly options: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

function volumeAt(type: string, source: string | undefined, { where, isReadOnly, options }: AtOptions): FileValue {
  const kept = Object.entries(options).filter(([, keys]) => Object.keys(keys).length > 0);
  return {
    type,
    ...(source !== undefined && { source: literal(source) }),
    target: literal(where.target),
    ...((isReadOnly || isTrue(where.mount.readOnly)) && { read_only: "true" }),
    ...Object.fromEntries(kept),
  };
}

/** The folder of the volume that is mounted. */
function subPathOf({ mount, report, path, expand }: Where): string | undefined {
  const written = textOf(mount.subPathExpr);
  if (written === undefined) return textOf(mount.subPath);
  const filled = expand(written, path);
  if (filled.includes("$"))
    report.refuse("import-volume", path, `the value of subPathExpr "${written}" is not known here`);
  return filled;
}

function pathIn(folder: string, where: Where): string {
  const inner = subPathOf(where);
  return inner === undefined ? folder : `${folder.replace(/\/$/, "")}/${inner}`;
}

interface Stored {
  readonly what: "ConfigMap" | "Secret";
  readonly name: string;
}

/** Each key of the object is a file. */
function filesOf(source: Tree, where: Where, { what, name }: Stored): readonly Mounted[] {
  const { store, report, path, target, mount } = where;
  const kind = what === "Secret" ? "secret" : "config";
  const contents = what === "ConfigMap" ? store.configMap(name) : undefined;
  const known = what === "Secret" ? store.secretKeys(name) : contents && [...contents.keys()];
  const items = treesOf(source.items).map((item) => [textOf(item.key) ?? "", textOf(item.path) ?? ""] as const);
  const subPath = textOf(mount.subPath);
  const keys = known ?? (subPath === undefined ? [] : [subPath]);
  const all = items.length > 0 ? items : keys.map((key) => [key, key] as const);
  const chosen = subPath === undefined ? all : all.filter(([, at]) => at === subPath);
  if (chosen.length === 0) {
    if (isTrue(source.optional)) return [];
    const hint = `import it, too: kubectl get ${what.toLowerCase()} ${name} -o yaml`;
    report.refuse("import-secret", path, `the files of the ${what} ${name} are not known: it was not given`, hint);
    return [];
  }
  const missing = chosen.filter(([key]) => contents?.get(key) === undefined);
  if (missing.length > 0)
    report.warn("import-secret", path, `the files of the ${what} ${name} are not in the schedule file`, {
      hint: `write ${missing.map(([key]) => fileFor(name, key)).join(", ")} next to it: kubectl get ${what.toLowerCase()} ${name} -o json`,
      key: `${kind}s`,
    });
  if (source.defaultMode != null && !/^(?:0?644|420)$/.test(String(source.defaultMode)))
    report.warn("import-secret", path, `the files have the mode 0444 here, not that of defaultMode`, {
      key: `${kind}s`,
    });
  return chosen.map(([key, at]) => {
    const declared = `${name}-${key}`.replaceAll(/[^\w.-]/g, "-");
    const content = contents?.get(key);
    const file = subPath === undefined ? `${target.replace(/\/$/, "")}/${at}` : target;
    return {
      [kind]: { source: declared, target: literal(file) },
      top: {
        [`${kind}s`]: {
          [declared]: content === undefined ? { file: fileFor(name, key) } : { content: literal(content) },
        },
      },
    };
  });
}

function fileFor(name: string, key: string): string {
  return `./${`${name}/${key}`.replaceAll(/[^\w./-]/g, "-")}`;
}
