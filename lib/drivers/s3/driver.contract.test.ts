import { describe, expect, it } from 'vitest'
import { toHostBackend } from '@/lib/drivers/input'
import { s3Host } from '@/lib/drivers/s3/host'
import { HoldfastError } from '@/lib/errors'
import { reveal } from '@/lib/secret'
import { describeDriver } from '@/testing/drivers/describe-driver'
import type { DriverRig } from '@/testing/drivers/driver-case'
import { FakeHost, type FakeStorage, fakeStorage } from '@/testing/drivers/fake-host'
import { FakeS3 } from '@/testing/drivers/fake-s3'
import { newRecording, recordingContext } from '@/testing/drivers/recording'

interface Rig extends DriverRig {
  host: FakeHost
  server: FakeS3
  storage: FakeStorage
}

const CONFIG = {
  endpoint: 'https://s3.example.com:8443',
  bucket: 'media',
  access_key_id: 'AKEXAMPLE',
  provider: 'Ceph',
}
const SECRETS = { secret_access_key: 'obviously/fake+secret-0001' }
const IDLE = { uploadsInProgress: 0, uploadsQueued: 0, erroredFiles: 0, outOfSpace: false, bytesUsed: 0 }

function html(status: number) {
  return { status, headers: { 'content-type': 'text/html' }, body: '<html><body>Console</body></html>', durationMs: 1 }
}

async function rig(): Promise<Rig> {
  const host = new FakeHost()
  const server = new FakeS3()
  const storage = fakeStorage()
  server.keys.set('AKEXAMPLE', SECRETS.secret_access_key)
  host.addresses.set('s3.example.com', ['192.0.2.20'])
  host.openPorts.add('s3.example.com:8443')
  host.http = server.answer
  host.answers.set('rclone', {
    exitCode: 0,
    stdout: 'rclone v1.60.1-DEV\n- os/version: debian 12.11 (64 bit)\n',
    stderr: '',
  })
  host.answers.set('fusermount3', { exitCode: 0, stdout: 'fusermount3 version: 3.14.0\n', stderr: '' })
  host.controls = () => ({ diskCache: IDLE })
  // Like the real one: it mounts whatever the key, and shows what the arguments say.
  host.fuseStorage = (daemon) => ({ storage, fsType: 'fuse.rclone', source: daemon.args[1] ?? '' })
  const target = { mountId: 'mnt_1', path: '/mnt/bucket', readOnly: false }
  return {
    host,
    server,
    storage,
    target,
    hold: async () => {
      host.holders.set(target.path, 'bash (4711)')
      return async () => void host.holders.delete(target.path)
    },
    close: async () => expect(server.objects.size).toBe(0),
  }
}

describeDriver<Rig>('fake host', {
  driver: s3Host,
  config: CONFIG,
  secrets: SECRETS,
  rig,
  shown: {
    instead: [
      [/\/run\/holdfast\/fuse\/holdfast-mnt_1/, '…'],
      [/\/var\/cache\/holdfast\/holdfast-mnt_1/, '…/cache'],
    ],
    arrange: ({ host }) => void host.answers.set('rclone', { exitCode: 0, stdout: 'rclone v1.68.2\n', stderr: '' }),
  },
  limitMs: 5_000,
  hang: ({ storage }) => {
    storage.state = 'hung'
  },
  outage: {
    begin: ({ host }) => {
      host.http = async () => {
        throw new HoldfastError('backend_unreachable', 'connect ECONNREFUSED', { details: { errno: 'ECONNREFUSED' } })
      }
    },
    end: ({ host, server }) => {
      host.http = server.answer
    },
    problem: 'network.refused',
  },
  revoked: {
    arrange: ({ server }) => void server.keys.set('AKEXAMPLE', 'another-secret'),
    problem: 's3.wrong_secret',
  },
  failures: [
    {
      name: 'rclone missing',
      arrange: ({ host }) => void host.answers.delete('rclone'),
      step: 'tools',
      problem: 'tool.missing',
    },
    {
      name: 'unknown name',
      config: { endpoint: 'https://nowhere.example.com' },
      step: 'name',
      problem: 'name.not_found',
    },
    {
      name: 'nothing listens',
      config: { endpoint: 'https://s3.example.com' },
      step: 'tcp',
      problem: 'network.refused',
    },
    {
      name: 'a web page instead of the API',
      arrange: ({ server }) => {
        server.override = html(200)
      },
      step: 'protocol',
      problem: 's3.not_s3',
    },
    {
      name: 'unknown authority',
      arrange: ({ host }) => {
        host.http = async () => {
          throw new HoldfastError('backend_unreachable', 'self-signed certificate in certificate chain', {
            details: { errno: 'SELF_SIGNED_CERT_IN_CHAIN' },
          })
        }
      },
      step: 'protocol',
      problem: 'tls.certificate_unknown',
    },
    {
      name: 'wrong secret',
      arrange: ({ server }) => void server.keys.set('AKEXAMPLE', 'another-secret'),
      step: 'authentication',
      problem: 's3.wrong_secret',
    },
    { name: 'unknown key', config: { access_key_id: 'AKOTHER' }, step: 'authentication', problem: 's3.unknown_key' },
    { name: 'no secret', secrets: {}, step: 'authentication', problem: 's3.no_secret' },
    { name: 'no such bucket', config: { bucket: 'nothing' }, step: 'target', problem: 's3.no_bucket' },
    {
      name: 'key without the right to list',
      arrange: ({ server }) => void server.denied.add('GET'),
      step: 'target',
      problem: 's3.denied',
    },
    {
      name: 'rclone ends at once',
      arrange: ({ host }) => {
        host.fuseStorage = () => null
      },
      step: 'mount',
      problem: 'rclone.ended',
    },
    {
      name: 'key without the right to write',
      arrange: ({ server }) => void server.denied.add('PUT'),
      step: 'write',
      problem: 's3.denied',
    },
  ],
  malformed: [
    {
      name: 'a queue without figures',
      arrange: ({ host }) => {
        host.controls = () => ({ diskCache: {} })
      },
      act: 'unmount',
    },
    {
      name: 'a queue without figures',
      arrange: ({ host }) => {
        host.controls = () => 'ok'
      },
      act: 'usage',
    },
    {
      name: 'a list of buckets that ends early',
      arrange: ({ server }) => {
        server.override = { ...html(200), body: '<ListAllMyBucketsResult><Bucket><Name>me' }
      },
      act: 'discover',
    },
    {
      name: 'rclone without a version',
      arrange: ({ host }) => void host.answers.set('rclone', { exitCode: 0, stdout: 'hello\n', stderr: '' }),
      act: 'test',
    },
  ],
})

