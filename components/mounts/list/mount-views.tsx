import { Grid3x3, List } from 'lucide-react'
import { ViewSwitch } from '@/components/ui/view-switch'

const VIEWS = [
  { id: 'list', href: '/mounts', label: 'List', icon: List },
  { id: 'placement', href: '/mounts/placement', label: 'Placement', icon: Grid3x3 },
] as const

/** Mounts as a list, or on all hosts at once. */
export function MountViews({ current }: { current: (typeof VIEWS)[number]['id'] }) {
  return <ViewSwitch views={VIEWS} current={current} />
}
