// How long tests wait for what must happen, in ms: far more than it takes anywhere, on a machine with other work too. A wait
// in vain ends by it, and says what it waited for, before its test's own time is over.
export const PATIENCE_MS = 60_000;