describe('the rclone daemon', () => {
  const backend = toHostBackend('bkd_1', 's3', CONFIG, SECRETS)

  it('gets its config and password by private files, and none of it by arguments or environment', async () => {
    const { host, target } = await rig()
    await s3Host.mount?.(backend, target, recordingContext(host, newRecording(), 5_000))
    const daemon = host.daemons.get('holdfast-mnt_1')
    expect(daemon?.args).toContain('--config=/run/holdfast/fuse/holdfast-mnt_1/rclone.conf')
    const { control } = daemon ?? {}
    const password = control?.kind === 'tcp' ? reveal(control.password) : ''
    expect(password).toMatch(/^[0-9a-f]{64}$/)
    for (const secret of ['fake+secret', password]) expect(daemon?.args.join(' ')).not.toContain(secret)
    expect(daemon?.env).toBeUndefined()
    const files = Object.fromEntries(
      Object.entries(daemon?.secretFiles ?? {}).map(([name, file]) => [name, reveal(file)]),
    )
    expect(files['rclone.conf']).toContain('secret_access_key = obviously/fake+secret-0001\n')
    expect(files['rc.htpasswd']).toMatch(/^holdfast:\{SHA\}[A-Za-z0-9+/]{27}=\n$/)
    expect(daemon?.control).toMatchObject({ kind: 'tcp', port: 45_678, user: 'holdfast' })
  })

  it('uses a unix socket where rclone has one', async () => {
    const { host, target } = await rig()
    host.answers.set('rclone', { exitCode: 0, stdout: 'rclone v1.75.0\n', stderr: '' })
    await s3Host.mount?.(backend, target, recordingContext(host, newRecording(), 5_000))
    expect(host.daemons.get('holdfast-mnt_1')).toMatchObject({ control: { kind: 'unix' } })
    expect(Object.keys(host.daemons.get('holdfast-mnt_1')?.secretFiles ?? {})).toEqual(['rclone.conf'])
  })

  it('is not even started with a wrong key', async () => {
    const { host, server, target } = await rig()
    server.keys.set('AKEXAMPLE', 'another-secret')
    await expect(s3Host.mount?.(backend, target, recordingContext(host, newRecording(), 5_000))).rejects.toMatchObject({
      code: 'credentials_rejected',
      details: { problem: 's3.wrong_secret' },
    })
    expect(host.daemons.size).toBe(0)
  })

  it('is taken back when its mount does not answer', async () => {
    const { host, storage, target } = await rig()
    storage.state = { errno: 'EIO' }
    await expect(s3Host.mount?.(backend, target, recordingContext(host, newRecording(), 5_000))).rejects.toMatchObject({
      details: { problem: 'access.failed' },
    })
    expect([host.daemons.size, host.mounts.list().length]).toEqual([0, 1])
  })

  it('is started again over the remains of one that died', async () => {
    const { host, target } = await rig()
    await s3Host.mount?.(backend, target, recordingContext(host, newRecording(), 5_000))
    host.killDaemon('holdfast-mnt_1')
    expect((await host.probe.list(target.path)).state).toBe('failed')
    await s3Host.mount?.(backend, target, recordingContext(host, newRecording(), 5_000))
    expect((await host.probe.list(target.path)).state).toBe('ok')
    expect(host.mounts.list().filter((entry) => entry.target === target.path)).toHaveLength(1)
  })

  it('has noexec put on its mount', async () => {
    const { host, target } = await rig()
    await s3Host.mount?.(backend, target, recordingContext(host, newRecording(), 5_000))
    expect(host.mounts.list().at(-1)?.options).toEqual(['noexec', 'rw', 'nosuid', 'nodev'])
  })
})

