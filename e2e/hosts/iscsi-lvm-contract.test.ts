/** @module-tag full */
import { describe, expect, it } from 'vitest'
import { contractLab, type LabRig } from '@/e2e/support/contract-lab'
import { labFacts } from '@/e2e/support/lab-facts'
import { toHostBackend } from '@/lib/drivers/input'
import { iscsiLvmHost } from '@/lib/drivers/iscsi-lvm/host'
import { describeDriver } from '@/testing/drivers/describe-driver'
import { newRecording, recordingContext } from '@/testing/drivers/recording'

/** iSCSI against a real LIO target: the contract, and what only a real server, kernel and LVM can show. */
const { iscsi, nfs, servers, nobody } = labFacts
const LIMIT_MS = 170_000

const place = contractLab()

const CONFIG = {
  portal: servers.address,
  target: iscsi.target,
  volume_group: 'vg_lab',
  chap_enabled: true,
  chap_user: iscsi.chapUser,
  mutual_chap_enabled: true,
  mutual_chap_user: iscsi.mutualUser,
}
const SECRETS = { chap_password: iscsi.chapPassword, mutual_chap_password: iscsi.mutualPassword }
const PORTAL = `${servers.address}:${iscsi.port}`

/** Everything of a connection that could be left on the host. */
async function traces(): Promise<string[]> {
  const found = await place.lab.host.ok(
    'find /etc/iscsi/nodes /etc/iscsi/ifaces /etc/iscsi/send_targets /run/holdfast-contract/records -mindepth 1 2>/dev/null; ' +
      'ls -d /sys/class/iscsi_session/* /sys/block/sd* /sys/block/dm-* 2>/dev/null; true',
  )
  return found.split('\n').filter((line) => line !== '')
}

/** The LUN as it was delivered. */
async function blank(): Promise<void> {
  await place.lab.servers.ok(`truncate -s 0 ${iscsi.backing} && truncate -s 2G ${iscsi.backing}`)
}

async function rig(): Promise<LabRig> {
  const undo: (() => Promise<unknown>)[] = []
  return {
    host: place.remote.host,
    target: { mountId: 'mnt_contract', path: '/mnt/never', readOnly: false },
    later: (work) => undo.push(work),
    traces,
    hold: async () => {
      const disk = await place.lab.host.ok('ls /sys/block | grep ^sd')
      await place.lab.host.ok(
        `lvm lvcreate --devices /dev/${disk} -T vg_lab/holdfast_pool -V 64M -n vol_1 && systemd-run --unit=holder sh -c 'exec sleep 1000 </dev/vg_lab/vol_1'`,
      )
      await place.lab.host.ok(
        `until [ "$(lvm lvs --devices /dev/${disk} --noheadings -o lv_device_open vg_lab/vol_1 | tr -d ' ')" = open ]; do sleep 0.2; done`,
      )
      return async () => void (await place.lab.host.ok('systemctl stop holder'))
    },
    close: async () => {
      for (const work of undo.reverse()) await work()
      const context = recordingContext(place.remote.host, newRecording(), LIMIT_MS)
      await iscsiLvmHost.disconnect?.(toHostBackend('bkd_contract', 'iscsi-lvm', CONFIG, {}), context)
      await blank()
      await place.remote.clean()
    },
  }
}

/** What somebody else has put on the LUN: written to the file behind it, as another host would. `DISK` is that file as a block device. */
function prepared(line: string): () => Promise<void> {
  return async () => {
    const device = await place.lab.servers.ok(`losetup --find --show ${iscsi.backing}`)
    try {
      await place.lab.servers.ok(line.replaceAll('DISK', device))
    } finally {
      await place.lab.servers.ok(`sync; losetup -d ${device}`)
    }
  }
}

describeDriver<LabRig>('the lab, LIO', {
  driver: iscsiLvmHost,
  config: CONFIG,
  secrets: SECRETS,
  rig,
  limitMs: LIMIT_MS,
  searched: ['authentication'],
  failures: [
    { name: 'open-iscsi is missing', arrange: place.hidden('/sbin/iscsiadm'), step: 'tools', problem: 'tool.missing' },
    { name: 'nobody at the address', config: { portal: nobody.address }, step: 'tcp', problem: 'network.no_route' },
    {
      name: 'nothing on the port',
      config: { portal: `${servers.address}:3261` },
      step: 'tcp',
      problem: 'network.refused',
    },
    {
      name: 'another service on the port',
      config: { portal: `${servers.address}:${nfs.port}` },
      step: 'protocol',
      problem: 'iscsi.not_iscsi',
    },
    {
      name: 'no such target',
      config: { target: 'iqn.2026-01.com.lab:none' },
      step: 'protocol',
      problem: 'iscsi.target_missing',
    },
    {
      name: 'wrong secret',
      secrets: { ...SECRETS, chap_password: 'not-the-real-pw' },
      step: 'authentication',
      problem: 'iscsi.credentials',
    },
    {
      name: 'no CHAP',
      config: { chap_enabled: false, mutual_chap_enabled: false },
      step: 'authentication',
      problem: 'iscsi.chap_needed',
    },
    {
      name: 'the target cannot prove itself',
      secrets: { ...SECRETS, mutual_chap_password: 'not-the-real-proof' },
      step: 'authentication',
      problem: 'iscsi.mutual_failed',
    },
    { name: 'no such LUN', config: { lun: 5 }, step: 'target', problem: 'iscsi.lun_missing' },
    { name: 'a swapped LUN', config: { wwid: 'naa.6001405ffffffffff' }, step: 'target', problem: 'iscsi.wrong_lun' },
    {
      name: 'a file system on the LUN',
      arrange: prepared('mkfs.ext4 -q DISK 64M'),
      step: 'target',
      problem: 'lvm.not_empty',
    },
    {
      name: 'data that no tool knows, at the very end',
      arrange: prepared('echo remains | dd of=DISK bs=1M seek=2047 conv=fsync status=none'),
      step: 'target',
      problem: 'lvm.not_empty',
    },
    {
      name: 'a volume group of somebody else',
      arrange: prepared('lvm vgcreate --devices DISK --setautoactivation n vg_lab DISK'),
      step: 'target',
      problem: 'lvm.foreign_group',
    },
  ],
})

