import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { createSourceRule } from '@/agent/policy/source-rule'
import type { BindMountRequest } from '@/lib/drivers/contract/mount-request'
import { mountCommands } from '@/lib/drivers/mounting/commands'
import { optionOf } from '@/lib/drivers/options/mount-options'
import type { HoldfastError } from '@/lib/errors'
import { startHangFs } from '@/testing/agent/hang-fs-control'
import { placesBelow } from '@/testing/agent/places'
import { guardMountPoint } from './guard'
import { abandonTarget, type MountContext, mountFileSystem, mountsAt, unmountTarget } from './mounts'
import type { Places } from './places'
import { Prober } from './probe'

let base: string
let target: string
let source: string
let places: Places
const place = () => places.allow(target)
const context: MountContext = {
  runner: new Runner(),
  prober: new Prober(),
  sources: createSourceRule({ roots: ['/srv'], denied: [], own: [], file: 'agent.json' }),
  checkAddress: () => undefined,
}

beforeEach(() => {
  base = mkdtempSync('/srv/holdfast-mounts-')
  chmodSync(base, 0o755)
  target = join(base, 'target')
  places = placesBelow(base)
  source = join(base, 'source')
  mkdirSync(source)
})
afterEach(() => {
  for (let depth = 0; depth < 5 && mountsAt(target).length > 0; depth++) spawnSync('umount', ['-c', '-l', target])
  spawnSync('chattr', ['-R', '-f', '-i', base])
  rmSync(base, { recursive: true })
})

/** Other namespaces of this machine, of tests that run beside this one, may show the mount too. */
function among(holder: unknown) {
  return expect.arrayContaining([holder])
}

function bind(more: Partial<BindMountRequest> = {}): BindMountRequest {
  return { kind: 'bind', source, target, options: [], readOnly: false, ...more }
}

describe('mountFileSystem', () => {
  it('binds with nosuid, nodev and ro, verified by mountinfo', async () => {
    const entry = await mountFileSystem(context, place(), bind({ readOnly: true }))
    expect(entry.options).toEqual(expect.arrayContaining(['nosuid', 'nodev', 'ro']))
    expect(entry.root).toBe(source)
    expect(() => writeFileSync(join(target, 'x'), '')).toThrow(/EROFS/)
    await unmountTarget(context, place())
    await unmountTarget(context, place())
    expect(() => writeFileSync(join(target, 'x'), '')).toThrow(/EPERM/)
  })

  it('never mounts twice', async () => {
    await mountFileSystem(context, place(), bind())
    await expect(mountFileSystem(context, place(), bind())).rejects.toMatchObject({ code: 'conflict' })
    const both = [mountFileSystem(context, place(), bind()), mountFileSystem(context, place(), bind())]
    expect((await Promise.allSettled(both)).map((result) => result.status)).toEqual(['rejected', 'rejected'])
    expect(mountsAt(target)).toHaveLength(1)
    await unmountTarget(context, place())
  })

  it('is not led away by a swapped target', async () => {
    const victim = join(base, 'victim')
    mkdirSync(victim)
    const point = await guardMountPoint(context.runner, place())
    point.close()
    const script = `
      const fs = require('node:fs')
      for (;;) { try { fs.renameSync('${target}', '${target}.old'); fs.symlinkSync('${victim}', '${target}');
        fs.unlinkSync('${target}'); fs.renameSync('${target}.old', '${target}') } catch {} }`
    execFileSync('chattr', ['-i', target])
    const racer = spawn(process.execPath, ['-e', script])
    try {
      for (let attempt = 0; attempt < 40; attempt++) {
        await mountFileSystem(context, place(), bind()).catch(() => undefined)
        expect(mountsAt(victim)).toEqual([])
        spawnSync('umount', ['-c', target])
        spawnSync('umount', ['-c', `${target}.old`])
      }
    } finally {
      racer.kill('SIGKILL')
      await once(racer, 'exit')
      spawnSync('umount', ['-c', `${target}.old`])
    }
  })

  it('refuses a bind source that is a symbolic link or a system tree', async () => {
    symlinkSync('/etc', join(base, 'link'))
    await expect(mountFileSystem(context, place(), bind({ source: join(base, 'link') }))).rejects.toMatchObject({
      code: 'policy_denied',
    })
    await expect(mountFileSystem(context, place(), bind({ source: '/etc' }))).rejects.toMatchObject({
      code: 'policy_denied',
    })
    expect(mountsAt(target)).toEqual([])
  })
})

