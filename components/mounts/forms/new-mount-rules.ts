import { zodResolver } from '@hookform/resolvers/zod'
import { askForEmpty } from '@/components/forms/ask-for-empty'
import type { NewMountValues } from '@/components/mounts/forms/use-new-mount'
import { CreateMount } from '@/lib/mounts/schema'

const EMPTY = { name: 'Enter a name.', mount_point: 'Enter a mount point.' }

/** What is wrong with a new mount as it stands in the form. */
export const resolveNewMount = askForEmpty<NewMountValues>(zodResolver(CreateMount) as never, EMPTY)
