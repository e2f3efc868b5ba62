import { type FileValue, literal } from "../imported.ts";
import type { Path } from "./manifests.ts";
import { formatCpus, parseQuantity } from "./quantity.ts";
import type { Report } from "./report.ts";
import type { Store } from "./store.ts";
import { isTrue, listOf, type Tree, textOf, treeOf } from "./tree.ts";

/** The variables of a container, as a schedule file has them: a dollar sign is doubled where it begins no variable. */
export interface ContainerVariables {
  readonly keys: Readonly<Record<string, FileValue>>;
  /** Fills in `$(NAME)` as Kubernetes does, in a text of the manifest. */
  readonly expand: (text: string, path: Path) => string;
}

export interface VariableSources {
  /** Objects of the same call. */
  readonly store: Store;
  readonly report: Report;
  /** What `valueFrom` may name. */
  readonly pod: { readonly labels: Tree; readonly annotations: Tree; readonly namespace: string | undefined };
  /** Known to all pods of the job. */
  readonly given?: Readonly<Record<string, string>>;
}

/** Reads `env` and `envFrom` of the container at `path`. */
export function readVariables(container: Tree, path: Path, sources: VariableSources): ContainerVariables {
  const values = new Map<string, string>(Object.entries(sources.given ?? {}));
  /** Those that there are, and whose values are not known. */
  const unknown = new Set<string>();
  const files = listOf(container.envFrom).flatMap((item, index) =>
    readAll(treeOf(item), [...path, "envFrom", index], { ...sources, values }),
  );
  const expand = (text: string, at: Path) =>
    expandVariables(text, (name) => {
      const value = values.get(name);
      if (value !== undefined) return value;
      const isElsewhere =
        unknown.has(name) || files.length > 0 || /_(?:SERVICE_HOST|SERVICE_PORT|PORT)(?:_|$)/.test(name);
      if (isElsewhere)
        sources.report.warn("import-env", at, `$(${name}) stays as it is written: its value is not known here`);
      return undefined;
    });
  for (const [index, item] of listOf(container.env).entries()) {
    const here = [...path, "env", index];
    const { name: written, value, valueFrom } = treeOf(item);
    const name = textOf(written);
    if (name === undefined) {
      sources.report.refuse("import-line", here, "a variable has no name");
      continue;
    }
    const read =
      valueFrom == null
        ? expand(typeof value === "string" ? value : "", [...here, "value"])
        : readFrom(treeOf(valueFrom), { ...sources, container, name, path: [...here, "valueFrom"] });
    values.delete(name);
    if (read === undefined) unknown.add(name);
    else values.set(name, read);
  }
  return {
    keys: {
      ...(values.size > 0 && { environment: Object.fromEntries(values) }),
      ...(files.length > 0 && { env_file: files }),
    },
    expand,
  };
}

/**
 * Fills in `$(NAME)`; `$$` is a dollar sign, and a name that is not known stays as it is written
 * (third_party/forked/golang/expansion).
 */
export function expandVariables(text: string, lookUp: (name: string) => string | undefined): string {
  let filled = "";
  for (const [whole, , name] of text.matchAll(/\$(\$|\(([^)]*)\)|)|[^$]+/g)) {
    if (name !== undefined) filled += lookUp(name) ?? literal(whole);
    else filled += literal(whole === "$$" ? "$" : whole);
  }
  return filled;
}

interface From extends VariableSources {
  readonly container: Tree;
  readonly name: string;
  readonly path: Path;
}

function readFrom(from: Tree, { store, report, pod, container, name, path }: From): string | undefined {
  const key = textOf(treeOf(from.configMapKeyRef ?? from.secretKeyRef ?? null).key) ?? "";
  const object = textOf(treeOf(from.configMapKeyRef ?? from.secretKeyRef ?? null).name) ?? "";
  const isOptional = isTrue(treeOf(from.configMapKeyRef ?? from.secretKeyRef ?? null).optional);
  if (from.configMapKeyRef != null) {
    const value = store.configMap(object)?.get(key);
    if (value !== undefined) return literal(value);
    report.warn(
      "import-secret",
      path,
      `the value of ${name} is ${key} of the ConfigMap ${object}, which was not given`,
      { hint: `import it too: kubectl get configmap ${object} -o yaml`, key: "environment" },
    );
    return variableFor(object, key, { what: "ConfigMap", isOptional });
  }
  if (from.secretKeyRef != null) {
    const variable = variableFor(object, key, { what: "Secret", isOptional });
    report.warn(
      "import-secret",
      path,
      `the value of ${name} is ${key} of the Secret ${object}: a variable stands for it`,
      {
        hint: `set ${nameIn(variable)} for the scheduler: kubectl get secret ${object} -o json | jq -r '.data["${key}"] | @base64d'`,
        key: "environment",
      },
    );
    return variable;
  }
  const field = textOf(treeOf(from.fieldRef).fieldPath);
  const known = field === undefined ? resourceOf(treeOf(from.resourceFieldRef), container) : fieldOf(field, pod);
  if (known !== undefined) return literal(known);
  const asked = field ?? textOf(treeOf(from.resourceFieldRef).resource) ?? Object.keys(from).join(", ");
  const hint = field === "metadata.name" ? { hint: "SHIPBELL_RUN has the name of the run" } : {};
  report.warn("import-env", path, `the variable ${name} is left out: a run here has no ${asked}`, hint);
  return undefined;
}

