// Owns webhooks: signed as Standard Webhooks has it, with a CloudEvents 1.0 body.
import { createHmac } from 'node:crypto';
import type { Notice } from '../../domain/notices/notice.js';
import type { Message } from '../message.js';

/**
 * The signature of a body: HMAC-SHA256 over "id.timestamp.body" (standardwebhooks.com, version v1).
 *
 * @param secret - whsec_ and the key in base64
 * @param seconds - UTC, of this try
 */
export function signatureOf(secret: string, id: string, seconds: number, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
}

/** The headers by which a receiver knows whose a body is, and that it is not an old one. */
export function signedHeaders(secret: string, id: string, now: number, body: string): Record<string, string> {
  const seconds = Math.floor(now / 1000);
  return {
    'content-type': 'application/cloudevents+json',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatureOf(secret, id, seconds, body),
  };
}

/** The message as a CloudEvents 1.0 event in JSON. Its id is the same in every try. */
export function cloudEvent({ id, title, text, at, notices }: Message): string {
  const [first] = notices;
  return JSON.stringify({
    specversion: '1.0',
    id,
    source: '/dtms/notices',
    type: `dtms.notice.${(first?.kind ?? 'TEST').toLowerCase()}.v1`,
    subject:
      [first?.account, first?.ticket].filter((part) => part !== '' && part !== null).join('/') || 'dtms',
    time: new Date(at).toISOString(),
    datacontenttype: 'application/json',
    data: { title, text, notices: notices.map(toldTo) },
  });
}

/** A notice as programs read it: 64-bit numbers are texts. */
function toldTo(notice: Notice): object {
  const { key, kind, phase, severity, account, symbol, ticket, feed, label } = notice;
  const { magicNumber, lasting, text, advice, command, at } = notice;
  return {
    ...{ key, kind, phase, severity, account, symbol, feed, label, lasting, text, advice, command },
    ticket: ticket === null ? null : String(ticket),
    magicNumber: String(magicNumber),
    at: new Date(at).toISOString(),
  };
}
