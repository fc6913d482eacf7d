// Owns learning how the brokers' clocks differ from UTC, account by account.
import type { ListAccountsResponse } from '../../../../gen/ts/dtms/v1/account_service.js';
import type { Api } from './api.js';

const EVERY_MS = 60_000;
const PAGE_SIZE = 1000;

/** Asks at once and every minute. Without an answer times stay as they were. */
export function learnBrokerClocks(api: Api, learn: (account: string, minutes: number) => void): void {
  const ask = async () => {
    const pages = api.pages<ListAccountsResponse>('/v1/dtms/accounts', { pageSize: PAGE_SIZE });
    for await (const { accounts } of pages) {
      for (const { account, utcOffsetMinutes } of accounts) {
        if (utcOffsetMinutes !== undefined) learn(account, utcOffsetMinutes);
      }
    }
  };
  const askOrNot = () => void ask().catch(() => undefined);
  askOrNot();
  setInterval(askOrNot, EVERY_MS);
  api.onKeyChanged(askOrNot);
}
