// Owns how many streams of health and reflection are open: they need no key, and pass none of our interceptors.
import {
  type ServerInterceptingCall as Intercepted,
  ServerInterceptingCall,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js';
import { networkOf } from '../access/address.js';

/** Open at a time, of one address and of all. A balancer or a probe needs one. */
const MOST_PER_ADDRESS = 32;
const MOST_IN_ALL = 256;

const KEYLESS = /^\/grpc\.(health|reflection)\./;

export function boundedStreams(): ServerInterceptor {
  const perNetwork = new Map<string, number>();
  let open = 0;
  return ({ path, responseStream }, call) => {
    // The very call it gave us is what its own wrapping has inside.
    if (!responseStream || !KEYLESS.test(path)) return call as unknown as Intercepted;
    const network = networkOf(call.getPeer().replace(/:\d+$/, ''));
    const before = perNetwork.get(network) ?? 0;
    const isFull = before >= MOST_PER_ADDRESS || open >= MOST_IN_ALL;
    let isOpen = !isFull;
    if (isOpen) {
      open += 1;
      perNetwork.set(network, before + 1);
    }
    const leave = (): void => {
      if (!isOpen) return;
      isOpen = false;
      open -= 1;
      const left = (perNetwork.get(network) ?? 1) - 1;
      if (left === 0) perNetwork.delete(network);
      else perNetwork.set(network, left);
    };
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            if (!isFull) pass(metadata);
            else call.sendStatus({ code: status.RESOURCE_EXHAUSTED, details: 'too many streams are open' });
          },
          onCancel: leave,
        }),
      sendStatus: (answer, next) => {
        leave();
        next(answer);
      },
    });
  };
}
