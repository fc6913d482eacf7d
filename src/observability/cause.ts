// Owns what caused a change, as lines and spans tell it. It is passed on explicitly.
import type { Span } from '@opentelemetry/api';

/** The call that caused something, for lines and spans; both are absent where DTMS acted by itself. */
export interface Cause {
  readonly correlationId?: string;
  /** The call's span; undefined without traces. */
  readonly span?: Span | undefined;
}
