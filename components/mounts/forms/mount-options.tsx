import type { z } from 'zod'
import { DriftChoice } from '@/components/mounts/detail/drift-choice'
import { SwitchRow } from '@/components/ui/switch-row'
import type { UpdateMount } from '@/lib/mounts/schema'

type Options = Pick<z.input<typeof UpdateMount>, 'read_only' | 'on_drift' | 'auto_mount'>

/** The options that a mount is made with and that may change later. */
export function MountOptions({
  value,
  onChange,
}: {
  value: Options
  /** Only what changes. */
  onChange: (change: Options) => void
}) {
  return (
    <>
      <SwitchRow
        label="Read only"
        help="Nothing can be written through this mount."
        checked={value.read_only ?? false}
        onChange={(checked) => onChange({ read_only: checked })}
      />
      <DriftChoice value={value.on_drift ?? 'report'} onChange={(policy) => onChange({ on_drift: policy })} />
      <SwitchRow
        label="Mount at boot"
        help="The host mounts it by itself when it starts, even while Holdfast is away."
        checked={value.auto_mount ?? true}
        onChange={(checked) => onChange({ auto_mount: checked })}
      />
    </>
  )
}
