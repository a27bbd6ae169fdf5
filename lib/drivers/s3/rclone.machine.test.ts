import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { remountArguments } from '@/lib/drivers/mounting/commands'
import { S3Config } from '@/lib/drivers/s3/config'
import { rcloneDaemon } from '@/lib/drivers/s3/daemon'
import { parseVfsStats } from '@/lib/drivers/s3/parse-vfs-stats'
import { renderRcloneConfig } from '@/lib/drivers/s3/rclone-config'
import { s3Mounting } from '@/lib/drivers/s3/rclone-mount'
import { reveal, Secret } from '@/lib/secret'
import { FakeHost } from '@/testing/drivers/fake-host'
import { FakeS3 } from '@/testing/drivers/fake-s3'
import { newRecording, recordingContext } from '@/testing/drivers/recording'
import { listenS3 } from '@/testing/drivers/s3-listener'
import { makeSmallDisk, type SmallDisk } from '@/testing/small-disk'

const run = promisify(execFile)
const SECRET = 'obviously/fake+secret-0001'
const KEY = 'AKEXAMPLE'

let place: string
let server: { port: number; close(): Promise<void> }
let s3: FakeS3
const children: ChildProcess[] = []
const mounted: string[] = []

beforeEach(async () => {
  place = mkdtempSync(join(tmpdir(), 'holdfast-rclone-'))
  s3 = new FakeS3()
  s3.keys.set(KEY, SECRET)
  server = await listenS3(s3)
})

afterEach(async () => {
  for (const path of mounted.splice(0)) await run('umount', ['-l', path]).catch(() => undefined)
  for (const child of children.splice(0)) {
    const ended = child.exitCode === null ? new Promise((resolve) => child.once('exit', resolve)) : undefined
    child.kill('SIGKILL')
    await ended
  }
  await server.close()
  rmSync(place, { recursive: true, force: true })
})

function config(): S3Config {
  return S3Config.parse({
    endpoint: `http://127.0.0.1:${server.port}${s3.basePath}`,
    bucket: 'media',
    access_key_id: KEY,
    write_back: 1,
    provider: 'Ceph',
  })
}

/** Starts the daemon as the driver describes it, with its files where it says. */
async function start(secret: string) {
  const host = new FakeHost()
  host.answers.set('rclone', { exitCode: 0, stdout: (await run('rclone', ['version'])).stdout, stderr: '' })
  const target = join(place, 'mnt')
  mkdirSync(target)
  mkdirSync(join(place, 'cache'), { recursive: true })
  const port = 20_000 + Math.floor(Math.random() * 10_000)
  const paths = { directory: place, socket: join(place, 'rc.sock'), cache: join(place, 'cache') }
  Object.assign(host.fuse, { freePort: async () => port, paths: () => paths })
  const context = recordingContext(host, newRecording(), 10_000)
  const wanted = { mountId: 'mnt_1', path: target, readOnly: false }
  const daemon = await rcloneDaemon(config(), new Secret(secret), wanted, context)
  for (const [name, content] of Object.entries(daemon.secretFiles))
    writeFileSync(join(place, name), reveal(content), { mode: 0o600 })
  const child: ChildProcess = spawn('env', ['-i', 'PATH=/usr/bin:/bin', 'LC_ALL=C', 'rclone', ...daemon.args], {
    stdio: 'ignore',
  })
  children.push(child)
  mounted.push(target)
  await vi.waitFor(() => expect(readFileSync('/proc/self/mountinfo', 'utf8')).toContain(target), {
    timeout: 10_000,
    interval: 50,
  })
  return { target, daemon, child, port }
}

describe('the generated rclone.conf', () => {
  it('is read back by rclone with exactly the keys and values that were meant', async () => {
    const keys = fc.sample(
      fc.string({
        unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
        minLength: 1,
        maxLength: 40,
      }),
      200,
    )
    const accepted = keys.filter((key) => S3Config.shape.access_key_id.safeParse(key).success).slice(0, 40)
    expect(accepted.length).toBe(40)
    for (const key of accepted) {
      const file = join(place, 'rclone.conf')
      writeFileSync(file, reveal(renderRcloneConfig({ ...config(), access_key_id: key }, new Secret(key))))
      const dump: unknown = JSON.parse((await run('rclone', ['config', 'dump', `--config=${file}`])).stdout)
      expect(dump).toEqual({
        holdfast: expect.objectContaining({
          type: 's3',
          access_key_id: key,
          secret_access_key: key,
          env_auth: 'false',
        }),
      })
    }
  })
})

