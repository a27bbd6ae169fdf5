import { afterEach, describe, expect, it } from 'vitest'
import type { AttachTarget, FoundWorkload } from '@/lib/attach-targets/contract/target'
import type { TargetHost } from '@/lib/attach-targets/contract/target-host'

/** A container or machine that is to be there, with one directory of the host, or one disk. */
export interface StandIn {
  name: string
  state: 'running' | 'stopped'
  path: string
}

export interface TargetRig {
  host: TargetHost
  /** Where what runs may have its storage. */
  root: string
  /** What was asked: words of a command, or a path of a daemon. */
  asked: readonly (readonly string[])[]
  /** From now on it has these. */
  show(workloads: readonly StandIn[]): Promise<void> | void
  /** From now on nobody answers. */
  breakDown(): Promise<void> | void
  close(): Promise<void>
}

export interface TargetCase {
  what: string
  target(rig: TargetRig): AttachTarget
  open(): Promise<TargetRig>
  /** A host on which it is not. Absent: it cannot be taken away from this one. */
  without?: TargetHost
  /** Words of which each question has one; what is asked for besides would change something. */
  questions: readonly string[]
  /** Can it have something of this name? What makes them refuses the others. */
  canBeNamed(name: string): boolean
  canHavePath(path: string): boolean
  /** What is there can only be defined here. */
  startsNothing?: true
}

const NAMES = [
  '-rf',
  '--force',
  '--connect=evil',
  '; reboot',
  '$(reboot)',
  '`reboot`',
  'two words',
  '"quoted"',
  "it's",
  '<b>&amp;</b>',
  ']]>',
  'a,b=c',
  '%s%n',
  '..%2f..',
  'ÄÖ ü 名前',
  '\u202egnp.exe',
  'x'.repeat(60),
  '12345',
  'constructor',
  '__proto__',
]
const PATHS = [
  '/srv/plain',
  '/srv/with blank',
  '/srv/a,ro=1',
  '/srv/a:b',
  '/srv/<x>&"\'',
  '/srv/-o',
  '/srv/名前',
  '/srv/a/../../etc',
  `/srv/${'d'.repeat(200)}`,
]

function onlyPath({ storage }: FoundWorkload): string | null | undefined {
  return storage.find(({ kind, target }) => kind !== 'disk' || target !== '/')?.source
}

/** What every kind of workload keeps to, over a stand-in and over the real thing. */
export function describeTarget(of: TargetCase): void {
  describe(of.what, () => {
    let rig: TargetRig | undefined
    const opened = async (workloads: (root: string) => readonly StandIn[] = () => []) => {
      const made = await of.open()
      rig = made
      await made.show(workloads(made.root))
      return { rig: made, inventory: () => of.target(made).inventory(made.host) }
    }
    afterEach(async () => {
      await rig?.close()
      rig = undefined
    })

    it('has nothing to begin with, and says its version', async () => {
      const { inventory } = await opened()
      expect(await inventory()).toEqual({ version: expect.stringMatching(/^\d+\.\d+/), workloads: [] })
    })

    it('tells everything that it has, running or not, with the storage', async () => {
      const state = of.startsNothing ? 'stopped' : 'running'
      const { rig: used, inventory } = await opened((root) => [
        { name: 'web', state, path: `${root}/web` },
        { name: 'db', state: 'stopped', path: '/srv/db' },
      ])
      const found = (await inventory())?.workloads ?? []
      expect(found.map(({ name, state }) => `${name} ${state}`).sort()).toEqual(['db stopped', `web ${state}`])
      expect(new Set(found.map(onlyPath))).toEqual(new Set([`${used.root}/web`, '/srv/db']))
    })

    it('gives the same one the same id, and another one another', async () => {
      const { inventory } = await opened(() => [
        { name: 'one', state: 'stopped', path: '/srv/one' },
        { name: 'two', state: 'stopped', path: '/srv/two' },
      ])
      const ids = async () => ((await inventory())?.workloads ?? []).map(({ nativeId }) => nativeId).sort()
      const first = await ids()
      expect(new Set(first).size).toBe(2)
      expect(await ids()).toEqual(first)
    })

    it('takes names and paths for what they are, whatever stands in them, and asks only', async () => {
      const names = NAMES.filter((name) => of.canBeNamed(name))
      const paths = PATHS.filter((path) => of.canHavePath(path))
      const hostile = [
        ...names.map((name, at): StandIn => ({ name, state: 'stopped', path: `/srv/${at}` })),
        ...paths.map((path, at): StandIn => ({ name: `path-${at}`, state: 'stopped', path })),
      ]
      const { rig: used, inventory } = await opened(() => hostile)
      const found = (await inventory())?.workloads ?? []
      const shown = (one: readonly { name: string; path: string | null | undefined }[]) =>
        one.map(({ name, path }) => `${name}\n${path}`).sort()
      expect(shown(found.map((each) => ({ name: each.name, path: onlyPath(each) })))).toEqual(shown(hostile))
      for (const words of used.asked) {
        expect(words.some((word) => of.questions.some((question) => word.startsWith(question)))).toBe(true)
        // A name is the value of an option, in one word with it, or it is not there at all.
        for (const { name } of hostile.filter((each) => each.name.startsWith('-'))) expect(words).not.toContain(name)
      }
    })

    it('throws where it does not answer, which is not the same as that there is nothing', async () => {
      const { rig: used, inventory } = await opened(() => [{ name: 'web', state: 'stopped', path: '/srv/web' }])
      await used.breakDown()
      await expect(inventory()).rejects.toMatchObject({ code: expect.any(String) })
    })

    if (of.without) {
      const { without } = of
      it('is nothing where it is not', async () => {
        const { rig: used } = await opened()
        expect(await of.target(used).inventory(without)).toBeNull()
      })
    }
  })
}

/** A host that has nothing at all. */
export const BARE_HOST: TargetHost = {
  run: () => Promise.reject(new Error('nothing can be run here')),
  has: () => false,
  ask: async () => null,
}
