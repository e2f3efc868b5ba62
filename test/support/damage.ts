import fc from "fast-check";

/** What a broken disk, a broken proxy or a broken hand may leave where something else should be. */
const anything = fc.oneof(
  fc.constantFrom(
    undefined,
    null,
    true,
    -1,
    1.5,
    2 ** 60,
    "",
    "x",
    "0001-01-01T00:00:00Z",
    "yesterday",
    [],
    {},
    [null],
    ["x"],
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

interface Blow {
  readonly where: number;
  readonly what: unknown;
}

const blow: fc.Arbitrary<Blow> = fc.record({ where: fc.nat(), what: anything });

/**
 * The value with one to three of its parts replaced by something else, or taken away (`undefined`), as JSON would carry
 * it. `isSpared` names keys below which nothing is changed.
 */
export function damaged<T>(value: T, isSpared: (key: string) => boolean = () => false): fc.Arbitrary<unknown> {
  return fc.array(blow, { minLength: 1, maxLength: 3 }).map((blows) => {
    let json: unknown = JSON.parse(JSON.stringify(value));
    for (const { where, what } of blows) json = hit(json, where, structuredClone(what), isSpared);
    return json;
  });
}

function hit(json: unknown, where: number, what: unknown, isSpared: (key: string) => boolean): unknown {
  const places = placesIn(json, isSpared);
  const place = places[where % (places.length + 1)];
  if (place === undefined) return what;
  const { owner, key } = place;
  if (what === undefined && !Array.isArray(owner)) delete owner[key];
  else owner[key] = what;
  return json;
}

interface Place {
  readonly owner: Record<string, unknown>;
  readonly key: string;
}

function placesIn(json: unknown, isSpared: (key: string) => boolean): Place[] {
  if (typeof json !== "object" || json === null) return [];
  const owner = json as Record<string, unknown>;
  return Object.keys(owner)
    .filter((key) => !isSpared(key))
    .flatMap((key) => [{ owner, key }, ...placesIn(owner[key], isSpared)]);
}
