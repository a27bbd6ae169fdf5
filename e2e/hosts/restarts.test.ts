import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { labFacts } from '@/e2e/support/lab-facts'
import { joinAgent, type LabProduct, type ProblemBody, useLabProduct } from '@/e2e/support/lab-product'
import { until } from '@/e2e/support/product'
import type { HostView } from '@/lib/hosts/schema'
import type { OperationView } from '@/lib/operations/schema'

const { http, nfs, servers, smb } = labFacts

/**
 * One by the kernel, one by a daemon, one bind, and one by the kernel whose password is nowhere on the host but in the agent's
 * journal, sealed. With a bucket, whose server is Ceph, for which an emulated guest needs minutes, it is in `boot.test.ts`.
 */
const MOUNTS: [name: string, type: string, config: Record<string, unknown>][] = [
  ['nas', 'nfs', { server: servers.address, export_path: nfs.exports.readWrite }],
  [
    'web',
    'http',
    {
      base_url: `http://${servers.address}:${http.port}${http.paths.basic}`,
      auth_method: 'basic',
      username: http.user,
      password: http.password,
    },
  ],
  ['folder', 'local-dir', { path: '/srv/local' }],
  ['smb', 'cifs', { server: servers.address, share_name: smb.share, username: smb.user, password: smb.password }],
]
const POINTS = MOUNTS.map(([name]) => `/mnt/${name}`)

let fleet: LabProduct
const mounts: string[] = []

beforeAll(async () => {
  fleet = await useLabProduct()
  await fleet.lab.host.ok('mkdir -p /srv/local && echo here > /srv/local/file && sync')
  for (const [name, type, config] of MOUNTS) {
    const backend = await fleet.createBackend(name, type, config)
    mounts.push((await fleet.createMount(name, backend.id)).data.id)
  }
  for (const id of mounts) await fleet.untilState(id, 'mounted')
  await fleet.lab.host.ok('echo from the host > /mnt/smb/written && sync')
})
afterAll(() => fleet?.close())

/** Ids that the kernel gave to our mounts: a new mount has a new one. */
async function mountIds(): Promise<(string | undefined)[]> {
  const lines = await Promise.all(POINTS.map((point) => fleet.mountinfo(point)))
  for (const found of lines) expect(found).toHaveLength(1)
  return lines.map(([line]) => line?.split(' ')[0])
}

function daemonPid(): Promise<string> {
  return fleet.lab.host.ok('pgrep -f "rclone mount"')
}

async function expectContent(): Promise<void> {
  expect(await fleet.lab.host.ok('cat /mnt/nas/hello')).toBe(`hello from ${nfs.exports.readWrite}`)
  expect(await fleet.lab.host.ok('cat /mnt/web/inside/hello.txt')).toBe('hello from inside')
  expect(await fleet.lab.host.ok('cat /mnt/folder/file')).toBe('here')
  expect(await fleet.lab.host.ok('cat /mnt/smb/written')).toBe('from the host')
}

describe('a restart of the agent', () => {
  async function staysAfter(verb: string): Promise<void> {
    const before = { ids: await mountIds(), daemon: await daemonPid() }
    const pid = await fleet.lab.host.ok('systemctl show -P MainPID holdfast-agent')
    await fleet.lab.host.ok(`systemctl ${verb} holdfast-agent`)
    await until('a new agent runs', async () => {
      const now = await fleet.lab.host.ok('systemctl show -P MainPID holdfast-agent')
      return (now !== '0' && now !== pid) || undefined
    })
    await fleet.untilOnline()
    for (const id of mounts) await fleet.untilState(id, 'mounted')
    expect({ ids: await mountIds(), daemon: await daemonPid() }).toEqual(before)
    await expectContent()
  }

  it('in order: every mount and its daemon stays as it is', { tags: 'full' }, () => staysAfter('restart'))
  it('by SIGKILL: every mount and its daemon stays as it is', () => staysAfter('kill --signal=SIGKILL'))
})

