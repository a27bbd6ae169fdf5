'use client'

import { useEffect, useRef, useState } from 'react'
import { LAYOUTS, type LayoutName, notIn } from '@/components/consoles/keyboard-layouts'
import type { ScreenLink } from '@/components/consoles/screen-link'
import { MOST_TYPED, typeText } from '@/components/consoles/type-text'
import { Button } from '@/components/ui/button'
import { Dialog } from '@/components/ui/dialog'
import { Field, Textarea } from '@/components/ui/field'
import { ProgressBar } from '@/components/ui/progress'
import { Select } from '@/components/ui/select'

const CHOICES = Object.entries(LAYOUTS).map(([value, { title }]) => ({ value, label: title }))
const isLayout = (name: string): name is LayoutName => Object.hasOwn(LAYOUTS, name)

interface Props {
  link: ScreenLink
  onClose: () => void
}

/** A text that is typed on the machine: for passwords and commands, where people can paste nothing. It is kept nowhere. */
export function TypeDialog({ link, onClose }: Props) {
  const [text, setText] = useState('')
  const [layout, setLayout] = useState<LayoutName>('us')
  const [typed, setTyped] = useState<number | null>(null)
  const stop = useRef<AbortController | null>(null)
  useEffect(() => () => stop.current?.abort(), [])
  const error = whatIsWrong(text, layout)
  const type = async () => {
    stop.current = new AbortController()
    setTyped(0)
    const press = link.pressOne.bind(link)
    await typeText(text, { layout, signal: stop.current.signal, press, onTyped: setTyped }).catch(() => undefined)
    onClose()
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose()
      }}
      title="Type a text"
      description="It is typed key by key, as at the keyboard of the machine. It needs nothing there, and is kept nowhere."
      footer={
        typed === null ? (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button variant="primary" disabled={text === '' || error !== undefined} onClick={() => void type()}>
              Type
            </Button>
          </>
        ) : (
          <Button onClick={() => stop.current?.abort()}>Stop</Button>
        )
      }
    >
      <div className="space-y-4">
        <Field label="Text" error={error} help="A line break presses Enter.">
          {(control) => (
            <Textarea
              {...control}
              value={text}
              readOnly={typed !== null}
              onChange={(event) => setText(event.target.value)}
            />
          )}
        </Field>
        <Field label="Keyboard layout of the machine" help="As its system has it, which may be another one than yours.">
          {(control) => (
            <Select
              {...control}
              value={layout}
              choices={CHOICES}
              disabled={typed !== null}
              onChange={(name) => isLayout(name) && setLayout(name)}
            />
          )}
        </Field>
        {typed !== null && (
          <div role="status">
            <ProgressBar label="Typed" share={typed / [...text].length} />
            <p className="mt-1 text-12 text-muted">
              {typed} of {[...text].length} characters
            </p>
          </div>
        )}
      </div>
    </Dialog>
  )
}

function whatIsWrong(text: string, layout: LayoutName): string | undefined {
  const missing = notIn(text, layout)
  if (text.length > MOST_TYPED) return `At most ${MOST_TYPED.toLocaleString('en')} characters.`
  if (missing.length > 0) return `This layout has no key for ${missing.slice(0, 8).join(' ')}`
  return undefined
}
