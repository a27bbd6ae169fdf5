'use client'

import { useQuery } from '@tanstack/react-query'
import { ClipboardPaste } from 'lucide-react'
import { useState } from 'react'
import { ClipboardReadiness } from '@/components/consoles/clipboard-readiness'
import { consoleSettings } from '@/components/consoles/clipboard-settings'
import { ownClipboard } from '@/components/consoles/clipboard-sync'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'
import { CodeBlock } from '@/components/ui/code-block'
import { Dialog } from '@/components/ui/dialog'
import { Field, Textarea } from '@/components/ui/field'
import { SwitchRow } from '@/components/ui/switch-row'
import { MOST_PASTED_CHARACTERS } from '@/lib/consoles/pasted'

interface Props {
  workloadId: string
  /** What the machine has told last; null: nothing yet. */
  copied: string | null
  onPaste: (text: string) => void
  /** Both are kept in step. */
  isSynced: boolean
  onSync: (isOn: boolean) => void
  onClose: () => void
}

/** Both directions of the clipboard. What was in it goes with this page. */
export function ClipboardDialog({ workloadId, copied, onPaste, isSynced, onSync, onClose }: Props) {
  const mayCopy = useMay('consoles.copy')
  const { data: settings } = useQuery(consoleSettings(workloadId))
  const takes = settings?.clipboard_to_machine ?? true
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<string>()
  const isTooLong = text.length > MOST_PASTED_CHARACTERS
  const error = isTooLong ? `At most ${MOST_PASTED_CHARACTERS.toLocaleString('en')} characters.` : problem
  const read = async () => {
    try {
      setText(await navigator.clipboard.readText())
      setProblem(undefined)
    } catch {
      setProblem('Your browser does not let this page read its clipboard: paste into the field.')
    }
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose()
      }}
      title="Clipboard"
      description="A machine has a clipboard here when its guest agent (spice-vdagent) runs. For others, type the text."
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button
            variant="primary"
            disabled={text === '' || isTooLong || !takes}
            onClick={() => {
              onPaste(text)
              onClose()
            }}
          >
            Put it into the machine
          </Button>
        </>
      }
    >
      <div className="space-y-5">
        <ClipboardReadiness workloadId={workloadId} />
        <SwitchRow
          label="Keep both in step"
          help={
            ownClipboard() === null
              ? 'Your browser does not let this page do that: use the fields.'
              : 'While this page is open: yours goes over whenever you come back to it, that of the machine as soon as it changes. Your browser asks you first.'
          }
          checked={isSynced}
          disabled={ownClipboard() === null || !takes}
          onChange={onSync}
        />
        <Field
          label="To the machine"
          error={error}
          help={
            takes
              ? 'Its length and the beginning of its hash are kept in the audit, never the text.'
              : 'An administrator has switched this off for this machine. A text can still be typed.'
          }
          aside={
            <Button size="sm" variant="ghost" icon={ClipboardPaste} disabled={!takes} onClick={() => void read()}>
              From my clipboard
            </Button>
          }
        >
          {(control) => (
            <Textarea
              {...control}
              disabled={!takes}
              value={text}
              onChange={(event) => {
                setText(event.target.value)
                setProblem(undefined)
              }}
            />
          )}
        </Field>
        <section>
          <h3 className="mb-1.5 text-13 font-medium">From the machine</h3>
          <Copied text={copied} mayCopy={mayCopy} gives={settings?.clipboard_to_person ?? true} />
        </section>
      </div>
    </Dialog>
  )
}

function Copied({ text, mayCopy, gives }: { text: string | null; mayCopy: boolean; gives: boolean }) {
  if (!mayCopy) return <p className="text-13 text-muted">Only administrators may take something out.</p>
  if (!gives) return <p className="text-13 text-muted">This is switched off for this machine.</p>
  if (text === null) return <p className="text-13 text-muted">Nothing was copied there since this page is open.</p>
  return <CodeBlock text={text} label="What the machine has copied" />
}
