import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { labFacts } from '@/e2e/support/lab-facts'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'

/** SMB through the whole product; the driver alone is in `cifs-contract.test.ts`, a restart of the host in `restarts.test.ts`. */
const { servers, smb } = labFacts
const POINT = '/mnt/smb'
let fleet: LabProduct
let mountId: string

beforeAll(async () => {
  fleet = await useLabProduct()
})
afterAll(async () => {
  await fleet?.lab.servers.blackhole(false)
  await fleet?.close()
})

function share(more: Record<string, unknown> = {}) {
  return { server: servers.address, share_name: smb.share, username: smb.user, password: smb.password, ...more }
}

function hostSees(command: string): Promise<string> {
  return fleet.lab.host.ok(command)
}

describe('a share', () => {
  it('passes its test, every step', async () => {
    const result = await fleet.test('cifs', share())
    expect(result.steps.filter(({ status }) => status !== 'passed')).toEqual([])
    expect(result.steps.map(({ id }) => id)).toEqual([
      'tools',
      'name',
      'tcp',
      'protocol',
      'authentication',
      'target',
      'mount',
      'write',
      'capacity',
      'unmount',
    ])
    expect(result.usage?.totalBytes).toBeGreaterThan(0)
  })

  it.each([
    ['the password is wrong', { password: smb.wrongPassword }, 'authentication', 'cifs.wrong_password'],
    ['the share does not exist', { share_name: smb.missing }, 'target', 'cifs.no_share'],
    ['the share is for another user', { share_name: smb.foreign }, 'target', 'cifs.denied'],
  ])('says when %s', async (_what, change, step, problem) => {
    const result = await fleet.test('cifs', share(change))
    const failed = result.steps.filter(({ status }) => status === 'failed')
    expect(failed).toEqual([expect.objectContaining({ id: step, problem, advice: expect.any(String) })])
    expect(JSON.stringify(result)).not.toContain(smb.wrongPassword)
  })

  it('lists the shares of the server', { tags: 'full' }, async () => {
    expect(await fleet.discover('cifs', 'shares', share({ share_name: null }))).toContain(smb.readOnly)
  })

  it('mounts as older APIs ask for it, and carries bytes both ways', async () => {
    const { share_name, ...rest } = share()
    const config = { ...rest, share: share_name, mount_options: 'vers=3.0,seal,uid=1000,file_mode=0640' }
    const backend = await fleet.createBackend('smb', 'cifs', config)
    expect(JSON.stringify(backend)).not.toContain(smb.password)
    const started = performance.now()
    const { data, operation } = await fleet.createMount('smb', backend.id)
    console.log(`SMB: ${Math.round(performance.now() - started)} ms from the API call to the verified mount`)
    mountId = data.id
    expect(operation).toMatchObject({ status: 'succeeded' })
    expect(await fleet.onHost(mountId)).toMatchObject({ state: 'mounted', error: null })
    const [line] = await fleet.mountinfo(POINT)
    expect(line).toMatch(/rw,nosuid,nodev,noexec,.* - cifs \/\/10\.77\.0\.1\/share .*vers=3\.0,.*seal/)
    expect(await hostSees(`cat ${POINT}/hello`)).toBe(`hello from ${smb.share}`)
    await hostSees(`echo from the host > ${POINT}/written`)
    expect(await fleet.lab.servers.ok('cat /srv/smb/share/written')).toBe('from the host')
  })

  it('keeps the password out of every command line and file of the host', async () => {
    const shown = await hostSees("cat /proc/[0-9]*/cmdline /proc/mounts 2>/dev/null | tr '\\0' ' '")
    expect(shown).not.toContain(smb.password)
    const kept = await fleet.lab.host.exec(
      `grep -rlF '${smb.password}' /run /var/lib/holdfast-agent /etc /tmp /var/log`,
    )
    expect(kept.stdout).toBe('')
  })

  it('hangs while the server is away, is shown so, and goes on when it is back', async () => {
    await fleet.lab.servers.blackhole(true, { ports: [smb.port] })
    await fleet.untilState(mountId, 'hung', 180_000)
    await fleet.lab.servers.blackhole(false)
    const healed = await fleet.untilState(mountId, 'mounted', 240_000)
    console.log(`SMB: shown as mounted ${Math.round(healed)} ms after the server was back`)
    expect(await hostSees(`cat ${POINT}/written`)).toBe('from the host')
    expect(await fleet.mountinfo(POINT)).toHaveLength(1)
  })

  it('unmounts, and leaves no trace when it is deleted', async () => {
    expect((await fleet.act(mountId, 'unmount')).status).toBe(200)
    expect(await fleet.mountinfo(POINT)).toEqual([])
    await fleet.removeMount(mountId)
    expect((await fleet.lab.host.exec(`test -e ${POINT}`)).exitCode).toBe(1)
  })
})
