import { describe, expect, it } from 'vitest'
import { cifsHost } from '@/lib/drivers/cifs/host'
import type { HostBackend } from '@/lib/drivers/contract/host'
import type { MountTarget } from '@/lib/drivers/contract/mount-request'
import { toHostBackend } from '@/lib/drivers/input'
import { describeDriver } from '@/testing/drivers/describe-driver'
import type { DriverRig, FailureCase } from '@/testing/drivers/driver-case'
import { FakeHost, failure, fakeStorage } from '@/testing/drivers/fake-host'
import { fixture } from '@/testing/drivers/fixtures'
import { newRecording, recordingContext } from '@/testing/drivers/recording'

interface Rig extends DriverRig {
  host: FakeHost
}

const SOURCE = '//nas.example.com/media/films'
const CONFIG = { server: 'nas.example.com', share_name: 'media', path: 'films', username: 'alice', domain: 'EXAMPLE' }
const SECRETS = { password: 'obviously/fake+secret-0004' }

async function rig(): Promise<Rig> {
  const host = new FakeHost()
  host.addresses.set('nas.example.com', ['192.0.2.10'])
  host.openPorts.add('nas.example.com:445')
  host.storages.set(SOURCE, fakeStorage())
  host.kernel.missing = () => 'mount error(2): No such file or directory'
  host.answers.set('mount.cifs', {
    exitCode: 0,
    stdout: fixture('cifs', 'mount.debian12.cifs-version.out'),
    stderr: '',
  })
  host.answers.set('smbclient', (args) => ({
    exitCode: 0,
    stdout: args.includes('--grepable') ? fixture('cifs', 'smbclient-list.debian12.ok.out') : '',
    stderr: '',
  }))
  const target = { mountId: 'mnt_1', path: '/mnt/films', readOnly: false }
  return {
    host,
    target,
    hold: async () => {
      host.holders.set(target.path, 'bash (4711)')
      return async () => void host.holders.delete(target.path)
    },
    // The credentials are there only while something reads them.
    close: async () => expect(host.secretFiles.size).toBe(0),
  }
}

function mountSays(name: string, recording: string, problem: FailureCase<Rig>['problem']): FailureCase<Rig> {
  return {
    name,
    arrange: ({ host }) => {
      host.mountFailure = failure('mount', 32, fixture('cifs', `mount.debian12.${recording}.out`))
    },
    step: 'mount',
    problem,
  }
}

function smbclientSays(recording: string): ({ host }: Rig) => void {
  return ({ host }) =>
    void host.answers.set('smbclient', failure('smbclient', 1, fixture('cifs', `smbclient.debian12.${recording}.out`)))
}

const GUEST = { auth: 'guest', username: null, domain: null }

describeDriver<Rig>('fake host', {
  driver: cifsHost,
  config: CONFIG,
  secrets: SECRETS,
  rig,
  shown: {
    instead: [
      [/^(.*)credentials=[^,]+/, '$1credentials=…/credentials'],
      [/ip=192\.0\.2\.10/, 'ip=…'],
    ],
  },
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
      arrange: ({ host }) => void host.answers.delete('mount.cifs'),
      step: 'tools',
      problem: 'tool.missing',
    },
    { name: 'unknown name', config: { server: 'nowhere.example.com' }, step: 'name', problem: 'name.not_found' },
    { name: 'nothing listens', config: { port: 446 }, step: 'tcp', problem: 'network.refused' },
    {
      name: 'version not spoken',
      config: { smb_version: '3.1.1' },
      arrange: smbclientSays('version-too-new'),
      step: 'protocol',
      problem: 'cifs.version_refused',
    },
    { name: 'no password', secrets: {}, step: 'authentication', problem: 'cifs.no_password' },
    {
      name: 'wrong password',
      arrange: smbclientSays('wrong-password'),
      step: 'authentication',
      problem: 'cifs.wrong_password',
    },
    {
      name: 'account switched off',
      arrange: smbclientSays('account-disabled'),
      step: 'authentication',
      problem: 'cifs.account_blocked',
    },
    {
      name: 'guests are not let in',
      config: GUEST,
      secrets: {},
      arrange: smbclientSays('guest-refused'),
      step: 'target',
      problem: 'cifs.guest_refused',
    },
    { name: 'no such share', arrange: smbclientSays('share-missing'), step: 'target', problem: 'cifs.no_share' },
    { name: 'no right to the share', arrange: smbclientSays('share-foreign'), step: 'target', problem: 'cifs.denied' },
    { name: 'no such folder', arrange: smbclientSays('folder-missing'), step: 'target', problem: 'cifs.no_folder' },
    { name: 'a file', arrange: smbclientSays('folder-is-a-file'), step: 'target', problem: 'cifs.not_folder' },
    {
      name: 'a status never seen',
      arrange: ({ host }) =>
        void host.answers.set('smbclient', failure('smbclient', 1, 'tree connect failed: NT_STATUS_MOON_IN_THE_WAY')),
      step: 'target',
      problem: 'cifs.unexpected',
    },
    mountSays('permission denied', 'wrong-password', 'cifs.refused'),
    mountSays('no such share, without smbclient to tell', 'share-missing', 'cifs.not_found'),
    mountSays('bad option', 'option-unknown', 'cifs.bad_option'),
    mountSays('dialect', 'version-too-new', 'cifs.version_refused'),
    {
      name: 'something never seen',
      arrange: ({ host }) => {
        host.mountFailure = failure('mount', 32, 'mount error(999): the moon is in the way')
      },
      step: 'mount',
      problem: 'mount.failed',
    },
    {
      name: 'the folder may not be read',
      arrange: ({ host }) => void host.storages.set(SOURCE, fakeStorage({ state: { errno: 'EACCES' } })),
      step: 'mount',
      problem: 'cifs.denied',
    },
    {
      name: 'the user may not write',
      arrange: ({ host }) => void host.storages.set(SOURCE, fakeStorage({ writeErrno: 'EACCES' })),
      step: 'write',
      problem: 'write.denied',
    },
  ],
  malformed: [
    {
      name: 'a list of shares in another format',
      arrange: ({ host }) =>
        void host.answers.set('smbclient', { exitCode: 0, stdout: '\tSharename  Type\n', stderr: '' }),
      act: 'discover',
    },
    {
      name: 'smbclient that fails without a known word',
      arrange: ({ host }) => void host.answers.set('smbclient', failure('smbclient', 1, 'abc')),
      act: 'test',
    },
  ],
})

