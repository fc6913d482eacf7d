// Owns a time in a sentence for people: UTC to the second, or to the minute where it is a whole one, with its zone.

/** Such as 2026-12-01 00:00 UTC. */
export function utcText(at: number): string {
  const [date = '', time = ''] = new Date(at).toISOString().split('T');
  const seconds = time.slice(6, 8);
  return `${date} ${time.slice(0, 5)}${seconds === '00' ? '' : `:${seconds}`} UTC`;
}
