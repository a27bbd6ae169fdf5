import type { Env } from '@/lib/env'

/**
 * Why this process has all rights of root, and what follows; null when it has not. For people: the design wants web and controller
 * to run as users of their own.
 */
export function rightsOfRoot(env: Pick<Env, 'runsAsRoot'>, uid = process.getuid?.()): string | null {
  if (uid !== 0) return null
  const why = env.runsAsRoot ?? 'it was started by root without the supervisor; start it as a user of its own'
  return `Whoever gets into the console gets this machine and every stored secret. The reason: ${why}.`
}
