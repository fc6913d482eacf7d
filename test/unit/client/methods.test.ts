// How each method is called, by the protos: how long it is waited for, and why it may be repeated.
import { expect, test } from 'vitest';
import { type Calling, ServiceMethods } from '../../../src/client/methods.js';

/** Kind and repeat of every method; the request is one that has a request_id, where there is such a field. */
function callings(): Readonly<Record<string, string>> {
  const found: [string, string][] = [];
  new ServiceMethods(({ path }, { kind, options, prepare }: Calling) => {
    const { requestId } = Object(prepare({ requestId: '' }));
    const repeat = options.retryMs === 0 ? 'once' : requestId === '' ? 'as it is' : 'by request_id';
    found.push([path.split('/')[2] ?? '', `${kind}, ${repeat}`]);
    return () => Promise.reject(new Error('not called'));
  });
  return Object.fromEntries(found);
}

const methods = callings();
const those = (calling: string) => Object.keys(methods).filter((name) => methods[name] === calling);

test('a read and an idempotent method are repeated as they are, a change by its request_id', () => {
  expect(methods).toMatchObject({
    GetTrade: 'read, as it is',
    ListTrades: 'batch, as it is',
    RegisterTrade: 'change, as it is',
    BatchRegisterTrades: 'batch, as it is',
    ReportAction: 'change, as it is',
    UpdateTrade: 'change, by request_id',
    BeginAction: 'change, by request_id',
    AcquireModification: 'change, by request_id',
  });
});

test('nothing else is repeated', () => {
  expect(those('change, once').sort()).toEqual(['CreateApiKey', 'MoveLeader', 'RotateApiKey']);
  expect([...those('read, once'), ...those('batch, once')]).toEqual([]);
});
