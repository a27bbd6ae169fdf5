import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkGuard, guardMountPoint, removeMountPoint } from './guard'
import { readMounts } from './mountinfo'
import { holdBindSource } from './paths'
import { Runner } from './run'

const runner = new Runner()
let base: string

beforeEach(() => {
  base = mkdtempSync('/srv/holdfast-guard-')
  chmodSync(base, 0o755)
})
afterEach(() => {
  spawnSync('chattr', ['-R', '-f', '-i', base])
  rmSync(base, { recursive: true })
})

async function guard(path: string): Promise<string> {
  const point = await guardMountPoint(runner, path)
  point.close()
  return point.guard
}

describe('mountpoint guard', () => {
  it('refuses every write of root while nothing is mounted, and may be asked for again', async () => {
    const path = join(base, 'team', 'data')
    expect(await guard(path)).toBe('immutable')
    expect(await guard(path)).toBe('immutable')
    expect(statSync(path).mode & 0o7777).toBe(0)
    for (const attempt of [
      () => writeFileSync(join(path, 'file'), 'x'),
      () => mkdirSync(join(path, 'directory')),
      () => symlinkSync('/etc', join(path, 'link')),
      () => rmSync(path, { recursive: true }),
    ]) {
      expect(attempt).toThrow(/EPERM/)
    }
    expect(checkGuard(path)).toBe('immutable')
  })

  it('can be mounted over, and guards again afterwards', async () => {
    const path = join(base, 'data')
    await guard(path)
    await runner.run('mount', ['-t', 'tmpfs', 'none', path])
    writeFileSync(join(path, 'file'), 'on the storage')
    await expect(guard(path)).rejects.toMatchObject({ code: 'conflict' })
    expect(() => checkGuard(path)).toThrow('is a mountpoint already')
    await runner.run('umount', [path])
    expect(() => writeFileSync(join(path, 'file'), 'x')).toThrow(/EPERM/)
  })

  it('reports a lost flag', async () => {
    const path = join(base, 'data')
    await guard(path)
    execFileSync('chattr', ['-i', path])
    expect(checkGuard(path)).toBe('unguarded')
    expect(checkGuard(join(base, 'nothing'))).toBe('missing')
  })

  it('says unguarded where the file system has no such flag', async () => {
    const path = join(base, 'flagless')
    mkdirSync(path)
    await runner.run('mount', ['-t', 'ramfs', 'none', path])
    try {
      chmodSync(path, 0o755)
      expect(await guard(join(path, 'point'))).toBe('unguarded')
    } finally {
      await runner.run('umount', [path])
    }
  })

  it('refuses a directory with something in it, and never deletes it', async () => {
    const path = join(base, 'full')
    mkdirSync(path)
    writeFileSync(join(path, 'precious'), 'x')
    await expect(guard(path)).rejects.toMatchObject({ code: 'conflict' })
    await expect(removeMountPoint(runner, path)).rejects.toMatchObject({ code: 'conflict' })
    expect(statSync(join(path, 'precious')).size).toBe(1)
  })

  it('removes its empty directory, and again', async () => {
    const path = join(base, 'gone')
    await guard(path)
    await removeMountPoint(runner, path)
    await removeMountPoint(runner, path)
    expect(checkGuard(path)).toBe('missing')
  })

  it('follows no symbolic link in any component', async () => {
    mkdirSync(join(base, 'real'))
    symlinkSync(join(base, 'real'), join(base, 'link'))
    await expect(guard(join(base, 'link'))).rejects.toMatchObject({ code: 'policy_denied' })
    await expect(guard(join(base, 'link', 'below'))).rejects.toMatchObject({ code: 'policy_denied' })
  })

  it('refuses components that others can change', async () => {
    mkdirSync(join(base, 'open'))
    chmodSync(join(base, 'open'), 0o777)
    await expect(guard(join(base, 'open', 'x'))).rejects.toThrow('can be written by others')
    mkdirSync(join(base, 'theirs'))
    chownSync(join(base, 'theirs'), 12_345, 0)
    await expect(guard(join(base, 'theirs', 'x'))).rejects.toThrow('does not belong to root')
  })

  it('stays inside whatever the path looks like', async () => {
    const part = fc.oneof(
      fc.constantFrom('..', '.', '', 'a\nb', 'a\0b', '\u007f', 'x'.repeat(256)),
      fc.string({ maxLength: 8 }),
    )
    const bad = fc
      .array(part, { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join('/'))
      .filter((path) => /(^|\/)\.{0,2}(\/|$)|[\p{Cc}]|[^/]{256}/u.test(path))
    await fc.assert(
      fc.asyncProperty(bad, async (path) => {
        await expect(guard(`${base}/${path}`)).rejects.toMatchObject({ code: 'invalid_input' })
      }),
    )
    await expect(guard('srv/relative')).rejects.toMatchObject({ code: 'invalid_input' })
  })
})

describe('bind sources', () => {
  it.each(['/', '/etc', '/etc/ssl', '/proc/1', '/var/lib/holdfast', '/usr/share', '/var'])('refuses %s', (path) => {
    expect(() => holdBindSource(readMounts(), path, [])).toThrow(/never handed out|cannot be used/)
  })

  it('refuses our own directories, symbolic links and what is missing', () => {
    const own = join(base, 'state')
    mkdirSync(own)
    symlinkSync('/etc', join(base, 'etc'))
    expect(() => holdBindSource(readMounts(), own, [own])).toThrow('never handed out')
    expect(() => holdBindSource(readMounts(), base, [own])).toThrow('never handed out')
    expect(() => holdBindSource(readMounts(), join(base, 'etc', 'ssl'), [])).toThrow('symbolic link')
    expect(() => holdBindSource(readMounts(), join(base, 'none'), [])).toThrow('does not exist')
    holdBindSource(readMounts(), base, []).close()
  })
})
