import { describe, expect, it } from 'vitest'
import { parseCephDf } from '@/lib/ceph/pool-stats'
import { parseDiskUsage, parseFsid, parseNamespaces, parseRbdPools } from '@/lib/drivers/ceph-rbd/parse-ceph'
import { distributions, fixture } from '@/testing/drivers/fixtures'

function recorded(name: string): string {
  return fixture('ceph-rbd', name)
}

describe.each(distributions('ceph-rbd', 'ceph-df'))('answers recorded on %s', (distribution) => {
  it('of ceph df: what clients stored, and what they can still store', () => {
    const text = recorded(`ceph-df.${distribution}.out`)
    const { pools } = JSON.parse(text) as { pools: { name: string; stats: Record<string, number> }[] }
    const { stored, max_avail } = pools.find(({ name }) => name === 'rbd')?.stats ?? {}
    expect(parseCephDf(text)).toContainEqual({
      name: 'rbd',
      storedBytes: stored,
      availableBytes: max_avail,
    })
  })

  it('of pools, namespaces, their use and the cluster', () => {
    expect(parseRbdPools(recorded(`ceph-pools.${distribution}.out`))).toEqual(['rbd'])
    expect(parseNamespaces(recorded(`rbd-namespaces.${distribution}.out`))).toEqual(['tenant'])
    expect(parseDiskUsage(recorded(`rbd-du.${distribution}.namespace.out`))).toBeGreaterThanOrEqual(0)
    expect(parseFsid(recorded(`ceph-fsid.${distribution}.out`))).toMatch(/^[0-9a-f-]{36}$/)
  })
})

it.each([
  ['nothing', ''],
  ['a table', 'POOL  STORED\nrbd  1 GiB\n'],
  ['a pool without figures', '{"pools": [{"name": "rbd"}]}'],
  ['figures as words', '{"pools": [{"name": "rbd", "stats": {"stored": "1G", "max_avail": "2G", "objects": 1}}]}'],
  ['negative figures', '{"pools": [{"name": "rbd", "stats": {"stored": -1, "max_avail": 2, "objects": 1}}]}'],
  ['cut off', recorded('ceph-df.debian12.out').slice(0, 200)],
])('refuses %s', (_name, stdout) => {
  for (const parse of [parseCephDf, parseNamespaces, parseDiskUsage, parseRbdPools, parseFsid]) {
    expect(() => parse(stdout)).toThrow(expect.objectContaining({ code: 'command_failed' }))
  }
})
