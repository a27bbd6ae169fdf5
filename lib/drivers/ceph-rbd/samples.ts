import { CAPACITY_LAYER, type DriverSamples, TB, TOOL_LAYER } from '@/lib/drivers/contract/samples'
import { bracketed } from '@/lib/drivers/grammar'

const VERSION = 'ceph version 16.2.15\n'

export const samples: DriverSamples = {
  backends: [
    {
      name: 'ceph-ams2',
      config: {
        monitors: '192.0.2.61,192.0.2.62,192.0.2.63',
        pool: 'vms',
        user: 'holdfast',
        keyring: 'AQDemoDemoDemoDemoDemoDemoDemoDemoDemo==',
      },
      size: { total: 180 * TB, used: 64 * TB },
    },
  ],
  simulated: {
    port: 6789,
    layers: [
      TOOL_LAYER,
      { id: 'name', title: 'Names of the monitors' },
      { id: 'tcp', title: 'Connection to the monitors' },
      { id: 'authentication', title: 'Sign-in' },
      { id: 'target', title: 'Pool' },
      { id: 'namespace', title: 'Namespace', skipped: 'The whole pool is used.' },
      CAPACITY_LAYER,
    ],
    dead: { at: 'tcp', problem: 'ceph.monitors_down' },
    denied: { at: 'authentication', problem: 'ceph.wrong_key' },
    choices: { pools: ['vms', 'images', 'scratch'], namespaces: ['production', 'staging'] },
    connection(_backendId, { pool }) {
      const cluster = '5d1f6b0e-7c1a-4c55-9f0e-2b8c3d4e5f60'
      return {
        summary: `This host can use ${pool} of the cluster ${cluster}.`,
        details: { Cluster: cluster, Pool: String(pool), 'RBD in the kernel': 'yes' },
      }
    },
  },
  network: {
    at: (server, port) => ({
      config: { monitors: `${bracketed(server)}:${port}`, pool: 'rbd' },
      secrets: { keyring: 'AQDc1z1nAAAAABAAr0B9uvJFpAgGMfUEVlXRKw==' },
    }),
    tools: { ceph: VERSION, rbd: VERSION, modprobe: '' },
  },
  secrets: {
    config: { monitors: '192.0.2.1', pool: 'rbd' },
    secrets: { keyring: `[client.x]\nkey = ${'A'.repeat(38)}==\n` },
    others: {
      monitors: '192.0.2.1,192.0.2.2',
      pool: 'other',
      namespace: 'team',
      user: 'writer',
      cluster_id: '9f1b6d54-7a2c-4c0a-8a58-1d2f0c9e4b11',
      secret_uuid: '9f1b6d54-7a2c-4c0a-8a58-1d2f0c9e4b12',
    },
    decides: ['cluster_id', 'monitors'],
  },
}