function backendOf(change: Record<string, unknown> = {}, secrets: Record<string, string> = SECRETS): HostBackend {
  return toHostBackend('bkd_1', 'cifs', { ...CONFIG, ...change }, secrets)
}

describe('the credentials file', () => {
  it('is there while the mount is made, anew for every mount, and holds what both readers take alike', async () => {
    const { host, target } = await rig()
    const seen: string[] = []
    const { mount } = host.mounts
    host.mounts.mount = async (request) => {
      const path = request.options.find(({ name }) => name === 'credentials')?.value
      seen.push(host.secretFiles.get(path ?? '') ?? 'missing')
      return await mount(request)
    }
    for (const _restart of [1, 2]) {
      await cifsHost.mount?.(backendOf(), target, recordingContext(host, newRecording(), 5_000))
      await host.mounts.unmount(target.path)
    }
    const content = `username=alice\npassword=${SECRETS.password}\ndomain=EXAMPLE\n`
    expect(seen).toEqual([content, content])
    expect(host.secretFiles.size).toBe(0)
  })

  it('is gone when the mount fails', async () => {
    const { host, target } = await rig()
    host.mountFailure = failure('mount', 32, 'mount error(112): Host is down')
    await expect(
      cifsHost.mount?.(backendOf(), target, recordingContext(host, newRecording(), 5_000)),
    ).rejects.toMatchObject({ details: { problem: 'network.timed_out' } })
    expect(host.secretFiles.size).toBe(0)
  })

  it('is not made for a guest, who never falls back on a stored password', async () => {
    const { host, target } = await rig()
    const recording = newRecording()
    await cifsHost.mount?.(backendOf(GUEST), target, recordingContext(host, recording, 5_000))
    const line = recording.commands.find(({ command }) => command === 'mount')?.args.join(' ')
    expect(line).toContain('username=guest,guest,')
    expect(line).not.toContain('credentials')
  })
})

async function refusal(host: FakeHost, target: MountTarget): Promise<unknown> {
  return await cifsHost
    .mount?.(backendOf(), target, recordingContext(host, newRecording(), 5_000))
    .catch((error: unknown) => error)
}

describe('a refused mount', () => {
  it.each([
    ['wrong-password', 'cifs.wrong_password'],
    ['share-foreign', 'cifs.denied'],
  ])('asks smbclient which it was: %s', async (recording, problem) => {
    const one = await rig()
    one.host.mountFailure = failure('mount', 32, fixture('cifs', 'mount.debian12.wrong-password.out'))
    smbclientSays(recording)(one)
    expect(await refusal(one.host, one.target)).toMatchObject({ code: 'credentials_rejected', details: { problem } })
    one.host.answers.delete('smbclient')
    expect(await refusal(one.host, one.target)).toMatchObject({ details: { problem: 'cifs.refused' } })
  })
})

it('asks what it was about a domain that the server cannot ask, for which mount.cifs has no words', async () => {
  const { host, target } = await rig()
  host.mountFailure = failure('mount', 32, 'mount error(5): Input/output error')
  host.answers.set('smbclient', failure('smbclient', 1, 'session setup failed: NT_STATUS_NO_LOGON_SERVERS'))
  expect(await refusal(host, target)).toMatchObject({
    values: { user: 'alice', domain: 'EXAMPLE' },
    details: { problem: 'cifs.domain_unreachable' },
  })
})

