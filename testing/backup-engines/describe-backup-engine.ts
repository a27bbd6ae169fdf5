import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SnapshotIndexes } from '@/agent/resources/backups/snapshot-index'
import type { Backup, BackupEngine, OpenRepository } from '@/lib/backup-engines/contract/engine'
import type { SeenNode } from '@/lib/backup-engines/contract/values'
import { HoldfastError } from '@/lib/errors'
import { Secret } from '@/lib/secret'
import { type BackupRig, openBackupRig, PASSWORD } from '@/testing/backup-engines/backup-rig'
import { waitFor } from '@/testing/wait'

const ODD = 'odd [x]* name.txt'
const MIB = 1024 ** 2
const none = async () => undefined

/** Extended attributes, which Node knows nothing of. */
function attribute(call: 'getxattr' | 'setxattr', path: string, name: string, value?: string): string {
  const script = `import os,sys; a=sys.argv; r=os.${call}(a[1], a[2], *(x.encode() for x in a[3:])); print((r or b'').decode(), end='')`
  return execFileSync('python3', ['-c', script, path, name, ...(value === undefined ? [] : [value])], {
    encoding: 'utf8',
  })
}

/** What every engine of backups must do, with its real program. */
export function describeBackupEngine(engine: BackupEngine): void {
  let rig: BackupRig
  let source: string

  beforeEach(async () => {
    rig = await openBackupRig()
    source = join(rig.base, 'source')
    mkdirSync(join(source, 'sub/deep'), { recursive: true })
    mkdirSync(join(source, 'skipped'))
    writeFileSync(join(source, 'skipped/junk'), 'junk')
    writeFileSync(join(source, 'sub/a.txt'), 'first')
    chmodSync(join(source, 'sub/a.txt'), 0o640)
    writeFileSync(join(source, 'sub/deep', ODD), 'odd')
    writeFileSync(join(source, 'sub/deep/oddly other.txt'), 'other')
    symlinkSync('sub/a.txt', join(source, 'link'))
    execFileSync('truncate', ['-s', '8M', join(source, 'sparse')])
    execFileSync('chown', ['1234:4321', join(source, 'sub/a.txt')])
    attribute('setxattr', join(source, 'sub/a.txt'), 'user.note', 'kept')
  })
  afterEach(() => rig.close())

  const made = async (name = 'one'): Promise<OpenRepository> => {
    const repository = rig.repository(name)
    return { ...repository, engineId: await engine.init(repository, rig.context()) }
  }
  const asked = (more: Partial<Backup> = {}): Backup => ({
    source: { kind: 'directory', path: source, excludes: ['skipped'], oneFileSystem: true },
    hostName: 'web-1',
    tags: ['pln_1', 'nightly'],
    limits: {},
    ...more,
  })
  const backUp = (repository: OpenRepository, more: Partial<Backup> = {}) =>
    rig.run((turn) => engine.backup(repository, asked(more), turn, none))
  const restoreTo = (
    repository: OpenRepository,
    snapshotId: string,
    path: string | null,
    over: 'never' | 'changed' = 'never',
  ) =>
    rig.run((turn) =>
      engine.restore(repository, { snapshotId, path, target: join(rig.base, 'back'), over, limits: {} }, turn, none),
    )
  const back = (...names: string[]) => join(rig.base, 'back', ...names)
  const listed = async (repository: OpenRepository, snapshotId: string, folder: string | null) => {
    const nodes: SeenNode[] = []
    await engine.list(repository, snapshotId, folder, (node) => nodes.push(node), rig.context())
    return nodes
  }
  const failureOf = async (work: Promise<unknown>): Promise<HoldfastError> => {
    const error = await work.then(
      () => null,
      (thrown: unknown) => thrown,
    )
    if (error instanceof HoldfastError) return error
    throw new Error('It did not fail as it should.', { cause: error })
  }
  const problemOf = async (work: Promise<unknown>) => (await failureOf(work)).details?.problem

  describe('a repository', () => {
    it('is made once, and known by its id', async () => {
      const repository = rig.repository('one')
      expect(await engine.identify(repository, rig.context())).toBeNull()
      const engineId = await engine.init(repository, rig.context())
      expect(await engine.identify(repository, rig.context())).toBe(engineId)
      expect(await problemOf(engine.init(repository, rig.context()))).toBe('restic.is_there')
      const wrong = { ...repository, password: new Secret('another one') }
      expect(await problemOf(engine.snapshots(wrong, {}, rig.context()))).toBe('restic.wrong_password')
    })

    it('is not written to where another one, or nothing, is in its place', async () => {
      const repository = await made()
      const other = await made('two')
      const mixed = { ...repository, place: other.place }
      expect(await problemOf(backUp(mixed))).toBe('restic.other_repository')
      expect(await problemOf(backUp({ ...repository, ...rig.repository('none'), engineId: repository.engineId }))).toBe(
        'restic.no_repository',
      )
      expect(await engine.snapshots(other, {}, rig.context())).toEqual([])
      expect(existsSync(join(rig.base, 'repositories/none'))).toBe(false)
    })
  })

  describe('a backup of a directory', () => {
    it('is a snapshot that can be looked into', async () => {
      const repository = await made()
      const first = await backUp(repository)
      expect(first).toMatchObject({ newFiles: 4, unchangedFiles: 0, bytes: 8 * MIB + 13, unread: 0 })
      writeFileSync(join(source, 'sub/a.txt'), 'second')
      const second = await backUp(repository)
      expect(second).toMatchObject({ changedFiles: 1, unchangedFiles: 3 })
      const [one, two] = await engine.snapshots(repository, { hostName: 'web-1', tags: ['pln_1'] }, rig.context())
      expect(one).toMatchObject({ snapshotId: first.snapshotId, paths: [source], tags: ['pln_1', 'nightly'] })
      expect(two?.parentId).toBe(first.snapshotId)
      expect(await engine.snapshots(repository, { hostName: 'web-2' }, rig.context())).toEqual([])

      const folder = await listed(repository, first.snapshotId, source)
      expect(folder.map(({ name, kind }) => `${kind} ${name}`).sort()).toEqual([
        'directory sub',
        'file sparse',
        'link link',
      ])
      const all = await listed(repository, first.snapshotId, null)
      expect(all.map(({ path }) => path)).toContain(join(source, 'sub/deep', ODD))
      expect(all.find(({ name }) => name === 'a.txt')).toMatchObject({ uid: 1234, gid: 4321, mode: 0o640, bytes: 5 })
      expect(await listed(repository, first.snapshotId, join(source, 'sub/deep'))).toHaveLength(2)
      expect(await problemOf(listed(repository, first.snapshotId, join(source, 'nowhere')))).toBe('restic.no_path')
      expect(await problemOf(listed(repository, 'f'.repeat(64), source))).toBe('restic.no_snapshot')
      expect(await problemOf(listed(repository, 'latest', source))).toBe('restic.no_snapshot')

      const indexes = new SnapshotIndexes(join(rig.base, 'indexes'))
      await indexes.make(first.snapshotId, (add) => engine.list(repository, first.snapshotId, null, add, rig.context()))
      const page = indexes.page(first.snapshotId, source, { after: null, limit: 2 })
      expect(page).toEqual({ nodes: [folder[0], folder[1]], total: 3, next: folder[1]?.name })
      expect(indexes.search(first.snapshotId, '[x]*', 10).map(({ name }) => name)).toEqual([ODD])

      const found = await engine.find(repository, '[X]*', rig.context())
      expect(found.map(({ nodes }) => nodes.map(({ name }) => name))).toEqual([[ODD], [ODD]])
      const changes: string[] = []
      const pair = [first.snapshotId, second.snapshotId] as const
      const difference = await engine.diff(
        repository,
        pair,
        ({ path, change }) => changes.push(`${change} ${path}`),
        rig.context(),
      )
      expect(changes).toContain(`changed ${join(source, 'sub/a.txt')}`)
      expect(difference.changedFiles).toBe(1)
      expect(await engine.stats(repository, rig.context())).toMatchObject({
        snapshots: 2,
        storedBytes: expect.any(Number),
      })
    })

    it('of a directory that is not there makes no snapshot', async () => {
      const repository = await made()
      const gone = { kind: 'directory', path: join(rig.base, 'gone'), excludes: [], oneFileSystem: true } as const
      expect(await problemOf(backUp(repository, { source: gone }))).toBe('restic.no_source')
      expect(await engine.snapshots(repository, {}, rig.context())).toEqual([])
    })
  })

  describe('a backup of a stream', () => {
    it('is one file', async () => {
      const repository = await made()
      const image = join(rig.base, 'image')
      writeFileSync(image, Buffer.alloc(3 * MIB, 7))
      const stream = { kind: 'stream', name: 'disk.raw', command: { command: 'cat', args: [image] } } as const
      const { snapshotId } = await backUp(repository, { source: stream })
      expect(await listed(repository, snapshotId, null)).toMatchObject([{ path: '/disk.raw', bytes: 3 * MIB }])
      await restoreTo(repository, snapshotId, '/disk.raw')
      expect(readFileSync(back('disk.raw')).equals(readFileSync(image))).toBe(true)
    })

    it('that fails makes no snapshot', async () => {
      const repository = await made()
      const stream = { kind: 'stream', name: 'x', command: { command: 'cat', args: ['/nosuch'] } } as const
      expect(await problemOf(backUp(repository, { source: stream }))).toBe('restic.stream_failed')
      expect(await engine.snapshots(repository, {}, rig.context())).toEqual([])
    })
  })

  describe('a restore', () => {
    it('brings back what was there, as it was', async () => {
      const repository = await made()
      const { snapshotId } = await backUp(repository)
      const asked = { snapshotId, path: source, target: back(), over: 'never', limits: {} } as const
      expect(await engine.previewRestore(repository, asked, rig.context())).toMatchObject({ bytes: 8 * MIB + 13 })
      expect(existsSync(back())).toBe(false)
      await restoreTo(repository, snapshotId, source)
      expect(readdirSync(back()).sort()).toEqual(['link', 'sparse', 'sub'])
      expect(readFileSync(back('sub/a.txt'), 'utf8')).toBe('first')
      expect(statSync(back('sub/a.txt'))).toMatchObject({ uid: 1234, gid: 4321 })
      expect(statSync(back('sub/a.txt')).mode & 0o777).toBe(0o640)
      expect(statSync(back('sub/a.txt')).mtimeMs).toBe(statSync(join(source, 'sub/a.txt')).mtimeMs)
      expect(attribute('getxattr', back('sub/a.txt'), 'user.note')).toBe('kept')
      expect(lstatSync(back('link')).isSymbolicLink()).toBe(true)
      expect(statSync(back('sparse'))).toMatchObject({ size: 8 * MIB })
      expect(statSync(back('sparse')).blocks * 512).toBeLessThan(MIB)
    })

    it('of one file brings no other', async () => {
      const repository = await made()
      const { snapshotId } = await backUp(repository)
      await restoreTo(repository, snapshotId, join(source, 'sub/deep', ODD))
      expect(readdirSync(back())).toEqual([ODD])
      expect(await problemOf(restoreTo(repository, snapshotId, join(source, 'nowhere')))).toBe('restic.no_path')
    })

    it('goes over what is there only where that is asked for', async () => {
      const repository = await made()
      const { snapshotId } = await backUp(repository)
      await restoreTo(repository, snapshotId, join(source, 'sub'))
      writeFileSync(back('a.txt'), 'changed since')
      writeFileSync(back('mine'), 'mine')
      await restoreTo(repository, snapshotId, join(source, 'sub'))
      expect(readFileSync(back('a.txt'), 'utf8')).toBe('changed since')
      await restoreTo(repository, snapshotId, join(source, 'sub'), 'changed')
      expect(readFileSync(back('a.txt'), 'utf8')).toBe('first')
      expect(readFileSync(back('mine'), 'utf8')).toBe('mine')
    })
  })

  describe('care', () => {
    it('removes what the preview named, and its data when it prunes', async () => {
      const repository = await made()
      writeFileSync(join(source, 'large'), randomBytes(2 * MIB))
      const first = await backUp(repository)
      rmSync(join(source, 'large'))
      const second = await backUp(repository)
      expect(await failureOf(engine.previewRetention(repository, {}, {}, rig.context()))).toMatchObject({
        code: 'invalid_input',
      })
      const [preview] = await engine.previewRetention(repository, { last: 1 }, { hostName: 'web-1' }, rig.context())
      expect(preview?.keep).toMatchObject([{ snapshotId: second.snapshotId, reasons: ['last snapshot'] }])
      expect(preview?.remove).toMatchObject([{ snapshotId: first.snapshotId }])
      expect(await engine.snapshots(repository, {}, rig.context())).toHaveLength(2)
      await engine.forget(repository, { last: 1 }, { hostName: 'web-1' }, rig.context())
      expect(await engine.snapshots(repository, {}, rig.context())).toMatchObject([{ snapshotId: second.snapshotId }])
      const size = () =>
        Number(execFileSync('du', ['-sb', join(rig.base, 'repositories/one')], { encoding: 'utf8' }).split('\t')[0])
      const before = size()
      await rig.run((turn) => engine.prune(repository, {}, turn, none))
      expect(size()).toBeLessThan(before - MIB)
      await rig.run((turn) => engine.check(repository, 'all', turn, none))
    })

    it('finds data that was damaged', async () => {
      const repository = await made()
      writeFileSync(join(source, 'large'), randomBytes(2 * MIB))
      await backUp(repository)
      await rig.run((turn) => engine.check(repository, { part: 1, of: 1 }, turn, none))
      const data = join(rig.base, 'repositories/one/data')
      const packs = readdirSync(data, { recursive: true }).map((name) => join(data, String(name)))
      const largest = packs
        .filter((path) => statSync(path).isFile())
        .sort((a, b) => statSync(b).size - statSync(a).size)[0]
      const bytes = readFileSync(largest ?? '')
      bytes.fill(0, 1_000, 2_000)
      rmSync(largest ?? '')
      writeFileSync(largest ?? '', bytes)
      await rig.run((turn) => engine.check(repository, 'structure', turn, none))
      const damage = await failureOf(rig.run((turn) => engine.check(repository, 'all', turn, none)))
      expect(damage.details).toMatchObject({
        problem: 'restic.damaged',
        values: { found: expect.stringMatching(/pack|blob/i) },
      })
    })

    it('copies to a second repository, which has a password of its own', async () => {
      const repository = await made()
      const { snapshotId } = await backUp(repository)
      const second = rig.repository('second', { password: new Secret('the second') })
      const to = { ...second, engineId: await engine.init(second, rig.context()) }
      await rig.run((turn) => engine.copy(repository, to, [snapshotId], turn, none))
      await rig.run((turn) => engine.copy(repository, to, [snapshotId], turn, none))
      const copies = await engine.snapshots(to, {}, rig.context())
      expect(copies).toMatchObject([{ hostName: 'web-1', paths: [source] }])
      await restoreTo(to, copies[0]?.snapshotId ?? '', source)
      expect(readFileSync(back('sub/a.txt'), 'utf8')).toBe('first')
    })
  })

  describe('a backup that takes long', () => {
    const slow = { limits: { uploadKib: 64 } }
    const large = () => writeFileSync(join(source, 'large'), randomBytes(40 * MIB))

    it('shows how far it is, keeps its secrets, and leaves no lock when it is cancelled', async () => {
      const repository = await made()
      large()
      let undone = 0
      const job = await rig.start((turn) =>
        engine.backup(repository, asked(slow), turn, async () => {
          undone++
        }),
      )
      const pid = await job.pid('backup')
      for (const file of ['cmdline', 'environ']) {
        expect(readFileSync(`/proc/${pid}/${file}`, 'utf8')).not.toContain(PASSWORD)
      }
      const progress = await waitFor('progress', () => job.view().progress?.total && job.view().progress)
      expect(progress).toMatchObject({ unit: 'bytes', total: 48 * MIB + 13, files: { total: 5 } })
      const busy = await failureOf(engine.forget(repository, { last: 1 }, {}, rig.context()))
      expect(busy).toMatchObject({ code: 'busy', details: { problem: 'restic.locked', values: { pid: String(pid) } } })
      job.cancel()
      expect(await failureOf(job.result)).toMatchObject({ code: 'cancelled' })
      await waitFor('what is taken back', () => undone === 1)
      expect(await engine.locks(repository, rig.context())).toEqual([])
      expect(JSON.stringify(job.view())).not.toContain(PASSWORD)
    })

    it('goes on when its program is killed, and what that left locked is removed by proof alone', async () => {
      const repository = await made()
      large()
      const job = await rig.start((turn) => engine.backup(repository, asked(slow), turn, none))
      const pid = await job.pid('backup')
      await waitFor('its lock', async () => (await engine.locks(repository, rig.context())).length === 1)
      process.kill(pid, 'SIGKILL')
      await waitFor('another start', async () => (await job.pid('backup')) !== pid)
      job.cancel()
      await failureOf(job.result)
      const [lock] = await engine.locks(repository, rig.context())
      expect(lock).toMatchObject({ pid, isExclusive: false })
      expect(await engine.unlock(repository, () => false, rig.context())).toBe(0)
      expect(await engine.locks(repository, rig.context())).toHaveLength(1)
      expect(await engine.unlock(repository, (seen) => seen.pid === pid, rig.context())).toBe(1)
      expect(await engine.locks(repository, rig.context())).toEqual([])
      await backUp(repository)
      await rig.run((turn) => engine.check(repository, 'all', turn, none))
    })
  })
}
