import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { freePort } from '@/agent/host/network'
import { bindMount, envelope, type MountHost, openMountHost } from '@/agent/testing/mount-host'
import type { WireMount } from '@/lib/agent-protocol/messages'
import { installStandIns } from '@/lib/drivers/wolfdisk/testing/install-stand-in'

/** A type whose hosts run nodes, with the stand-in for WolfDisk. */
let base: string
let host: MountHost
let mount: WireMount
let removeStandIns: () => void

beforeAll(async () => {
  removeStandIns = installStandIns(['wolfdisk'])
  base = mkdtempSync('/srv/holdfast-node-')
  chmodSync(base, 0o755)
  for (const name of ['data', 'mnt']) mkdirSync(join(base, name))
  host = await openMountHost(base)
  const config = { data_dir: join(base, 'data'), discovery: 'off', bind: `127.0.0.1:${await freePort()}` }
  const defaults = { role: 'auto', replication: 'shared', replication_factor: 3, chunk_size: 4_194_304 }
  const settings = { ...config, ...defaults, node_id: 'node-a', noexec: true, read_only: false }
  mount = bindMount(base, 'wolf', { backend: { id: 'bkd_1', driver: 'wolfdisk', config: settings, secrets: {} } })
  await change('mounted', 1)
})
afterAll(async () => {
  signal('SIGCONT')
  await change('unmounted', 4)
  await host.close()
  spawnSync('chattr', ['-R', '-f', '-i', base])
  rmSync(base, { recursive: true })
  removeStandIns()
})

function change(desiredState: WireMount['desiredState'], generation: number) {
  const command = envelope(mount.mountId, { generation })
  return host.manager.apply(command, performance.now(), { ...mount, desiredState }, { log: () => undefined })
}
const shown = () => host.manager.list()[0]
const until = (what: object) => vi.waitFor(() => expect(shown()).toMatchObject(what), { timeout: 20_000, interval: 50 })

function signal(name: NodeJS.Signals): void {
  const { directory } = host.machine.fuse.paths(`holdfast-${mount.mountId}`)
  process.kill(JSON.parse(readFileSync(join(directory, 'state.json'), 'utf8')).daemon.pid, name)
}

it('is told with the mount, and again when it changes', async () => {
  await until({ state: 'mounted', node: { status: { id: 'node-a', leader: 'node-a', version: 1 }, problem: null } })
  signal('SIGHUP')
  await until({ node: { status: { version: 2, isStale: false } } })
})

it('is stale when the node has stopped, although it is mounted', async () => {
  signal('SIGSTOP')
  const file = join(base, 'data', 'cluster_status.json')
  const said = JSON.parse(readFileSync(file, 'utf8')) as { updated_at: number }
  writeFileSync(file, JSON.stringify({ ...said, updated_at: said.updated_at - 11 }))
  await until({ state: 'mounted', node: { status: { version: 2, isStale: true }, problem: 'wolfdisk.stale' } })
})

it('goes with the mount', async () => {
  signal('SIGCONT')
  await change('unmounted', 2)
  expect(shown()).not.toHaveProperty('node')
  await change('mounted', 3)
  await until({ node: { status: { isStale: false } } })
})
