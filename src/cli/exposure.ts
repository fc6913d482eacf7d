// Owns `dtms accounts exposure`: what an account holds of each currency, and of symbols that move together.
import { Command } from 'commander';
import { GetExposureResponse, type HeldValue } from '../../gen/ts/dtms/v1/account_service.js';
import { MoneyObstacle } from '../../gen/ts/dtms/v1/results.js';
import { fixed } from '../domain/number-text.js';
import { EXIT_HELP } from './exit.js';
import { jsonOption, serverOption, withClient } from './options.js';
import { jsonText, numberText, print, tableText } from './output.js';

const EXAMPLES = `
Examples:
  $ dtms accounts exposure demo

A pair is long one currency and short the other. Symbols move together where their M15 bars correlate beyond
rules.exposure.correlationLeast. What cannot be converted into the account's money is in no sum: "not in it" counts it.
Limits are rules.exposure.currencyLimit and correlatedLimit, in multiples of the equity: beyond them no volume is added back.`;

export function exposureCommand(): Command {
  return new Command('exposure')
    .description('what an account holds of each currency, and of symbols that move together')
    .argument('<account>')
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((account: string, { server, json }: { server: string; json: boolean }) =>
      withClient(server, async (client) => {
        const exposure = await client.getExposure({ account });
        print(json ? jsonText(GetExposureResponse.toJSON(exposure)) : exposureText(exposure));
      }),
    );
}

/** For a person. */
export function exposureText({
  currency,
  equity,
  currencies,
  symbols,
  limits,
  beyond,
}: GetExposureResponse): string {
  if (symbols.length === 0) return 'nothing is open';
  const head = [currency === '' ? 'value' : `in ${currency}`, 'x equity', 'positions', 'not in it'];
  const { windowBars = 0, leastBars = 0, correlationLeast = 0 } = limits ?? {};
  return [
    `equity ${equity === undefined ? 'not known' : numberText(equity, 2)}${currency === '' ? "; the account's currency is not known" : ` ${currency}`}`,
    '',
    tableText(
      ['currency', ...head],
      currencies.map((one) => [one.currency, ...heldTexts(one.held)]),
    ),
    '',
    tableText(
      ['symbol', ...head, 'moves with', 'together', 'x equity', 'not in it'],
      symbols.map(({ symbol, held, others, together, obstacle }) => [
        symbol,
        ...heldTexts(held),
        others.map(movesText).join(', '),
        together?.value || 'not known',
        shareText(together),
        `${together?.unknown ?? 0}${obstacle === 0 ? '' : ` (${MoneyObstacle[obstacle]})`}`,
      ]),
    ),
    '',
    `correlations of at most ${windowBars} M15 bars that both have, not known below ${leastBars}; beyond ${correlationLeast} symbols move together`,
    ...beyond.map((text) => `BEYOND ITS LIMIT: ${text}`),
  ].join('\n');
}

function movesText(other: { symbol: string; correlation?: number | undefined; bars: number }): string {
  const { symbol, correlation, bars } = other;
  return correlation === undefined
    ? `${symbol} (not known of ${bars} bars)`
    : `${symbol} ${fixed(correlation, 2)}`;
}

function heldTexts(held: HeldValue | undefined): string[] {
  return [
    held?.value || 'not known',
    shareText(held),
    String(held?.positions ?? 0),
    String(held?.unknown ?? 0),
  ];
}

function shareText(held: HeldValue | undefined): string {
  return held?.share === undefined ? 'not known' : fixed(held.share, 2);
}
