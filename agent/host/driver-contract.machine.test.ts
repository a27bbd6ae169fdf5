import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it, vi } from 'vitest'
import { RememberedPlaces } from '@/agent/host/mounting/place-records'
import { supervisorServices } from '@/agent/host/services/services'
import { UploadWatch } from '@/agent/resources/mounts/upload-watch'
import { toHostBackend } from '@/lib/drivers/input'
import { localDirHost } from '@/lib/drivers/local-dir/host'
import { s3Host } from '@/lib/drivers/s3/host'
import { ALLOW_EVERYTHING } from '@/testing/agent/places'
import { describeDriver } from '@/testing/drivers/describe-driver'
import type { DriverRig } from '@/testing/drivers/driver-case'
import { FakeS3 } from '@/testing/drivers/fake-s3'
import { newRecording, recordingContext } from '@/testing/drivers/recording'
import { listenS3 } from '@/testing/drivers/s3-listener'
import { Host } from './host'

/** The same suite that runs over the fake host, here over this machine: real bind mounts, and the real rclone. */
const LIMIT_MS = 40_000

interface Rig extends DriverRig {
  base: string
}

async function openRig(): Promise<Rig> {
  const base = mkdtempSync('/srv/holdfast-contract-')
  chmodSync(base, 0o755)
  mkdirSync(join(base, 'source'))
  writeFileSync(join(base, 'source', 'file'), '')
  const machine = await Host.open({
    runDir: join(base, 'run'),
    stateDir: join(base, 'state'),
    policy: () => ALLOW_EVERYTHING,
    places: new RememberedPlaces(),
    hostId: 'hst_test',
    services: supervisorServices,
  })
  const limits = {
    operationId: 'op_contract',
    deadlineAt: performance.now() + 120_000,
    signal: new AbortController().signal,
  }
  const { host } = machine.open(limits)
  const target = { mountId: 'mnt_contract', path: join(base, 'target'), readOnly: false }
  return {
    base,
    host,
    target,
    hold: async () => {
      const child = spawn('sleep', ['600'], { cwd: target.path, stdio: 'ignore' })
      await once(child, 'spawn')
      return async () => {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
    },
    close: async () => {
      await host.fuse.stop('holdfast-mnt_contract', target.path)
      const caches = existsSync(join(base, 'state', 'cache')) ? readdirSync(join(base, 'state', 'cache')) : []
      expect(caches.filter((name) => name.includes('test'))).toEqual([])
      await machine.clean()
      machine.fuse.close()
      // The supervisor of a stopped daemon lets go of its directory a moment later.
      await vi.waitFor(() => expect(spawnSync('umount', [machine.runtime.path]).status).toBe(0), {
        timeout: 20_000,
        interval: 50,
      })
      spawnSync('chattr', ['-R', '-f', '-i', base])
      rmSync(base, { recursive: true })
    },
  }
}

const PLACEHOLDER = '/srv/holdfast-contract-source'

describeDriver<Rig>('this machine', {
  driver: localDirHost,
  config: { path: PLACEHOLDER },
  secrets: {},
  limitMs: LIMIT_MS,
  rig: async () => {
    mkdirSync(PLACEHOLDER, { recursive: true })
    writeFileSync(join(PLACEHOLDER, 'file'), '')
    const rig = await openRig()
    const close = async () => {
      await rig.close()
      rmSync(PLACEHOLDER, { recursive: true })
    }
    return { ...rig, close }
  },
  failures: [
    { name: 'no such directory', config: { path: `${PLACEHOLDER}/missing` }, step: 'target', problem: 'local.missing' },
    { name: 'a file', config: { path: `${PLACEHOLDER}/file` }, step: 'target', problem: 'local.not_directory' },
  ],
})

const SECRETS = { secret_access_key: 'obviously/fake+secret-0003' }
const s3 = new FakeS3()
let server = await listenS3(s3)
afterAll(() => server.close())
const ENDPOINT = `http://127.0.0.1:${server.port}`

function resetServer(): void {
  s3.keys = new Map([['AKEXAMPLE', SECRETS.secret_access_key]])
  s3.denied.clear()
  s3.override = null
  s3.objects.clear()
}

const S3 = { provider: 'Ceph', endpoint: ENDPOINT, bucket: 'media', access_key_id: 'AKEXAMPLE', write_back: 1 }

describeDriver<Rig>('this machine', {
  driver: s3Host,
  config: S3,
  secrets: SECRETS,
  limitMs: LIMIT_MS,
  rig: async () => {
    resetServer()
    const rig = await openRig()
    const close = async () => {
      await rig.close()
      expect([...s3.objects.keys()]).toEqual([])
    }
    return { ...rig, close }
  },
  outage: {
    begin: () => server.close(),
    end: async () => {
      server = await listenS3(s3, server.port)
    },
    problem: 'network.refused',
  },
  revoked: { arrange: () => void s3.keys.set('AKEXAMPLE', 'another-secret'), problem: 's3.wrong_secret' },
  failures: [
    { name: 'nothing listens', config: { endpoint: 'http://127.0.0.1:1' }, step: 'tcp', problem: 'network.refused' },
    {
      name: 'TLS where there is none',
      config: { endpoint: ENDPOINT.replace('http:', 'https:') },
      step: 'protocol',
      problem: 'tls.failed',
    },
    {
      name: 'wrong secret',
      arrange: () => void s3.keys.set('AKEXAMPLE', 'another-secret'),
      step: 'authentication',
      problem: 's3.wrong_secret',
    },
    { name: 'no such bucket', config: { bucket: 'nothing' }, step: 'target', problem: 's3.no_bucket' },
    { name: 'no right to write', arrange: () => void s3.denied.add('PUT'), step: 'write', problem: 's3.denied' },
  ],
})

it('refuses to unmount while the real rclone still uploads, and loses nothing', async () => {
  resetServer()
  const rig = await openRig()
  const context = (limitMs: number) => recordingContext(rig.host, newRecording(), limitMs)
  const backend = toHostBackend('bkd_contract', 's3', S3, SECRETS)
  const gate = Promise.withResolvers<void>()
  s3.uploadGate = gate.promise
  try {
    await s3Host.mount?.(backend, rig.target, context(LIMIT_MS))
    writeFileSync(join(rig.target.path, 'late.txt'), 'not lost')
    await expect(s3Host.unmount?.(backend, rig.target, context(10_000))).rejects.toMatchObject({
      code: 'busy',
      details: { problem: 's3.uploads_pending' },
    })
    gate.resolve()
    await s3Host.unmount?.(backend, rig.target, context(LIMIT_MS))
    expect(s3.objects.get('media/late.txt')).toBe('not lost')
  } finally {
    gate.resolve()
    await rig.close()
  }
})

it('tells of the real rclone that nothing gets through and why, and when it does again', async () => {
  resetServer()
  const rig = await openRig()
  const context = () => recordingContext(rig.host, newRecording(), LIMIT_MS)
  const backend = toHostBackend('bkd_contract', 's3', S3, SECRETS)
  const watch = new UploadWatch()
  const start = Date.now()
  const look = async (minute: number) => {
    const pending = await s3Host.pending?.(backend, rig.target, context())
    if (pending === undefined) throw new Error('It does not tell what waits.')
    return { pending, since: watch.look(pending, new Date(start + minute * 60_000)) }
  }
  try {
    await s3Host.mount?.(backend, rig.target, context())
    const idle = { files: 0, bytes: null, cacheBytes: expect.any(Number), cacheFull: false }
    expect(await look(0)).toEqual({ pending: idle, since: null })
    s3.denied.add('PUT')
    writeFileSync(join(rig.target.path, 'refused.txt'), 'not lost')
    const refused = { files: 1, uploads: { heldMs: 1_000, said: expect.stringContaining('AccessDenied') } }
    await expect.poll(async () => (await look(1)).pending, { timeout: 20_000 }).toMatchObject(refused)
    expect((await look(30)).since).not.toBeNull()
    s3.denied.clear()
    const over = { pending: { files: 0 }, since: null }
    await expect.poll(async () => await look(31), { timeout: LIMIT_MS }).toMatchObject(over)
    expect(s3.objects.get('media/refused.txt')).toBe('not lost')
    await s3Host.unmount?.(backend, rig.target, context())
  } finally {
    s3.denied.clear()
    await rig.close()
  }
}, 90_000)

it('does not follow a symbolic link to another directory', async () => {
  const rig = await openRig()
  try {
    mkdirSync(join(rig.base, 'elsewhere'))
    symlinkSync(join(rig.base, 'elsewhere'), join(rig.base, 'link'))
    const backend = toHostBackend('bkd_contract', 'local-dir', { path: join(rig.base, 'link') }, {})
    const work = localDirHost.mount?.(backend, rig.target, recordingContext(rig.host, newRecording(), LIMIT_MS))
    await expect(work).rejects.toMatchObject({ code: 'invalid_input' })
    expect(rig.host.mounts.list().filter(({ target }) => target === rig.target.path)).toEqual([])
  } finally {
    await rig.close()
  }
})