function fieldOf(field: string, { labels, annotations, namespace }: VariableSources["pod"]): string | undefined {
  const [, kind, key = ""] = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(field) ?? [];
  if (kind !== undefined) return textOf((kind === "labels" ? labels : annotations)[key]) ?? "";
  return field === "metadata.namespace" ? namespace : undefined;
}

/** `limits.memory` of this container, in parts of the divisor, rounded up. */
function resourceOf({ resource, divisor }: Tree, { resources }: Tree): string | undefined {
  const [, kind = "", name = ""] = /^(limits|requests)\.(cpu|memory)$/.exec(textOf(resource) ?? "") ?? [];
  const amount = parseQuantity(textOf(treeOf(treeOf(resources)[kind])[name]) ?? "");
  const part = parseQuantity(textOf(divisor) ?? "1") || 1;
  return amount === undefined ? undefined : formatCpus(Math.ceil(Number((amount / part).toFixed(6))));
}

interface Variable {
  readonly what: "Secret" | "ConfigMap";
  readonly isOptional: boolean;
}

/** Returns a variable of the schedule file that stands for a value; `check` wants it set. */
function variableFor(object: string, key: string, { what, isOptional }: Variable): string {
  const name = `${object}_${key}`.replaceAll(/\W+/g, "_").toUpperCase();
  const safe = /^\d/.test(name) ? `_${name}` : name;
  const says = `${key} of the ${what} ${object}`.replaceAll(/[${}]/g, "");
  return isOptional ? `\${${safe}-}` : `\${${safe}:?${says}}`;
}

function nameIn(variable: string): string {
  return /\w+/.exec(variable)?.[0] ?? "";
}

interface All extends VariableSources {
  readonly values: Map<string, string>;
}

/** `envFrom`: all keys of an object. Where it is not known, a file of variables stands for it. */
function readAll(from: Tree, path: Path, { store, report, values }: All): readonly FileValue[] {
  const isSecret = from.secretRef != null;
  const { name: written, optional } = treeOf(from.secretRef ?? from.configMapRef ?? null);
  const name = textOf(written) ?? "";
  const prefix = textOf(from.prefix) ?? "";
  const known = isSecret ? undefined : store.configMap(name);
  if (known !== undefined) {
    for (const [key, value] of known) values.set(`${prefix}${key}`, literal(value));
    return [];
  }
  const keys = isSecret ? store.secretKeys(name) : undefined;
  if (keys !== undefined) {
    const variables = keys.map((key) => [key, variableFor(name, key, { what: "Secret", isOptional: false })] as const);
    for (const [key, variable] of variables) values.set(`${prefix}${key}`, variable);
    report.warn(
      "import-secret",
      path,
      `the values of the Secret ${name} are not written down: variables stand for them`,
      {
        hint: `set ${variables.map(([, variable]) => nameIn(variable)).join(", ")} for the scheduler`,
        key: "environment",
      },
    );
    return [];
  }
  const file = `./${name.replaceAll(/[^\w.-]/g, "-")}.env`;
  const what = isSecret ? "secret" : "configmap";
  const filter = isSecret ? "(.value | @base64d)" : ".value";
  report.warn(
    "import-secret",
    path,
    `the variables of ${isSecret ? "the Secret" : "the ConfigMap"} ${name} are read from ${file}`,
    {
      hint: `kubectl get ${what} ${name} -o json | jq -r '.data | to_entries[] | "${prefix}" + .key + "=" + ${filter}' > ${file}`,
      key: "env_file",
    },
  );
  return [{ path: file, format: "raw", ...(isTrue(optional) && { required: "false" }) }];
}
