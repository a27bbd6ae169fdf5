import { describe, expect, it } from 'vitest'
import { BACKUP_PROBLEMS } from '@/lib/backup-engines/problems'
import { PROBLEMS, type ProblemId } from '@/lib/drivers/problems/catalogue'
import { ProblemError, toProblem } from '@/lib/drivers/problems/problem'
import { SHARED_PROBLEMS } from '@/lib/drivers/problems/shared'
import { explain } from '@/lib/drivers/problems/words'
import { DESCRIPTORS } from '@/lib/drivers/registry'
import { ERROR_CODES, HoldfastError } from '@/lib/errors'
import { ENGINE_PROBLEMS } from '@/lib/volume-engines/problems'
import { failure } from '@/testing/drivers/fake-host'

const ids = Object.keys(PROBLEMS) as ProblemId[]

describe.each(ids)('%s', (id) => {
  it('has a title, advice and a known code', () => {
    const { title, advice, code } = PROBLEMS[id]
    expect(title).toMatch(/^[A-Z][^.!]*$/)
    expect(advice).toMatch(/^[A-Z[].*[.\]]$/)
    expect(advice).not.toContain('!')
    expect(Object.keys(ERROR_CODES)).toContain(code)
  })
})

it('has every problem of every type, each declared once', () => {
  const declared = [
    SHARED_PROBLEMS,
    ENGINE_PROBLEMS,
    BACKUP_PROBLEMS,
    ...DESCRIPTORS.map(({ problems }) => problems ?? {}),
  ].flatMap(Object.keys)
  expect(declared.toSorted()).toEqual(ids.toSorted())
})

it('knows no other problem', () => {
  // @ts-expect-error a slip of the pen
  expect(() => new ProblemError('nfs.export_mising', {})).toThrow()
  // @ts-expect-error a value that its words speak of
  expect(new ProblemError('name.server_failed', {}).problem).toBe('name.server_failed')
  expect(new ProblemError('name.server_failed', { server: 'nas' }).values).toEqual({ server: 'nas' })
})

describe('toProblem', () => {
  it('keeps what the tool said beside the advice', () => {
    const error = toProblem(
      failure('mount', 32, 'mount.nfs: Connection refused'),
      { server: 'nas', port: 2049 },
      () => 'network.refused',
    )
    expect(error).toMatchObject({
      code: 'backend_unreachable',
      details: {
        problem: 'network.refused',
        values: { server: 'nas', port: 2049 },
        said: 'mount.nfs: Connection refused',
      },
    })
    expect(explain('network.refused', { server: 'nas', port: 2049 })).toMatchObject({
      advice: 'Nothing listens on port 2049 of nas: start the service there, or correct the port.',
      command: 'nc -vz nas 2049',
    })
  })

  it.each([
    ['backend_unreachable', { errno: 'EHOSTUNREACH' }, 'network.no_route'],
    ['backend_unreachable', { errno: 'EAI_AGAIN' }, 'name.server_failed'],
    ['tool_missing', { command: 'rclone' }, 'tool.missing'],
    ['policy_denied', {}, 'network.denied_by_policy'],
  ] as const)('knows %s %j', (code, details, problem) => {
    expect(toProblem(new HoldfastError(code, 'x', { details }), {})).toMatchObject({ details: { problem } })
  })

  it('leaves alone what it does not know', () => {
    const unknown = [
      new Error('x'),
      new HoldfastError('internal', 'x'),
      failure('ls', 2, 'x'),
      new ProblemError('s3.busy', {}),
    ]
    for (const error of unknown) expect(toProblem(error, {})).toBe(error)
  })
})
