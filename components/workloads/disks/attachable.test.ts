import { expect, test } from 'vitest'
import { attachable } from '@/components/workloads/disks/attachable'

const HERE = { id: 'hst_1', name: 'hv1' }
const machine = { host: HERE, uses: [{ kind: 'volume' as const, id: 'vol_had', name: 'had' }] }

function pool(id: string, hosts: readonly string[], over: object = {}) {
  const on = hosts.map((host_id) => ({ host_id, host_name: host_id, phase: 'READY' }))
  return { id, name: id, sharing: 'shared', maintenance: false, hosts: on, ...over } as unknown as Parameters<
    typeof attachable
  >[1][number]
}
const volume = (name: string, pool_id: string, over: object = {}) => ({
  ...{ id: `vol_${name}`, name, pool_id, host_id: 'hst_1', refuses: {} },
  ...over,
})

test('offers what the host of the machine reaches and nothing refuses, by name', () => {
  const pools = [
    pool('here', ['hst_1', 'hst_2']),
    pool('own', ['hst_1', 'hst_2'], { sharing: 'own' }),
    pool('away', ['hst_2']),
    pool('kept', ['hst_1'], { maintenance: true }),
  ]
  const volumes = [
    volume('zeta', 'here', { host_id: 'hst_2' }),
    volume('alpha', 'own'),
    volume('theirs', 'own', { host_id: 'hst_2' }),
    volume('far', 'away'),
    volume('quiet', 'kept'),
    volume('had', 'here'),
    volume('broken', 'here', { refuses: { attach: 'It is missing.' } }),
    volume('lost', 'none'),
  ]
  expect(attachable(volumes, pools, machine).map(({ name }) => name)).toEqual(['alpha', 'zeta'])
})
