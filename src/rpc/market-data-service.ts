// Owns MarketDataService: each handler parses its request, runs one command or query, and formats the
// outcome.
import {
  MarketDataFault,
  MarketDataServiceDefinition,
  type PushMarketDataRequest,
} from '../../gen/ts/dtms/v1/market_data_service.js';
import { type CheckObserver, pushMarketData } from '../commands/push-market-data.js';
import {
  deleteInstruments,
  deleteNewsEvents,
  Refusal,
  type Upserted,
  upsertInstruments,
  upsertNewsEvents,
} from '../commands/reference-data.js';
import type { CommandRunner } from '../commands/runner.js';
import { DEFAULT_FEED } from '../domain/market/data.js';
import { rejected } from '../domain/market/market-item.js';
import type { Violation } from '../errors/errors.js';
import { judged } from '../errors/refused-items.js';
import type { CallContext } from '../interceptors/call-context.js';
import type { Handlers } from '../interceptors/handlers.js';
import type { Sources } from '../queries/sources.js';
import { instrumentFromProto, itemFromProto, newsFromProto } from '../wire/market.js';
import { fromDate } from '../wire/time.js';
import { answering } from './answering.js';
import { feedHandlers, writerOf } from './feed-handlers.js';
import { marketReads } from './market-reads.js';
import { acknowledged, pushedToProto } from './market-stream.js';

const METHODS = MarketDataServiceDefinition.methods;

/** @param silenceMs - no stream says nothing for longer than this */
export function marketDataHandlers(
  commands: CommandRunner,
  sources: Sources,
  observer: CheckObserver,
  silenceMs: number,
): Handlers<MarketDataServiceDefinition> {
  const answer = answering(commands);
  const push = (request: Pick<PushMarketDataRequest, 'feed' | 'items'>, call: CallContext) => {
    const destination = { feed: request.feed || DEFAULT_FEED, writer: writerOf(call.principal) };
    const items = judged(request, 'items', request.items, itemFromProto, ({ field, description }) =>
      rejected('INVALID', field, description),
    );
    return pushMarketData(commands, observer, destination, items, call);
  };

  return {
    ...marketReads(sources),
    ...feedHandlers(commands, sources),

    pushMarketData: async (request, call) => {
      const pushed = await push(request, call);
      await commands.untilDurable(call, pushed.durable);
      return pushedToProto(pushed);
    },

    streamMarketData: (requests, call) => acknowledged(requests, (request) => push(request, call), silenceMs),

    upsertInstruments: (request, call) => {
      const told = judged(request, 'instruments', request.instruments, instrumentFromProto, refusal);
      return answer(METHODS.upsertInstruments, request, call, upsertInstruments(told, call), upsertedToProto);
    },

    deleteInstruments: (request, call) => {
      const command = deleteInstruments(request.account, request.symbols, call);
      return answer(METHODS.deleteInstruments, request, call, command, (deleted) => ({ deleted }));
    },

    deleteNewsEvents: (request, call) => {
      const command = deleteNewsEvents(request.eventIds, fromDate(request.endTime), call);
      return answer(METHODS.deleteNewsEvents, request, call, command, (deleted) => ({ deleted }));
    },

    upsertNewsEvents: (request, call) => {
      const told = judged(request, 'events', request.events, newsFromProto, refusal);
      return answer(METHODS.upsertNewsEvents, request, call, upsertNewsEvents(told, call), upsertedToProto);
    },
  };
}

const refusal = ({ field, description }: Violation): Refusal => new Refusal(field, description);

function upsertedToProto({ changed, refused }: Upserted) {
  const fault = MarketDataFault.INVALID;
  return {
    changed,
    rejected: refused.map(({ index, field, description }) => ({ index, field, description, fault })),
  };
}
