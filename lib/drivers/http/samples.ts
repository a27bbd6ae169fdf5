import {
  CAPACITY_LAYER,
  type DriverSamples,
  sampleCertificate,
  serverLayers,
  TIMED_OUT,
} from '@/lib/drivers/contract/samples'
import { bracketed } from '@/lib/drivers/grammar'

export const samples: DriverSamples = {
  backends: [{ name: 'package-mirror', config: { base_url: 'https://mirror.example.net/packages' }, size: null }],
  simulated: {
    port: 443,
    layers: [
      ...serverLayers(443, 'Web server'),
      { id: 'authentication', title: 'Sign in' },
      { id: 'target', title: 'Address' },
      { id: 'mount', title: 'Mount' },
      { id: 'write', title: 'Write', skipped: 'A web address can only be read.' },
      CAPACITY_LAYER,
      { id: 'unmount', title: 'Unmount' },
    ],
    dead: TIMED_OUT,
    denied: { at: 'authentication', problem: 'http.wrong_credentials' },
    choices: {},
  },
  network: {
    at: (server, port) => ({ config: { base_url: `http://${bracketed(server)}:${port}/files` } }),
    tools: { rclone: 'rclone v1.60.1-DEV\n', fusermount3: '' },
  },
  secrets: {
    config: { base_url: 'https://files.example.com/a', auth_method: 'basic', username: 'reader' },
    secrets: { password: 'not-a-real-secret' },
    others: {
      base_url: 'http://files.example.com/a',
      auth_method: 'bearer',
      username: 'writer',
      verify_ssl: false,
      ca_certificate: sampleCertificate('A'),
      dir_cache_time: 60,
      uid: 1,
      gid: 1,
      umask: '077',
      noexec: false,
    },
    decides: ['base_url', 'ca_certificate', 'verify_ssl'],
  },
}