describe('the mount command', () => {
  it('always has the same shape, whatever source and options hold', async () => {
    const recorder = join(base, 'recorder.mjs')
    const seen = join(base, 'seen')
    const script = `#!${process.execPath}\nimport { writeFileSync } from 'node:fs'\nwriteFileSync('${seen}', JSON.stringify(process.argv.slice(2)))\n`
    writeFileSync(recorder, script, { mode: 0o755 })
    const recording: MountContext = { ...context, runner: new Runner({ paths: { mount: recorder } }) }
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('nas:/export', '-o', '--', 'nas:/a b', 'nas:/x,suid', '-oexec', 'nas:/\n', '/proc/self/fd/4'),
    )
    const option = fc.oneof(text, fc.constantFrom('vers=4.2', 'retry=0', 'hard', 'suid', 'vers=4.2,dev'))
    await fc.assert(
      fc.asyncProperty(text, fc.array(option, { maxLength: 3 }), fc.boolean(), async (from, options, readOnly) => {
        rmSync(seen, { force: true })
        const request = {
          kind: 'kernel' as const,
          fsType: 'nfs',
          source: from,
          target,
          options: options.map(optionOf),
          readOnly,
        }
        await expect(mountFileSystem(recording, place(), request)).rejects.toThrow()
        if (!existsSync(seen)) return
        const args: string[] = JSON.parse(readFileSync(seen, 'utf8'))
        expect(args).toEqual(['-c', '-t', 'nfs', '-o', args[4], '--', from, '/proc/self/fd/3'])
        expect(from.startsWith('-')).toBe(false)
        const rendered = args[4]?.split(',') ?? []
        expect(rendered.slice(-2)).toEqual(['nosuid', 'nodev'])
        expect(rendered.filter((key) => ['suid', 'dev', 'exec', 'user'].includes(key))).toEqual([])
      }),
      { numRuns: 150 },
    )
  })
})

describe('what runs', () => {
  /** The same command line, with the directories by their paths instead of held. */
  async function ran(request: Parameters<typeof mountFileSystem>[2]): Promise<unknown> {
    const recorder = join(base, 'recorder.mjs')
    const seen = join(base, 'seen')
    const script = `#!${process.execPath}\nimport { appendFileSync } from 'node:fs'\nappendFileSync('${seen}', JSON.stringify(process.argv.slice(2)) + '\\n')\n`
    writeFileSync(recorder, script, { mode: 0o755 })
    const recording: MountContext = { ...context, runner: new Runner({ paths: { mount: recorder } }) }
    await expect(mountFileSystem(recording, place(), request)).rejects.toThrow('nothing is mounted')
    const held: Record<string, string> = { '/proc/self/fd/3': target, '/proc/self/fd/4': request.source }
    const lines = readFileSync(seen, 'utf8').trim().split('\n')
    return lines.map((line) => JSON.parse(line).map((word: string) => held[word] ?? word))
  }

  it('is what people see, for a mount and for a bind', async () => {
    const options = [{ name: 'vers', value: '4.2' }, { name: 'noexec' }]
    const kernel = { kind: 'kernel' as const, fsType: 'nfs', source: 'nas:/m', target, options, readOnly: true }
    for (const request of [kernel, bind({ options: [{ name: 'noexec' }] })]) {
      rmSync(join(base, 'seen'), { force: true })
      expect(await ran(request)).toEqual(mountCommands(request).map(({ args }) => args))
    }
  })
})

