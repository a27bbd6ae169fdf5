import { CAPACITY_LAYER, type DriverSamples, serverLayers, TB, TIMED_OUT } from '@/lib/drivers/contract/samples'
import { bracketed } from '@/lib/drivers/grammar'

export const samples: DriverSamples = {
  backends: [
    {
      name: 'san-fra1',
      config: { portal: '192.0.2.40:3260', target: 'iqn.2024-05.net.example:san-fra1' },
      size: { total: 32 * TB, used: 11 * TB },
    },
  ],
  simulated: {
    port: 3260,
    layers: [
      ...serverLayers(3260, 'List of targets'),
      { id: 'authentication', title: 'Login' },
      { id: 'target', title: 'LUN' },
      CAPACITY_LAYER,
      { id: 'unmount', title: 'Logout' },
    ],
    dead: TIMED_OUT,
    denied: { at: 'authentication', problem: 'iscsi.credentials' },
    choices: { targets: ['iqn.2024-05.net.example:san-fra1', 'iqn.2024-05.net.example:san-spare'], luns: ['0', '1'] },
    connection(backendId) {
      const group = `hf_${backendId}`
      return {
        summary: `The volume group ${group} is open on this host.`,
        details: {
          Device: '/dev/sdb',
          WWID: 'naa.600140509a28b264b8b424db7767ad46',
          'Volume group': group,
          'Thin pool': `${group}/holdfast_pool`,
        },
      }
    },
  },
  network: {
    at: (server, port) => ({
      config: { portal: `${bracketed(server)}:${port}`, target: 'iqn.2026-01.com.example:storage', lun: 0 },
    }),
    tools: { iscsiadm: '', lvm: '  LVM version:     2.03.16(2) (2022-05-18)\n', thin_check: '' },
  },
  secrets: {
    config: { portal: '192.0.2.1', target: 'iqn.2023-01.com.example:a', chap_enabled: true, chap_user: 'reader' },
    secrets: { chap_password: 'not-a-real-secret' },
    others: {
      portal: '192.0.2.2',
      target: 'iqn.2023-01.com.example:b',
      lun: 1,
      wwid: 'naa.60014050000000000000000000000001',
      volume_group: 'vg_san',
      provisioning: 'thick',
      chap_enabled: false,
      chap_user: 'writer',
      mutual_chap_enabled: true,
      mutual_chap_user: 'target',
      discovery_chap: 'same',
    },
    companions: { mutual_chap_enabled: { mutual_chap_user: 'target' } },
    decides: ['mutual_chap_enabled', 'portal', 'target'],
  },
}
