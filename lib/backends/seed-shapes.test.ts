import { expect, it } from 'vitest'
import { GET as read } from '@/app/api/v1/storage/backends/[id]/route'
import { POST as create } from '@/app/api/v1/storage/backends/route'
import { BackendView } from '@/lib/backends/schema'
import { useTestApi } from '@/testing/api'
import { useTestFleet } from '@/testing/api-fleet'
import { testDatabases } from '@/testing/database'

const CLUSTER = '9f1b6d54-7a2c-4c0a-8a58-1d2f0c9e4b11'
const TARGET = 'iqn.2023-01.com.storage:ssd-pool'
const NFS = { server: '192.168.1.50', export_path: '/mnt/ssd-pool' }

testDatabases('backends as LimiQuantix writes them', (database) => {
  const api = useTestApi(database)
  // It has the key by which secrets are sealed.
  useTestFleet(database)
  let counter = 0
  const make = (type: string, config: object) =>
    api.call('operator', create, 'POST', { body: { name: `older-${++counter}`, type, config } })

  it.each([
    [
      'CEPH_RBD',
      {
        cluster_id: CLUSTER,
        pool_name: 'vms',
        monitors: ['10.0.0.1:6789', '10.0.0.2:6789'],
        user: 'libvirt',
        keyring_path: '/etc/ceph/ceph.client.libvirt.keyring',
        namespace: 'tenant',
        secret_uuid: CLUSTER,
      },
      { pool: 'vms', monitors: '10.0.0.1:6789,10.0.0.2:6789', user: 'libvirt', pool_name: 'vms' },
    ],
    ['NFS', { ...NFS, version: '3', options: 'soft,timeo=100', mount_point: '/var/lib/x' }, { on_outage: 'soft' }],
    ['NFS', { ...NFS, version: '4', options: '', mount_point: '' }, { version: '4', timeo: 600 }],
    ['nfs', { ...NFS, version: '4.1' }, { version: '4.1' }],
    ['nfs', { ...NFS, version: '4.2' }, { version: '4.2' }],
    [
      'ISCSI',
      {
        portal: '192.168.1.50:3260',
        target: TARGET,
        chap_enabled: true,
        chap_user: 'initiator',
        chap_password: 'a-secret-of-chap',
        lun: 3,
        volume_group: 'vg_ssd',
      },
      { target: TARGET, lun: 3, volume_group: 'vg_ssd', chap_enabled: true, chap_user: 'initiator' },
    ],
    [
      'ISCSI',
      { portal: '192.168.1.50:3260', target: TARGET, chap_enabled: false, chap_user: '', chap_password: '', lun: 0 },
      { chap_enabled: false, lun: 0 },
    ],
    ['LOCAL_DIR', { path: '/srv/pools' }, { path: '/srv/pools' }],
  ])('are taken as %s, and read back in the same words', async (type, config, expected) => {
    const made = await make(type, config)
    expect(made.status, made.text).toBe(201)
    const { id } = made.data(BackendView)
    const view = (await api.call('viewer', read, 'GET', { params: { id } })).data(BackendView)
    expect(view).toMatchObject({ type, config: expected })
    for (const word of ['keyring_path', 'mount_point', 'options'] as const) {
      const sent = (config as Record<string, unknown>)[word]
      if (sent) expect(view.config).toMatchObject({ [word]: sent })
    }
    expect(made.text).not.toContain('a-secret-of-chap')
  })

  it('take an IPv6 address without its brackets', async () => {
    const made = await make('nfs', { server: 'fd00::1:/export/vm' })
    expect(made.data(BackendView)).toMatchObject({
      source: '[fd00::1]:/export/vm',
      config: { server: 'fd00::1', export_path: '/export/vm' },
    })
  })
})
