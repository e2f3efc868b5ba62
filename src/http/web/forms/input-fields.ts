import type { Input, Inputs } from "../../../job/inputs/inputs.ts";
import type { GivenInputs, InputProblem } from "../../../job/inputs/read-inputs.ts";
import { type Content, type Html, html } from "../html.ts";

/** Fields of a form have names of their own, which no input can take. */
const PREFIX = "input.";

interface Filled {
  /** What was sent, when the form is shown again. */
  readonly given: GivenInputs;
  readonly problems: readonly InputProblem[];
}

/** One field for each input that the job declares, of the kind that fits its type. */
export function inputFields(inputs: Inputs, { given, problems }: Filled): Content {
  return Object.entries(inputs).map(([name, input]) => {
    const value = given[name] === undefined ? (input.default ?? "") : String(given[name]);
    const problem = problems.find((problem) => problem.input === name);
    const id = `input-${name}`;
    const about = [input.description !== undefined && `${id}-about`, problem && `${id}-problem`]
      .filter(Boolean)
      .join(" ");
    const attributes = html` id="${id}" name="${PREFIX}${name}"${input.required === true && html` required`}${about !== "" && html` aria-describedby="${about}"`}${problem && html` aria-invalid="true"`}`;
    return html`<div class="field"><label for="${id}"><code>${name}</code> <span class="soft">${kindInWords(input)}</span></label>
${field(input, value, attributes)}
${input.description !== undefined && html`<p class="small" id="${id}-about">${input.description}</p>`}${problem && html`<p class="wrong" id="${id}-problem">${name} ${problem.message}</p>`}</div>`;
  });
}

/** The values that a form has sent, by the names of the inputs. */
export function givenInputs(fields: URLSearchParams): GivenInputs {
  const named = [...fields].flatMap(([name, value]) =>
    name.startsWith(PREFIX) ? [[name.slice(PREFIX.length), value] as const] : [],
  );
  return Object.fromEntries(named);
}

function field(input: Input, value: string, attributes: Html): Html {
  switch (input.type) {
    case "string":
      return html`<input${attributes} type="text" value="${value}" maxlength="${input.maxLength}" autocomplete="off" spellcheck="false">`;
    case "integer":
      return html`<input${attributes} type="number" step="1" value="${value}"${bounds(input)}>`;
    case "date":
      return html`<input${attributes} type="date" value="${value}"${bounds(input)}>`;
    case "boolean":
      return select(attributes, { value, options: ["true", "false"], isOptional: !isSet(input) });
    case "choice":
      return select(attributes, { value, options: input.options, isOptional: !isSet(input) });
  }
}

/** Whether a value is given in any case. */
function isSet({ required, default: fallback }: Input): boolean {
  return required === true || fallback !== undefined;
}

function bounds({ min, max }: { readonly min?: number | string; readonly max?: number | string }): Html {
  return html`${min !== undefined && html` min="${min}"`}${max !== undefined && html` max="${max}"`}`;
}

interface Choice {
  readonly value: string;
  readonly options: readonly string[];
  readonly isOptional: boolean;
}

function select(attributes: Html, { value, options, isOptional }: Choice): Html {
  const none = isOptional || value === "" ? html`<option value="">–</option>` : undefined;
  return html`<select${attributes}>${none}${options.map((option) => html`<option value="${option}"${option === value && html` selected`}>${option}</option>`)}</select>`;
}

function kindInWords(input: Input): string {
  const { type, required, default: fallback } = input;
  const kind = { string: "text", integer: "whole number", boolean: "yes or no", date: "date", choice: "choice" }[type];
  if (fallback !== undefined) return `${kind}, ${JSON.stringify(fallback)} unless you say otherwise`;
  return required === true ? `${kind}, must be given` : `${kind}, may stay empty`;
}
