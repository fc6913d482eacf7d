// Owns how frames of a stream are written over HTTP: Server-Sent Events, or one JSON object a line; and
// which of both a request gets.
import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import type { ErrorBody } from '../errors/json.js';
import { preferredType } from './negotiation.js';
import { positionOf } from './resume.js';

export interface StreamFormat {
  readonly contentType: string;
  /** What is sent before the first frame. */
  readonly prelude: string;
  frame(json: JsonObject): string;
  /** The last frame of a stream that the server ends. */
  failure(body: ErrorBody): string;
}

/** How long a browser waits before it connects again, in milliseconds. */
const RETRY_MS = 1000;

export const NDJSON_TYPE = 'application/x-ndjson';
export const SSE_TYPE = 'text/event-stream';

export const NDJSON: StreamFormat = {
  contentType: NDJSON_TYPE,
  prelude: '',
  frame: (json) => `${JSON.stringify(json)}\n`,
  failure: (body) => `${JSON.stringify(body)}\n`,
};

/** Frames are named by what they hold, and those that can be resumed from have an id. */
export const SSE: StreamFormat = {
  contentType: SSE_TYPE,
  prelude: `retry: ${RETRY_MS}\n\n`,
  frame: (json) => {
    const id = positionOf(json);
    const name = nameOf(json);
    return `${id === undefined ? '' : `id: ${id}\n`}${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(json)}\n\n`;
  },
  failure: (body) => `event: error\ndata: ${JSON.stringify(body)}\n\n`,
};

/** What a frame holds, where it is one of several things; then it is its only field. */
function nameOf(json: JsonObject): string | undefined {
  const [key, ...more] = Object.keys(json);
  const value: JsonValue | undefined = key === undefined ? undefined : json[key];
  const alone = key !== undefined && more.length === 0 && typeof value === 'object' && !Array.isArray(value);
  return alone ? key : undefined;
}

/** The format an Accept header asks for, `usual` where it takes either; undefined when it takes neither. */
export function formatFor(accept: string | undefined, usual: StreamFormat): StreamFormat | undefined {
  const formats = usual === SSE ? [SSE, NDJSON] : [NDJSON, SSE];
  const types = formats.map(({ contentType }) => contentType);
  return formats[types.indexOf(preferredType(accept, types) ?? '')];
}
