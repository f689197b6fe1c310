import { BlockList, isIP } from 'node:net'

const PRIVATE_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
]
const PRIVATE_V6 = ['::/127', '64:ff9b::/96', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8', '2002::/16']

/**
 * Why decisions may not be sent to this address, as the end of "`callback_url` must ..."; null: they may.
 * Only what the address itself says: names are resolved, and checked again, at each delivery.
 * @param allowedHosts hosts, with or without a port, that may be private or plain http
 */
export function callbackFault(address: string, allowedHosts: readonly string[]): string | null {
  const { protocol, hostname, host } = new URL(address)
  if (allowedHosts.includes(hostname) || allowedHosts.includes(host)) return null
  if (protocol !== 'https:') return 'be an https address, unless the operator adds its host to ALLOWED_CALLBACK_HOSTS'
  if (isPrivate(hostname))
    return 'not lead to a private, loopback or link-local address, unless the operator adds it to ALLOWED_CALLBACK_HOSTS'
  return null
}

function isPrivate(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  if (isIP(name) !== 0) return privateAddresses().check(name, isIP(name) === 6 ? 'ipv6' : 'ipv4')
  return name === 'localhost' || name.endsWith('.localhost')
}

function privateAddresses(): BlockList {
  const list = new BlockList()
  for (const range of PRIVATE_V4) add(list, range, 'ipv4')
  for (const range of PRIVATE_V6) add(list, range, 'ipv6')
  return list
}

function add(list: BlockList, range: string, family: 'ipv4' | 'ipv6'): void {
  const [network = '', bits = ''] = range.split('/')
  list.addSubnet(network, Number(bits), family)
}
