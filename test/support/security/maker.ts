// A key for the one method that is refused without: CreateApiKey. The others are called without a key.
import type { OutgoingHttpHeaders } from 'node:http2';
import { Scope } from '../../../gen/ts/dtms/v1/access.js';
import { SystemServiceService } from '../../../gen/ts/dtms/v1/system_service.js';
import { DtmsClient } from '../../../src/client/index.js';
import type { Target } from './target.js';

/** Makes the first key of a target that is open for good, and returns the headers that a method's path takes. */
export async function makerOf({
  address,
  consoleToken,
}: Target): Promise<(path: string) => OutgoingHttpHeaders> {
  const client = new DtmsClient({ address });
  const { secret } = await client
    .createApiKey({ name: 'maker', scopes: [Scope.ADMIN], consoleToken })
    .finally(() => client.close());
  return (path) =>
    path === SystemServiceService.createApiKey.path ? { authorization: `Bearer ${secret}` } : {};
}
