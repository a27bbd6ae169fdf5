import { zodResolver } from '@hookform/resolvers/zod'
import { CreateMount } from '@/lib/mounts/schema'

/** What is wrong with a new mount as it stands in the form. */
export const resolveNewMount = zodResolver(CreateMount)
