import { type DriverSamples, MOUNT_LAYERS } from '@/lib/drivers/contract/samples'

export const samples: DriverSamples = {
  backends: [{ name: 'memory', config: { size: 134_217_728 }, size: { total: 134_217_728, used: 0 } }],
  simulated: {
    port: 0,
    layers: [{ id: 'target', title: 'Memory' }, ...MOUNT_LAYERS],
    dead: { at: 'target', problem: 'mount.failed' },
    denied: { at: 'mount', problem: 'mount.not_permitted' },
    choices: {},
    inForce: ({ size }) => [`size=${Number(size) / 1024}k`],
  },
}
