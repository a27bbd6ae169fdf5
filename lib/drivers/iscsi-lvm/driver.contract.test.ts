import { iscsiLvmHost } from '@/lib/drivers/iscsi-lvm/host'
import { describeDriver } from '@/testing/drivers/describe-driver'
import type { FailureCase } from '@/testing/drivers/driver-case'
import { failure } from '@/testing/drivers/fake-host'
import { FakeSan, fakeLun } from '@/testing/drivers/fake-san'
import { CONFIG, makeSan, type Rig, rigOver, SECRETS } from '@/testing/drivers/iscsi-rig'

function lunIs(
  change: Parameters<typeof fakeLun>[0],
  name: string,
  problem: FailureCase<Rig>['problem'],
): FailureCase<Rig> {
  const arrange = ({ san }: Rig) => {
    san.luns = [fakeLun(change)]
  }
  return { name, arrange, step: 'target', problem }
}

const group = (tags: string[]) => new FakeSan().makeGroup('vg_san', tags)

describeDriver<Rig>('fake host', {
  driver: iscsiLvmHost,
  config: CONFIG,
  secrets: SECRETS,
  rig: async () => rigOver(makeSan()),
  limitMs: 4_000,
  hang: ({ san, host }) => {
    san.state = 'hung'
    host.deadlineAt = performance.now() + 200
  },
  failures: [
    {
      name: 'open-iscsi is missing',
      arrange: ({ host }) => void host.answers.delete('iscsiadm'),
      step: 'tools',
      problem: 'tool.missing',
    },
    {
      name: 'thin provisioning tools are missing',
      arrange: ({ host }) => void host.answers.delete('thin_check'),
      step: 'tools',
      problem: 'tool.missing',
    },
    {
      name: 'LVM cannot be limited to a device',
      arrange: ({ host }) =>
        void host.answers.set('lvm', { exitCode: 0, stdout: '  LVM version:     2.03.11(2)\n', stderr: '' }),
      step: 'tools',
      problem: 'lvm.too_old',
    },
    { name: 'unknown name', config: { portal: 'nowhere.example.com' }, step: 'name', problem: 'name.not_found' },
    { name: 'nothing listens', config: { portal: 'san.example.com:3261' }, step: 'tcp', problem: 'network.refused' },
    {
      name: 'another service on the port',
      arrange: ({ host }) => {
        const usual = host.answers.get('iscsiadm')
        host.answers.set('iscsiadm', (args) => {
          if (args.includes('discovery'))
            return failure('iscsiadm', 11, 'iscsiadm: Could not perform SendTargets discovery')
          return typeof usual === 'function' ? usual(args) : 'hang'
        })
      },
      step: 'protocol',
      problem: 'iscsi.not_iscsi',
    },
    {
      name: 'another target',
      config: { target: 'iqn.2026-01.com.example:other' },
      step: 'protocol',
      problem: 'iscsi.target_missing',
    },
    // As an older API saves it.
    { name: 'no portal', config: { portal: undefined }, step: 'name', problem: 'iscsi.no_portal' },
    { name: 'no target', config: { target: undefined }, step: 'protocol', problem: 'iscsi.no_target' },
    { name: 'no CHAP name', config: { chap_user: undefined }, step: 'authentication', problem: 'iscsi.no_secret' },
    { name: 'no secret', secrets: {}, step: 'authentication', problem: 'iscsi.no_secret' },
    {
      name: 'wrong secret',
      secrets: { ...SECRETS, chap_password: 'not-the-chap-pw' },
      step: 'authentication',
      problem: 'iscsi.credentials',
    },
    {
      name: 'CHAP switched off here',
      config: { chap_enabled: false, mutual_chap_enabled: false },
      step: 'authentication',
      problem: 'iscsi.chap_needed',
    },
    {
      name: 'the target cannot prove itself',
      secrets: { ...SECRETS, mutual_chap_password: 'not-the-targets' },
      step: 'authentication',
      problem: 'iscsi.mutual_failed',
    },
    { name: 'a swapped LUN', config: { wwid: 'naa.6001405ffffffffff' }, step: 'target', problem: 'iscsi.wrong_lun' },
    lunIs({ readOnly: true }, 'a LUN that is read only', 'iscsi.read_only'),
    lunIs({ signature: 'ext4' }, 'a file system on the LUN', 'lvm.not_empty'),
    lunIs({ blkid: 'btrfs' }, 'a file system that only blkid knows', 'lvm.not_empty'),
    lunIs({ dirty: 'first' }, 'unknown data at the start', 'lvm.not_empty'),
    lunIs({ dirty: 'last' }, 'unknown data at the end', 'lvm.not_empty'),
    lunIs({ orphan: true }, 'a physical volume without a group', 'lvm.not_empty'),
    lunIs({ group: group([]) }, 'a volume group of somebody else', 'lvm.foreign_group'),
    lunIs({ group: group(['holdfast_bkd_other']) }, 'a volume group of another backend', 'lvm.foreign_group'),
  ],
  malformed: [
    {
      name: 'a list of targets in another format',
      arrange: ({ host }) =>
        void host.answers.set('iscsiadm', { exitCode: 0, stdout: 'iscsiadm version 3\n', stderr: '' }),
      act: 'discover',
    },
    {
      name: 'a report of LVM in another format',
      arrange: ({ host }) =>
        void host.answers.set('lvm', { exitCode: 0, stdout: '  LVM version:     2.03.16(2)\n', stderr: '' }),
      act: 'usage',
    },
  ],
})
