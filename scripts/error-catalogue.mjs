// Writes docs/errors.md from proto/dtms/v1/error_reason.proto. With --check it fails when the page is not
// what would be written.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './tools.mjs';

const source = readFileSync(join(root, 'proto', 'dtms', 'v1', 'error_reason.proto'), 'utf8');
const page = join(root, 'docs', 'errors.md');
const PREFIX = 'ERROR_REASON_';

/**
 * What a caller does about a code.
 *
 * @satisfies {Record<string, string>}
 */
const ADVICE = {
  INVALID_ARGUMENT: 'Correct the request. Sending it again changes nothing.',
  NOT_FOUND: 'Check the names; do not repeat.',
  ALREADY_EXISTS: 'Do not repeat. Read what is there and decide.',
  FAILED_PRECONDITION: 'Do not repeat until the state it names has changed.',
  OUT_OF_RANGE: 'Do not repeat. Begin again from a snapshot.',
  ABORTED: 'Do not repeat the same call: read the state again, then begin anew.',
  UNAVAILABLE: 'Repeat with back-off and the same request_id.',
  RESOURCE_EXHAUSTED: 'Repeat after the time in RetryInfo, not earlier.',
  DEADLINE_EXCEEDED:
    'Reads: repeat. Changes: repeat with the same request_id; the first may have had its effect.',
  INTERNAL: 'Report it with the correlation id. A change may be repeated with the same request_id.',
  UNIMPLEMENTED: 'Do not repeat. Use a server that is as new as the client.',
  UNAUTHENTICATED: 'Do not repeat with the same key.',
  PERMISSION_DENIED: 'Do not repeat. Ask for a key that may, or name what yours may.',
};

const codes = /** @type {(keyof typeof ADVICE)[]} */ (Object.keys(ADVICE));

/** The reasons with their codes, texts and examples. Throws where the proto does not document one. */
function reasons() {
  const found = [];
  /** @type {string[]} */
  let comment = [];
  for (const line of source.split('\n').map((text) => text.trim())) {
    const [, name, number] = /^ERROR_REASON_([A-Z_]+) = (\d+);$/.exec(line) ?? [];
    if (line.startsWith('//')) comment.push(line.slice(2).trim());
    else {
      if (name !== undefined && name !== 'UNSPECIFIED') found.push(reason(name, Number(number), comment));
      comment = [];
    }
  }
  return found;
}

/** @param {string} name @param {number} number @param {readonly string[]} comment */
function reason(name, number, comment) {
  const text = comment.join(' ').replaceAll(/\s+/g, ' ').trim();
  const [, meaning, kind, example = ''] = /^(.*?) Example( metadata)?: (.*)$/.exec(text) ?? [];
  if (meaning === undefined) throw new Error(`${PREFIX}${name} has no example`);
  const code = codes.find((known) => new RegExp(`\\b${known}\\b`).test(meaning));
  if (code === undefined) throw new Error(`${PREFIX}${name} names no code`);
  return { name, number, code, meaning, example, kind: kind === undefined ? 'Example' : 'Example metadata' };
}

function written() {
  const known = reasons();
  const rows = known.map(({ name, code }) => `| [${name}](#${name.toLowerCase()}) | ${code} |`);
  const sections = known.map(
    ({ name, number, code, meaning, kind, example }) =>
      `## ${name}\n\n${meaning}\n\n- Code: \`${code}\`, reason number ${number}\n- ${kind}: ${marked(example)}\n` +
      `- What to do: ${meaning.includes('RetryInfo') ? ADVICE.RESOURCE_EXHAUSTED : ADVICE[code]}\n`,
  );
  return `<!-- Generated from proto/dtms/v1/error_reason.proto by scripts/error-catalogue.mjs. Do not edit. -->

# Errors

Every error carries a \`google.rpc.ErrorInfo\` with the domain \`dtms\` and one of these reasons, and a \`google.rpc.RequestInfo\` with
the correlation id, in \`grpc-status-details-bin\`. The values a message mentions are in ErrorInfo's metadata too, so that no program
needs to read the message. \`BadRequest\` names the fields at fault, \`RetryInfo\` says when to try again; \`grpc-retry-pushback-ms\`
says the same to clients that retry by themselves.

gRPC itself answers some calls before DTMS sees them, with a code and no details: \`UNIMPLEMENTED\` for a method that does not exist,
\`RESOURCE_EXHAUSTED\` for a message above the size limit, \`INTERNAL\` for a deadline that is not one.

| reason | code |
| --- | --- |
${rows.join('\n')}

${sections.join('\n')}`;
}

/** @param {string} example */
function marked(example) {
  return example.replaceAll(/\{[^}]*\}/g, (json) => `\`${json}\``);
}

const text = written();
if (process.argv.includes('--check')) {
  if (!existsSync(page) || readFileSync(page, 'utf8') !== text) {
    console.error('docs/errors.md is not what error_reason.proto says; run npm run generate');
    process.exit(1);
  }
} else {
  writeFileSync(page, text);
}
