import { BACKUP_PROBLEMS } from '@/lib/backup-engines/problems'
import { SHARED_PROBLEMS } from '@/lib/drivers/problems/shared'
import { DESCRIPTORS } from '@/lib/drivers/registry'
import { ENGINE_PROBLEMS } from '@/lib/volume-engines/problems'

type AllOf<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void
  ? All
  : never
type OwnProblems = AllOf<NonNullable<(typeof DESCRIPTORS)[number]['problems']>>

/** Every failure that can be named: what all share, and what each storage type and what keeps volumes declare. */
export const PROBLEMS: typeof SHARED_PROBLEMS & typeof ENGINE_PROBLEMS & typeof BACKUP_PROBLEMS & OwnProblems =
  Object.assign({}, SHARED_PROBLEMS, ENGINE_PROBLEMS, BACKUP_PROBLEMS, ...DESCRIPTORS.map(({ problems }) => problems))

export type ProblemId = keyof typeof PROBLEMS
