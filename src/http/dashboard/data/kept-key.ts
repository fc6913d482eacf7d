// Owns where the browser keeps the key: for the session of this tab, or on this device, as its reader chose; and taking one
// out of a link, whose fragment no server sees.
import { linkIn } from './link.js';

/** How long a key is kept: until the tab is closed, or until it is forgotten. */
export type KeyKeeping = 'session' | 'device';

const ENTRY = 'dtms.key';

/** The key in use; what this tab was given comes first. */
export function keptKey(): string | null {
  return sessionStorage.getItem(ENTRY) ?? localStorage.getItem(ENTRY);
}

export function keepKey(key: string, keeping: KeyKeeping): void {
  forgetKey();
  (keeping === 'device' ? localStorage : sessionStorage).setItem(ENTRY, key);
}

export function forgetKey(): void {
  sessionStorage.removeItem(ENTRY);
  localStorage.removeItem(ENTRY);
}

/** Uses the key of a link for this tab, and takes it out of the address and the history at once. */
export function takeLink(): boolean {
  const link = linkIn(location.hash);
  if (link === undefined) return false;
  sessionStorage.setItem(ENTRY, link.key);
  history.replaceState(history.state, '', link.at);
  return true;
}
