// Owns the metadata every call of a client carries: its key and the program's own headers. It is put on by a
// grpc-js interceptor, so that the raw stubs send it as well.
import { InterceptingCall, type Interceptor, Metadata } from '@grpc/grpc-js';

/** Metadata by name; names are lower case. */
export type CallHeaders = Readonly<Record<string, string>>;

/** An API key, or what tells the one to use now: a key that is rotated is read anew with each call. */
export type ApiKey = string | (() => string);

/** CallHeaders as metadata. Throws an Error on a name or value that cannot be sent. */
export function metadataOf(headers: CallHeaders = {}): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}

/** What puts key and headers on calls; none when there is nothing to put on. */
export function headerInterceptors(apiKey: ApiKey | undefined, headers: CallHeaders = {}): Interceptor[] {
  const fixed = metadataOf(headers);
  if (apiKey === undefined && Object.keys(headers).length === 0) return [];
  return [
    (options, nextCall) =>
      new InterceptingCall(nextCall(options), {
        start: (metadata, listener, next) => {
          // What a single call says comes before what the client always says.
          for (const [name, value] of Object.entries(fixed.getMap())) {
            if (metadata.get(name).length === 0) metadata.set(name, value);
          }
          if (apiKey !== undefined && metadata.get('authorization').length === 0) {
            metadata.set('authorization', `Bearer ${typeof apiKey === 'string' ? apiKey : apiKey()}`);
          }
          next(metadata, listener);
        },
      }),
  ];
}
