import { describe, expect, it } from 'vitest'
import { forbiddenAddress, forbiddenHost } from '@/lib/drivers/http/address'

describe('what nothing is fetched from', () => {
  it.each([
    ['127.0.0.1', 'host itself'],
    ['127.255.1.2', 'host itself'],
    ['::1', 'host itself'],
    ['0:0:0:0:0:0:0:1', 'host itself'],
    ['0.0.0.0', 'reserved'],
    ['0.1.2.3', 'reserved'],
    ['::', 'reserved'],
    ['169.254.169.254', 'reserved'],
    ['169.254.0.7', 'reserved'],
    ['fe80::1', 'reserved'],
    ['febf::1', 'reserved'],
    ['224.0.0.1', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['ff02::1', 'reserved'],
    ['fd00:ec2::254', 'reserved'],
    ['100.100.100.200', 'secrets'],
    ['168.63.129.16', 'secrets'],
    ['::ffff:127.0.0.1', 'reserved'],
    ['::ffff:7f00:1', 'reserved'],
    ['::7f00:1', 'reserved'],
    ['64:ff9b::7f00:1', 'host itself'],
    ['64:ff9b::a9fe:a9fe', 'reserved'],
    ['2002:7f00:1::1', 'host itself'],
    ['2002:a9fe:a9fe::', 'reserved'],
    ['nas', 'not an address'],
    ['2130706433', 'not an address'],
  ])('%s', (address, why) => {
    expect(forbiddenAddress(address)).toContain(why)
  })

  it.each(['localhost', 'LOCALHOST', 'x.localhost', 'localhost.', '127.0.0.1', '::1'])('the name %s', (host) => {
    expect(forbiddenHost(host)).toContain('host itself')
  })
})

describe('what storage may be fetched from', () => {
  it.each([
    '10.0.0.5',
    '172.16.0.1',
    '192.168.1.50',
    '100.64.0.1',
    '93.184.216.34',
    'fd00::10',
    '2001:db8::1',
    '64:ff9b::a00:5',
  ])('%s', (address) => {
    expect(forbiddenAddress(address)).toBeNull()
    expect(forbiddenHost(address)).toBeNull()
  })

  it('a name is judged by what it leads to', () => {
    expect(forbiddenHost('metadata.example.com')).toBeNull()
  })
})
