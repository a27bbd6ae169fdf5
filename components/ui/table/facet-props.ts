import type { ReactElement } from 'react'
import type { FacetChoice } from '@/components/ui/table/facet-model'

export interface FacetPopupProps {
  trigger: ReactElement
  label: string
  chosen: readonly string[]
  /** Asked for when it opens. */
  choices: () => readonly FacetChoice[]
  onChange: (chosen: string[]) => void
}
