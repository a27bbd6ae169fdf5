/** @module-tag full */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KillableAgent, makeKillable } from '@/e2e/support/killable-agent'
import { wakeCeph } from '@/e2e/support/lab-ceph'
import { type LabProduct, useLabProduct } from '@/e2e/support/lab-product'
import { labBucket } from '@/e2e/support/lab-storages'
import { until } from '@/e2e/support/product'

const POINT = '/mnt/killed'
/**
 * Each step at which the agent writes its journal or changes the host, once; its own tests try all of them for each command on this
 * kernel. A host with systemd shows the two in the middle of the work every time.
 */
const STEPS = [{ unmounting: 'unmount.after', mounting: 'mount.after' }]
const OTHER_STEPS = [
  { unmounting: 'journal.intent.before-commit', mounting: 'intent.after-commit' },
  { unmounting: 'unmount.before', mounting: 'mount.before' },
  { unmounting: 'result.before', mounting: 'applied.before' },
  { unmounting: 'intent.after-commit', mounting: 'result.after' },
]

let fleet: LabProduct
let agent: KillableAgent
let backendId: string
let mountId: string

beforeAll(async () => {
  fleet = await useLabProduct()
  await wakeCeph(fleet.lab)
  agent = await makeKillable(fleet)
  const backend = await fleet.createBackend('killed', 's3', labBucket())
  backendId = backend.id
  mountId = (await fleet.createMount('killed', backendId)).data.id
  await fleet.untilState(mountId, 'mounted')
})
afterAll(() => fleet?.close())

/** Asks for something without waiting for it. */
async function ask(method: 'POST' | 'DELETE', suffix: string): Promise<void> {
  const path = `/api/v1/storage/mounts/${mountId}${suffix}`
  const body = method === 'POST' ? {} : undefined
  const { status } = await fleet.product.request(method, path, body, { prefer: 'respond-async' })
  expect(status).toBeLessThan(300)
}

const LOOK = `
const { DatabaseSync } = require('node:sqlite')
const fs = require('node:fs')
const db = new DatabaseSync('/var/lib/holdfast-agent/journal.db', { readOnly: true })
const count = (sql) => Number(Object.values(db.prepare(sql).get())[0])
const list = (path) => { try { return fs.readdirSync(path) } catch { return [] } }
console.log(JSON.stringify({
  unfinished: count('SELECT count(*) FROM operations WHERE finished_at IS NULL'),
  wanted: count("SELECT count(*) FROM documents WHERE kind = 'mount'"),
  halfDone: count("SELECT count(*) FROM documents WHERE kind = 'mount' AND (previous IS NOT NULL OR removing = 1)"),
  mounted: fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\\n').filter((line) => line.includes('${POINT} ')).length,
  daemons: list('/proc').filter((pid) => {
    try { return fs.readFileSync('/proc/' + pid + '/cmdline', 'utf8').startsWith('/usr/bin/rclone\\0mount\\0') } catch { return false }
  }).length,
  fuse: list('/run/holdfast-agent/fuse').length,
  scratch: list('/run/holdfast-agent/scratch').length,
}))`

/** What is on the host itself: journal, mounts, daemons, files. */
async function look(): Promise<Record<string, number>> {
  return JSON.parse(await fleet.lab.host.ok('/usr/local/lib/holdfast-agent/node -', { input: LOOK }))
}

async function expectOnHost(what: { mounted: boolean }): Promise<void> {
  const one = what.mounted ? 1 : 0
  const expected = { unfinished: 0, wanted: 1, halfDone: 0, mounted: one, daemons: one, fuse: one, scratch: 0 }
  await until('journal, mounts, daemons and files agree', async () => {
    return JSON.stringify(await look()) === JSON.stringify(expected) || undefined
  }).catch(async () => expect(await look()).toEqual(expected))
  if (what.mounted) {
    expect(await fleet.lab.host.ok(`cat ${POINT}/hello.txt`)).toBe('hello from S3')
    expect((await fleet.mountinfo(POINT))[0]).toMatch(/nosuid,nodev/)
  } else {
    expect(await fleet.lab.host.ok(`lsattr -d ${POINT}`)).toMatch(/^\S*i\S* /)
  }
}

