import type { Prisma } from '@/lib/db/client'

/** By what it is judged how a pool is on a host, and the words that the host has for it. */
export const JUDGED_ON_HOST = {
  hostId: true,
  observedState: true,
  observedSince: true,
  observedError: true,
  observedProblem: true,
  observedValues: true,
  observedSaid: true,
  attempts: true,
  totalBytes: true,
  usedBytes: true,
  availableBytes: true,
  dataPercent: true,
  metadataPercent: true,
  totalInodes: true,
  usedInodes: true,
} as const satisfies Prisma.PoolOnHostSelect
