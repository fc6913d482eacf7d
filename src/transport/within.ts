// Owns waiting for something, but not for ever.

/** Waits for a promise, but not longer than that. Resolves to whether it came in time. */
export async function within(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  return Promise.race([promise.then(() => true), late]).finally(() => clearTimeout(timer));
}
