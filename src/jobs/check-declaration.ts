import type { Section } from "./declaration-schema.ts";
import { type Issue, part, quoted } from "./issue.ts";

/** A declaration as the schema gives it, whatever its section. */
export type AnyDeclaration = Readonly<Record<string, unknown>> & { readonly external?: boolean | null | undefined };

/** What is wrong between keys of a declaration that are right by themselves. */
export function checkDeclaration(section: Section, name: string, keys: AnyDeclaration): Issue[] {
  const given = Object.keys(keys).filter((key) => keys[key] !== null && keys[key] !== undefined);
  if (keys.external) return given.filter((key) => !["external", "name"].includes(key)).map((key) => beside(key));
  return section === "secrets" || section === "configs" ? oneSource() : [];

  function beside(key: string): Issue {
    const message = `${section}.${name}.${key} says how it is made, and external: true that it is there already`;
    return { path: [section, name, key], on: "key", message, hint: "keep one of them" };
  }

  function oneSource(): Issue[] {
    const sources = section === "secrets" ? ["file", "environment"] : ["file", "environment", "content"];
    const [first, ...others] = sources.filter((source) => given.includes(source));
    if (first === undefined) {
      const message = `${section}.${name} does not say what it holds`;
      const hint = `add ${sources.join(", ")}, or external: true`;
      return [{ path: [section, name], on: "key", message, hint }];
    }
    return others.map((other) => {
      const message = `${section}.${name} says twice what it holds: ${first} and ${other}`;
      return { path: [section, name, other], on: "key", message, hint: "keep one of them" };
    });
  }
}

/** The variable that a secret or config is made from is not there. */
export function unsetVariable(section: Section, name: string, variable: string): Issue {
  const message = `${section}.${name}.environment names the variable ${quoted(variable)}, which is not set`;
  const hint = `set ${part(variable)} in the scheduler's environment, or in the .env file`;
  return { path: [section, name, "environment"], on: "value", message, hint };
}
