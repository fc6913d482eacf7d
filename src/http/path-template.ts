// Owns the paths of google.api.http: read once into a matcher, which gives what the variables hold, and
// which tells two templates apart that would answer the same request.

/** The values of a template's variables by the field path each names; decoded. */
export type Variables = ReadonlyMap<string, string>;

type Segment = { readonly literal: string } | { readonly field: string };

const LITERAL = /^[A-Za-z0-9_.~-]+$/;
const VARIABLE = /^\{([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)\}$/;
const VERB = /^[A-Za-z][A-Za-z0-9]*$/;

export class PathTemplate {
  /** As the proto has it, such as "/v1/dtms/accounts/{account}:report". */
  readonly text: string;
  /** What comes after the last colon of a path; undefined for none. */
  readonly verb: string | undefined;
  readonly #segments: readonly Segment[];

  /** @throws TypeError when the text is not a template, or has patterns that are not served (`*`, `**`). */
  constructor(text: string) {
    const fault = (why: string) => new TypeError(`the path ${text} ${why}`);
    this.text = text;
    if (!text.startsWith('/')) throw fault('does not begin with a slash');
    const parts = text.slice(1).split('/');
    const last = parts.pop() ?? '';
    const colon = last.indexOf(':', last.indexOf('}') + 1);
    this.verb = colon === -1 ? undefined : last.slice(colon + 1);
    if (this.verb !== undefined && !VERB.test(this.verb)) throw fault(`has the verb ${this.verb}`);
    this.#segments = [...parts, colon === -1 ? last : last.slice(0, colon)].map((part) => {
      const field = VARIABLE.exec(part)?.[1];
      if (field !== undefined) return { field };
      if (!LITERAL.test(part)) throw fault(`has the segment ${part}`);
      return { literal: part };
    });
    if (new Set(this.fields).size < this.fields.length) throw fault('names a field twice');
  }

  /** The field paths of the variables, in their order. */
  get fields(): readonly string[] {
    return this.#segments.flatMap((segment) => ('field' in segment ? [segment.field] : []));
  }

  /** The same for two templates when there is a path that both match equally well. */
  get shape(): string {
    const segments = this.#segments.map((segment) => ('field' in segment ? '*' : segment.literal));
    return `${segments.join('/')}:${this.verb ?? ''}`;
  }

  /** How much of a path the template spells out: of two that match, the one with more is meant. */
  get precision(): number {
    const literals = this.#segments.filter((segment) => 'literal' in segment).length;
    return literals * 2 + (this.verb === undefined ? 0 : 1);
  }

  /**
   * What the variables hold in a path as it was sent, without its query; null when it does not match.
   *
   * @throws URIError when it matches and a variable is not well encoded.
   */
  match(path: string): Variables | null {
    const parts = path.split('/');
    if (parts.length !== this.#segments.length + 1 || parts[0] !== '') return null;
    const values = new Map<string, string>();
    for (const [index, segment] of this.#segments.entries()) {
      const part = this.#withoutVerb(parts[index + 1] ?? '', index);
      if (part === null || part === '') return null;
      if ('literal' in segment) {
        if (segment.literal !== part) return null;
      } else {
        values.set(segment.field, part);
      }
    }
    return new Map([...values].map(([field, value]) => [field, decodeURIComponent(value)]));
  }

  /** The path that has these values: what match reads back. @throws TypeError when one is missing or empty. */
  expand(values: Variables): string {
    const parts = this.#segments.map((segment) => {
      if ('literal' in segment) return segment.literal;
      const value = values.get(segment.field) ?? '';
      if (value === '') throw new TypeError(`${this.text} needs ${segment.field}`);
      return encodeURIComponent(value);
    });
    return `/${parts.join('/')}${this.verb === undefined ? '' : `:${this.verb}`}`;
  }

  /** The last part without ":verb"; null when it has not that verb. A colon that is encoded is no verb's. */
  #withoutVerb(part: string, index: number): string | null {
    if (this.verb === undefined || index < this.#segments.length - 1) return part;
    return part.endsWith(`:${this.verb}`) ? part.slice(0, -this.verb.length - 1) : null;
  }
}
