import { type DriverSamples, MOUNT_LAYERS, serverLayers, TB, TIMED_OUT } from '@/lib/drivers/contract/samples'

export const samples: DriverSamples = {
  backends: [
    {
      name: 'office-files',
      config: {
        server: 'files.example.net',
        share: 'teams',
        username: 'svc-holdfast',
        password: 'demo-not-a-real-secret',
      },
      size: { total: 12 * TB, used: 7.7 * TB },
    },
  ],
  simulated: {
    port: 445,
    layers: [
      ...serverLayers(445, 'SMB service'),
      { id: 'authentication', title: 'Sign in' },
      { id: 'target', title: 'Share' },
      ...MOUNT_LAYERS,
    ],
    dead: TIMED_OUT,
    denied: { at: 'authentication', problem: 'cifs.wrong_password' },
    choices: { shares: ['teams', 'projects', 'scans'] },
  },
  network: {
    at: (server, port) => ({
      config: { server, port, share_name: 'media', username: 'alice' },
      secrets: { password: 'not-a-real-secret' },
    }),
    tools: { 'mount.cifs': '', smbclient: '' },
  },
  secrets: {
    config: { server: 'nas-a', share_name: 'media', username: 'reader' },
    secrets: { password: 'not-a-real-secret' },
    others: {
      server: 'nas-b',
      share_name: 'films',
      path: 'deep',
      auth: 'guest',
      username: 'writer',
      domain: 'EXAMPLE',
      smb_version: '2.1',
      seal: true,
      sec: 'ntlmsspi',
      port: 1445,
      on_outage: 'soft',
      uid: 1,
      gid: 1,
      file_mode: '0600',
      dir_mode: '0700',
      cache: 'none',
      actimeo: 2,
      rsize: 65_536,
      wsize: 65_536,
      echo_interval: 30,
      noserverino: true,
      nobrl: true,
      mfsymlinks: true,
      noexec: false,
      read_only: true,
    },
    decides: ['port', 'seal', 'sec', 'server', 'smb_version'],
  },
}
