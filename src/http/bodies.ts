// Owns the bodies of requests: which are taken, and how long they may take.
import type { FastifyInstance } from 'fastify';
import { requestTooSlow } from './refusals.js';
import { NDJSON_TYPE } from './stream-formats.js';

/** Takes JSON as bytes, so that nothing is parsed for callers who may not call; no other type. */
export function takeBodies(app: FastifyInstance, bodyMs: number): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
  app.addHook('preParsing', async (request, reply, payload) => {
    const { raw } = request;
    if (raw.complete || request.headers['content-type']?.startsWith(NDJSON_TYPE) === true) return payload;
    const timer = setTimeout(() => {
      if (!raw.complete) reply.send(requestTooSlow());
    }, bodyMs);
    timer.unref();
    for (const event of ['end', 'close', 'error']) raw.once(event, () => clearTimeout(timer));
    return payload;
  });
  app.addHook('onSend', async (request, reply, payload) => {
    // What is left of a body nobody reads is not another request.
    if (!request.raw.complete) void reply.header('connection', 'close');
    return payload;
  });
}

/** Leaves the lines of a stream to whoever reads them. */
export function takeLines(app: FastifyInstance): void {
  app.addContentTypeParser(NDJSON_TYPE, (_request, _payload, done) => done(null));
}
