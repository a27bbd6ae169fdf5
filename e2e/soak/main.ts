import { mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { record, recorded, section } from '@/e2e/bench/figures'
import { HISTORY_TABLES, readSizes, statedGrowth } from '@/e2e/soak/database'
import { FastProcesses, PARTS, type Part } from '@/e2e/soak/processes'
import { Product, until } from '@/e2e/support/product'
import type { HostRow } from '@/lib/hosts/schema'
import { quickDirectory } from '@/testing/quick-directory'
import { growthOf, type Sample, slopeOf } from '@/testing/trend'

/**
 * `npm run soak [-- minutes speed]`: the product at work for 20 minutes in which 20 hours pass for it, or for as long as it says. Needs
 * root, since its mounts are real, and a machine that does nothing else: its time-outs run as fast as everything else.
 */
const [minutes = 20, speed = 60] = process.argv.slice(2).map(Number)
const MOUNTS = 10
/** A part of the run in which caches fill, which is not judged. */
const WARM_SHARE = 0.25
const LOOK_MS = 2_000
const ASK_MS = 500
/** A mount is taken away and made again every so many requests for pages. */
const CHANGE_EVERY = 40
/** MiB in an hour, and open files. */
const GOALS = { rss: 1, files: 1 }
/** Pages of a table are not full while it grows. */
const SLACK = { times: 1.6, bytes: 64 * 1024 }

const PAGES = [
  '/api/v1/monitoring/overview',
  '/api/v1/monitoring/capacity?range=24h',
  '/api/v1/hosts',
  '/api/v1/storage/backends',
  '/api/v1/storage/mounts',
  '/api/v1/alerts',
  '/api/v1/operations',
  '/api/v1/metrics?with=speed',
  '/sign-in',
]

if (process.getuid?.() !== 0) throw new Error('npm run soak needs root: its mounts are real.')
if (!(minutes > 0) || !(speed >= 1)) throw new Error('npm run soak -- <minutes> <speed>, such as 120 12')
const directory = mkdtempSync('/srv/holdfast-soak-')
// In memory: what waits for a disk waits as long as ever, and what waits for that in turn, such as for the lock of the database, does not.
const product = await Product.create({ stateDir: mkdtempSync(path.join(quickDirectory(), 'holdfast-soak-')) })
let processes: FastProcesses | undefined
try {
  const mounts = await prepare()
  processes = await FastProcesses.start(product, speed)
  judge(await work(processes, mounts))
} finally {
  await processes?.stop()
  await unmountAll()
  await product.dispose()
  rmSync(directory, { recursive: true, force: true })
}
process.exitCode = recorded().some(({ reached }) => reached === false) ? 1 : 0

async function ask<T>(method: string, address: string, body?: unknown, isAwaited = false): Promise<T> {
  const answer = await product.request<T>(method, address, body, isAwaited ? { prefer: 'wait=30' } : {})
  if (answer.status >= 300) throw new Error(`${method} ${address}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}

/** An installation with some directories mounted on this host; it is stopped then. Returns the ids of the mounts. */
async function prepare(): Promise<string[]> {
  const started = await product.start()
  if (started.code !== 0) throw new Error(started.stderr)
  await product.signIn()
  const host = await until('the host of this machine is online', async () => {
    const { data } = await ask<{ data: HostRow[] }>('GET', '/api/v1/hosts')
    return data.find((one) => one.status === 'online')
  })
  const ids: string[] = []
  for (let at = 0; at < MOUNTS; at++) {
    const name = `soak-${at}`
    const source = mkdtempSync(path.join(directory, `${name}-`))
    const backend = await ask<{ data: { id: string } }>('POST', '/api/v1/storage/backends', {
      name,
      type: 'local-dir',
      config: { path: source },
    })
    const mount = { name, backend_id: backend.data.id, host_ids: [host.id] }
    ids.push((await ask<{ data: { id: string } }>('POST', '/api/v1/storage/mounts', mount, true)).data.id)
  }
  await product.stop()
  return ids
}

/** With the usual time again, so that what is mounted is taken away in order. */
async function unmountAll(): Promise<void> {
  const started = await product.start()
  if (started.code !== 0) return console.error(started.stderr)
  const { data } = await ask<{ data: { id: string }[] }>('GET', '/api/v1/storage/mounts')
  for (const { id } of data) await ask('DELETE', `/api/v1/storage/mounts/${id}`, undefined, true)
}

interface Run {
  hours: number
  refused: number
  asked: number
  figures: Record<Part, { rss: Sample[]; files: Sample[] }>
  before: ReturnType<typeof readSizes>
  after: ReturnType<typeof readSizes>
}

/** Reads pages and changes mounts for the whole time; what is judged begins when it is warm. */
async function work(running: FastProcesses, mounts: readonly string[]): Promise<Run> {
  section(`${((minutes * speed) / 60).toFixed(0)} hours in ${minutes} minutes, ${MOUNTS} mounts`)
  const wholeHours = (minutes * speed) / 60
  const figures: Run['figures'] = {
    web: { rss: [], files: [] },
    controller: { rss: [], files: [] },
    agent: { rss: [], files: [] },
  }
  let [asked, refused, lookedAtMs] = [0, 0, 0]
  let before: { hour: number; sizes: Run['before'] } | undefined
  while (running.hours < wholeHours) {
    const isWell = await turn(asked++, mounts)
    if (!isWell) refused++
    const hour = running.hours
    if (hour >= wholeHours * WARM_SHARE && Date.now() - lookedAtMs >= LOOK_MS) {
      lookedAtMs = Date.now()
      before ??= { hour, sizes: readSizes(product.stateDir) }
      const seen = running.figures()
      for (const part of PARTS) {
        figures[part].rss.push({ hour, value: seen[part].rss })
        figures[part].files.push({ hour, value: seen[part].files })
      }
    }
    await pause(ASK_MS)
  }
  if (before === undefined) throw new Error('the run was too short to be judged')
  const after = readSizes(product.stateDir)
  return { hours: running.hours - before.hour, asked, refused, figures, before: before.sizes, after }
}

/** False: the product refused it. */
async function turn(at: number, mounts: readonly string[]): Promise<boolean> {
  const id = mounts[Math.floor(at / CHANGE_EVERY) % mounts.length]
  if (at % CHANGE_EVERY !== 0 || id === undefined) {
    return isPageRead(PAGES[at % PAGES.length] ?? '')
  }
  const isGone = await isChanged(id, 'unmount')
  return (await isChanged(id, 'mount')) && isGone
}

async function isChanged(id: string, change: 'mount' | 'unmount'): Promise<boolean> {
  const address = `/api/v1/storage/mounts/${id}/${change}`
  const { status, body } = await product.request<unknown>('POST', address, {}, { prefer: 'wait=30' })
  if (status >= 300) console.log(`  ${change} of ${id}: ${status} ${JSON.stringify(body)}`)
  return status < 300
}

/** To its end: what is not read keeps its connection. */
async function isPageRead(address: string): Promise<boolean> {
  const answer = await fetch(`${product.url}${address}`, { headers: { authorization: `Bearer ${product.token}` } })
  await answer.text()
  if (!answer.ok) console.log(`  ${address}: ${answer.status}`)
  return answer.ok
}

function judge({ hours, asked, refused, figures, before, after }: Run): void {
  record({ name: 'requests', value: asked, unit: '' })
  record({ name: 'requests that were refused', value: refused, unit: '', goal: '0', reached: refused === 0 })
  for (const part of PARTS) {
    const { rss, files } = figures[part]
    const slope = slopeOf(rss)
    record({ name: `${part}, RSS at the end`, value: rss.at(-1)?.value ?? Number.NaN, unit: 'MiB' })
    const goal = `< ${GOALS.rss} MiB/h`
    record({ name: `${part}, RSS an hour`, value: slope, unit: 'MiB', goal, reached: slope < GOALS.rss })
    const more = growthOf(files)
    record({ name: `${part}, more open files`, value: more, unit: '', goal: '0', reached: more < GOALS.files })
  }
  record({ name: 'database, an hour', value: (after.total - before.total) / hours / 1024, unit: 'KiB' })
  for (const table of HISTORY_TABLES) {
    const { series } = after.tables[table]
    const rows = after.tables[table].rows - before.tables[table].rows
    const bytes = after.tables[table].bytes - before.tables[table].bytes
    const stated = statedGrowth(table, series, hours)
    const [goalRows, goalBytes] = [stated.rows, stated.bytes * SLACK.times + SLACK.bytes]
    const what = `${table} of ${series} series`
    record({
      name: `${what}, points`,
      value: rows,
      unit: '',
      goal: `1 to ${goalRows}`,
      reached: rows > 0 && rows <= goalRows,
    })
    const goal = `<= ${(goalBytes / 1024).toFixed(0)} KiB`
    record({ name: `${what}, size`, value: bytes / 1024, unit: 'KiB', goal, reached: bytes <= goalBytes })
  }
}
