import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askDaemon } from '@/agent/host/local-daemons'
import { parseMountinfo } from '@/agent/host/mounting/mountinfo'
import { markStale } from '@/agent/resources/workloads/stale-mounts'
import { toldWorkload } from '@/agent/resources/workloads/told-workload'
import type { AttachTarget } from '@/lib/attach-targets/contract/target'
import type { TargetHost } from '@/lib/attach-targets/contract/target-host'
import { dockerTarget } from '@/lib/attach-targets/docker/host'
import { lxcTarget } from '@/lib/attach-targets/lxc/host'
import { makeBase, removeBase } from '@/testing/agent/mount-host'
import { BARE_HOST } from '@/testing/attach-targets/describe-target'
import { IMAGE, type RealDocker, startDocker } from '@/testing/attach-targets/real-docker'
import { openRealLxc, type RealLxc } from '@/testing/attach-targets/real-lxc'
import { testId } from '@/testing/ids'

let docker: RealDocker
let lxc: RealLxc
let base: string

beforeAll(async () => {
  docker = await startDocker()
  lxc = openRealLxc()
  base = makeBase('stale')
}, 120_000)
afterAll(async () => {
  await docker?.close()
  lxc?.close()
  removeBase(base)
})

/** What the first container has of a mount that was made anew. `self`: whose table of mounts is the host's. */
async function staleOf(target: AttachTarget, host: TargetHost, mountPoint: string, self: string) {
  const found = (await target.inventory(host))?.workloads[0]
  if (found === undefined) throw new Error('there is no container')
  const mounts = [{ mountId: testId('mount', 'share'), mountPoint }]
  const told = toldWorkload(found, { hostId: testId('host', 'a'), target: target.descriptor.id }, mounts)
  const table = (process: string | number) => parseMountinfo(readFileSync(`/proc/${process}/mountinfo`, 'utf8'))
  const pid = await target.processOf?.(host, found.nativeId)
  return markStale(told.storage, { host: table(self), inside: table(pid ?? 0) }).map(({ stale }) => stale ?? false)
}

test('a container of Docker has the old mount until it is restarted', async () => {
  const engine = readFileSync(docker.place.pidFile, 'utf8').trim()
  const inEngine = (...words: string[]) => execFileSync('nsenter', ['--target', engine, '--mount', ...words])
  docker.makeDirectory('/srv/share')
  const mount = () => inEngine('mount', '-t', 'tmpfs', 'tmpfs', '/srv/share')
  mount()
  await docker.api('POST', '/containers/create?name=web', {
    ...{ Image: IMAGE, Cmd: ['/bin/sleep', '3600'], StopSignal: 'SIGKILL' },
    HostConfig: { NetworkMode: 'none', Mounts: [{ Type: 'bind', Source: '/srv/share', Target: '/data' }] },
  })
  await docker.api('POST', '/containers/web/start')
  const host = { ...BARE_HOST, ask: (daemon: 'docker', url: string) => askDaemon(daemon, url, docker.place) }
  const stale = () => staleOf(dockerTarget, host, '/srv/share', engine)
  expect(await stale()).toEqual([false])
  inEngine('umount', '/srv/share')
  mount()
  expect(await stale()).toEqual([true])
  await docker.api('POST', '/containers/web/restart')
  expect(await stale()).toEqual([false])
  await docker.api('POST', '/containers/web/kill')
  expect(await dockerTarget.processOf(host, JSON.parse(await docker.api('GET', '/containers/web/json')).Id)).toBeNull()
})

test('so has one of LXC, until it is stopped and started', async () => {
  const share = join(base, 'share')
  mkdirSync(share)
  const mount = () => execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', share])
  mount()
  lxc.define('web', [`lxc.mount.entry = ${share} srv/data none bind,create=dir 0 0`])
  const start = () => lxc.host.run('lxc-start', ['--name=web'])
  await start()
  // The root of its files is the first.
  const stale = async () => (await staleOf(lxcTarget, lxc.host, share, 'self')).at(-1)
  expect(await stale()).toBe(false)
  execFileSync('umount', [share])
  mount()
  expect(await stale()).toBe(true)
  await lxc.host.run('lxc-stop', ['--name=web', '--kill'])
  expect(await lxcTarget.processOf?.(lxc.host, 'web')).toBeNull()
  await start()
  expect(await stale()).toBe(false)
  await lxc.host.run('lxc-stop', ['--name=web', '--kill'])
  execFileSync('umount', [share])
})
