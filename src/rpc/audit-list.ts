// The list of what was done by hand.
import type { ListAuditEventsRequest, ListAuditEventsResponse } from '../../gen/ts/dtms/v1/system_service.js';
import type { KeyTable } from '../store/keys.js';
import { auditToProto } from '../wire/key.js';
import { fromDate } from '../wire/time.js';
import { pageToken, parsePageToken, queryFingerprint } from './page-token.js';

const DEFAULT_PAGE = 100;

export async function listAudits(
  keys: KeyTable,
  method: string,
  request: ListAuditEventsRequest,
): Promise<ListAuditEventsResponse> {
  const orNull = (text: string): string | null => (text === '' ? null : text);
  const filter = {
    account: orNull(request.account),
    actor: orNull(request.actor),
    method: orNull(request.method),
    from: fromDate(request.from),
    until: fromDate(request.until),
  };
  const fingerprint = queryFingerprint(method, Buffer.from(JSON.stringify(filter)));
  const size = request.pageSize || DEFAULT_PAGE;
  const page = await keys.audits(filter, parsePageToken(request.pageToken, fingerprint), size + 1);
  const shown = page.slice(0, size);
  const last = shown.at(-1);
  return {
    events: shown.map(auditToProto),
    nextPageToken: page.length > size && last !== undefined ? pageToken(fingerprint, last.auditId) : '',
  };
}
