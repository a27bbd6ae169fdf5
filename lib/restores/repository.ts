import { type Db, db, type Prisma } from '@/lib/db/client'
import { CONFIRMATION_KEY, Confirmation, RestoredState, STATE_KEY } from '@/lib/restores/schema'

/** What the controller has written, with the confirmation that waits for it; null when the database is not behind its hosts. */
export async function findRestored(
  tx: Db = db(),
): Promise<{ state: RestoredState; confirmation: Confirmation | null } | null> {
  const rows = await tx.setting.findMany({
    where: { key: { in: [STATE_KEY, CONFIRMATION_KEY] } },
    select: { key: true, value: true },
  })
  const value = (key: string) => rows.find((row) => row.key === key)?.value
  const state = RestoredState.safeParse(value(STATE_KEY)).data
  return state ? { state, confirmation: Confirmation.safeParse(value(CONFIRMATION_KEY)).data ?? null } : null
}

export async function saveConfirmation(tx: Db, confirmation: Confirmation): Promise<void> {
  const value: Prisma.InputJsonValue = confirmation
  await tx.setting.upsert({
    where: { key: CONFIRMATION_KEY },
    create: { key: CONFIRMATION_KEY, value },
    update: { value },
  })
}