function backend(config: Record<string, unknown> = {}) {
  return toHostBackend('bkd_contract', 'iscsi-lvm', { ...CONFIG, ...config }, SECRETS)
}

function context() {
  return recordingContext(place.remote.host, newRecording(), LIMIT_MS)
}

async function withRig(work: (rig: LabRig) => Promise<void>): Promise<void> {
  const one = await rig()
  try {
    await work(one)
  } finally {
    await one.close()
  }
}

describe('iSCSI with LVM on a real host', () => {
  it('shows its secrets to no program and leaves them on no disk', async () => {
    await withRig(async ({ later }) => {
      const pid = await place.lab.host.ok('pgrep -f /opt/holdfast-contract/host.mjs | head -1')
      await place.lab.host.ok(
        `systemd-run --unit=tracer strace -f -qq -e trace=execve -s 4096 -o /run/tracer.log -p ${pid}`,
      )
      later(() => place.lab.host.exec('systemctl stop tracer'))
      await place.lab.host.ok(`until grep -q TracerPid:.[1-9] /proc/${pid}/status; do sleep 0.1; done`)
      await iscsiLvmHost.connect?.(backend({ discovery_chap: 'same' }), context())
      const calls = await place.lab.host.ok('cat /run/tracer.log')
      expect(calls).toContain('--login')
      for (const secret of Object.values(SECRETS)) {
        expect(calls).not.toContain(secret)
        expect((await place.lab.host.exec(`grep -rl -e ${secret} /etc /var/lib/iscsi /var/log /tmp`)).stdout).toBe('')
      }
      const record = await place.lab.host.ok('find /etc/iscsi/nodes -type l')
      expect(await place.lab.host.ok(`stat -Lc %a,%U ${record} && stat -f -Lc %T ${record}`)).toBe('600,root\ntmpfs')
    })
  })

  it('refuses a volume group that another host has open, and does not activate it', async () => {
    await withRig(async () => {
      await iscsiLvmHost.connect?.(backend(), context())
      await iscsiLvmHost.disconnect?.(backend(), context())
      await prepared('lvm vgchange --devices DISK --addtag holdfast_host_hst_other vg_lab')()
      await expect(iscsiLvmHost.connect?.(backend(), context())).rejects.toMatchObject({
        code: 'conflict',
        details: { problem: 'lvm.other_host' },
      })
      expect(await traces()).toEqual([])
    })
  })

  it('asks for the list of targets with CHAP where the server demands it', async () => {
    const { chapUser, chapPassword, mutualUser, mutualPassword } = iscsi
    await withRig(async ({ later }) => {
      const names = `userid=${chapUser} password=${chapPassword} mutual_userid=${mutualUser} mutual_password=${mutualPassword}`
      await place.lab.servers.ok(`targetcli /iscsi set discovery_auth enable=1 ${names}`)
      later(() => place.lab.servers.ok('targetcli /iscsi set discovery_auth enable=0'))
      const targets = (config: Record<string, unknown>) => iscsiLvmHost.discover?.targets?.(backend(config), context())
      await expect(targets({})).rejects.toMatchObject({ details: { problem: 'iscsi.discovery_denied' } })
      expect(await targets({ discovery_chap: 'same' })).toEqual([{ value: iscsi.target, detail: PORTAL }])
      expect(await traces()).toEqual([])
    })
  })

  it('tells the LUNs with their identity', async () => {
    await withRig(async () => {
      const luns = await iscsiLvmHost.discover?.luns?.(backend(), context())
      expect(luns).toEqual([
        expect.objectContaining({ value: expect.stringMatching(/^naa\.6001405/), detail: 'LUN 0, 2.00 GiB' }),
      ])
      expect(await traces()).toEqual([])
    })
  })
})
