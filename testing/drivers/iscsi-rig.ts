import type { HostBackend } from '@/lib/drivers/contract/host'
import { toHostBackend } from '@/lib/drivers/input'
import { iscsiLvmHost } from '@/lib/drivers/iscsi-lvm/host'
import type { DriverRig } from '@/testing/drivers/driver-case'
import { FakeHost } from '@/testing/drivers/fake-host'
import { FakeInitiator, FakeSan, type fakeLun } from '@/testing/drivers/fake-san'
import { newRecording, type Recording, recordingContext } from '@/testing/drivers/recording'

/** A host with open-iscsi and LVM, and the storage that it reaches. */
export interface Rig extends DriverRig {
  host: FakeHost
  san: FakeSan
  initiator: FakeInitiator
}

export const SECRETS = { chap_password: 'not-a-real-chap-pw', mutual_chap_password: 'not-a-real-mutual' }
export const CONFIG = {
  portal: 'san.example.com',
  target: 'iqn.2026-01.com.example:storage',
  volume_group: 'vg_san',
  chap_enabled: true,
  chap_user: 'initiator',
  mutual_chap_enabled: true,
  mutual_chap_user: 'target',
}
/** Without CHAP. */
export const PLAIN = { portal: 'san.example.com', target: CONFIG.target, volume_group: 'vg_san' }

/** A storage that asks for CHAP in both directions. */
export function makeSan(): FakeSan {
  const san = new FakeSan()
  san.chap = { user: 'initiator', password: SECRETS.chap_password }
  san.mutual = { user: 'target', password: SECRETS.mutual_chap_password }
  return san
}

export function rigOver(san: FakeSan, hostId = 'hst_a'): Rig {
  const host = new FakeHost(hostId)
  const initiator = new FakeInitiator(host, san)
  const target = { mountId: 'mnt_1', path: '/mnt/never', readOnly: false }
  return {
    host,
    san,
    initiator,
    target,
    hold: async () => {
      initiator.active.add('vg_san/vol_1')
      initiator.open.add('vg_san/vol_1')
      for (const lun of san.luns) lun.group?.volumes.push('vol_1')
      return async () => void initiator.open.clear()
    },
    traces: async () => tracesOn(host),
    close: async () => undefined,
  }
}

/** Everything of a connection that could be left on a host. */
export function tracesOn(host: FakeHost): string[] {
  return [...host.localFiles.keys()].filter(
    (path) => path.startsWith('/etc/iscsi/') !== path.endsWith('initiatorname.iscsi') || path.startsWith('/sys/'),
  )
}

export function backend(config: Record<string, unknown> = PLAIN, id = 'bkd_1'): HostBackend {
  return toHostBackend(id, 'iscsi-lvm', config, {})
}

/** A storage without CHAP. */
export function plainSan(...luns: ReturnType<typeof fakeLun>[]): FakeSan {
  const san = new FakeSan()
  if (luns.length > 0) san.luns = luns
  return san
}

export async function connect(rig: Rig, of: HostBackend = backend(), recording: Recording = newRecording()) {
  const connection = await iscsiLvmHost.connect?.(of, recordingContext(rig.host, recording, 4_000))
  rig.host.kept.add(of.id)
  return connection
}

export async function disconnect(rig: Rig, of: HostBackend = backend(), recording: Recording = newRecording()) {
  rig.host.kept.delete(of.id)
  await iscsiLvmHost.disconnect?.(of, recordingContext(rig.host, recording, 4_000))
}
