// Owns what `dtms demo` shows in its terminal: a table that is redrawn in place, else a line for what happens.
import type { TradeEvent } from '../../../gen/ts/dtms/v1/event.js';
import type { DtmsClient } from '../../client/client.js';
import { ActionTrails, isEnded, trailText } from '../action-trail.js';
import { changeText } from '../event-text.js';
import { print, timeText } from '../output.js';
import { streams } from '../streams.js';
import { TradeBoard } from '../trade-board.js';

/** Shows the changes of all trades as the service streams them; with a title as a table under it. */
export async function follow(client: DtmsClient, title: string | null, signal: AbortSignal): Promise<void> {
  const board = title === null ? null : new TradeBoard(title, streams().stdout);
  const trails = new ActionTrails();
  for await (const message of client.watchTrades({ signal })) {
    if (message.$case !== 'events') continue;
    for (const event of message.value.events) {
      if (board === null) printChange(event, trails);
      else board.apply(event);
    }
  }
  board?.stop();
}

/** A line for a transition, and one for each action that came to its end. */
function printChange(event: TradeEvent, trails: ActionTrails): void {
  const line = (text: string) =>
    print(`${timeText(event.occurredAt)} ${event.account} ${event.ticket} ${event.symbol} ${text}`);
  const moved = trails.take(event);
  if (event.change?.$case === 'stateChanged') line(changeText(event));
  for (const trail of moved) if (isEnded(trail)) line(trailText(trail));
}
