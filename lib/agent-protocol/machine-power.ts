import { z } from 'zod'

/**
 * `start` also lets one go on that is paused. `shutdown` asks its system, and waits. `off` and `reset` are as the buttons of a machine: what
 * its system has not written is lost.
 */
export const POWER_ACTIONS = ['start', 'shutdown', 'off', 'reset'] as const
export const PowerAction = z.enum(POWER_ACTIONS)
export type PowerAction = z.infer<typeof PowerAction>

export const PoweredMachine = z.object({ state: z.enum(['running', 'paused', 'stopped', 'changing']) })
export type PoweredMachine = z.infer<typeof PoweredMachine>
