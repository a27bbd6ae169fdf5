'use client'

import { useState } from 'react'
import { applyKeys, readKeys } from '@/components/layout/appearance'
import { Keys } from '@/components/layout/keys'
import { Dialog } from '@/components/ui/dialog'
import { SwitchRow } from '@/components/ui/switch-row'

/** All keys, and the switch for those of a single letter: they are in the way of who speaks to the machine. */
export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const [isOn, setOn] = useState(() => readKeys(document.documentElement.dataset.keys) === 'on')
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Keyboard shortcuts" size="lg">
      <div className="space-y-5">
        <Keys />
        <div className="border-t border-line pt-4">
          <SwitchRow
            label="Single keys"
            help="Off: only Ctrl K and the keys of the browser work. For this browser."
            checked={isOn}
            onChange={(on) => {
              setOn(on)
              applyKeys(on ? 'on' : 'off')
            }}
          />
        </div>
      </div>
    </Dialog>
  )
}
