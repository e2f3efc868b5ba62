import type { FileValue } from "../imported.ts";
import type { ComposeFile } from "./read-compose-file.ts";

/** Returns the `TZ` of the scheduler itself, where the file has a service with its image and the variable is written out. */
export function zoneOfScheduler(
  file: ComposeFile,
  image: RegExp,
): { readonly name: string; readonly isGiven: true } | undefined {
  const zone = variableOfScheduler(file, image, "TZ")?.value;
  return zone === undefined || !/^[\w/+-]+$/.test(zone) ? undefined : { name: zone, isGiven: true };
}

/** Returns a variable of the scheduler itself, without a value where it has none; undefined if the file does not have it. */
export function variableOfScheduler(
  file: ComposeFile,
  image: RegExp,
  name: string,
): { readonly value?: string } | undefined {
  const scheduler = file.services.find(({ keys }) => typeof keys.image === "string" && image.test(keys.image));
  if (scheduler === undefined) return undefined;
  const value = variableIn(scheduler.keys.environment, name);
  return value === undefined ? {} : { value };
}

function variableIn(environment: FileValue | undefined, name: string): string | undefined {
  if (Array.isArray(environment)) {
    const line = environment.find((each) => typeof each === "string" && each.startsWith(`${name}=`));
    return typeof line === "string" ? line.slice(name.length + 1) : undefined;
  }
  const value =
    typeof environment === "object" && environment !== null
      ? (environment as Record<string, FileValue>)[name]
      : undefined;
  return typeof value === "string" ? value : undefined;
}
