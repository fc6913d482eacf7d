// Owns work that ends with the first of several signals, or in time. AbortSignal.any is not used for it: Node 20
// may collect its sources (a time limit among them never ends anything then), and long-lived ones keep a trace of each.
import { setMaxListeners } from 'node:events';

/** Work whose signal aborts with the first of these, where there is one; nothing of it is left in them afterwards. */
export async function underSignals<T>(
  sources: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const abort = ({ target }: Event) => own.abort(target instanceof AbortSignal ? target.reason : undefined);
  for (const source of sources) {
    if (source === undefined) continue;
    // As many may wait for one end as there is work: no listener stays.
    setMaxListeners(0, source);
    source.addEventListener('abort', abort);
    if (source.aborted) own.abort(source.reason);
  }
  try {
    return await work(own.signal);
  } finally {
    for (const source of sources) source?.removeEventListener('abort', abort);
  }
}

/**
 * Work whose signal aborts with this one, and with a TimeoutError after so many ms.
 *
 * @param ms - the work itself has to heed its signal: it is not left alone.
 */
export async function within<T>(
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const late = () => limit.abort(new DOMException(`it took longer than ${ms} ms`, 'TimeoutError'));
  const timer = setTimeout(late, ms);
  try {
    return await underSignals([signal, limit.signal], work);
  } finally {
    clearTimeout(timer);
  }
}
