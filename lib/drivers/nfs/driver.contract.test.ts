import { describe, expect, it } from 'vitest'
import type { MountOption } from '@/lib/drivers/contract/mount-request'
import { toHostBackend } from '@/lib/drivers/input'
import { nfsHost } from '@/lib/drivers/nfs/host'
import { describeDriver } from '@/testing/drivers/describe-driver'
import type { DriverRig, FailureCase } from '@/testing/drivers/driver-case'
import { FakeHost, failure, fakeStorage } from '@/testing/drivers/fake-host'
import { newRecording, recordingContext } from '@/testing/drivers/recording'

interface Rig extends DriverRig {
  host: FakeHost
}

const SOURCE = 'nas.example.com:/export/media'
const CONFIG = { server: 'nas.example.com', export_path: '/export/media' }

async function rig(): Promise<Rig> {
  const host = new FakeHost()
  host.addresses.set('nas.example.com', ['192.0.2.10'])
  host.openPorts.add('nas.example.com:2049')
  host.storages.set(SOURCE, fakeStorage())
  host.kernel = {
    fsType: ({ options }) => (options.some(({ name, value }) => name === 'vers' && value === '3') ? 'nfs' : 'nfs4'),
    missing: ({ source }) => `mount.nfs: mounting ${source} failed, reason given by server: No such file or directory`,
  }
  host.answers.set('mount.nfs', { exitCode: 0, stdout: 'mount.nfs: (linux nfs-utils 2.6.2)\n', stderr: '' })
  host.answers.set('rpcinfo', { exitCode: 0, stdout: 'program 100003 version 4 ready and waiting\n', stderr: '' })
  host.answers.set('showmount', { exitCode: 0, stdout: '/export/media 192.0.2.0/24\n', stderr: '' })
  const target = { mountId: 'mnt_1', path: '/mnt/media', readOnly: false }
  return {
    host,
    target,
    hold: async () => {
      host.holders.set(target.path, 'bash (4711)')
      return async () => void host.holders.delete(target.path)
    },
    close: async () => undefined,
  }
}

function mountSays(name: string, message: string, problem: FailureCase<Rig>['problem']): FailureCase<Rig> {
  return {
    name,
    arrange: ({ host }) => {
      host.mountFailure = failure('mount', 32, message)
    },
    step: 'mount',
    problem,
  }
}

describeDriver<Rig>('fake host', {
  driver: nfsHost,
  config: CONFIG,
  secrets: {},
  rig,
  shown: { instead: [] },
  limitMs: 5_000,
  hang: ({ host }) => void host.storages.set(SOURCE, fakeStorage({ state: 'hung' })),
  outage: {
    begin: ({ host }) => void Object.assign(host.storages.get(SOURCE) ?? {}, { state: 'hung' }),
    end: ({ host }) => void Object.assign(host.storages.get(SOURCE) ?? {}, { state: 'ok' }),
    problem: 'mount.hung',
  },
  failures: [
    {
      name: 'mount program missing',
      arrange: ({ host }) => void host.answers.delete('mount.nfs'),
      step: 'tools',
      problem: 'tool.missing',
    },
    { name: 'unknown name', config: { server: 'nowhere.example.com' }, step: 'name', problem: 'name.not_found' },
    { name: 'nothing listens', config: { port: 2050 }, step: 'tcp', problem: 'network.refused' },
    {
      name: 'another service on the port',
      arrange: ({ host }) =>
        void host.answers.set('rpcinfo', failure('rpcinfo', 1, 'rpcinfo: RPC: Program not registered')),
      step: 'protocol',
      problem: 'nfs.not_running',
    },
    {
      name: 'version not spoken',
      config: { version: '4.2' },
      arrange: ({ host }) =>
        void host.answers.set(
          'rpcinfo',
          failure('rpcinfo', 1, 'rpcinfo: RPC: Program/version mismatch; low version = 3, high version = 3'),
        ),
      step: 'protocol',
      problem: 'nfs.version_unsupported',
    },
    {
      name: 'not in the list of a version 3 server',
      config: { version: '3', export_path: '/export/other' },
      step: 'target',
      problem: 'nfs.export_missing',
    },
    {
      name: 'no such export',
      config: { export_path: '/export/media/gone' },
      step: 'mount',
      problem: 'nfs.export_missing',
    },
    mountSays('host not allowed', `mount.nfs: access denied by server while mounting ${SOURCE}`, 'nfs.export_denied'),
    mountSays(
      'version 4, listed, but not for this host',
      `mount.nfs: mounting ${SOURCE} failed, reason given by server: No such file or directory`,
      'nfs.export_denied',
    ),
    mountSays('a file', `mount.nfs: mount spec ${SOURCE} or point /mnt/media is not a directory`, 'nfs.not_directory'),
    mountSays('kernel without NFS', 'mount.nfs: No such device', 'nfs.kernel_missing'),
    mountSays('bad option', 'mount.nfs: an incorrect mount option was specified', 'nfs.bad_option'),
    mountSays('something never seen', 'mount.nfs: the moon is in the way', 'mount.failed'),
    {
      name: 'root is mapped to nobody',
      arrange: ({ host }) => void host.storages.set(SOURCE, fakeStorage({ writeErrno: 'EACCES' })),
      step: 'write',
      problem: 'write.denied',
    },
    {
      name: 'stale export',
      arrange: ({ host }) => void host.storages.set(SOURCE, fakeStorage({ state: { errno: 'ESTALE' } })),
      step: 'mount',
      problem: 'access.stale',
    },
  ],
  malformed: [
    {
      name: 'showmount with another format',
      arrange: ({ host }) => void host.answers.set('showmount', { exitCode: 0, stdout: 'exports: none\n', stderr: '' }),
      act: 'discover',
    },
    {
      name: 'rpcinfo with another format',
      arrange: ({ host }) => void host.answers.set('rpcinfo', { exitCode: 0, stdout: '{}', stderr: '' }),
      act: 'test',
    },
  ],
})

