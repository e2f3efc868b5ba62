import { runEnvironment } from "../docker/specs/run-labels.ts";
import type { AttemptOrder } from "../engine.ts";

/**
 * The variables that shipbell gives to the process of a service. Swarm fills placeholders of Go templates into the variables
 * of a service (`{{.Node.Hostname}}`), and refuses a service with one that is wrong. An author may want that of the
 * template's own variables; in a value that an operator gave to a run, braces are braces.
 */
export function serviceVariables(
  order: AttemptOrder,
  own?: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(runEnvironment(order, own)).map(([name, value]) => [name, escaped(value)]));
}

/** A Go template that makes the text: two opening braces are the only ones that mean anything. */
function escaped(text: string): string {
  return text.replaceAll("{{", '{{"{{"}}');
}
