// Owns the bodies of requests: which are taken, and how long they may take.
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { requestTooSlow } from './refusals.js';
import { NDJSON_TYPE } from './stream-formats.js';

/** How long an answer waits for the body it does not need. */
const DISCARD_MS = 1000;

/** Takes JSON as bytes, so that nothing is parsed for callers who may not call; no other type. */
export function takeBodies(app: FastifyInstance, bodyMs: number): void {
  /** Those whose answer waits for the rest of their body. */
  const answered = new WeakSet<IncomingMessage>();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  app.addHook('preParsing', async (request, reply, payload) => {
    const { raw } = request;
    if (raw.complete || request.headers['content-type']?.startsWith(NDJSON_TYPE) === true) return payload;
    const timer = setTimeout(() => {
      if (!raw.complete && !answered.has(raw)) reply.send(requestTooSlow());
    }, bodyMs);
    timer.unref();
    for (const event of ['end', 'close', 'error']) raw.once(event, () => clearTimeout(timer));
    return payload;
  });
  app.addHook('onSend', async ({ raw }, reply, payload) => {
    if (raw.complete) return payload;
    // What is left of a body nobody reads is not another request.
    void reply.header('connection', 'close');
    answered.add(raw);
    await discard(raw);
    return payload;
  });
}

/**
 * Lets the rest of a body come in, for a while: a connection that is closed on what was sent is reset, and the
 * caller would see that instead of the answer.
 */
function discard(body: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, DISCARD_MS);
    for (const event of ['end', 'close', 'error']) {
      body.once(event, () => {
        clearTimeout(timer);
        resolve();
      });
    }
    body.resume();
  });
}

/** Leaves the lines of a stream to whoever reads them. */
export function takeLines(app: FastifyInstance): void {
  app.addContentTypeParser(NDJSON_TYPE, (_request, _payload, done) => done(null));
}