describe.each(STEPS)('the agent is killed', killWhile)
describe.each(OTHER_STEPS)('the agent is killed', { tags: 'full' }, killWhile)

function killWhile({ unmounting, mounting }: { unmounting: string; mounting: string }): void {
  it(`while unmounting, at ${unmounting}: it is unmounted in the end`, async () => {
    const before = await agent.arm(unmounting)
    await ask('POST', '/unmount')
    await agent.untilRevived(before)
    await fleet.untilState(mountId, 'absent', 120_000)
    await expectOnHost({ mounted: false })
  })

  it(`while mounting, at ${mounting}: there is exactly one mount in the end`, async () => {
    const before = await agent.arm(mounting)
    await ask('POST', '/mount')
    await agent.untilRevived(before)
    await fleet.untilState(mountId, 'mounted', 120_000)
    await expectOnHost({ mounted: true })
  })
}

/** systemd of itself gives up after five deaths in ten seconds; the last pauses between two starts are 15 s long. */
it('the agent is killed ten times in a row, each time as soon as it is there: it comes back, and the mount stays', async () => {
  const { host } = fleet.lab
  const kill = `
    before=0
    for death in 1 2 3 4 5 6 7 8 9 10; do
      until pid=$(systemctl show -P MainPID holdfast-agent) && [ "$pid" != 0 ] && [ "$pid" != "$before" ]; do sleep 0.1; done
      kill -9 "$pid"
      before=$pid
    done
    until systemctl is-active --quiet holdfast-agent; do sleep 0.1; done
    systemctl show -P NRestarts holdfast-agent`
  expect(Number(await host.ok(kill, { timeoutMs: 300_000 }))).toBeGreaterThanOrEqual(10)
  await host.ok("until ss -Hltn 'sport = :8443' | grep -q .; do sleep 0.1; done", { timeoutMs: 60_000 })
  await fleet.untilOnline()
  await fleet.untilState(mountId, 'mounted', 120_000)
  await expectOnHost({ mounted: true })
  // The pauses of the next deaths begin anew.
  await host.ok('systemctl restart holdfast-agent')
  await host.ok("until ss -Hltn 'sport = :8443' | grep -q .; do sleep 0.1; done", { timeoutMs: 60_000 })
  await fleet.untilOnline()
}, 600_000)

describe('the agent is killed', () => {
  it('while removing, when it is unmounted: nothing is left', () => killWhileRemoving('remove.unmounted'))
  it('while removing, before it forgets: nothing is left', { tags: 'full' }, () => {
    return killWhileRemoving('remove.before-forget')
  })

  async function killWhileRemoving(step: string): Promise<void> {
    const before = await agent.arm(step)
    await ask('DELETE', '')
    await agent.untilRevived(before)
    await until(
      'the mount is gone',
      async () => (await fleet.product.request('GET', `/api/v1/storage/mounts/${mountId}`)).status === 404 || undefined,
      120_000,
    )
    expect(await look()).toEqual({ unfinished: 0, wanted: 0, halfDone: 0, mounted: 0, daemons: 0, fuse: 0, scratch: 0 })
    expect((await fleet.lab.host.exec(`test -e ${POINT}`)).exitCode).toBe(1)
    const units = await fleet.lab.host.ok("systemctl list-units --all --plain --no-legend 'holdfast-*'")
    expect(units.split('\n').filter((line) => !/^holdfast-(agent|mounts)\.service /.test(line))).toEqual([])
    mountId = (await fleet.createMount('killed', backendId)).data.id
    await fleet.untilState(mountId, 'mounted', 120_000)
  }
})
