import { type ComponentProps, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { Choice } from '@/components/forms/use-discovery'
import { Input } from '@/components/ui/field'

type SuggestComponent = typeof import('@/components/ui/suggest').Suggest

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
  const hasFound = found.length > 0
  useEffect(() => {
    if (!hasFound) return
    let isGone = false
    void import('@/components/ui/suggest').then(({ Suggest }) => {
      if (isGone) return
      had.current = rest.id !== undefined && document.activeElement?.id === rest.id
      setShown({ Suggest })
    })
    return () => {
      isGone = true
    }
  }, [hasFound, rest.id])
  // Who was typing in the plain field goes on in the one that takes its place.
  useLayoutEffect(() => {
    if (shown !== null && had.current && rest.id !== undefined) document.getElementById(rest.id)?.focus()
  }, [shown, rest.id])
  if (shown === null) return <Input {...rest} value={value} onChange={(event) => onChange(event.target.value)} />
  return <shown.Suggest {...rest} value={value} onChange={onChange} suggestions={found} />
}