describe('the highest version that both speak', () => {
  const test = async (arrange: (host: FakeHost) => void, config = {}) => {
    const { host } = await rig()
    arrange(host)
    const backend = toHostBackend('bkd_1', 'nfs', { ...CONFIG, ...config }, {})
    const steps = await nfsHost.test(backend, recordingContext(host, newRecording(), 5_000))
    return new Map(steps.map((step) => [step.id, step]))
  }
  const speaksOnly = (low: number, high: number) => (host: FakeHost) => {
    const stderr = `rpcinfo: RPC: Program/version mismatch; low version = ${low}, high version = ${high}`
    host.answers.set('rpcinfo', failure('rpcinfo', 1, stderr))
  }

  it('is left to mount.nfs, and told by the test', async () => {
    const { host, target } = await rig()
    const backend = toHostBackend('bkd_1', 'nfs', CONFIG, {})
    await nfsHost.mount?.(backend, target, recordingContext(host, newRecording(), 5_000))
    expect(host.mounts.list().at(-1)?.options.join()).not.toContain('vers=')
    const chosen = await test(() => undefined, { version: '4.1' })
    expect(chosen.get('mount')?.detail).toMatch(/^NFS 4\.1: /)
  })

  it('may be 3 where the server speaks no newer one', async () => {
    const steps = await test(speaksOnly(2, 3))
    expect(steps.get('protocol')).toMatchObject({ status: 'passed', detail: 'NFS 3 answers, and no newer version' })
    expect(steps.get('unmount')?.status).toBe('passed')
  })

  it('is none where the server speaks only what is too old', async () => {
    expect((await test(speaksOnly(2, 2))).get('protocol')).toMatchObject({
      status: 'failed',
      problem: 'nfs.version_unsupported',
    })
  })

  it('takes the list of exports at its word when only version 3 is spoken', async () => {
    const steps = await test(speaksOnly(2, 3), { export_path: '/export/other' })
    expect(steps.get('target')).toMatchObject({ status: 'failed', problem: 'nfs.export_missing' })
  })

  it('is not looked for below 4 where the server speaks that and does not list the export', async () => {
    const asked: string[] = []
    const arrange = (host: FakeHost) => {
      host.kernel.missing = ({ source, options }) => {
        asked.push(options.find(({ name }) => name === 'vers')?.value ?? 'any')
        return `mount.nfs: mounting ${source} failed, reason given by server: No such file or directory`
      }
    }
    const steps = await test(arrange, { export_path: '/export/other' })
    expect(steps.get('target')).toMatchObject({ status: 'warning', problem: 'nfs.export_missing' })
    expect(steps.get('mount')).toMatchObject({ status: 'failed', problem: 'nfs.export_missing' })
    expect(asked).toEqual(['4'])
  })

  it.each([
    [
      'an export that is missing',
      'access denied by server while mounting',
      'reason given by server: No such file or directory',
      'nfs.export_missing',
    ],
    [
      'a server where nothing listens',
      'requested NFS version or transport protocol is not supported',
      'Connection refused',
      'network.refused',
    ],
    [
      'a server of version 3 alone',
      'access denied by server while mounting',
      'Protocol not supported',
      'nfs.export_denied',
    ],
  ])('takes the word of version 4 for %s, if it has one', async (_what, third, fourth, problem) => {
    const arrange = (host: FakeHost) => {
      host.storages.clear()
      const isFourth = (options: readonly MountOption[]) => options.some(({ value }) => value === '4')
      host.kernel.missing = ({ options }) => `mount.nfs: ${isFourth(options) ? fourth : third}`
      host.answers.set('showmount', failure('showmount', 1, 'clnt_create: RPC: Unable to receive'))
    }
    expect((await test(arrange)).get('mount')).toMatchObject({ status: 'failed', problem })
  })
})

