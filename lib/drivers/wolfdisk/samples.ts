import { type DriverSamples, MOUNT_LAYERS, TB, TOOL_LAYER } from '@/lib/drivers/contract/samples'
import { bracketed } from '@/lib/drivers/grammar'

export const samples: DriverSamples = {
  backends: [
    { name: 'wolfdisk-shops', config: { data_dir: '/var/lib/wolfdisk' }, size: { total: 2 * TB, used: 0.4 * TB } },
  ],
  simulated: {
    port: 9500,
    layers: [TOOL_LAYER, { id: 'protocol', title: 'Node of this host' }, ...MOUNT_LAYERS],
    dead: { at: 'protocol', problem: 'wolfdisk.stale' },
    denied: { at: 'mount', problem: 'wolfdisk.ended' },
    choices: { peers: ['edge-shops-01', 'edge-shops-02'] },
  },
  network: {
    at: (server, port) => ({
      config: { peers: `${bracketed(server)}:${port}`, discovery: 'off', data_dir: '/srv/wolf' },
    }),
    tools: { wolfdisk: '' },
    asksNobody: ['peers'],
  },
}
