// Owns what a call of the REST interface ended with when it did not succeed.

/** What a call ended with when it did not succeed. */
export class ApiError extends Error {
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** The reason for programs, such as "TRADE_NOT_FOUND"; empty where there is none. */
  readonly reason: string;
  /** The fields at fault, with what is wrong with them. */
  readonly fields: readonly string[];
  /** When to try again, if the server said so. */
  readonly retryAfterMs: number | undefined;

  constructor(
    status: number,
    message: string,
    parts: Partial<Pick<ApiError, 'reason' | 'fields' | 'retryAfterMs'>> = {},
  ) {
    super(message);
    this.status = status;
    this.reason = parts.reason ?? '';
    this.fields = parts.fields ?? [];
    this.retryAfterMs = parts.retryAfterMs;
  }
}
