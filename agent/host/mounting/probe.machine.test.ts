import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type HangFs, startHangFs } from '@/testing/agent/hang-fs-control'
import { Prober } from './probe'

let directory: string
let target: string
let storage: HangFs | undefined

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-probe-'))
  target = join(directory, 'target')
  mkdirSync(target)
})
afterEach(async () => {
  await storage?.kill()
  storage = undefined
  spawnSync('umount', ['-c', '-l', target])
  rmSync(directory, { recursive: true })
})

describe('Prober on a healthy directory', () => {
  const prober = new Prober()

  it('writes, reads back and leaves nothing', async () => {
    expect(await prober.writeReadDelete(target)).toMatchObject({ state: 'ok' })
    expect(readdirSync(target)).toEqual([])
  })

  it('reads a small status file and nothing else, and follows no link', async () => {
    const file = join(target, 'cluster_status.json')
    writeFileSync(file, '{"a":1}')
    expect(await prober.readText(file)).toEqual({ state: 'ok', text: '{"a":1}' })
    expect(await prober.readText('/proc/sys/kernel/hostname')).toMatchObject({ state: 'ok' })
    writeFileSync(file, 'x'.repeat(70_000))
    expect(await prober.readText(file)).toEqual({ state: 'failed', errno: 'EFBIG' })
    rmSync(file)
    expect(await prober.readText(file)).toEqual({ state: 'failed', errno: 'ENOENT' })
    symlinkSync('/etc/passwd', file)
    expect(await prober.readText(file)).toMatchObject({ state: 'failed' })
    for (const path of [
      '/etc/shadow',
      '/etc/x/cluster_status.json',
      `${target}/../x/cluster_status.json`,
      'cluster_status.json',
    ])
      await expect(prober.readText(path), path).rejects.toMatchObject({ code: 'policy_denied' })
    rmSync(file)
  })

  it('tells kinds of paths', async () => {
    writeFileSync(join(target, 'file'), '')
    expect(await prober.stat(target)).toEqual({ kind: 'directory' })
    expect(await prober.stat(join(target, 'file'))).toEqual({ kind: 'file' })
    expect(await prober.stat(join(target, 'none'))).toEqual({ kind: 'missing', errno: 'ENOENT' })
    expect(await prober.stat('/dev/null')).toEqual({ kind: 'other' })
  })

  it('counts a directory with more names than it keeps as answering', async () => {
    expect(await prober.list(target)).toMatchObject({ state: 'ok' })
    expect(await prober.list(join(target, 'none'))).toMatchObject({ state: 'failed', errno: 'ENOENT' })
  })
})

describe('Prober on storage that fails', () => {
  it('measures in fragments, not in blocks', async () => {
    storage = await startHangFs(target)
    expect(await new Prober().statfs(target)).toMatchObject({
      state: 'ok',
      totalBytes: 1_000_000 * 4096,
      freeBytes: 400_000 * 4096,
      availableBytes: 300_000 * 4096,
      totalInodes: 5000,
      freeInodes: 4000,
    })
  })

  it('says hung at the deadline, starts no second child while one is stuck, and recovers', async () => {
    storage = await startHangFs(target)
    const healthy = join(directory, 'healthy')
    mkdirSync(healthy)
    const prober = new Prober()
    storage.hang()
    expect(await prober.statfs(target, { deadlineMs: 300 })).toMatchObject({ state: 'hung' })
    expect(prober.stuckCount).toBe(1)
    for (let attempt = 0; attempt < 20; attempt++) {
      expect(await prober.list(target)).toMatchObject({ state: 'hung' })
      expect(await prober.statfs(healthy)).toMatchObject({ state: 'ok' })
    }
    expect(prober.stuckCount).toBe(1)
    storage.answer()
    await vi.waitFor(() => expect(prober.stuck(target)).toBeNull(), { timeout: 5_000 })
    expect(await prober.writeReadDelete(target)).toMatchObject({ state: 'ok' })
  })

  it('names the errno of a dead endpoint and of a failing disk', async () => {
    storage = await startHangFs(target)
    const prober = new Prober()
    storage.fail()
    await vi.waitFor(async () => expect(await prober.list(target)).toMatchObject({ state: 'failed', errno: 'EIO' }))
    await storage.kill()
    expect(await prober.statfs(target)).toMatchObject({ state: 'failed', errno: 'ENOTCONN' })
  })
})
