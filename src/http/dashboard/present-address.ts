// Owns the address that the page is at: what it says of the page's look, and keeping that in it.
import { addressPath, addressQuery } from './address-query.js';

/** What the address says after its path. */
export function presentQuery(): URLSearchParams {
  return addressQuery(location.hash);
}

/** Says it in the address, without another entry in the history: empty values are left out. */
export function keepInAddress(values: Readonly<Record<string, string>>): void {
  const query = new URLSearchParams(Object.entries(values).filter(([, value]) => value !== ''));
  const path = addressPath(location.hash) || '#/';
  const hash = query.size === 0 ? path : `${path}?${query}`;
  if (hash !== location.hash) history.replaceState(history.state, '', hash);
}
