import { z } from 'zod'
import { CephRbdConfig, Keyring, monitorsOf } from '@/lib/drivers/ceph-rbd/config'
import { cephRbdConnecting } from '@/lib/drivers/ceph-rbd/connecting'
import { takeCephApart } from '@/lib/drivers/ceph-rbd/pasted'
import { problems } from '@/lib/drivers/ceph-rbd/problems'
import { defineDriver } from '@/lib/drivers/contract/descriptor'

export const cephRbd = defineDriver({
  id: 'ceph-rbd',
  title: 'Ceph RBD',
  olderTypes: ['CEPH_RBD'],
  olderFields: { keyring_path: z.string().max(1024) },
  summary: 'block devices in a pool of a Ceph cluster',
  access: 'block',
  config: CephRbdConfig,
  secrets: z.strictObject({ keyring: Keyring }),
  aliases: { pool_name: 'pool' },
  takeApart: takeCephApart,
  fixedAfterCreate: {
    pool: 'Another pool is another storage: create a new backend for it. The monitors may change.',
    namespace: 'Another namespace is another storage: create a new backend for it.',
  },
  // What proves the key goes to the monitors; the id says which cluster is accepted there.
  destination: { monitors: true, cluster_id: true },
  fields: {
    monitors: {
      label: 'Monitors',
      help: 'Addresses of the monitors, with commas between. Without a port, 3300 and 6789 are tried.',
      placeholder: '10.0.0.1, 10.0.0.2, 10.0.0.3',
      group: 'essential',
      control: 'text',
    },
    pool: {
      label: 'Pool',
      help: 'A pool that was initialised for RBD.',
      placeholder: 'rbd',
      group: 'essential',
      control: 'text',
      optionsFrom: 'pools',
    },
    namespace: {
      label: 'Namespace',
      help: 'Part of the pool that this user may use. Leave empty for the whole pool.',
      group: 'advanced',
      control: 'text',
      optionsFrom: 'namespaces',
    },
    user: {
      label: 'User',
      help: 'Name of the Ceph user, without "client.".',
      placeholder: 'holdfast',
      group: 'credentials',
      control: 'text',
    },
    keyring: {
      label: 'Key',
      help: 'The key of the user, or its whole keyring file.',
      group: 'credentials',
      control: 'password',
    },
    cluster_id: {
      label: 'Cluster id',
      help: 'The fsid. With it, a cluster that is not the one you mean is refused.',
      group: 'advanced',
      control: 'text',
    },
    secret_uuid: {
      label: 'Secret of libvirt',
      help: 'UUID under which libvirt on the hosts knows the key, if it is kept there already.',
      group: 'advanced',
      control: 'text',
    },
  },
  capabilities: ['connect', 'usage', 'discover', 'volumes'],
  discoveries: { pools: 'Look for pools', namespaces: 'Look for namespaces' },
  scope: 'fleet',
  hostCommands: ['ceph', 'rbd', 'modprobe'],
  servers: (config) => monitorsOf(config.monitors).map(({ address }) => address),
  problems,
  describeSource: ({ pool, namespace, monitors }) =>
    `rbd:${pool}${namespace === undefined ? '' : `/${namespace}`} at ${monitors}`,
  connecting: cephRbdConnecting,
  volumes: {
    engine: 'rbd',
    reach: ({ pool, namespace = '', user, monitors, secret_uuid = null }) => ({
      kind: 'rbd',
      pool,
      namespace,
      user,
      monitors: monitorsOf(monitors),
      secretUuid: secret_uuid,
    }),
  },
})
