import type { Column } from '@/components/ui/table/table-model'

const ENDS = {
  marks: 'md:sticky md:left-0',
  title: 'md:sticky md:border-r',
  actions: 'md:sticky md:right-0 md:border-l',
}

/** Which end of the row this column stays at while the rest is scrolled. */
export function endOf<Row>({ card }: Column<Row>): 'title' | 'actions' | undefined {
  return card === 'title' || card === 'actions' ? card : undefined
}

/** Classes of a cell that stays in view; the name stays right of the marks, where there are any. */
export function pinned(end: keyof typeof ENDS | undefined, hasMarks: boolean): string | undefined {
  if (end === undefined) return undefined
  return end === 'title' ? `${ENDS.title} ${hasMarks ? 'md:left-10' : 'md:left-0'}` : ENDS[end]
}

/** What scrolls by below must not shine through, so the cell has the colour that its row has. */
export function pinnedGround(selected: boolean): string {
  return selected ? 'md:z-15 md:bg-accent-soft' : 'md:z-15 md:bg-surface md:group-hover/row:bg-hover'
}
