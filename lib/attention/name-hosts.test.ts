import { expect, test } from 'vitest'
import { adviceAway, titleAway } from '@/lib/attention/name-hosts'

const host = (name: string, address: string) => ({ name, address })
const ADD = 'Add the address of this host to its clients.'

test.each([
  [[host('web-1', '192.0.2.7:9443')], 'Add web-1 (192.0.2.7) to its clients.'],
  [[host('web-1', '[2001:db8::7]:9443')], 'Add web-1 (2001:db8::7) to its clients.'],
  [[host('web-1', 'web-1:9443')], 'Add web-1 to its clients.'],
  [[host('web-1', '127.0.0.1:9443')], 'Add web-1 to its clients.'],
  [[host('a', '192.0.2.7:1'), host('b', 'b.example.org:1')], 'Add a (192.0.2.7) and b (b.example.org) to its clients.'],
  [[], ADD],
])('an advice names the hosts and their addresses: %#', (hosts, words) => {
  expect(adviceAway(ADD, hosts)).toBe(words)
})

test('"this host" is one, or each of several', () => {
  const hosts = [host('a', '192.0.2.7:1'), host('b', '192.0.2.8:1')]
  expect(adviceAway('Look at the clock of this host.', hosts.slice(0, 1))).toBe('Look at the clock of a.')
  expect(adviceAway('Look at the clock of this host.', hosts)).toBe('Look at the clock of each host.')
  expect(titleAway('The server does not let this host in.')).toBe('The server does not let the host in.')
})
