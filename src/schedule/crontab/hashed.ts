import { type FieldKind, isWrongField, isYear, lastOf, parseItem } from "./fields.ts";

/**
 * Returns the field with a value in place of each `H`, as in Jenkins: `H` is any value of the field, `H(0-5)` one of the
 * range, `H/15` every 15th value from one of the first 15 on, and `H(30-59)/10` the same within the range. `pick` decides
 * which. A `H` in another form stays as it is, for the check of the field to refuse.
 */
export function withoutHash(kind: FieldKind, field: string, pick: () => number): string {
  if (!field.includes("H") || isYear(kind)) return field;
  const [, plus = "", list = ""] = /^(\+?)(.*)$/.exec(field) ?? [];
  return `${plus}${list
    .split(",")
    .map((item) => valueFor(kind, item, pick) ?? item)
    .join(",")}`;
}

/** Every month has these days. */
const LAST_SAFE_DAY = 28;

function valueFor(kind: FieldKind, item: string, pick: () => number): string | undefined {
  const [form, range, step] = /^H(?:\(([^()/,]+)\))?(?:\/(\d{1,4}))?$/.exec(item) ?? [];
  if (form === undefined || (range !== undefined && !range.includes("-"))) return undefined;
  const last = kind.name === "day of the month" ? LAST_SAFE_DAY : lastOf(kind);
  const values = parseItem(kind, range ?? `${kind.min}-${last}`);
  if (isWrongField(values)) return undefined;
  if (step === undefined) return values[pick() % values.length];
  const by = Number(step);
  if (by < 1 || by > values.length) return undefined;
  return `${values[pick() % by]}-${values.at(-1)}/${by}`;
}
