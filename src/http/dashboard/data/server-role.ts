// Owns what is said of a server's role: good is only one that leads and tells of itself.
import { words } from '../ui/format.js';
import type { ServerJson } from './json.js';

/** Servers tell of themselves every second. */
const SILENT_MS = 5_000;

/** What is to be said of a server's role, and how. */
export function roleOf({ role, silentMs }: Pick<ServerJson, 'role' | 'silentMs'>): {
  readonly tone: 'good' | 'warn' | 'bad' | 'none';
  readonly text: string;
} {
  const name = words(role, 'SERVER_ROLE_');
  if (Number(silentMs) > SILENT_MS) return { tone: 'bad', text: `${name}, silent` };
  if (role === 'SERVER_ROLE_LEADER') return { tone: 'good', text: 'leads' };
  if (role === 'SERVER_ROLE_STANDBY') return { tone: 'none', text: 'standby' };
  return { tone: 'warn', text: name };
}
