// Owns one word for a trade. Pure.

export function keyOf(account: string, ticket: string): string {
  return `${account}/${ticket}`;
}
