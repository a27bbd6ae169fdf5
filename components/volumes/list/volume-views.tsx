import { List, Trash2 } from 'lucide-react'
import { ViewSwitch } from '@/components/ui/view-switch'

const VIEWS = [
  { id: 'list', href: '/volumes', label: 'List', icon: List },
  { id: 'trash', href: '/volumes/trash', label: 'Trash', icon: Trash2 },
] as const

/** The volumes, or those that were deleted and can still come back. */
export function VolumeViews({ current }: { current: (typeof VIEWS)[number]['id'] }) {
  return <ViewSwitch views={VIEWS} current={current} />
}
