// Owns how several servers are written down as one address.

/** The servers of an address such as "a:50051, b:50051" or "ipv4:10.0.0.1:50051,10.0.0.2:50051", or of a list of them. */
export function addressesOf(address: string | readonly string[]): readonly string[] {
  const text = typeof address === 'string' ? address : address.join(',');
  const [, scheme = '', list = text] = /^(ipv[46]:)(.*)$/.exec(text) ?? [];
  return list
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one) => scheme + one);
}