describe('rclone mount', () => {
  it('serves the bucket, shows its queue behind a password, uploads, and runs nothing', async () => {
    s3.objects.set('media/hello.txt', 'hello')
    const { target, daemon, child, port } = await start(SECRET)
    expect(await run('cat', [join(target, 'hello.txt')])).toMatchObject({ stdout: 'hello' })

    const control = (headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${port}/vfs/stats`, { method: 'POST', headers })
    expect((await control({})).status).toBe(401)
    if (daemon.control?.kind !== 'tcp') throw new Error('expected the control of rclone 1.60')
    const basic = Buffer.from(`${daemon.control.user}:${reveal(daemon.control.password)}`).toString('base64')
    const queue = async () => parseVfsStats(await (await control({ authorization: `Basic ${basic}` })).json()).waiting
    expect(await queue()).toBe(0)

    const gate = Promise.withResolvers<void>()
    s3.uploadGate = gate.promise
    await run('bash', ['-c', 'echo "#!/bin/sh" > "$1/new.sh"', 'bash', target])
    await vi.waitFor(async () => expect(await queue()).toBe(1), { timeout: 20_000, interval: 20 })
    gate.resolve()
    await vi.waitFor(async () => expect(await queue()).toBe(0), { timeout: 20_000, interval: 100 })
    expect(s3.objects.get('media/new.sh')).toBe('#!/bin/sh\n')

    await expect(run(join(target, 'new.sh'))).rejects.toMatchObject({ code: 'EACCES' })
    const request = s3Mounting.request(config(), { mountId: 'mnt_1', path: target, readOnly: false })
    await run('mount', remountArguments(request))
    const line = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .find((text) => text.includes(target))
    expect(line).toMatch(/ rw,nosuid,nodev,noexec,relatime .* fuse\.rclone holdfast:media /)

    for (const file of ['cmdline', 'environ']) {
      const text = readFileSync(`/proc/${child.pid}/${file}`, 'latin1')
      for (const secret of [SECRET, reveal(daemon.control.password)]) expect(text).not.toContain(secret)
    }
  })

  it('serves a bucket of a server that stands below a path', async () => {
    s3.basePath = '/storage/v1/s3'
    s3.objects.set('media/hello.txt', 'hello')
    const { target } = await start(SECRET)
    expect(await run('cat', [join(target, 'hello.txt')])).toMatchObject({ stdout: 'hello' })
    expect((await run('ls', [target])).stdout).toBe('hello.txt\n')
  })

  it('mounts with a wrong key as if nothing were wrong, which is why the driver proves the key first', async () => {
    s3.objects.set('media/hello.txt', 'hello')
    const { target } = await start('wrong/fake+secret-0002')
    await expect(run('ls', [target])).rejects.toMatchObject({ stderr: expect.stringContaining('Input/output error') })
  })
})

describe('with a full cache', () => {
  let disk: SmallDisk
  beforeEach(() => {
    mkdirSync(join(place, 'cache'))
    disk = makeSmallDisk(1024, join(place, 'cache'))
  })
  afterEach(() => disk.remove())

  it('a writer is told, the mount stays and reads, and all goes on when there is room', async () => {
    s3.objects.set('media/hello.txt', 'hello')
    const { target, child } = await start(SECRET)
    disk.fill()
    const write = (name: string) =>
      run('dd', ['if=/dev/zero', `of=${join(target, name)}`, 'bs=64k', 'count=4', 'conv=fsync'], { timeout: 20_000 })
    await expect(write('refused')).rejects.toMatchObject({
      killed: false,
      stderr: expect.stringMatching(/No space left on device|Input\/output error/),
    })
    expect((await run('ls', [target])).stdout).toContain('hello.txt')
    expect(child.exitCode).toBeNull()
    disk.free()
    await write('kept')
    await vi.waitFor(() => expect(s3.objects.get('media/kept')).toHaveLength(256 * 1024), { timeout: 20_000 })
  })
})
