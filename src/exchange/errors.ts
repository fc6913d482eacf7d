// Owns why an export is not written, or not imported.

export type ExchangeFault = 'NOT_AN_EXPORT' | 'DAMAGED' | 'OTHER_VERSION' | 'CONFLICT' | 'IN_USE' | 'EXISTS';

export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
  readonly fault: ExchangeFault;

  constructor(fault: ExchangeFault, message: string) {
    super(`${message} (${fault})`);
    this.fault = fault;
  }
}