describe('a reboot of the host', () => {
  it('brings every mount back while the controller is away', async () => {
    expect((await fleet.product.stop()).code).toBe(0)
    const started = performance.now()
    await fleet.lab.host.reboot()
    const booted = performance.now()
    await until(
      'every mount is back',
      async () => {
        const lines = await Promise.all(POINTS.map((point) => fleet.mountinfo(point)))
        return lines.every((found) => found.length === 1) || undefined
      },
      120_000,
    )
    console.log(
      `reboot ${Math.round((booted - started) / 1000)} s, then ${Math.round((performance.now() - booted) / 1000)} s until every mount was back`,
    )
    await expectContent()
    for (const point of POINTS) expect((await fleet.mountinfo(point))[0]).toMatch(/nosuid,nodev/)
  })

  it('is taken in by the controller when that returns', async () => {
    const ids = await mountIds()
    const started = await fleet.product.start()
    expect(started.code, started.stderr).toBe(0)
    await fleet.untilOnline()
    for (const id of mounts) await fleet.untilState(id, 'mounted')
    expect(await mountIds()).toEqual(ids)
  })
})

// Every day on fake hosts: agent/verbs/handlers.test.ts and the contract of each driver.
describe('a tool that is missing', { tags: 'full' }, () => {
  it('is seen, and named in the test and on the host', async () => {
    const show = await fleet.lab.host.hideProgram('/usr/sbin/showmount')
    const showMount = await fleet.lab.host.hideProgram('/usr/sbin/mount.nfs')
    const result = await fleet.test('nfs', { server: servers.address, export_path: nfs.exports.second })
    expect(result.success).toBe(false)
    expect(result.steps.filter((step) => step.status === 'failed')).toEqual([
      expect.objectContaining({
        id: 'tools',
        problem: 'tool.missing',
        advice: expect.stringContaining('mount.nfs'),
      }),
    ])
    await fleet.untilOnline()
    const { body } = await fleet.product.request<{ data: HostView }>('GET', `/api/v1/hosts/${fleet.hostId}`)
    expect(body.data.missing_tools).toEqual(expect.arrayContaining(['mount.nfs', 'showmount']))
    const tool = body.data.info?.tools.find((one) => one.command === 'mount.nfs')
    expect(tool).toMatchObject({ path: null, package: 'nfs-common' })
    await show()
    await showMount()
  })

  it('cannot be installed without a mirror: the operation says so, with the words of the package manager', async () => {
    await fleet.lab.host.ok('dpkg --purge --force-depends rclone')
    const asked = await fleet.product.request<ProblemBody & { data: OperationView }>(
      'POST',
      `/api/v1/hosts/${fleet.hostId}/install-tools`,
      { commands: ['rclone'] },
    )
    expect(asked.status).toBe(202)
    const operation = await until(
      'the operation has ended',
      async () => {
        const now = await fleet.operation(asked.body.data.id)
        return now.finished_at === null ? undefined : now
      },
      170_000,
    )
    expect(operation).toMatchObject({ status: 'failed', error: { message: expect.any(String) } })
    const log = operation.lines.map((line) => line.message).join('\n')
    expect(log).toContain('$ apt-get')
    expect(log).toMatch(/Could not resolve|Temporary failure|Cannot initiate|Failed to fetch|Unable to/)
  })
})

// Every day with simulated hosts: lib/controller/resources/reconcile.test.ts.
describe('a host that is revoked', { tags: 'full' }, () => {
  it('is cut off within a minute, and its mounts stay as they are', async () => {
    // This host joins once more, so that the first membership is there for the files to come.
    const second = await joinAgent(fleet.lab.host, fleet.product)
    const path = `/api/v1/hosts/${second}`
    const read = async () => (await fleet.product.request<{ data: HostView }>('GET', path)).body.data
    await until('the new host is online', async () => (await read()).status === 'online' || undefined, 60_000)
    const connections = async () => {
      const found = await fleet.lab.host.ok("ss -Htn state established '( sport = :8443 )' | wc -l")
      return Number(found)
    }
    expect(await connections()).toBeGreaterThan(0)
    const ids = await mountIds()
    const started = performance.now()
    expect((await fleet.product.request('POST', `${path}/revoke`, {})).status).toBe(200)
    await until('the controller has hung up', async () => (await connections()) === 0 || undefined, 60_000)
    console.log(`revoked: cut off after ${((performance.now() - started) / 1000).toFixed(1)} s (goal 60 s)`)
    expect((await read()).revoked_at).not.toBeNull()
    const refused = await fleet.product.request<ProblemBody>('POST', `${path}/refresh`, {})
    expect(refused).toMatchObject({ status: 409, body: { detail: expect.stringContaining('revoked') } })
    expect(await mountIds()).toEqual(ids)
  })
})
