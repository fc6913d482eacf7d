// Owns doing something after a call's work: at once where the work was done at once, else as soon as it is.
import type { Call, CallHandler, Completion } from './call.js';

/**
 * Does a call, and then what follows a good end or a bad one. What `failed` does not throw again ends here; what
 * `done` throws is no matter of `failed`.
 */
export function around<C extends Call>(
  next: CallHandler<C>,
  call: C,
  done: (call: C) => void,
  failed: (call: C, error: unknown) => void,
): Completion {
  let work: Completion;
  try {
    work = next(call);
  } catch (error) {
    failed(call, error);
    return undefined;
  }
  if (work !== undefined)
    return work.then(
      () => done(call),
      (error: unknown) => failed(call, error),
    );
  done(call);
  return undefined;
}
