import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LAB_SERVICES } from '@/e2e/support/lab'
import { wakeCeph } from '@/e2e/support/lab-ceph'
import { labFacts } from '@/e2e/support/lab-facts'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'
import { until } from '@/e2e/support/product'

const { s3, servers } = labFacts
let fleet: LabProduct

beforeAll(async () => {
  fleet = await useLabProduct()
  await wakeCeph(fleet.lab)
})
afterAll(() => fleet?.close())

function bucket(name: string, more: Record<string, unknown> = {}) {
  return {
    provider: 'Ceph',
    endpoint: s3.endpoint,
    region: 'us-east-1',
    bucket: name,
    access_key_id: s3.accessKey,
    secret_access_key: s3.secretKey,
    path_style: true,
    ...more,
  }
}

/** Reads an object through the S3 API from the servers' guest, past the mount and its cache; null: there is none. */
async function objectText(name: string, key: string): Promise<string | null> {
  const environment = Object.entries({
    TYPE: 's3',
    PROVIDER: 'Ceph',
    ENDPOINT: s3.endpoint,
    ACCESS_KEY_ID: s3.accessKey,
    SECRET_ACCESS_KEY: s3.secretKey,
  }).map(([variable, value]) => `RCLONE_CONFIG_LAB_${variable}='${value}'`)
  const found = await fleet.lab.servers.exec(
    `env RCLONE_CONFIG=/dev/null ${environment.join(' ')} rclone cat lab:${name}/${key} --retries 1`,
  )
  // A missing object is no failure of `rclone cat`; none of ours is empty.
  return found.stdout === '' ? null : found.stdout
}

/** Storage daemons of Holdfast that run on the host guest. */
async function daemonPids(): Promise<number[]> {
  const { stdout } = await fleet.lab.host.exec('pgrep -f "rclone mount"')
  return stdout.split('\n').filter(Boolean).map(Number)
}

describe('a bucket with the right key', () => {
  const point = '/mnt/objects'
  let mountId: string

  it('passes its test, and its capacity is unknown', async () => {
    const result = await fleet.test('s3', bucket(s3.buckets.full))
    expect(result).toMatchObject({ success: true })
    expect(result.usage?.totalBytes ?? null).toBeNull()
    expect(await daemonPids()).toEqual([])
  })

  it('mounts, with nosuid and nodev', async () => {
    const backend = await fleet.createBackend('objects', 's3', bucket(s3.buckets.full, { write_back: 1 }))
    const started = performance.now()
    const { data, operation } = await fleet.createMount('objects', backend.id)
    console.log(`S3: ${Math.round(performance.now() - started)} ms from the API call to the verified mount`)
    mountId = data.id
    expect(operation).toMatchObject({ status: 'succeeded' })
    expect(await fleet.onHost(mountId)).toMatchObject({ state: 'mounted', error: null })
    const [line] = await fleet.mountinfo(point)
    expect(line).toMatch(/nosuid,nodev.* - fuse\.rclone /)
    expect(await daemonPids()).toHaveLength(1)
  })

  it('carries bytes both ways', async () => {
    expect(await fleet.lab.host.ok(`cat ${point}/hello.txt`)).toBe('hello from S3')
    await fleet.lab.host.ok(`echo through the mount > ${point}/written.txt`)
    await until('the object is in the bucket', async () => {
      return (await objectText(s3.buckets.full, 'written.txt')) === 'through the mount\n' || undefined
    })
  })

  it('keeps the secret out of every command line of the host', async () => {
    const shown = await fleet.lab.host.ok("cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '")
    expect(shown).toContain('rclone')
    expect(shown).not.toContain(s3.secretKey)
  })

  it('is back by itself when rclone is killed', { tags: 'full' }, async () => {
    const [pid] = await daemonPids()
    const started = performance.now()
    await fleet.lab.host.ok(`kill -9 ${pid}`)
    await until('another rclone serves the mount', async () => {
      const read = await fleet.lab.host.exec(`cat ${point}/hello.txt`, { timeoutMs: 10_000 })
      return read.stdout === 'hello from S3\n' || read.stdout === 'hello from S3' || undefined
    })
    const served = performance.now() - started
    await fleet.untilState(mountId, 'mounted')
    console.log(
      `rclone killed: served again after ${Math.round(served)} ms, shown as mounted after ${Math.round(performance.now() - started)} ms`,
    )
    const now = await daemonPids()
    expect(now).toHaveLength(1)
    expect(now).not.toContain(pid)
    expect((await fleet.mountinfo(point))[0]).toMatch(/nosuid,nodev/)
    expect(await fleet.mountinfo(point)).toHaveLength(1)
  })

  it('stays while the server is away, and serves again when it is back', { tags: 'full' }, async () => {
    await fleet.lab.servers.stopService(LAB_SERVICES.s3)
    const result = await fleet.test('s3', bucket(s3.buckets.full))
    expect(result.steps.find((step) => step.status === 'failed')).toMatchObject({
      id: 'tcp',
      problem: 'network.refused',
      advice: expect.any(String),
    })
    expect(await fleet.mountinfo(point)).toHaveLength(1)
    await fleet.lab.servers.startService(LAB_SERVICES.s3)
    await until(
      'the mount serves again',
      async () => {
        const read = await fleet.lab.host.exec(`cat ${point}/folder/inside.txt`, { timeoutMs: 10_000 })
        return read.exitCode === 0 || undefined
      },
      60_000,
    )
    await fleet.untilState(mountId, 'mounted')
  })

  it('unmounts, ends its rclone, and leaves no secret behind', async () => {
    expect((await fleet.act(mountId, 'unmount')).status).toBe(200)
    expect(await fleet.mountinfo(point)).toEqual([])
    expect(await daemonPids()).toEqual([])
    const kept = await fleet.lab.host.exec(`grep -rlF '${s3.secretKey}' /run /var/lib/holdfast-agent /etc /tmp`)
    expect(kept.stdout).toBe('')
    await fleet.removeMount(mountId)
    expect((await fleet.lab.host.exec(`test -e ${point}`)).exitCode).toBe(1)
  })
})

