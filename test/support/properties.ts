// How often properties are tried: as often as they say, or DTMS_PROPERTY_RUNS times as often.
import fc from 'fast-check';

const FACTOR = Number(process.env.DTMS_PROPERTY_RUNS ?? 1);

/** The runs of a property that does not say how many. */
const USUAL = 100;

/** For a property that says how many runs it usually has. */
export const runs = (usual: number): number => usual * FACTOR;

fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: runs(USUAL) });
