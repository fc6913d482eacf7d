// Starts a server without its metrics, as the yardstick of what they cost. Loaded before the program
// (node --import), it puts the stand-in of unobserved-metrics.ts in place of the two modules that count, so that
// nothing of them is on the way of a call. The program itself has no such switch: nobody should run it so.
import { type ResolveHook, register } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const COUNTING = ['/src/interceptors/metrics.js', '/src/metrics/metrics.js'];
const STAND_IN = new URL('./unobserved-metrics.js', import.meta.url).href;

export const resolve: ResolveHook = async (specifier, context, next) => {
  const found = await next(specifier, context);
  return COUNTING.some((path) => found.url.endsWith(path)) ? { ...found, url: STAND_IN } : found;
};

// Node reads the hooks in a thread of their own, from this very file.
if (isMainThread) register(import.meta.url);
