// Work while garbage is collected all the time: what is held by nothing is lost at once, not one time in a hundred.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export async function collecting<T>(work: Promise<T>): Promise<T> {
  setFlagsFromString('--expose-gc');
  const gc: () => void = runInNewContext('gc');
  const timer = setInterval(gc, 10);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
}
