import type { Prisma } from '@/lib/db/client'

/** What `state.ts` and `drift.ts` go by when they say how a mount is on a host, and the words that the host has for it. */
export const JUDGED_ON_HOST = {
  hostId: true,
  desiredState: true,
  desiredGeneration: true,
  removed: true,
  overrides: true,
  observedState: true,
  observedGeneration: true,
  observedAt: true,
  observedSince: true,
  observedError: true,
  observedProblem: true,
  observedValues: true,
  observedSaid: true,
  observedOptions: true,
  takenOverWith: true,
  observedProven: true,
  attempts: true,
} as const satisfies Prisma.MountOnHostSelect
