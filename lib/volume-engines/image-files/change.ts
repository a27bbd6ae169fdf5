import { z } from 'zod'
import { programText } from '@/lib/program-text'
import type { EngineContext } from '@/lib/volume-engines/contract/engine'
import { CHANGE_PARTS, changeFiles } from '@/lib/volume-engines/image-files/change-files'
import { readAnswer } from '@/lib/volume-engines/image-files/child-answer'

/** One change of names below a pool. Paths are relative; no link on the way is followed. */
export type Change =
  /** Throws `conflict` where the storage does not carry the mark of this pool. */
  | { do: 'require pool'; pool: string }
  /** Throws `conflict` where it is there. */
  | { do: 'require absent'; path: string }
  /** Throws `conflict` where it is there already. */
  | { do: 'make directory'; path: string }
  /** As above, and there already is well. */
  | { do: 'have directory'; path: string }
  /** Whole or not at all. Throws `conflict` where it is there already. */
  | { do: 'write'; path: string; text: string }
  /**
   * A second name of a file, or, where the storage knows none, its new one (`isStrict`: `command_failed`). Throws `conflict` where that is
   * there already.
   */
  | { do: 'link'; path: string; to: string; isStrict?: true }
  /** Over what is there, in one moment. `from` is gone and `to` is there: done. */
  | { do: 'replace'; path: string; to: string }
  /** A directory or file gets another place. Throws `conflict` where something is there already. */
  | { do: 'move'; path: string; to: string }
  /** Who may write to it; and its content is on the disk. */
  | { do: 'mode'; path: string; mode: number }
  /** With all that is in it. Not there: done. */
  | { do: 'remove'; path: string }
  /** Only when nothing is in it. */
  | { do: 'remove empty'; path: string }
  /** Its content is on the disk, of a file or directory. */
  | { do: 'sync'; path: string }

const CHANGE_MS = 60_000

/** Carries out the changes in their order, in a child. Throws at the first that is not possible; those before it stay. */
export async function change(
  path: string,
  changes: readonly Change[],
  { host }: Pick<EngineContext, 'host'>,
): Promise<void> {
  const script = programText(changeFiles, [path, changes], CHANGE_PARTS)
  const { stdout } = await host.run('node', ['-e', script], { timeoutMs: CHANGE_MS, evaluates: true })
  readAnswer(stdout, z.null())
}
