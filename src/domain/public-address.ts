import ipaddr from 'ipaddr.js'

/**
 * Is this an address of the public internet? No private, loopback, link-local, reserved, multicast or translated one,
 * however it is spelt: IPv4 in IPv6 counts as what it stands for.
 * @param address an IPv4 or IPv6 address, without brackets; anything else is not public
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  if (parsed.range() !== 'unicast') return false
  // Of IPv6 only 2000::/3 is assigned to the public: ::127.0.0.1 and the like are unicast by name alone.
  return parsed.kind() === 'ipv4' || (parsed.toByteArray()[0] ?? 0) >> 5 === 1
}

/**
 * May Countersign send something to this URL, by what the URL itself says? Names are resolved, and checked again, each
 * time something is sent.
 * @param url an absolute URL
 * @param allowedHosts hosts, with or without a port, that may be private or plain http
 * @returns what it has to be, as the end of "it must ..."; null: it may
 */
export function addressFault(url: string, allowedHosts: Iterable<string>): string | null {
  const { protocol, hostname, host } = new URL(url)
  const allowed = new Set(allowedHosts)
  if (allowed.has(hostname) || allowed.has(host))
    return protocol === 'https:' || protocol === 'http:' ? null : 'be an http or https address'
  if (protocol !== 'https:') return 'be an https address, unless the operator adds its host to ALLOWED_CALLBACK_HOSTS'
  if (isPrivateName(hostname))
    return 'not lead to a private, loopback or link-local address, unless the operator adds it to ALLOWED_CALLBACK_HOSTS'
  return null
}

function isPrivateName(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (ipaddr.isValid(name)) return !isPublicAddress(name)
  return name === 'localhost' || name.endsWith('.localhost')
}
