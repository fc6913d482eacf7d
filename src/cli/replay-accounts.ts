// Owns whether the trades of `dtms replay` share an account: its rails count all its trades together.

export type AccountSharing = 'one each' | 'one for all';

interface SharingOptions {
  readonly sample?: number;
  readonly portfolio: boolean;
  readonly server?: string;
}

/** Sampled trades have nothing to do with each other; those of a file were one account's. */
export function accountSharing({ sample, portfolio, server }: SharingOptions): AccountSharing {
  return sample !== undefined && !portfolio && server === undefined ? 'one each' : 'one for all';
}

/** What is said of it at the start. */
export function sharingText(sharing: AccountSharing, { sample, portfolio, server }: SharingOptions): string {
  if (sharing === 'one each') return 'accounts: one for each sampled trade (--portfolio: one for all)';
  const isUnasked = sample !== undefined && server !== undefined && !portfolio;
  const why = isUnasked ? ': through a server sampled trades share one' : '';
  return `accounts: one for all trades, with its rails${why}`;
}
