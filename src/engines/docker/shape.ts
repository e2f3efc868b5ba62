import { EngineTrouble } from "../engine.ts";

/** What a value must be. */
export type Shape = (value: unknown) => boolean;

export const text: Shape = (value) => typeof value === "string";
export const flag: Shape = (value) => typeof value === "boolean";
export const whole: Shape = (value) => Number.isInteger(value);
export const time: Shape = (value) => typeof value === "string" && !Number.isNaN(Date.parse(value));
/** Docker has these two ways to say "not given". */
export const optional = (shape: Shape): Shape => {
  return (value) => value === undefined || value === null || shape(value);
};

export function listOf(shape: Shape): Shape {
  return (value) => Array.isArray(value) && value.every(shape);
}

export function mapOf(shape: Shape): Shape {
  return (value) => isMap(value) && Object.values(value).every(shape);
}

/** A map with at least these keys. */
export function object(keys: Readonly<Record<string, Shape>>): Shape {
  const shapes = Object.entries(keys);
  return (value) => isMap(value) && shapes.every(([key, shape]) => shape(value[key]));
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Returns the body of an answer if it has the expected shape. An engine (or a proxy in front of it) that says something
 * else has given no clear answer: nothing is concluded, and it is asked again.
 *
 * @throws EngineError
 */
export function expectShape<T>(body: unknown, shape: Shape, what: string): T {
  if (shape(body)) return body as T;
  throw new EngineTrouble(`${what}: the engine's answer is not what it should be`);
}
