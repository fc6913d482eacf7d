// Owns which servers a rollout is about: green as it was asked for, blue all others behind the proxy.
import type { RolloutPlan } from '../../rollout/plan.js';
import type { ProxiedServer, RolloutServer, ServerGroups } from '../../rollout/traffic.js';
import { CommandError, EXIT } from '../exit.js';

const SECURE = 'https://';

/**
 * @param green - addresses as clients have them, or names at the proxy
 * @throws CommandError where a server is not behind the proxy, or a group would be empty
 */
export function groupsOf(
  plan: RolloutPlan,
  green: readonly string[],
  proxied: readonly ProxiedServer[],
): ServerGroups {
  const scheme = green.some((address) => address.startsWith(SECURE)) ? SECURE : '';
  const servers = proxied.map(({ name, address }): RolloutServer => {
    const told = plan.servers?.[name];
    return { name, address: told?.address ?? `${scheme}${address}`, http: told?.http ?? '' };
  });
  const isAsked = ({ name, address }: RolloutServer, asked: string) => asked === name || asked === address;
  const unknown = green.filter((asked) => !servers.some((server) => isAsked(server, asked)));
  const known = servers.map(({ name, address }) => `${name} ${address}`).join(', ');
  if (unknown.length > 0)
    throw new CommandError(`not behind the proxy: ${unknown.join(', ')}; it has ${known}`, EXIT.usage);
  const isGreen = (server: RolloutServer) => green.some((asked) => isAsked(server, asked));
  const groups = { green: servers.filter(isGreen), blue: servers.filter((server) => !isGreen(server)) };
  if (groups.green.length === 0 || groups.blue.length === 0)
    throw new CommandError(`a rollout needs a green and a blue server; the proxy has ${known}`, EXIT.usage);
  return groups;
}
