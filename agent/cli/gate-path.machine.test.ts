import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { gatePath } from '@/agent/cli/gate-path'
import { readAgentEnv } from '@/agent/env'
import { bindMount, envelope, type MountHost, makeBase, openMountHost, removeBase } from '@/testing/agent/mount-host'

let base: string
let host: MountHost
let mountPoint: string
const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true)

beforeAll(async () => {
  base = makeBase('gate-path')
  host = await openMountHost(base)
  const wanted = bindMount(base, 'nas')
  mountPoint = wanted.mountPoint
  await host.manager.apply(envelope(wanted.mountId), performance.now(), wanted, { log: () => undefined })
  mkdirSync(join(base, 'data', 'web'))
}, 60_000)
afterAll(async () => {
  said.mockRestore()
  await host?.close()
  removeBase(base)
})

const ask = (...operands: string[]) => {
  const env = readAgentEnv({ ...process.env, HOLDFAST_AGENT_STATE_DIR: join(base, 'state') })
  said.mockClear()
  return gatePath(env, { operands })
}

test('says whether directories of mounts are there, as systemd is to try again', async () => {
  const web = join(mountPoint, 'web')
  expect(await ask(mountPoint, web)).toBe(0)
  expect(said).not.toHaveBeenCalled()
  expect(await ask(join(mountPoint, 'none'))).toBe(255)
  expect(await ask(web, join(mountPoint, '..', 'data'))).toBe(255)
  expect(said).toHaveBeenCalledWith(expect.stringContaining('lies on no mount'))
  execFileSync('umount', [mountPoint])
  expect(await ask(web)).toBe(255)
  expect(said).toHaveBeenCalledWith(expect.stringContaining('is not mounted'))
  execFileSync('mount', ['--bind', join(base, 'data'), mountPoint])
  expect(await ask(web)).toBe(0)
  await expect(ask()).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(ask('web')).rejects.toMatchObject({ code: 'invalid_input' })
})
