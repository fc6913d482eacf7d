// Owns the JSON schema of policy files: the input of a Policy as the OpenAPI document has it, with all it refers to. A field it
// does not know is an error, as it is for `dtms policies apply`.

/**
 * @param {{ components: { schemas: Record<string, Record<string, unknown>> } }} openapi
 * @returns {string} JSON text
 */
export function policySchema(openapi) {
  const { schemas } = openapi.components;
  /** @type {Record<string, unknown>} */
  const defs = {};
  const prefix = '#/components/schemas/';
  /** @param {unknown} value @returns {unknown} */
  const moved = (value) => {
    if (Array.isArray(value)) return value.map(moved);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => {
        if (key !== '$ref' || typeof inner !== 'string') return [key, moved(inner)];
        const name = inner.slice(prefix.length);
        define(name);
        return [key, `#/$defs/${name}`];
      }),
    );
  };
  /** @param {string} name */
  const define = (name) => {
    const schema = schemas[name];
    if (schema === undefined) throw new Error(`the OpenAPI document has no ${name}`);
    if (name in defs) return;
    defs[name] = {};
    const closed = schema.type === 'object' ? { additionalProperties: false } : {};
    defs[name] = { .../** @type {object} */ (moved(schema)), ...closed };
  };
  const { properties, ...root } = schemas.PolicyInput ?? {};
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A policy of DTMS',
    .../** @type {object} */ (moved(root)),
    properties: {
      $schema: { type: 'string' },
      evidence: { description: 'By what it was chosen, for people: DTMS does not read it.' },
      .../** @type {object} */ (moved(properties)),
    },
    additionalProperties: false,
    $defs: defs,
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
