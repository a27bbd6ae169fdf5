import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { createSourceRule } from '@/agent/policy/source-rule'
import { placesBelow } from '@/testing/agent/places'
import { checkGuard, guardMountPoint, probeGuard, removeMountPoint } from './guard'
import { readMounts } from './mountinfo'
import { holdBindSource } from './paths'
import { type PlaceRecord, RememberedPlaces } from './place-records'
import type { OwnedPlace, Places } from './places'

const runner = new Runner()
let base: string
let records: RememberedPlaces
let places: Places

beforeEach(() => {
  base = mkdtempSync('/srv/holdfast-guard-')
  chmodSync(base, 0o755)
  records = new RememberedPlaces()
  places = placesBelow(base, records)
})
afterEach(() => {
  spawnSync('chattr', ['-R', '-f', '-i', base])
  rmSync(base, { recursive: true })
})

async function guard(path: string): Promise<string> {
  const point = await guardMountPoint(runner, places.allow(path))
  point.close()
  return point.guard
}

function owned(path: string): OwnedPlace {
  const place = places.owned(path)
  if (place === null) throw new Error(`${path} is not ours`)
  return place
}

const modeOf = (path: string) => statSync(path).mode & 0o7777
const isImmutable = (path: string) =>
  execFileSync('lsattr', ['-d', path], { encoding: 'utf8' }).slice(0, 22).includes('i')

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
    expect(checkGuard(owned(path))).toBe('immutable')
  })

  it('can be mounted over, and guards again afterwards', async () => {
    const path = join(base, 'data')
    await guard(path)
    await runner.run('mount', ['-t', 'tmpfs', 'none', path])
    writeFileSync(join(path, 'file'), 'on the storage')
    await expect(guard(path)).rejects.toMatchObject({ code: 'conflict' })
    expect(() => checkGuard(owned(path))).toThrow('is a mountpoint already')
    await runner.run('umount', [path])
    expect(() => writeFileSync(join(path, 'file'), 'x')).toThrow(/EPERM/)
  })

  it('reports a lost flag', async () => {
    const path = join(base, 'data')
    await guard(path)
    execFileSync('chattr', ['-i', path])
    expect(checkGuard(owned(path))).toBe('unguarded')
    execFileSync('rmdir', [path])
    expect(checkGuard(owned(path))).toBe('missing')
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
    expect(places.owned(path)).toBeNull()
    expect(statSync(join(path, 'precious')).size).toBe(1)
  })

  it('removes its empty directory, and again', async () => {
    const path = join(base, 'gone')
    await guard(path)
    const place = owned(path)
    expect(await removeMountPoint(runner, place)).toBe('removed')
    expect(await removeMountPoint(runner, place)).toBe('removed')
    expect(existsSync(path)).toBe(false)
    expect(places.owned(path)).toBeNull()
  })

  it('never deletes what came into its directory', async () => {
    const path = join(base, 'filled')
    await guard(path)
    execFileSync('chattr', ['-i', path])
    writeFileSync(join(path, 'precious'), 'x')
    await expect(removeMountPoint(runner, owned(path))).rejects.toMatchObject({ code: 'conflict' })
    expect(statSync(join(path, 'precious')).size).toBe(1)
  })

  it('tries whether it can guard, and leaves nothing behind', async () => {
    expect(await probeGuard(runner, places, base)).toBe('immutable')
    expect(readdirSync(base)).toEqual([])
    await expect(probeGuard(runner, places, '/srv')).rejects.toMatchObject({ code: 'policy_denied' })
  })

  it('takes away what an agent left that was killed while it tried', async () => {
    await guard(join(base, '.holdfast-guard-1'))
    expect(readdirSync(base)).toEqual(['.holdfast-guard-1'])
    await probeGuard(runner, places, base)
    expect(readdirSync(base)).toEqual([])
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

describe('a directory that was there before', () => {
  it.each(['755', '1777', '2750'])('is guarded, and given back with mode %s', async (octal) => {
    const mode = Number.parseInt(octal, 8)
    const path = join(base, 'theirs')
    mkdirSync(path)
    chmodSync(path, mode)
    expect(await guard(path)).toBe('immutable')
    expect(await guard(path)).toBe('immutable')
    expect([modeOf(path), isImmutable(path)]).toEqual([0, true])
    expect(await removeMountPoint(runner, owned(path))).toBe('given back')
    expect([modeOf(path), isImmutable(path)]).toEqual([mode, false])
    expect(places.owned(path)).toBeNull()
  })

  it('keeps the immutable flag that it had', async () => {
    const path = join(base, 'theirs')
    mkdirSync(path)
    const before = modeOf(path)
    execFileSync('chattr', ['+i', path])
    expect(await guard(path)).toBe('immutable')
    expect(modeOf(path)).toBe(before)
    expect(await removeMountPoint(runner, owned(path))).toBe('given back')
    expect([modeOf(path), isImmutable(path)]).toEqual([before, true])
  })

  it('and lost its own flag in between gets the mode back that it has now', async () => {
    const path = join(base, 'theirs')
    mkdirSync(path)
    execFileSync('chattr', ['+i', path])
    await guard(path)
    execFileSync('chattr', ['-i', path])
    chmodSync(path, 0o750)
    await guard(path)
    expect(modeOf(path)).toBe(0)
    await removeMountPoint(runner, owned(path))
    expect([modeOf(path), isImmutable(path)]).toEqual([0o750, false])
  })

  it('is given back after a kill between the note and the change, too', async () => {
    const path = join(base, 'theirs')
    mkdirSync(path)
    chmodSync(path, 0o755)
    await guard(path)
    execFileSync('chattr', ['-i', path])
    chmodSync(path, 0o755)
    await guard(path)
    await removeMountPoint(runner, owned(path))
    expect(modeOf(path)).toBe(0o755)
  })
})

it('a directory that could not be made is not ours', async () => {
  mkdirSync(join(base, 'locked'))
  execFileSync('chattr', ['+i', join(base, 'locked')])
  await expect(guard(join(base, 'locked', 'x'))).rejects.toMatchObject({ code: 'command_failed' })
  expect(places.owned(join(base, 'locked', 'x'))).toBeNull()
})

describe('the proof in the journal', () => {
  const write = (record: Omit<PlaceRecord, 'path'>) => records.write({ path: join(base, 'place'), ...record })
  const place = () => join(base, 'place')

  it('is written before the directory is made, and a kill in between loses nothing', async () => {
    const seen: (string | null)[] = []
    const watched = new RememberedPlaces()
    const note = watched.write.bind(watched)
    watched.write = (record) => {
      seen.push(existsSync(place()) ? `there, ${record.identity === null ? 'unconfirmed' : 'confirmed'}` : 'not there')
      note(record)
    }
    places = placesBelow(base, watched)
    await guard(place())
    expect(seen).toEqual(['not there', 'there, confirmed'])

    // As a kill leaves it: made and not confirmed.
    watched.write({ path: place(), origin: 'made', identity: null, mode: null })
    expect(await removeMountPoint(runner, owned(place()))).toBe('removed')
  })

  it('of a directory that was to be made says nothing of one that somebody else made then', async () => {
    write({ origin: 'made', identity: null, mode: null })
    mkdirSync(place())
    const before = modeOf(place())
    await expect(guardMountPoint(runner, owned(place()))).rejects.toMatchObject({ code: 'conflict' })
    expect(checkGuard(owned(place()))).toBe('missing')
    expect(await removeMountPoint(runner, owned(place()))).toBe('left')
    expect([modeOf(place()), isImmutable(place())]).toEqual([before, false])
  })

  it('is of one directory, and not of a later one at the same place, empty or not', async () => {
    await guard(place())
    execFileSync('chattr', ['-i', place()])
    execFileSync('rmdir', [place()])
    mkdirSync(place(), { mode: 0o000 })
    expect(checkGuard(owned(place()))).toBe('missing')
    await expect(guardMountPoint(runner, owned(place()))).rejects.toMatchObject({ code: 'conflict' })
    expect(await removeMountPoint(runner, owned(place()))).toBe('left')
    expect(existsSync(place())).toBe(true)
  })

  it('guards its directory again where the policy has become narrower, and makes none', async () => {
    await guard(place())
    execFileSync('chattr', ['-i', place()])
    places = placesBelow('/srv/elsewhere', records)
    expect(() => places.allow(place())).toThrow('not allowed')
    const point = await guardMountPoint(runner, owned(place()))
    point.close()
    expect(point.guard).toBe('immutable')
    execFileSync('chattr', ['-i', place()])
    execFileSync('rmdir', [place()])
    await expect(guardMountPoint(runner, owned(place()))).rejects.toMatchObject({ code: 'not_found' })
    expect(existsSync(place())).toBe(false)
  })

  it('that a mount was taken over says nothing of the directory under it', async () => {
    places.allow(place()).noteAdopted()
    mkdirSync(place(), { mode: 0o000 })
    expect(checkGuard(owned(place()))).toBe('missing')
    expect(await removeMountPoint(runner, owned(place()))).toBe('left')
    expect(existsSync(place())).toBe(true)
  })
})

describe('bind sources', () => {
  const rule = (more: { roots?: string[]; denied?: string[]; own?: string[] } = {}) =>
    createSourceRule({ roots: ['/srv'], denied: [], own: [], file: '/etc/holdfast/agent.json', ...more })
  const bind = (path: string, sources = rule()) => holdBindSource(readMounts(), path, sources)

  it.each(['/', '/etc', '/etc/ssl', '/proc/1', '/var/lib/holdfast', '/usr/share', '/var'])('refuses %s', (path) => {
    expect(() => bind(path, rule({ roots: ['/'] }))).toThrow(/never handed out|cannot be used/)
  })

  it('refuses our own directories, symbolic links and what is missing', () => {
    const own = join(base, 'state')
    mkdirSync(own)
    symlinkSync('/etc', join(base, 'etc'))
    const withOwn = rule({ own: [own] })
    expect(() => bind(own, withOwn)).toThrow('never handed out')
    expect(() => bind(join(own, 'keys'), withOwn)).toThrow('never handed out')
    expect(() => bind(base, withOwn)).toThrow('never handed out')
    expect(() => bind(join(base, 'etc', 'ssl'))).toThrow('symbolic link')
    expect(() => bind(join(base, 'etc'))).toThrow('symbolic link')
    expect(() => bind(join(base, 'none'))).toThrow('does not exist')
    bind(base).close()
  })

  it('refuses our own directory by its real name where it was given as a link', () => {
    mkdirSync(join(base, 'real'))
    symlinkSync(join(base, 'real'), join(base, 'state'))
    expect(() => bind(join(base, 'real'), rule({ own: [join(base, 'state')] }))).toThrow('never handed out')
  })

  it('refuses a closed tree under another name: a bind mount of it, of what is in it, of what is around it', () => {
    mkdirSync(join(base, 'state/keys'), { recursive: true })
    mkdirSync(join(base, 'alias'))
    const withOwn = rule({ own: [join(base, 'state')] })
    bind(join(base, 'alias'), withOwn).close()
    for (const source of ['state', 'state/keys', '.']) {
      execFileSync('mount', ['--bind', join(base, source), join(base, 'alias')])
      try {
        expect(() => bind(join(base, 'alias'), withOwn)).toThrow(/shows .* never handed out/)
      } finally {
        execFileSync('umount', ['-c', join(base, 'alias')])
      }
    }
    execFileSync('mount', ['--bind', '/etc', join(base, 'alias')])
    try {
      expect(() => bind(join(base, 'alias'))).toThrow('shows /etc')
    } finally {
      execFileSync('umount', ['-c', join(base, 'alias')])
    }
  })
})
