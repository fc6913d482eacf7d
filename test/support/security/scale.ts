// How much the security tests try: a little in `npm test`, everything in `npm run test:security`.

/** True in the full run, which also measures latency and memory. */
export const FULL = process.env.DTMS_SECURITY_SCALE === 'full';

/** The number to try in the run at hand. */
export function tries({ full, short }: { readonly full: number; readonly short: number }): number {
  return FULL ? full : short;
}

/** What random inputs are made from; set DTMS_SECURITY_SEED to repeat a run. */
export const SEED = Number(process.env.DTMS_SECURITY_SEED ?? 20_251_122);

/** For tests that do much more in the full run, in ms. */
export const LONG = FULL ? 4 * 3_600_000 : 60_000;