describe('discovery of exports', () => {
  const backend = toHostBackend('bkd_1', 'nfs', { server: 'nas.example.com' }, {}, { partial: true })

  it('offers what the server lists', async () => {
    const { host } = await rig()
    const context = recordingContext(host, newRecording(), 5_000)
    expect(await nfsHost.discover?.exports?.(backend, context)).toEqual([
      { value: '/export/media', detail: '192.0.2.0/24' },
    ])
  })

  it.each([
    ['no mount service', failure('showmount', 1, 'clnt_create: RPC: Unable to receive')],
    ['an empty list', { exitCode: 0, stdout: '', stderr: '' }],
  ])('browses the version 4 root with %s, and leaves it', async (_name, answer) => {
    const { host } = await rig()
    host.answers.set('showmount', answer)
    host.answers.set('ls', { exitCode: 0, stdout: 'export/\nfile\n-x/\nbad\\name/\n', stderr: '' })
    host.storages.set('nas.example.com:/', fakeStorage())
    const before = host.mounts.list()
    const choices = await nfsHost.discover?.exports?.(backend, recordingContext(host, newRecording(), 5_000))
    expect(choices?.map(({ value }) => value)).toEqual(['/export', '/-x'])
    expect(host.mounts.list()).toEqual(before)
    expect(host.scratches.size).toBe(0)
  })

  it('asks for the server first', async () => {
    const { host } = await rig()
    const nothing = toHostBackend('bkd_1', 'nfs', {}, {}, { partial: true })
    await expect(
      nfsHost.discover?.exports?.(nothing, recordingContext(host, newRecording(), 5_000)),
    ).rejects.toMatchObject({
      code: 'invalid_input',
      fields: [{ field: 'config.server' }],
    })
  })
})

it('does not mount over something that is not ours', async () => {
  const { host, target } = await rig()
  host.mountForeign(target.path)
  const backend = toHostBackend('bkd_1', 'nfs', CONFIG, {})
  const error = await nfsHost
    .mount?.(backend, target, recordingContext(host, newRecording(), 5_000))
    .catch((e: unknown) => e)
  expect(error).toMatchObject({ code: 'conflict', details: { problem: 'mount.foreign' } })
})

it.each(['rpcinfo', 'showmount'])('ends in its time although %s never returns', async (command) => {
  const { host } = await rig()
  host.answers.set(command, 'hang')
  const backend = toHostBackend('bkd_1', 'nfs', CONFIG, {})
  const steps = await nfsHost.test(backend, recordingContext(host, newRecording(), 100))
  expect(steps.at(-1)).toMatchObject({ id: command === 'rpcinfo' ? 'protocol' : 'target', status: 'failed' })
  expect(host.mounts.list()).toHaveLength(1)
})
