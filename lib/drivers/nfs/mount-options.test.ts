import { describe, expect, it } from 'vitest'
import { commandLine } from '@/lib/drivers/command-line'
import { parseBackendInput } from '@/lib/drivers/input'
import { mountCommands } from '@/lib/drivers/mounting/commands'
import { nfs } from '@/lib/drivers/nfs/descriptor'
import { NFS_MOUNT_MESSAGES } from '@/lib/drivers/nfs/messages'
import { nfsMounting, nfsOptions } from '@/lib/drivers/nfs/mount-options'
import { parseNfsOptions } from '@/lib/drivers/nfs/option-words'
import { optionWord } from '@/lib/drivers/options/mount-options'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'
import { matchMessage } from '@/lib/drivers/problems/messages'
import { distributions, fixture, recordings } from '@/testing/drivers/fixtures'

const BASE = { server: 'nas', export_path: '/media' }

const wordsOf = (config: Parameters<typeof nfsOptions>[0]) => nfsOptions(config).map(optionWord)

describe('nfsOptions', () => {
  it('is safe without any setting', () => {
    const config = nfs.config.parse(BASE)
    expect(wordsOf(config)).toEqual(['hard', 'timeo=600', 'retrans=2', 'retry=0'])
  })

  it('renders every setting by name', () => {
    const text =
      'vers=3,softerr,timeo=50,retrans=5,proto=tcp,port=20049,sec=krb5p,nconnect=4,rsize=65536,wsize=32768,actimeo=10,lookupcache=none,nolock,sync,noatime,nordirplus,noresvport,noexec'
    const { config } = parseBackendInput('nfs', { ...BASE, options: text })
    expect(wordsOf(nfs.config.parse(config))).toEqual([
      ...text.split(',').slice(0, 4),
      'retry=0',
      ...text.split(',').slice(4),
    ])
  })

  it('reads back its own rendering', () => {
    const config = nfs.config.parse({ ...BASE, version: '4.1', on_outage: 'soft', nconnect: 8, noatime: true })
    expect(nfs.config.parse({ ...BASE, ...parseNfsOptions(wordsOf(config).join(',')) })).toEqual(config)
  })
})

describe('what is refused', () => {
  it.each([
    ['vers=4,password=S3cretPw', '"password"'],
    ['pass=S3cretPw', '"pass"'],
    ['rw,password=abc,S3cretPw', '"password"'],
    ['rw,S3cretPw', 'not shown'],
    ['comment=abc,S3cretPw', 'not shown'],
    ['zork=S3cretPw', '"zork"'],
    ['timeo=S3cretPw', '"timeo"'],
    ['vers=2', '"vers=2"'],
  ])('the option of %s, without what may be a secret', (mount_options, named) => {
    const parse = () => parseBackendInput('nfs', { ...BASE, mount_options })
    expect(parse).toThrow(named)
    expect(parse).not.toThrow('S3cret')
  })
})

describe('the preview', () => {
  it.each([
    [BASE, false, 'mount -c -t nfs -o hard,timeo=600,retrans=2,retry=0,rw,nosuid,nodev -- nas:/media /mnt/m'],
    [
      { server: 'fd00::10', export_path: '/a', read_only: true },
      false,
      'mount -c -t nfs -o hard,timeo=600,retrans=2,retry=0,ro,nosuid,nodev -- [fd00::10]:/a /mnt/m',
    ],
  ])('is the command itself', (input, readOnly, line) => {
    const request = nfsMounting.request(nfs.config.parse(input), { mountId: 'mnt_m', path: '/mnt/m', readOnly })
    expect(mountCommands(request).map(commandLine)).toEqual([line])
  })
})

describe.each(distributions('nfs', 'mount'))('what mount of %s says', (distribution) => {
  const recorded: Record<string, ProblemId> = {
    'nfs3-export-missing': 'nfs.export_denied',
    'nfs3-export-not-for-this-host': 'nfs.export_denied',
    'nfs3-export-is-a-file': 'nfs.not_directory',
    'nfs3-server-down': 'nfs.version_unsupported',
    'nfs3-server-down-no-rpcbind': 'network.refused',
    'nfs3-server-unreachable': 'network.no_route',
    'nfs3-server-blackholed': 'network.timed_out',
    'nfs3-name-unknown': 'name.not_found',
    'nfs42-export-missing': 'nfs.export_missing',
    'nfs42-export-not-for-this-host': 'nfs.export_missing',
    'nfs42-export-is-a-file': 'nfs.not_directory',
    'nfs42-server-down': 'network.refused',
    'nfs42-server-down-no-rpcbind': 'network.refused',
    'nfs42-server-unreachable': 'network.no_route',
    'nfs42-name-unknown': 'name.not_found',
    'version-unsupported': 'nfs.version_unsupported',
    'version-3-unsupported': 'nfs.version_unsupported',
    'version-unknown': 'nfs.bad_option',
    'option-unknown': 'nfs.bad_option',
    'sec-unsupported': 'nfs.bad_option',
    'statd-missing': 'nfs.lock_service_missing',
    'tool-missing': 'nfs.helper_missing',
  }

  it.each(Object.entries(recorded))('is understood: %s', (name, problem) => {
    expect(matchMessage(NFS_MOUNT_MESSAGES, fixture('nfs', `mount.${distribution}.${name}.out`))).toBe(problem)
  })

  it('is in this table for every recorded failure', () => {
    const prefix = `mount.${distribution}.`
    const failures = recordings('nfs', prefix).filter(({ exitCode }) => exitCode === 32)
    const names = failures.map(({ name }) => name.slice(prefix.length).replace(/\.out$/, ''))
    expect(Object.keys(recorded)).toEqual(expect.arrayContaining(names))
  })
})

describe('what mount says elsewhere', () => {
  it.each([
    ['mount.nfs.debian-12.no-kernel-client.err', 'nfs.kernel_missing'],
    ['mount.nfs.debian-12.unknown-name.err', 'name.not_found'],
  ])('explains %s', (name, problem) => {
    expect(matchMessage(NFS_MOUNT_MESSAGES, fixture('nfs', name))).toBe(problem)
  })

  it.each([
    ['mount.nfs: Operation not permitted', 'nfs.not_permitted'],
    ['something else', null],
  ])('explains "%s"', (said, problem) => {
    expect(matchMessage(NFS_MOUNT_MESSAGES, said)).toBe(problem)
  })
})
