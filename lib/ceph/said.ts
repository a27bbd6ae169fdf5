import { CommandError } from '@/lib/drivers/problems/command-error'
import type { ProblemValues } from '@/lib/drivers/problems/definition'
import { type MessageTable, matchMessage } from '@/lib/drivers/problems/messages'
import { problemFor } from '@/lib/drivers/problems/problem'
import { HoldfastError } from '@/lib/errors'

/** What librados says, in `ceph` and in `rbd`. First match wins; the texts are from recorded runs. */
export const CEPH_MESSAGES = [
  { pattern: /handle_auth_bad_method|RADOS permission denied|RADOS invalid argument/i, problem: 'ceph.wrong_key' },
  { pattern: /^timed out|\[errno 110\]|\(110\) connection timed out/im, problem: 'ceph.monitors_down' },
  { pattern: /couldn't connect to the cluster|error connecting to the cluster/i, problem: 'ceph.monitors_down' },
  { pattern: /error opening pool '.*': \(2\) no such file/i, problem: 'ceph.no_pool' },
  { pattern: /namespace '.*' does not exist/i, problem: 'ceph.no_namespace' },
  { pattern: /operation not permitted|permission denied|access denied/i, problem: 'ceph.no_caps' },
] as const satisfies MessageTable

/** What a tool of Ceph failed with, by its place in the catalogue; what is no failure of a tool stays what it was. */
export function cephProblem(error: unknown, values: ProblemValues): unknown {
  if (error instanceof HoldfastError && error.code === 'timed_out') {
    return problemFor('ceph.no_answer', values, { said: error.message, cause: error })
  }
  if (!(error instanceof CommandError)) return error
  const said = `${error.stderr}\n${error.stdout}`
  return problemFor(matchMessage(CEPH_MESSAGES, said) ?? 'ceph.failed', values, { said, cause: error })
}
