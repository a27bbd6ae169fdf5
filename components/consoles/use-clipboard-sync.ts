import { useEffect, useRef, useState } from 'react'
import { toast } from 'sonner'
import { ClipboardSync, ownClipboard } from '@/components/consoles/clipboard-sync'

interface Options {
  /** While somebody may type here. */
  isPossible: boolean
  /** What the machine has told last. */
  copied: string | null
  paste: (text: string) => void
}

/**
 * Whether both clipboards are kept in step: what the person has goes over when this page gets the focus, what the machine has as soon as it
 * tells. It is off when the page is opened, and when the browser refuses.
 */
export function useClipboardSync({
  isPossible,
  copied,
  paste,
}: Options): [isOn: boolean, set: (isOn: boolean) => void] {
  const [isOn, setOn] = useState(false)
  const sync = useRef<ClipboardSync | null>(null)
  const isActive = isOn && isPossible
  const [refused] = useState(() => () => {
    setOn(false)
    toast.error('Your browser does not let this page use its clipboard.', {
      description: 'Allow it for this site, or use the fields under Clipboard.',
    })
  })
  useEffect(() => {
    const own = ownClipboard()
    if (!isActive || own === null) return
    const made = new ClipboardSync(own, paste)
    sync.current = made
    const give = () => void made.give().catch(refused)
    give()
    window.addEventListener('focus', give)
    return () => {
      window.removeEventListener('focus', give)
      sync.current = null
    }
  }, [isActive, paste, refused])
  useEffect(() => {
    // A page in the background may not write; what is told then comes with the next change.
    if (isActive && copied !== null && document.hasFocus()) sync.current?.take(copied).catch(refused)
  }, [isActive, copied, refused])
  return [isOn, setOn]
}
