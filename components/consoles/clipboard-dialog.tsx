'use client'

import { ClipboardPaste } from 'lucide-react'
import { useState } from 'react'
import { useMay } from '@/components/layout/person'
import { Button } from '@/components/ui/button'
import { CodeBlock } from '@/components/ui/code-block'
import { Dialog } from '@/components/ui/dialog'
import { Field, Textarea } from '@/components/ui/field'
import { MOST_PASTED_CHARACTERS } from '@/lib/consoles/pasted'

interface Props {
  /** What the machine has told last; null: nothing yet. */
  copied: string | null
  onPaste: (text: string) => void
  onClose: () => void
}

/** Both directions of the clipboard. What was in it goes with this page. */
export function ClipboardDialog({ copied, onPaste, onClose }: Props) {
  const mayCopy = useMay('consoles.copy')
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
            disabled={text === '' || isTooLong}
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
        <Field
          label="To the machine"
          error={error}
          help="Its length and the beginning of its hash are kept in the audit, never the text."
          aside={
            <Button size="sm" variant="ghost" icon={ClipboardPaste} onClick={() => void read()}>
              From my clipboard
            </Button>
          }
        >
          {(control) => (
            <Textarea
              {...control}
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
          <Copied text={copied} mayCopy={mayCopy} />
        </section>
      </div>
    </Dialog>
  )
}

function Copied({ text, mayCopy }: { text: string | null; mayCopy: boolean }) {
  if (!mayCopy) return <p className="text-13 text-muted">Only administrators may take something out.</p>
  if (text === null) return <p className="text-13 text-muted">Nothing was copied there since this page is open.</p>
  return <CodeBlock text={text} label="What the machine has copied" />
}
