import { type DriverSamples, GB, MOUNT_LAYERS, TB } from '@/lib/drivers/contract/samples'

export const samples: DriverSamples = {
  backends: [
    { name: 'scratch', config: { path: '/srv/scratch-disk' }, size: { total: 1.9 * TB, used: 0.6 * TB } },
    { name: 'build-cache', config: { path: '/srv/cache-disk' }, size: { total: 900 * GB, used: 512 * GB } },
  ],
  simulated: {
    port: 0,
    layers: [{ id: 'target', title: 'Directory' }, ...MOUNT_LAYERS],
    dead: { at: 'target', problem: 'local.missing' },
    denied: { at: 'target', problem: 'access.denied' },
    choices: {},
  },
}
