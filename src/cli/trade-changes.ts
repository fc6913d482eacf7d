// Owns `dtms trades update`, `pause` and `resume`: what a person tells of a position, and whether it is defended.
import { Command } from 'commander';
import { Trade } from '../../gen/ts/dtms/v1/types.js';
import { CommandError, EXIT, EXIT_HELP } from './exit.js';
import { jsonOption, parsePositive, parseTicket, serverOption, withClient } from './options.js';
import { jsonText, print } from './output.js';
import { showTrade } from './trade-text.js';

interface Common {
  readonly server: string;
  readonly json: boolean;
}

interface UpdateOptions extends Common {
  readonly volume?: number;
  readonly stopLoss?: number;
  readonly takeProfit?: number;
  readonly stopLossRemoved: boolean;
  readonly takeProfitRemoved: boolean;
}

interface ReasonOptions extends Common {
  readonly reason: string;
}

/** What every change answers with. */
interface Changed {
  readonly trade?: Trade | undefined;
  readonly revision: bigint;
}

/** A command about one trade; `examples` are those of `dtms trades`. */
function changing(name: string, description: string, examples: string): Command {
  return new Command(name)
    .description(description)
    .argument('<account>', 'the account')
    .argument('<ticket>', 'the ticket', parseTicket)
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', examples + EXIT_HELP);
}

export function updateCommand(examples: string): Command {
  return changing('update', 'tell what the position is at the broker now; it moves nothing there', examples)
    .option('--volume <lots>', 'its volume', parsePositive)
    .option('--stop-loss <price>', 'its stop', parsePositive)
    .option('--stop-loss-removed', 'it has no stop any more', false)
    .option('--take-profit <price>', 'its target', parsePositive)
    .option('--take-profit-removed', 'it has no target any more', false)
    .action((account: string, ticket: bigint, options: UpdateOptions) =>
      withClient(options.server, async (client) => {
        const { volume, stopLoss, takeProfit, stopLossRemoved, takeProfitRemoved } = options;
        const told = { volume, stopLoss, takeProfit, stopLossRemoved, takeProfitRemoved };
        if (Object.values(told).every((value) => value === undefined || value === false))
          throw new CommandError('nothing is told: give at least one of the options', EXIT.usage);
        show(await client.updateTrade({ account, ticket, ...told }), options);
      }),
    );
}

export function pauseCommand(examples: string): Command {
  return reasoned(
    'pause',
    'defend a trade no more until it is resumed; its stop at the broker stays',
    examples,
  ).action((account: string, ticket: bigint, options: ReasonOptions) =>
    withClient(options.server, async (client) =>
      show(await client.pauseTrade({ account, ticket, reason: options.reason }), options),
    ),
  );
}

export function resumeCommand(examples: string): Command {
  return reasoned('resume', 'defend a paused trade again', examples).action(
    (account: string, ticket: bigint, options: ReasonOptions) =>
      withClient(options.server, async (client) =>
        show(await client.resumeTrade({ account, ticket, reason: options.reason }), options),
      ),
  );
}

function reasoned(name: string, description: string, examples: string): Command {
  return changing(name, description, examples).requiredOption('--reason <text>', 'why, for the record');
}

function show({ trade, revision }: Changed, { json }: Common): void {
  if (json) print(jsonText({ trade: trade && Trade.toJSON(trade), revision }));
  else showTrade(trade);
}
