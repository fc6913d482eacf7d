// Owns a map that forgets what was put in longest ago.

/** Puts an entry in, as the newest; the oldest one goes when there are more than `most`. */
export function bounded<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
