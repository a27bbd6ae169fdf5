import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pace } from '@/e2e/lab/pace.mjs'
import { LAB_SERVICES } from '@/e2e/support/lab'
import { wakeCeph } from '@/e2e/support/lab-ceph'
import { labFacts } from '@/e2e/support/lab-facts'
import { type LabProduct, type ProblemBody, useLabProduct } from '@/e2e/support/lab-product'
import { until } from '@/e2e/support/product'

const { http, nfs, s3, servers, smb } = labFacts
const UNIT = 'holdfast-agent'
const DROP_IN = `/run/systemd/system/${UNIT}.service.d/faults.conf`
const FAILPOINT = '/run/holdfast-failpoint'

interface Subject {
  type: string
  config: Record<string, unknown>
  /** The same with a secret that is wrong, or as a host that may not have it. */
  wrong: Record<string, unknown>
  /** A file of the storage, and what is in it. */
  file: [name: string, content: string]
  service: string
  port: number
  /** rclone serves it; otherwise the kernel does. */
  hasDaemon: boolean
}

const bucket = {
  provider: 'Ceph',
  endpoint: s3.endpoint,
  bucket: s3.buckets.full,
  access_key_id: s3.accessKey,
  path_style: true,
}
const share = { server: servers.address, share_name: smb.share, username: smb.user }
const site = {
  base_url: `http://${servers.address}:${http.port}${http.paths.basic}`,
  auth_method: 'basic',
  username: http.user,
}

/** Every day: one that the kernel mounts. */
const EVERY_DAY: Subject[] = [
  {
    type: 'nfs',
    config: { server: servers.address, export_path: nfs.exports.readWrite },
    wrong: { server: servers.address, export_path: nfs.exports.elsewhere },
    file: ['hello', `hello from ${nfs.exports.readWrite}`],
    service: LAB_SERVICES.nfs,
    port: nfs.port,
    hasDaemon: false,
  },
]

/** Killed daemons and agents, and rclone without its server, are tried every day on the kernel of the tests, in `*.machine.test.ts`. */
const IN_THE_FULL_RUN: Subject[] = [
  {
    type: 's3',
    config: { ...bucket, secret_access_key: s3.secretKey },
    wrong: { ...bucket, secret_access_key: s3.wrongSecretKey },
    file: ['hello.txt', 'hello from S3'],
    service: LAB_SERVICES.s3,
    port: s3.port,
    hasDaemon: true,
  },
  {
    type: 'cifs',
    config: { ...share, password: smb.password },
    wrong: { ...share, password: smb.wrongPassword },
    file: ['hello', `hello from ${smb.share}`],
    service: LAB_SERVICES.smb,
    port: smb.port,
    hasDaemon: false,
  },
  {
    type: 'http',
    config: { ...site, password: http.password },
    wrong: { ...site, password: 'not-the-password' },
    file: ['inside/hello.txt', 'hello from inside'],
    service: LAB_SERVICES.http,
    port: http.port,
    hasDaemon: true,
  },
]

let fleet: LabProduct

beforeAll(async () => {
  fleet = await useLabProduct()
  const { host } = fleet.lab
  const lines = ['[Service]', 'Environment=HOLDFAST_TEST=1', `Environment=HOLDFAST_FAILPOINT_FILE=${FAILPOINT}`]
  await host.ok(`mkdir -p ${DROP_IN.replace(/\/[^/]*$/, '')} && cat > ${DROP_IN}`, { input: lines.join('\n') })
  await host.ok(`systemctl daemon-reload && systemctl restart ${UNIT}`)
  await fleet.untilOnline()
})
afterAll(async () => {
  await fleet?.lab.servers.blackhole(false)
  await fleet?.close()
})

describe.each(EVERY_DAY)('$type', { timeout: 480_000 * pace() }, behaves)
describe.each(IN_THE_FULL_RUN)('$type', { timeout: 480_000 * pace(), tags: 'full' }, behaves)

