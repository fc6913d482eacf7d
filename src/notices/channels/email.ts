// Owns messages by e-mail, over SMTP: one connection for each, encrypted unless the plan says otherwise.
import nodemailer from 'nodemailer';
import type { Channel } from '../../domain/notices/notice-plan.js';
import type { TryOutcome } from '../../domain/notices/retries.js';
import type { Message } from '../message.js';

type EmailChannel = Extract<Channel, { readonly kind: 'email' }>;

/** @param timeoutMs - for the whole of it. Never rejects. */
export async function sendEmail(
  { host, port, tls, user, from, to }: EmailChannel,
  password: string,
  { id, title, text }: Message,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<TryOutcome> {
  const transport = nodemailer.createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'required',
    ignoreTLS: tls === 'off',
    ...(user === '' ? {} : { auth: { user, pass: password } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // Texts are texts: nothing in them names a file or an address to be read.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const end = () => transport.close();
  signal.addEventListener('abort', end, { once: true });
  try {
    await Promise.race([
      transport.sendMail({
        from,
        to: [...to],
        subject: title.replaceAll(/\s+/g, ' '),
        text,
        // The same in every try: a mailbox shows it once.
        messageId: `<${id}@dtms.notices>`,
      }),
      ended(signal),
    ]);
    return { result: 'delivered' };
  } catch (error) {
    return failureOf(error);
  } finally {
    signal.removeEventListener('abort', end);
    transport.close();
  }
}

function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(new Error('no answer in time'));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

/** An answer of 5xx is a refusal (RFC 5321, 4.2.1). */
function failureOf(error: unknown): TryOutcome {
  const reason = error instanceof Error ? error.message : String(error);
  const code: unknown = Reflect.get(Object(error), 'responseCode');
  if (typeof code === 'number' && code >= 500) return { result: 'refused', reason };
  return { result: 'failed', reason, retryAfterMs: null };
}
