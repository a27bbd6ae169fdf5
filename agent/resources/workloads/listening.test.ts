import { expect, test } from 'vitest'
import { waitsIn } from '@/agent/resources/workloads/listening'

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1
   2: 0100007F:0050 0100007F:C000 01 00000000:00000000 00:00000000 00000000     0        0 3 1
`

test.each([
  [8080, null, true],
  [8080, '127.0.0.1', true],
  [8080, '192.0.2.1', false],
  [22, '192.0.2.1', true],
  [80, null, false],
] as const)('port %i at %s: %s', (hostPort, address, is) => {
  expect(waitsIn(TABLE, { hostPort, protocol: 'tcp', address })).toBe(is)
})
