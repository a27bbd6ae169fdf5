import { isAbsolute, normalize } from 'node:path'
import { whyHeld } from '@/agent/boot/storage-gate'
import type { CommandLine } from '@/agent/cli/command-line'
import type { AgentEnv } from '@/agent/env'
import { HoldfastError } from '@/lib/errors'

/** `ExecCondition=` of systemd takes this as a failure, after which `Restart=on-failure` tries again; by another one it would give up. */
const AWAY = 255

/** For units of systemd: the exit code is 0 when all these paths lie on mounts of ours that are there, else 255 with the reason. */
export async function gatePath(env: AgentEnv, { operands }: CommandLine): Promise<number> {
  if (operands.length === 0 || !operands.every(isAbsolute))
    throw new HoldfastError('invalid_input', 'gate-path needs absolute paths.')
  const storage = operands.map((path) => {
    return { kind: 'bind', source: normalize(path), name: null, target: path, isReadOnly: null } as const
  })
  const fault = await whyHeld(env, () => storage, { isAllOurs: true })
  if (fault === null) return 0
  process.stderr.write(`Holdfast does not let it start. ${fault}\n`)
  return AWAY
}
