import { describe, expect, it } from 'vitest'
import { NFS_MOUNT_MESSAGES } from '@/lib/drivers/error-messages'
import { nfs } from '@/lib/drivers/nfs/descriptor'
import { nfsOptions, parseNfsOptions } from '@/lib/drivers/nfs/mount-options'
import { matchMessage } from '@/lib/drivers/problem'
import { parseBackendInput } from '@/lib/drivers/registry'
import { fixture, recordings } from '@/lib/drivers/testing/fixtures'

const BASE = { server: 'nas', export_path: '/media' }

describe('nfsOptions', () => {
  it('is safe without any setting', () => {
    const config = nfs.config.parse(BASE)
    expect(nfsOptions(config)).toEqual(['vers=4.2', 'hard', 'timeo=600', 'retrans=2', 'retry=0'])
  })

  it('renders every setting by name', () => {
    const text =
      'vers=3,softerr,timeo=50,retrans=5,proto=tcp,port=20049,sec=krb5p,nconnect=4,rsize=65536,wsize=32768,actimeo=10,lookupcache=none,nolock,sync,noatime,nordirplus,noresvport,noexec'
    const { config } = parseBackendInput('nfs', { ...BASE, options: text })
    expect(nfsOptions(nfs.config.parse(config))).toEqual([
      ...text.split(',').slice(0, 4),
      'retry=0',
      ...text.split(',').slice(4),
    ])
  })

  it('reads back its own rendering', () => {
    const config = nfs.config.parse({ ...BASE, version: '4.1', on_outage: 'soft', nconnect: 8, noatime: true })
    expect(nfs.config.parse({ ...BASE, ...parseNfsOptions(nfsOptions(config).join(',')) })).toEqual(config)
  })
})

describe('the preview', () => {
  it.each([
    [BASE, false, 'mount -c -t nfs -o vers=4.2,hard,timeo=600,retrans=2,retry=0,rw,nosuid,nodev -- nas:/media /mnt/m'],
    [
      { server: 'fd00::10', export_path: '/a', read_only: true },
      false,
      'mount -c -t nfs -o vers=4.2,hard,timeo=600,retrans=2,retry=0,ro,nosuid,nodev -- [fd00::10]:/a /mnt/m',
    ],
  ])('is the command itself', (input, readOnly, line) => {
    expect(nfs.previewCommands?.(nfs.config.parse(input), '/mnt/m', readOnly)).toEqual([line])
  })
})

it.each([
  ['mount.nfs.debian-12.no-kernel-client.err', 'nfs.kernel_missing'],
  ['mount.nfs.debian-12.unknown-name.err', 'name.not_found'],
])('explains %s', (name, problem) => {
  expect(matchMessage(NFS_MOUNT_MESSAGES, fixture('nfs', name))).toBe(problem)
})

it.each([
  ['mount.nfs: access denied by server while mounting nas:/m', 'nfs.export_denied'],
  ['mount.nfs: mounting nas:/m failed, reason given by server: No such file or directory', 'nfs.export_missing'],
  ['mount.nfs: Connection refused', 'network.refused'],
  ['mount.nfs: Connection timed out', 'network.timed_out'],
  ['mount.nfs: No route to host', 'network.no_route'],
  ['mount.nfs: requested NFS version or transport protocol is not supported', 'nfs.version_unsupported'],
  ['mount.nfs: Protocol not supported', 'nfs.version_unsupported'],
  ['mount.nfs: an incorrect mount option was specified', 'nfs.bad_option'],
  ['mount.nfs: rpc.statd is not running but is required for remote locking.', 'nfs.lock_service_missing'],
  ['mount.nfs: Operation not permitted', 'nfs.not_permitted'],
  [
    'mount: /mnt: bad option; for several filesystems (e.g. nfs, cifs) you might need a /sbin/mount.<type> helper program.',
    'nfs.helper_missing',
  ],
  ['something else', null],
])('explains "%s"', (said, problem) => {
  expect(matchMessage(NFS_MOUNT_MESSAGES, said)).toBe(problem)
})

it.each(recordings('nfs', 'mount').filter(({ exitCode, text }) => exitCode === 32 && text.includes('mount')))(
  'explains the recorded $name',
  ({ text }) => {
    expect(matchMessage(NFS_MOUNT_MESSAGES, text)).not.toBeNull()
  },
)