it.each([
  ['EXAMPLE', []],
  [null, ['--workgroup=.']],
])('has smbclient name the domain that the kernel names: %s', async (domain, expected) => {
  const { host } = await rig()
  const recording = newRecording()
  await cifsHost.test(backendOf({ domain }), recordingContext(host, recording, 5_000))
  const asked = recording.commands.find(({ command }) => command === 'smbclient')?.args ?? []
  expect(asked.filter((arg) => arg.startsWith('--workgroup'))).toEqual(expected)
})

it('tests without smbclient, and lets the mount decide', async () => {
  const { host } = await rig()
  host.answers.delete('smbclient')
  const steps = await cifsHost.test(backendOf(), recordingContext(host, newRecording(), 5_000))
  expect(Object.fromEntries(steps.map(({ id, status }) => [id, status]))).toMatchObject({
    protocol: 'skipped',
    authentication: 'skipped',
    target: 'skipped',
    mount: 'passed',
  })
})

it('signs in once per test, since each try counts towards a lock-out', async () => {
  const { host } = await rig()
  const recording = newRecording()
  await cifsHost.test(backendOf(), recordingContext(host, recording, 5_000))
  expect(recording.commands.filter(({ command }) => command === 'smbclient')).toHaveLength(1)
})

it('does not show a share without a size as full', async () => {
  const { host, target } = await rig()
  host.storages.set(SOURCE, fakeStorage({ totalBytes: 0, freeBytes: 0 }))
  await cifsHost.mount?.(backendOf(), target, recordingContext(host, newRecording(), 5_000))
  const usage = await cifsHost.usage?.(backendOf(), target, recordingContext(host, newRecording(), 5_000))
  expect(usage).toEqual({ totalBytes: null, usedBytes: null, availableBytes: null, fileCount: null })
})

describe('discovery of shares', () => {
  const discover = async (host: FakeHost, config: Record<string, unknown>, secrets = SECRETS) => {
    const backend = toHostBackend('bkd_1', 'cifs', config, secrets, { partial: true })
    return await cifsHost.discover?.shares?.(backend, recordingContext(host, newRecording(), 5_000))
  }

  it('asks once more where a busy server gives no list at first, and says so when it never does', async () => {
    const { host } = await rig()
    const nothing = { exitCode: 0, stdout: '', stderr: 'SMB1 disabled -- no workgroup available\n' }
    const answers = [nothing, { exitCode: 0, stdout: 'Disk|media|\n', stderr: '' }]
    host.answers.set('smbclient', () => answers.shift() ?? nothing)
    const config = { server: 'nas.example.com', username: 'alice' }
    expect(await discover(host, config)).toEqual([{ value: 'media' }])
    await expect(discover(host, config)).rejects.toMatchObject({
      code: 'backend_unreachable',
      details: { problem: 'cifs.no_list' },
    })
  })

  it('offers folders, with their comments, and neither printers nor pipes', async () => {
    const { host } = await rig()
    const choices = await discover(host, { server: 'nas.example.com', username: 'alice' })
    expect(choices).toEqual(
      expect.arrayContaining([{ value: 'share', detail: 'Everything | and more' }, { value: 'read only' }]),
    )
    expect(choices?.map(({ value }) => value)).not.toContain('IPC$')
  })

  it('says when the password is wrong, or missing, or the server', async () => {
    const one = await rig()
    one.host.answers.set(
      'smbclient',
      failure('smbclient', 1, fixture('cifs', 'smbclient-list.debian12.wrong-password.out')),
    )
    const config = { server: 'nas.example.com', username: 'alice' }
    await expect(discover(one.host, config)).rejects.toMatchObject({ details: { problem: 'cifs.wrong_password' } })
    await expect(discover(one.host, config, {} as typeof SECRETS)).rejects.toMatchObject({
      details: { problem: 'cifs.no_password' },
    })
    await expect(discover(one.host, {})).rejects.toMatchObject({ fields: [{ field: 'config.server' }] })
  })
})

it('does not mount over something that is not ours', async () => {
  const { host, target } = await rig()
  host.mountForeign(target.path)
  expect(await refusal(host, target)).toMatchObject({ code: 'conflict', details: { problem: 'mount.foreign' } })
})

it('ends in its time although smbclient never returns', async () => {
  const { host } = await rig()
  host.answers.set('smbclient', 'hang')
  const steps = await cifsHost.test(backendOf(), recordingContext(host, newRecording(), 100))
  expect(steps.at(-1)).toMatchObject({ id: 'protocol', status: 'failed' })
  expect(host.mounts.list()).toHaveLength(1)
})
