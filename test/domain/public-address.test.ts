/**
 * Which addresses Countersign may send to. Seen to fail: with `process` replaced by `parse` the mapped spellings; without
 * the check of 2000::/3 `::7f00:1`; with names not looked at `localhost.`; without the scheme the plain http ones.
 */
import { describe, expect, it } from 'vitest'
import { addressFault, isPublicAddress } from '../../src/domain/public-address.ts'

describe('an address', () => {
  it.each([
    '127.0.0.1',
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '192.0.2.1',
    '192.168.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::7f00:1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '64:ff9b::7f00:1',
    'fc00::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    '2002:7f00:1::',
    '2001::1',
    '2001:db8::1',
    'not an address',
  ])('%s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })

  it.each(['8.8.8.8', '193.0.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })
})

describe('a URL', () => {
  it.each([
    'http://example.com/hook',
    'https://localhost/',
    'https://localhost./',
    'https://api.localhost/',
    'https://127.0.0.1/',
    'https://2130706433/', // 127.0.0.1 as one number
    'https://0x7f.1/', // in hexadecimal, shortened
    'https://0177.0.0.1/', // in octal
    'https://[::1]/',
    'https://[::ffff:7f00:1]/',
    'https://169.254.169.254/latest/meta-data',
    'ftp://example.com/',
  ])('%s is refused', (url) => {
    expect(addressFault(url, [])).toMatch(/^(be|not lead to) /)
  })

  it('may lead to a public host over https', () => {
    expect(addressFault('https://agent.example.com/hooks?x=1', [])).toBeNull()
  })

  it('may lead to a host that the operator allows, by name, or by name and port', () => {
    expect(addressFault('http://agent.internal/hooks', ['agent.internal'])).toBeNull()
    expect(addressFault('http://127.0.0.1:8080/', ['127.0.0.1:8080'])).toBeNull()
    expect(addressFault('http://127.0.0.1:9090/', ['127.0.0.1:8080'])).not.toBeNull()
    expect(addressFault('ftp://agent.internal/', ['agent.internal'])).not.toBeNull()
  })
})