describe('unmountTarget', () => {
  it('never lets umount look at the path first, nor call a helper that asks the server', async () => {
    const recorder = join(base, 'recorder.mjs')
    const seen = join(base, 'seen')
    const script = `#!${process.execPath}\nimport { appendFileSync } from 'node:fs'\nappendFileSync('${seen}', JSON.stringify(process.argv.slice(2)) + '\\n')\n`
    writeFileSync(recorder, script, { mode: 0o755 })
    await mountFileSystem(context, place(), bind())
    const recording: MountContext = { ...context, runner: new Runner({ paths: { umount: recorder } }) }
    await expect(unmountTarget(recording, place())).rejects.toMatchObject({ code: 'busy' })
    const calls = new Set(readFileSync(seen, 'utf8').trim().split('\n'))
    expect([...calls]).toEqual([JSON.stringify(['-c', '-i', '--', target])])
  })

  it('names who holds it, and never unmounts behind their back', async () => {
    await mountFileSystem(context, place(), bind())
    const holder = spawn('sleep', ['1000'], { cwd: target })
    try {
      await vi.waitFor(() => expect(readFileSync(`/proc/${holder.pid}/comm`, 'utf8')).toBe('sleep\n'))
      await expect(unmountTarget(context, place())).rejects.toMatchObject({
        code: 'busy',
        details: { holders: among({ kind: 'process', pid: holder.pid, name: 'sleep', via: 'working directory' }) },
      })
      expect(mountsAt(target)).toHaveLength(1)
    } finally {
      holder.kill()
      await once(holder, 'exit')
    }
    await unmountTarget(context, place())
    expect(mountsAt(target)).toEqual([])
  })

  it('names another namespace that shows the mount, and none that shows only the disk below it', async () => {
    const apart = () => spawn('unshare', ['--mount', '--propagation', 'private', 'sleep', '1000'])
    const settled = ({ pid }: ChildProcess) =>
      vi.waitFor(() => expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('sleep\n'))
    const before = apart()
    await settled(before)
    await mountFileSystem(context, place(), bind())
    const after = apart()
    await settled(after)
    const holder = spawn('sleep', ['1000'], { cwd: target })
    await settled(holder)
    try {
      const refusal = await unmountTarget(context, place()).catch((error: HoldfastError) => error)
      const holders = refusal?.details?.holders
      expect(holders).toContainEqual({ kind: 'namespace', pid: after.pid, name: 'sleep' })
      expect(holders).not.toContainEqual({ kind: 'namespace', pid: before.pid, name: 'sleep' })
    } finally {
      for (const child of [before, after, holder]) {
        child.kill()
        await once(child, 'exit')
      }
    }
    await unmountTarget(context, place())
  })

  it('names a mount inside, and refuses a stack', async () => {
    mkdirSync(join(source, 'inner'))
    await mountFileSystem(context, place(), bind())
    await context.runner.run('mount', ['-t', 'tmpfs', 'none', join(target, 'inner')])
    await expect(unmountTarget(context, place())).rejects.toMatchObject({
      code: 'busy',
      details: { holders: among({ kind: 'mount', target: join(target, 'inner') }) },
    })
    await context.runner.run('umount', [join(target, 'inner')])
    await context.runner.run('mount', ['-t', 'tmpfs', 'none', target])
    await expect(unmountTarget(context, place())).rejects.toMatchObject({ code: 'conflict' })
    expect(mountsAt(target)).toHaveLength(2)
  })

  it('gets a hung FUSE mount back although callers are stuck in it', async () => {
    mkdirSync(target)
    const storage = await startHangFs(target)
    storage.hang()
    const caller = spawn('stat', [target])
    await vi.waitFor(() => expect(readFileSync(`/proc/${caller.pid}/syscall`, 'utf8')).toMatch(/^\d/))
    const blocked = readFileSync(`/proc/${caller.pid}/syscall`, 'utf8')
    await vi.waitFor(() => expect(readFileSync(`/proc/${caller.pid}/syscall`, 'utf8')).toBe(blocked))
    caller.kill('SIGKILL')
    await unmountTarget(context, place())
    expect(mountsAt(target)).toEqual([])
    await storage.kill()
  })

  it('removes a dead endpoint', async () => {
    mkdirSync(target)
    const storage = await startHangFs(target)
    await storage.kill()
    await unmountTarget(context, place())
    expect(mountsAt(target)).toEqual([])
  })
})

describe('abandonTarget', () => {
  it('takes the name away from a busy mount', async () => {
    await mountFileSystem(context, place(), bind())
    const holder = spawn('sleep', ['1000'], { cwd: target })
    await vi.waitFor(() => expect(readFileSync(`/proc/${holder.pid}/comm`, 'utf8')).toBe('sleep\n'))
    await abandonTarget(context.runner, place())
    expect(mountsAt(target)).toEqual([])
    holder.kill()
    await once(holder, 'exit')
    renameSync(source, `${source}.moved`)
  })
})
