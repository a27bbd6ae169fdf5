import { expect, it } from 'vitest'
import { FakeCeph } from '@/testing/volume-engines/fake-ceph'
import { recorded } from '@/testing/volume-engines/recorded'

const [A, B] = ['vol_01kb7z3n9q0000000000000abc', 'vol_01kb7z3n9q0000000000000abd']
const SNAP = '--snap=snp_01kb7z3n9q0000000000000abf'
const OF = (name: string) => ['--pool', 'rbd', `--image=${name}`]
const TO = (name: string) => ['--dest-pool', 'rbd', `--dest=${name}`]
const CREATE = ['create', ...OF(A), '--size', '8388608B']
const TAKE = ['snap', 'create', ...OF(A), SNAP]
const PROTECT = ['snap', 'protect', ...OF(A), SNAP]
const CLONE = (format: number, name = B) => [
  'clone',
  '--rbd-default-clone-format',
  String(format),
  ...OF(A),
  SNAP,
  ...TO(name),
]
const TRASH = ['trash', 'mv', ...OF(A), '--expires-at', '2036-01-01T00:00:00Z']
/** The first id that the double gives. */
const BY_ID = ['--pool', 'rbd', '--image-id', '1000']

/** What the lab saw a real cluster refuse: how it comes to it, what is asked then, and the recording. */
const REFUSALS: [string, string[][], string[]][] = [
  ['rbd-create.debian12.exists.out', [CREATE], CREATE],
  ['rbd-info.debian12.missing.out', [CREATE], ['info', ...OF(B)]],
  ['rbd-info.debian12.no-pool.out', [], ['info', '--pool', 'nowhere', '--image=vol_x']],
  ['rbd-info.debian12.no-namespace.out', [], ['info', ...OF('vol_x'), '--namespace', 'nowhere']],
  ['rbd-snap-create.debian12.exists.out', [CREATE, TAKE], TAKE],
  ['rbd-clone.debian12.unprotected.out', [CREATE, TAKE], CLONE(1)],
  ['rbd-snap-protect.debian12.already.out', [CREATE, TAKE, PROTECT], PROTECT],
  ['rbd-snap-rm.debian12.protected.out', [CREATE, TAKE, PROTECT], ['snap', 'rm', ...OF(A), SNAP]],
  [
    'rbd-snap-unprotect.debian12.children.out',
    [CREATE, TAKE, PROTECT, CLONE(1)],
    ['snap', 'unprotect', ...OF(A), SNAP],
  ],
  ['rbd-snap-unprotect.debian12.already.out', [CREATE, TAKE], ['snap', 'unprotect', ...OF(A), SNAP]],
  ['rbd-flatten.debian12.no-parent.out', [CREATE], ['flatten', ...OF(A)]],
  ['rbd-resize.debian12.shrink.out', [CREATE], ['resize', ...OF(A), '--size', '4194304B']],
  ['rbd-trash-mv.debian12.missing.out', [], ['trash', 'mv', ...OF('vol_x'), '--expires-at', '2036-01-01T00:00:00Z']],
  ['rbd-trash-rm.debian12.protected.out', [CREATE, TRASH], ['trash', 'rm', ...BY_ID]],
  ['rbd-trash-rm.debian12.missing.out', [CREATE], ['trash', 'rm', '--force', ...BY_ID]],
  ['rbd-trash-rm.debian12.snapshots.out', [CREATE, TAKE, TRASH], ['trash', 'rm', '--force', ...BY_ID]],
  ['rbd-trash-restore.debian12.missing.out', [CREATE], ['trash', 'restore', ...BY_ID]],
  ['rbd-rename.debian12.missing.out', [], ['rename', ...OF('vol_x'), ...TO('vol_y')]],
  ['rbd-du.debian12.missing.out', [], ['du', ...OF('vol_x')]],
]

/** What `rbd` itself says, without the lines that librbd logs and without progress. */
function saidByRbd(text: string): string[] {
  return text.split(/[\r\n]/).filter((line) => /^(?:rbd:|specified image|Deferment)/.test(line))
}

it.each(REFUSALS)('refuses as a real cluster does: %s', (name, before, refused) => {
  const ceph = new FakeCeph()
  for (const args of before) expect(ceph.run('rbd', args)).toMatchObject({ exitCode: 0 })
  const { exitCode, text } = recorded('rbd', name)
  expect(exitCode).toBeGreaterThan(0)
  const answer = ceph.run('rbd', refused)
  expect(answer.exitCode).toBe(exitCode)
  expect(saidByRbd(answer.stderr)).toEqual(saidByRbd(text))
})

it('keeps a deleted snapshot for the clone that needs it, and no longer', () => {
  const ceph = new FakeCeph()
  for (const args of [CREATE, TAKE, CLONE(2), ['snap', 'rm', ...OF(A), SNAP]]) ceph.run('rbd', args)
  const left = () => JSON.parse(ceph.run('rbd', ['snap', 'ls', '--all', ...OF(A)]).stdout) as unknown[]
  expect(left()).toHaveLength(1)
  expect(JSON.parse(ceph.run('rbd', ['snap', 'ls', ...OF(A)]).stdout)).toEqual([])
  ceph.run('rbd', ['flatten', ...OF(B)])
  expect(left()).toEqual([])
})

it('lets an image that is open be moved away, as librbd does', () => {
  const ceph = new FakeCeph()
  ceph.run('rbd', CREATE)
  ceph.images.open('', A)
  expect(ceph.run('rbd', TRASH)).toMatchObject({ exitCode: 0 })
})
