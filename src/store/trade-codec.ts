// A trade as JSON text and back, without loss: 64-bit integers are texts, numbers are JavaScript's
// shortest exact form. -0 becomes 0, which is the same price.
import type { Trade } from '../domain/types.js';

/** The path of a number JSON cannot hold, which would come back as null; null when there is none. */
function unstorable(value: unknown): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? null : ` is ${value}`;
  if (typeof value !== 'object' || value === null) return null;
  for (const name in value) {
    const found = unstorable(value[name as keyof typeof value]);
    if (found !== null) return `.${name}${found}`;
  }
  return null;
}

/** @throws RangeError when a number of the trade is not finite. */
export function encodeTrade(trade: Trade): string {
  const found = unstorable(trade);
  if (found !== null) throw new RangeError(`trade${found}, which cannot be stored`);
  const { spec, hedge } = trade;
  return JSON.stringify({
    ...trade,
    spec: {
      ...spec,
      ticket: String(spec.ticket),
      positionTicket: String(spec.positionTicket),
      magicNumber: String(spec.magicNumber),
    },
    positionTicket: String(trade.positionTicket),
    hedge: hedge === null ? null : { ...hedge, ticket: String(hedge.ticket) },
  });
}

/** The trade encodeTrade() wrote. */
export function decodeTrade(text: string): Trade {
  const body = JSON.parse(text);
  body.spec.ticket = BigInt(body.spec.ticket);
  body.spec.positionTicket = BigInt(body.spec.positionTicket);
  body.spec.magicNumber = BigInt(body.spec.magicNumber);
  body.positionTicket = BigInt(body.positionTicket);
  if (body.hedge !== null) body.hedge.ticket = BigInt(body.hedge.ticket);
  return body;
}
