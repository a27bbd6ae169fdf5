import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { type Consumer, findConsumers } from '@/agent/host/mounting/consumers'
import { readMounts } from '@/agent/host/mounting/mountinfo'

let base: string
let target: string
const children: ReturnType<typeof spawn>[] = []

beforeEach(() => {
  base = mkdtempSync('/srv/holdfast-consumers-')
  target = join(base, 'with space')
  mkdirSync(join(base, 'data', 'sub'), { recursive: true })
  mkdirSync(target)
  writeFileSync(join(base, 'data', 'file'), 'x')
  spawnSync('mount', ['--bind', join(base, 'data'), target])
})

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  spawnSync('umount', ['-l', target])
  rmSync(base, { recursive: true })
})

function start(command: string, args: string[]) {
  const child = spawn(command, args, { stdio: 'ignore' })
  children.push(child)
  return child.pid
}

async function consumersOf(): Promise<Consumer[]> {
  const entry = readMounts().findLast((mount) => mount.target === target)
  if (!entry) throw new Error('not mounted')
  const { consumers, truncated, partial } = await findConsumers(new Runner(), entry)
  expect({ truncated, partial }).toEqual({ truncated: false, partial: false })
  return consumers
}

it('finds who has a file, a directory or a mapping of a mount, and nobody who uses the same storage elsewhere', async () => {
  const reading = start('sh', ['-c', 'exec 9<"$1"; exec 8<"$1"; exec sleep 60', 'sh', join(target, 'file')])
  const standing = start('sh', ['-c', 'cd "$1"; exec sleep 60', 'sh', join(target, 'sub')])
  const elsewhere = start('sh', ['-c', 'exec 9<"$1"; exec sleep 60', 'sh', join(base, 'data', 'file')])
  await vi.waitFor(
    async () => {
      const found = await consumersOf()
      expect(found.find(({ pid }) => pid === reading)).toMatchObject({ name: 'sleep', via: ['file'], files: 2 })
      expect(found.find(({ pid }) => pid === standing)).toMatchObject({ via: ['working directory'], files: 0 })
      expect(found.some(({ pid }) => pid === elsewhere)).toBe(false)
    },
    { timeout: 20_000 },
  )
})

it('finds a process in another mount namespace, where the mount has another place', async () => {
  const inner = join(base, 'inner')
  mkdirSync(inner)
  const script = 'mount --bind "$1" "$2" && cd / && exec 9<"$2/file" && exec sleep 60'
  const pid = start('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', target, inner])
  await vi.waitFor(
    async () =>
      expect((await consumersOf()).find((found) => found.pid === pid)).toMatchObject({ via: ['file'], files: 1 }),
    { timeout: 20_000 },
  )
})