// Every day on the kernel of the tests, with the same rclone: driver-contract.machine.test.ts.
describe('uploads that are not done', { tags: 'full' }, () => {
  const point = '/mnt/slow'
  let mountId: string

  it('are shown, and an unmount waits for them', async () => {
    const backend = await fleet.createBackend('slow', 's3', bucket(s3.buckets.empty, { write_back: 25 }))
    mountId = (await fleet.createMount('slow', backend.id)).data.id
    await fleet.untilState(mountId, 'mounted')
    await fleet.lab.host.ok(`echo not yet > ${point}/late.txt`)
    await until('the API shows the waiting upload', async () => {
      return (await fleet.onHost(mountId)).usage?.pending?.files === 1 || undefined
    })
    expect(await objectText(s3.buckets.empty, 'late.txt')).toBeNull()
    const started = performance.now()
    const answer = await fleet.act(mountId, 'unmount')
    console.log(`unmount with a waiting upload: ${answer.status} after ${Math.round(performance.now() - started)} ms`)
    expect(answer.status).toBe(200)
    expect(await objectText(s3.buckets.empty, 'late.txt')).toBe('not yet\n')
    expect(await fleet.mountinfo(point)).toEqual([])
  })

  it('keep the mount when they cannot be done in time, and go on afterwards', async () => {
    expect((await fleet.act(mountId, 'mount')).status).toBe(200)
    await fleet.lab.servers.stopService(LAB_SERVICES.s3)
    await fleet.lab.host.ok(`echo kept > ${point}/kept.txt`)
    const refused = await fleet.act(mountId, 'unmount')
    expect(refused.body).toMatchObject({ code: 'busy', detail: expect.stringContaining('not in the bucket yet') })
    expect(await fleet.onHost(mountId)).toMatchObject({ problem: 's3.uploads_pending', advice: expect.any(String) })
    expect(await fleet.mountinfo(point)).toHaveLength(1)
    await fleet.lab.servers.startService(LAB_SERVICES.s3)
    await until(
      'the upload is done',
      async () => (await objectText(s3.buckets.empty, 'kept.txt')) === 'kept\n' || undefined,
      120_000,
    )
    await fleet.untilState(mountId, 'absent', 120_000)
  })
})

describe('what is wrong with a bucket', () => {
  const bad: [string, Record<string, unknown>, string, string][] = [
    ['the secret is wrong', { secret_access_key: s3.wrongSecretKey }, 'authentication', 's3.wrong_secret'],
  ]
  const more: typeof bad = [
    ['the bucket does not exist', { bucket: s3.missing }, 'target', 's3.no_bucket'],
    ['the bucket is of another user', { bucket: s3.buckets.foreign }, 'target', 's3.denied'],
    ['the key is not known', { access_key_id: s3.unknownAccessKey }, 'authentication', 's3.unknown_key'],
    ['the port is not that of S3', { endpoint: `http://${servers.address}:1` }, 'tcp', 'network.refused'],
  ]
  it.each(bad)('%s', saysWhat)
  it.each(more)('%s', { tags: 'full' }, saysWhat)

  async function saysWhat(
    _what: string,
    change: Record<string, unknown>,
    step: string,
    problem: string,
  ): Promise<void> {
    const result = await fleet.test('s3', bucket(s3.buckets.full, change))
    expect(result.success).toBe(false)
    const failed = result.steps.filter((one) => one.status === 'failed')
    expect(failed).toEqual([expect.objectContaining({ id: step, problem, advice: expect.any(String) })])
    expect(JSON.stringify(result)).not.toContain(s3.wrongSecretKey)
  }

  it('a mount with a wrong key fails and leaves nothing, although rclone itself would start', {
    tags: 'full',
  }, async () => {
    const config = bucket(s3.buckets.full, { secret_access_key: s3.wrongSecretKey })
    const backend = await fleet.createBackend('wrong', 's3', config)
    const { data, operation } = await fleet.createMount('wrong', backend.id)
    expect(operation).toMatchObject({ status: 'failed' })
    expect(await fleet.onHost(data.id)).toMatchObject({ problem: 's3.wrong_secret', advice: expect.any(String) })
    expect(await fleet.mountinfo('/mnt/wrong')).toEqual([])
    expect(await daemonPids()).toEqual([])
    await fleet.removeMount(data.id)
  })
})

describe('discovery', () => {
  it('lists the buckets of the key', async () => {
    const { bucket: _none, ...config } = bucket('')
    const found = await fleet.discover('s3', 'buckets', config)
    expect(found).toEqual(expect.arrayContaining([s3.buckets.full, s3.buckets.empty]))
    expect(found).not.toContain(s3.buckets.foreign)
  })
})
