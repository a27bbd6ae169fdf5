import { z } from 'zod'
import type { Door } from '@/agent/verbs/agent'
import { badField } from '@/lib/bad-field'
import type { HoldfastError } from '@/lib/errors'
import { programText } from '@/lib/program-text'
import { errnoError, readAnswer } from '@/lib/volume-engines/image-files/child-answer'
import { openBelow } from '@/lib/volume-engines/image-files/open-below'

const LOOK_MS = 20_000

const Found = z.object({ missing: z.string().nullable() })

/**
 * Goes down from a mount by held directories. Runs in a process of its own, since a dead server blocks whoever looks: it may use nothing
 * from outside but its arguments.
 */
export function goBelow(
  { root, parts, creates }: { root: string; parts: readonly string[]; creates: boolean },
  open: typeof openBelow,
): void {
  const fs = process.getBuiltinModule('node:fs')
  const errnoOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? 'unknown'
  const say = (answer: object) => process.stdout.write(JSON.stringify(answer))
  const isThere = (depth: number) => {
    try {
      fs.closeSync(open(root, parts.slice(0, depth)))
      return true
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false
      throw error
    }
  }
  try {
    let missing: string | null = null
    for (let depth = 1; depth <= parts.length && missing === null; depth++) {
      if (isThere(depth)) continue
      if (!creates) {
        missing = parts.slice(0, depth).join('/')
        continue
      }
      const above = open(root, parts.slice(0, depth - 1))
      try {
        fs.mkdirSync(`/proc/self/fd/${above}/${parts[depth - 1]}`, 0o755)
      } catch (error) {
        // Somebody else has just made it.
        if (errnoOf(error) !== 'EEXIST') throw error
      } finally {
        fs.closeSync(above)
      }
    }
    if (missing === null) fs.closeSync(open(root, parts))
    say({ ok: { missing } })
  } catch (error) {
    say({ errno: errnoOf(error), what: (error as NodeJS.ErrnoException).syscall ?? String(error) })
  }
}

/**
 * The directory below a mount, which every name on the way leads to without a link. With `creates` it is made where it is not there.
 * Throws `invalid_input` at `sub_path` for one that is not there or that a link leads to, and what the storage says.
 */
export async function directoryBelow(
  root: string,
  subPath: string,
  creates: boolean,
  { runner }: Pick<Door, 'runner'>,
): Promise<string> {
  const parts = subPath === '' ? [] : subPath.split('/')
  const script = programText(goBelow, [{ root, parts, creates }, openBelow], [openBelow])
  const { stdout } = await runner.run('node', ['-e', script], { timeoutMs: LOOK_MS })
  const { missing } = readAnswer(inWords(stdout), Found)
  if (missing === null) return [root, ...parts].join('/')
  throw atSubPath(`There is no directory '${missing}' on the mount: create it there first, or ask for that.`)
}

/** What the kernel says of the usual reasons, with what helps. */
function inWords(stdout: string): string {
  const errno = /"errno":"(\w+)"/.exec(stdout)?.[1]
  if (errno === 'ELOOP' || errno === 'ENOTDIR')
    throw atSubPath(
      'On the way to it is a link or a file. Links are not followed, since whoever may write to the storage could lead them anywhere.',
    )
  if (errno === 'EXDEV') throw atSubPath('Another file system is mounted on the way to it.')
  if (errno === 'EROFS') throw atSubPath('The mount is read-only, so the directory cannot be created.')
  if (errno === 'EACCES' || errno === 'EPERM') throw errnoError(errno, 'opening the directory below the mount')
  return stdout
}

function atSubPath(message: string): HoldfastError {
  return badField('sub_path', message)
}