function behaves(subject: Subject): void {
  const point = `/mnt/${subject.type}`
  const [file, content] = subject.file
  let id: string
  let backendId: string

  const request = (action: string) => {
    return fleet.product.request<ProblemBody>(
      'POST',
      `/api/v1/storage/mounts/${id}/${action}`,
      {},
      { prefer: 'wait=30' },
    )
  }

  async function expectWell(): Promise<string> {
    await fleet.untilState(id, 'mounted', 170_000)
    const [line = '', ...more] = await fleet.mountinfo(point)
    expect(more).toEqual([])
    expect(line).toMatch(/nosuid,nodev/)
    expect(await fleet.lab.host.ok(`cat ${point}/${file}`, { timeoutMs: 60_000 })).toBe(content)
    return line.split(' ')[0] ?? ''
  }

  it('is mounted', async () => {
    if (subject.service === LAB_SERVICES.s3) await wakeCeph(fleet.lab)
    backendId = (await fleet.createBackend(subject.type, subject.type, subject.config)).id
    id = (await fleet.createMount(subject.type, backendId)).data.id
    await expectWell()
  })

  it('wrong credentials: the step that fails says so', async () => {
    const result = await fleet.test(subject.type, subject.wrong)
    expect(result.success).toBe(false)
    const failed = result.steps.filter((step) => step.status === 'failed')
    expect(failed).toHaveLength(1)
    expect(failed[0]).toMatchObject({ problem: expect.any(String), advice: expect.any(String) })
  })

  // Every day on the kernel of the tests, with other storages: manager and crash in agent/resources/mounts.
  it('double mount: there is one, and the second mount of the place is refused', { tags: 'full' }, async () => {
    await request('unmount')
    await fleet.untilState(id, 'absent')
    const answers = await Promise.all([request('mount'), request('mount')])
    for (const { status } of answers) expect([200, 202, 409]).toContain(status)
    const mountId = await expectWell()
    await fleet.act(id, 'mount')
    expect(await expectWell()).toBe(mountId)
    const body = { name: 'other', backend_id: backendId, host_ids: [fleet.hostId], mount_point: point }
    const other = await fleet.product.request<ProblemBody>('POST', '/api/v1/storage/mounts', body)
    expect(other.status, JSON.stringify(other.body)).toBeGreaterThanOrEqual(400)
    expect(other.status).toBeLessThan(500)
    expect(await expectWell()).toBe(mountId)
  })

  it('a foreign mount on the target is shown, refused and left alone', { tags: 'full' }, async () => {
    const { host } = fleet.lab
    await host.ok(`umount ${point} && mount -t tmpfs foreign ${point}`)
    await fleet.untilState(id, 'foreign')
    expect(await fleet.act(id, 'mount')).toMatchObject({ status: 409 })
    expect((await fleet.mountinfo(point)).join('')).toContain(' - tmpfs foreign ')
    await host.ok(`umount ${point}`)
    // It is still wanted.
    await expectWell()
    await host.ok(`mount -t tmpfs foreign ${point}`)
    await fleet.untilState(id, 'stacked')
    await host.ok(`umount ${point}`)
    await expectWell()
  })

  it('the agent is killed while it mounts: one mount in the end', { tags: 'full' }, () => killAt('mount.after'))
  it('the agent is killed before it mounts: one mount in the end', { tags: 'full' }, () => killAt('mount.before'))

  async function killAt(step: string): Promise<void> {
    const { host } = fleet.lab
    await fleet.act(id, 'unmount')
    const pid = () => host.ok(`systemctl show -P MainPID ${UNIT}`)
    const before = await pid()
    await host.ok(`printf %s ${step} > ${FAILPOINT}`)
    await fleet.product.request('POST', `/api/v1/storage/mounts/${id}/mount`, {}, { prefer: 'respond-async' })
    await until('another agent runs', async () => !['0', before].includes(await pid()) || undefined, 120_000)
    await fleet.untilOnline()
    await expectWell()
  }

  it('the server is restarted: the mount goes on or comes back', async () => {
    await fleet.lab.servers.ok(`systemctl restart ${subject.service}`)
    await expectWell()
  })

  it('the server is away: that is said with the reason, and its return too, without another mount', async () => {
    const before = await expectWell()
    await fleet.lab.servers.ok(`systemctl stop ${subject.service}`)
    try {
      const row = await until(
        'it is known',
        async () => {
          const seen = await fleet.onHost(id)
          return seen.status === 'mounted' || seen.problem === null ? undefined : seen
        },
        90_000,
      )
      expect(['degraded', 'hung', 'error', 'corrupted']).toContain(row.status)
      if (subject.hasDaemon) expect([row.state, row.status]).toEqual(['mounted', 'degraded'])
    } finally {
      await fleet.lab.servers.ok(`systemctl start ${subject.service}`)
    }
    await until('it is well', async () => (await fleet.onHost(id)).status === 'mounted' || undefined, 170_000)
    if (subject.hasDaemon) expect(await expectWell()).toBe(before)
  })

  if (subject.hasDaemon) {
    it('its daemon is killed: it comes back', async () => {
      const before = (await fleet.mountinfo(point))[0]?.split(' ')[0]
      await fleet.lab.host.ok("pkill -KILL -f '^[^ ]*rclone mount'")
      await until('the dead mount is gone', async () => {
        const [line] = await fleet.mountinfo(point)
        return line?.split(' ')[0] !== before || undefined
      })
      await expectWell()
    })
  }

  it('a blackholed server: an unmount ends with an answer, and in the end it is unmounted', async () => {
    await fleet.lab.servers.blackhole(true, { ports: [subject.port] })
    const started = performance.now()
    const { status } = await fleet.act(id, 'unmount')
    console.log(
      `${subject.type}: unmount without the server: ${status} after ${((performance.now() - started) / 1000).toFixed(1)} s`,
    )
    if (status === 200) expect(await fleet.mountinfo(point)).toEqual([])
    await fleet.lab.servers.blackhole(false)
    await fleet.untilState(id, 'absent', 150_000)
    expect(await fleet.mountinfo(point)).toEqual([])
    await fleet.removeMount(id)
    expect((await fleet.lab.host.exec(`test -e ${point}`)).exitCode).toBe(1)
  })
}
