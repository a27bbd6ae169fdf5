import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closedNetworks, networkMatcher } from '@/lib/networks'

const octet = fc.integer({ min: 0, max: 255 })
/** Close together, so that networks overlap and touch. */
const near = fc.tuple(fc.constantFrom(10, 127, 169, 11), fc.constantFrom(0, 254, 8, 9), octet, octet)
const network = fc.tuple(near, fc.integer({ min: 0, max: 32 })).map(([parts, prefix]) => `${parts.join('.')}/${prefix}`)
const loopback = fc
  .tuple(octet, octet, fc.integer({ min: 8, max: 32 }))
  .map(([a, b, prefix]) => `127.${a}.${b}.0/${prefix}`)

function isIn(address: readonly number[], text: string): boolean {
  const [base = '', prefix = ''] = text.split('/')
  const value = (parts: readonly number[]) => parts.reduce((sum, part) => sum * 256 + part, 0)
  const size = 2 ** (32 - Number(prefix))
  return Math.floor(value(address) / size) === Math.floor(value(base.split('.').map(Number)) / size)
}

describe('closedNetworks', () => {
  it('says the same of every address as the rules, read one by one', () => {
    const rules = fc.record({
      allowed: fc.option(fc.array(network, { maxLength: 3 }), { nil: undefined }),
      opened: fc.array(loopback, { maxLength: 3 }),
      denied: fc.array(network, { maxLength: 3 }),
    })
    fc.assert(
      fc.property(rules, fc.array(near, { minLength: 1, maxLength: 20 }), (given, addresses) => {
        const closed = closedNetworks(given)
        const matches = networkMatcher(closed)
        for (const address of addresses) {
          const isOpened = given.opened.some((one) => isIn(address, one))
          const isLocal = (address[0] === 127 && !isOpened) || (address[0] === 169 && address[1] === 254)
          const isOutside = given.allowed !== undefined && !isOpened && !given.allowed.some((one) => isIn(address, one))
          const expected = isLocal || isOutside || given.denied.some((one) => isIn(address, one))
          const text = address.join('.')
          expect([text, matches(text)]).toEqual([text, expected])
          expect([text, matches(`::ffff:${text}`)]).toEqual([text, expected])
          if (given.allowed === undefined) expect([text, matches(`64:ff9b::${text}`)]).toEqual([text, expected])
        }
      }),
      { numRuns: 500 },
    )
  })

  it('is a short list for most hosts', () => {
    expect(closedNetworks({ opened: [], denied: [] }).length).toBeLessThan(100)
    expect(closedNetworks({ opened: [], denied: [], allowed: ['10.0.0.0/8'] }).length).toBeLessThan(200)
  })

  it('can close everything and name single addresses', () => {
    const nothing = networkMatcher(closedNetworks({ opened: [], denied: ['0.0.0.0/0', '::/0'] }))
    for (const address of ['10.0.0.1', '255.0.0.1', 'fd00::1', '::ffff:10.0.0.1', '::1'])
      expect(nothing(address)).toBe(true)
    const onlyIpv6 = networkMatcher(closedNetworks({ opened: [], denied: [], allowed: ['fd00::/8'] }))
    expect(['fd00::1', '10.0.0.1', '::ffff:10.0.0.1'].map(onlyIpv6)).toEqual([false, true, true])
    expect(closedNetworks({ opened: [], denied: [] })).toEqual(
      expect.arrayContaining([
        '127.0.0.0/8',
        '169.254.0.0/16',
        '224.0.0.0/3',
        '100.100.100.200/32',
        'fd20:ce::254/128',
      ]),
    )
  })
})
