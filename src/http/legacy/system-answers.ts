// Owns the old routes' JSON about the service itself: health, status and engine.
import type { GetStatusResponse } from '../../../gen/ts/dtms/v1/system_service.js';
import { type Trade, TradeState } from '../../../gen/ts/dtms/v1/types.js';
import { clockTime, isoTime, spanText } from './values.js';

const HOUR_MS = 3_600_000;

/** A server evaluates: this one, or the one it reaches. */
export const isReady = ({ leaderServerId }: GetStatusResponse): boolean => leaderServerId !== '';

const NOT_READY = 'DTMS is not ready';

/** GET /health. */
export function health(ready: 'ready' | 'not ready', now: Date) {
  const up = ready === 'ready';
  return {
    status: up ? 'healthy' : 'unhealthy',
    dtms_initialized: up,
    dtms_available: up,
    ...(up ? {} : { error: NOT_READY }),
    timestamp: isoTime(now),
  };
}

/** GET /dtms/health. */
export function dtmsHealth(status: GetStatusResponse, now: Date) {
  const ready = isReady(status);
  return {
    dtms_initialized: ready,
    monitoring_active: ready,
    active_trades: ready ? Number(status.activeTrades) : 0,
    ready,
    ...(ready ? {} : { error: NOT_READY }),
    timestamp: isoTime(now),
  };
}

/** GET /dtms/status where a server leads. */
export function systemStatus(status: GetStatusResponse, now: Date) {
  const active = Number(status.activeTrades);
  const upMs = uptime(status, now);
  const evaluations = Number(status.evaluations);
  return {
    success: true,
    summary: `DTMS is active and watches ${active} ${active === 1 ? 'trade' : 'trades'}`,
    dtms_status: {
      system_active: isReady(status),
      uptime: spanText(upMs),
      active_trades: active,
      trades_by_state: Object.fromEntries(
        status.tradesByState
          .filter(({ trades }) => trades > 0n)
          .map(({ state, trades }) => [TradeState[state], Number(trades)]),
      ),
      performance: {
        deep_checks_total: evaluations,
        deep_checks_per_hour: upMs === 0 ? 0 : (evaluations / upMs) * HOUR_MS,
        // Not counted since the start any more: /metrics has their rates.
        fast_checks_total: null,
        fast_checks_per_hour: null,
        actions_executed: null,
        state_transitions: null,
      },
      last_check: clockTime(now),
    },
    error: null,
  };
}

function uptime({ startedAt }: GetStatusResponse, now: Date): number {
  return startedAt === undefined ? 0 : Math.max(0, now.getTime() - startedAt.getTime());
}

/** GET /dtms/engine: times are seconds since 1970, per ticket, of market time. */
export function engineInfo(status: GetStatusResponse, trades: readonly Trade[]) {
  return {
    success: true,
    summary: 'The DTMS engine is available',
    engine_info: {
      monitoring_active: isReady(status),
      active_trades_count: Number(status.activeTrades),
      // Fast checks are not recorded: only what they lead to is.
      last_fast_check: {},
      last_deep_check: Object.fromEntries(
        trades.flatMap(({ ticket, evaluation }) =>
          evaluation?.evaluatedAt === undefined
            ? []
            : [[String(ticket), evaluation.evaluatedAt.getTime() / 1000]],
        ),
      ),
    },
  };
}
