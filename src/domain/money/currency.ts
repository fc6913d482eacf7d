// Owns how many decimal places a currency's amounts have.

/** Those that have not two. */
const PLACES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...{ JPY: 0, KRW: 0, CLP: 0, VND: 0, ISK: 0 },
    ...{ BHD: 3, KWD: 3, OMR: 3, TND: 3, JOD: 3 },
    ...{ BTC: 8, ETH: 8 },
  }),
);

/** ExactDecimal places of an amount that is booked in this currency, such as 2 for USD. */
export function placesOf(currency: string): number {
  return PLACES.get(currency) ?? 2;
}
