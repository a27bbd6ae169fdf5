import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { coveringMount, readMounts } from '@/agent/host/mounting/mountinfo'
import { Secret } from '@/lib/secret'
import { RuntimeDirectory } from './runtime-directory'

let base: string
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'holdfast-runtime-'))
})
afterEach(() => {
  spawnSync('umount', [join(base, 'run')])
  rmSync(base, { recursive: true })
})

describe('RuntimeDirectory', () => {
  it('keeps secrets in memory, readable by the owner alone', async () => {
    const runtime = await RuntimeDirectory.open(new Runner(), join(base, 'run'), { allowDisk: false })
    expect(runtime.medium).toBe('memory')
    expect(coveringMount(readMounts(), runtime.path)?.fsType).toBe('tmpfs')
    expect(statSync(runtime.path).mode & 0o777).toBe(0o700)
    const file = runtime.secretFile(new Secret('canary'))
    expect(statSync(file.path).mode & 0o777).toBe(0o600)
    expect(readFileSync(file.path, 'utf8')).toBe('canary')
    file.done()
    file.done()
    expect(existsSync(file.path)).toBe(false)
    const forgotten = runtime.secretFile('x')
    const again = await RuntimeDirectory.open(new Runner(), join(base, 'run'), { allowDisk: false })
    again.clearSecretFiles()
    expect(existsSync(forgotten.path)).toBe(false)
    const mounted = () => readMounts().filter((mount) => mount.target === runtime.path)
    expect(mounted()).toHaveLength(1)
    const inUse = again.secretFile('x')
    await again.release(new Runner())
    expect(mounted()).toHaveLength(1)
    inUse.done()
    await again.release(new Runner())
    expect(mounted()).toEqual([])
  })

  it('refuses a disk unless told', async () => {
    const powerless = new Runner({ paths: { mount: '/bin/false' } })
    const path = join(base, 'run')
    await expect(RuntimeDirectory.open(powerless, path, { allowDisk: false })).rejects.toMatchObject({
      code: 'policy_denied',
    })
    expect((await RuntimeDirectory.open(powerless, path, { allowDisk: true })).medium).toBe('disk')
  })

  it('takes no names that lead elsewhere', async () => {
    const runtime = await RuntimeDirectory.open(new Runner(), join(base, 'run'), { allowDisk: false })
    for (const name of ['..', 'a/b', '', '-x', '.hidden']) expect(() => runtime.directory(name)).toThrow()
  })
})