describe('unmount', () => {
  const backend = toHostBackend('bkd_1', 's3', CONFIG, SECRETS)

  it('waits until the last upload is done', async () => {
    const { host, target } = await rig()
    await s3Host.mount?.(backend, target, recordingContext(host, newRecording(), 60_000))
    let left = 2
    host.controls = () => ({ diskCache: { ...IDLE, uploadsQueued: Math.max(0, left--) } })
    const recording = newRecording()
    await s3Host.unmount?.(backend, target, recordingContext(host, recording, 60_000))
    expect(left).toBe(-2)
    expect(recording.texts).toContain('Waiting for uploads, files left: 2.')
    expect(host.daemons.size).toBe(0)
  })

  it('refuses, with the number of files, when there is no time to wait', async () => {
    const { host, target } = await rig()
    await s3Host.mount?.(backend, target, recordingContext(host, newRecording(), 5_000))
    host.controls = () => ({ diskCache: { ...IDLE, uploadsInProgress: 1, uploadsQueued: 2 } })
    const work = s3Host.unmount?.(backend, target, recordingContext(host, newRecording(), 5_000))
    await expect(work).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining('bucket yet: 3.'),
      details: { problem: 's3.uploads_pending' },
    })
    expect(host.daemons.size).toBe(1)
  })

  it('of a daemon that died only clears what it left', async () => {
    const { host, target } = await rig()
    await s3Host.mount?.(backend, target, recordingContext(host, newRecording(), 5_000))
    host.killDaemon('holdfast-mnt_1')
    await s3Host.unmount?.(backend, target, recordingContext(host, newRecording(), 5_000))
    expect(host.mounts.list()).toHaveLength(1)
  })
})

describe('a server below a path', () => {
  it.each(['https://s3.example.com:8443/storage/v1/s3', 'https://s3.example.com:8443/storage/v1/s3//'])(
    'is signed for, tested, mounted and looked into at %s',
    async (endpoint) => {
      const { host, server, target } = await rig()
      server.basePath = '/storage/v1/s3'
      const backend = toHostBackend('bkd_1', 's3', { ...CONFIG, endpoint }, SECRETS)
      const steps = await s3Host.test(backend, recordingContext(host, newRecording(), 5_000))
      expect(steps.filter(({ status }) => status === 'failed')).toEqual([])
      await s3Host.mount?.(backend, target, recordingContext(host, newRecording(), 5_000))
      const file = host.daemons.get('holdfast-mnt_1')?.secretFiles['rclone.conf']
      expect(file && reveal(file)).toContain('endpoint = https://s3.example.com:8443/storage/v1/s3\n')
      const { bucket: _none, ...rest } = CONFIG
      const partial = toHostBackend('bkd_1', 's3', { ...rest, endpoint }, SECRETS, { partial: true })
      const choices = await s3Host.discover?.buckets?.(partial, recordingContext(host, newRecording(), 5_000))
      expect(choices).toEqual([{ value: 'media' }, { value: 'backup' }])
    },
  )
})

describe('usage and discovery', () => {
  it('shows the upload queue, and what Ceph says is stored', async () => {
    const { host, server, target } = await rig()
    const backend = toHostBackend('bkd_1', 's3', CONFIG, SECRETS)
    await s3Host.mount?.(backend, target, recordingContext(host, newRecording(), 5_000))
    host.controls = (_unit, method) =>
      method === 'core/stats'
        ? { bytes: 90, transfers: 2, errors: 1, lastError: 'AccessDenied' }
        : { diskCache: { ...IDLE, uploadsQueued: 4, bytesUsed: 500, outOfSpace: true } }
    server.extraHeaders = { 'x-rgw-bytes-used': '5368709120', 'x-rgw-object-count': '17' }
    expect(await s3Host.usage?.(backend, target, recordingContext(host, newRecording(), 5_000))).toEqual({
      totalBytes: null,
      availableBytes: null,
      usedBytes: 5_368_709_120,
      fileCount: 17,
      pending: {
        files: 4,
        bytes: null,
        cacheBytes: 500,
        cacheFull: true,
        uploads: { done: 2, bytes: 90, failed: 1, said: 'AccessDenied', heldMs: 5_000 },
      },
    })
  })

  it('offers buckets before one is chosen', async () => {
    const { host } = await rig()
    const { bucket: _none, ...rest } = CONFIG
    const backend = toHostBackend('bkd_1', 's3', rest, SECRETS, { partial: true })
    const choices = await s3Host.discover?.buckets?.(backend, recordingContext(host, newRecording(), 5_000))
    expect(choices).toEqual([{ value: 'media' }, { value: 'backup' }])
  })
})
