import { type ComponentProps, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { Choice } from '@/components/forms/use-discovery'
import { Input } from '@/components/ui/field'

type SuggestComponent = typeof import('@/components/ui/suggest').Suggest

/** Where the person is when the finding comes: in the field, still at the button beside its label, or somewhere else by now. */
function whereFrom(id: string | undefined): 'field' | 'button' | 'elsewhere' {
  const active = document.activeElement
  if (id === undefined || active === null) return 'elsewhere'
  if (active.id === id) return 'field'
  const line = document.querySelector(`label[for="${CSS.escape(id)}"]`)?.parentElement
  return line?.contains(active) === true ? 'button' : 'elsewhere'
}

/** Free text, and what a host has found to choose from. The list is fetched with the first finding: most forms never need it. */
export function DiscoveredInput({
  value,
  onChange,
  found,
  ...rest
}: Omit<ComponentProps<'input'>, 'value' | 'onChange'> & {
  value: string
  onChange: (value: string) => void
  found: readonly Choice[]
}) {
  const [shown, setShown] = useState<{ Suggest: SuggestComponent } | null>(null)
  const had = useRef(false)
  const [asked, setAsked] = useState(0)
  const hasFound = found.length > 0
  useEffect(() => {
    if (!hasFound) return
    let isGone = false
    void import('@/components/ui/suggest').then(({ Suggest }) => {
      if (isGone) return
      const from = whereFrom(rest.id)
      had.current = from !== 'elsewhere'
      if (from === 'button') setAsked((before) => before + 1)
      setShown({ Suggest })
    })
    return () => {
      isGone = true
    }
  }, [hasFound, rest.id])
  // Who was typing in the plain field goes on in the one that takes its place, and who has asked chooses there.
  useLayoutEffect(() => {
    if (shown !== null && had.current && rest.id !== undefined) document.getElementById(rest.id)?.focus()
  }, [shown, rest.id])
  if (shown === null) return <Input {...rest} value={value} onChange={(event) => onChange(event.target.value)} />
  return <shown.Suggest {...rest} value={value} onChange={onChange} suggestions={found} asked={asked} />
}
