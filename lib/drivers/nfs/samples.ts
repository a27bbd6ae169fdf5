import { type DriverSamples, MOUNT_LAYERS, serverLayers, TB, TIMED_OUT } from '@/lib/drivers/contract/samples'

export const samples: DriverSamples = {
  backends: [
    {
      name: 'nas-fra1',
      config: { server: 'nas-fra1.example.net', export_path: '/volume1/shared' },
      size: { total: 48 * TB, used: 29.4 * TB },
    },
    {
      name: 'nas-fra1-vms',
      config: { server: 'nas-fra1-ssd.example.net', export_path: '/volume2/vms', nconnect: 4 },
      size: { total: 24 * TB, used: 19.1 * TB },
    },
    {
      name: 'nas-ams2-archive',
      config: { server: 'nas-ams2.example.net', export_path: '/archive' },
      size: { total: 96 * TB, used: 71 * TB },
    },
    {
      name: 'nas-ber-lab',
      config: { server: 'nas-ber.example.net', export_path: '/lab' },
      size: { total: 8 * TB, used: 7.4 * TB },
    },
    {
      name: 'nas-old',
      config: { server: 'nas-old.example.net', export_path: '/vol/projects', version: '3' },
      size: { total: 4 * TB, used: 3.6 * TB },
    },
  ],
  simulated: {
    port: 2049,
    layers: [...serverLayers(2049, 'NFS service'), { id: 'target', title: 'Export' }, ...MOUNT_LAYERS],
    dead: TIMED_OUT,
    denied: { at: 'target', problem: 'nfs.export_denied' },
    choices: { exports: ['/volume1/shared', '/volume1/media', '/volume2/vms'] },
    inForce: ({ version = 'auto', on_outage = 'hard', timeo = 600, retrans = 2 }) => [
      `vers=${version === 'auto' || version === '4' ? '4.2' : version}`,
      'rsize=1048576',
      'wsize=1048576',
      `${on_outage}`,
      'proto=tcp',
      `timeo=${timeo}`,
      `retrans=${retrans}`,
    ],
  },
  network: {
    at: (server, port) => ({ config: { server, port, export_path: '/export' } }),
    tools: { 'mount.nfs': '', showmount: '', rpcinfo: '' },
  },
}
