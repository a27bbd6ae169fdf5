'use client'

import { Layers } from 'lucide-react'
import Link from 'next/link'
import { type KeyboardEvent, useMemo, useRef, useState } from 'react'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/cn'
import { StatusShape } from '@/components/ui/status'
import { KINDS, pathOf, whereOf } from '@/components/uses/kinds'
import { BOX_HEIGHT, type Box, chainOf, type Line, layOut, type Picture } from '@/components/uses/layout'
import type { UsesNode, UsesView } from '@/lib/uses/schema'

/** Room for the headings of the columns. */
const HEAD = 32

/** Who uses what as columns by kind, with lines between them. Arrow keys go from box to box, along the lines and down a column. */
export function UsesPicture({ view }: { view: UsesView }) {
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set())
  const [active, setActive] = useState<string | null>(null)
  const frame = useRef<HTMLDivElement>(null)
  const picture = useMemo(() => layOut(view, opened), [view, opened])
  const chain = useMemo(() => (active === null ? null : chainOf(active, picture.lines)), [active, picture])

  function move(event: KeyboardEvent) {
    const from = (event.target as HTMLElement).closest<HTMLElement>('[data-box]')?.dataset.box
    const to = from === undefined ? undefined : neighbour(picture, from, event.key)
    if (to === undefined) return
    event.preventDefault()
    frame.current?.querySelector<HTMLElement>(`[data-box="${CSS.escape(to)}"]`)?.focus()
  }

  return (
    <div className="space-y-3">
      {opened.size > 0 && (
        <Button size="sm" icon={Layers} onClick={() => setOpened(new Set())}>
          Put alike together again
        </Button>
      )}
      <section
        ref={frame}
        aria-label={`Who uses ${view.of.name}`}
        className="panel overflow-x-auto p-4"
        onKeyDown={move}
      >
        <div className="relative" style={{ width: picture.width, height: picture.height + HEAD }}>
          <Lines picture={picture} chain={chain} />
          {picture.columns.map(({ kind, x, boxes }) => (
            <div key={kind}>
              <h3
                id={`uses-${kind}`}
                className="absolute top-0 truncate text-12 font-medium text-muted"
                style={{ left: x, width: picture.boxWidth }}
              >
                {KINDS[kind].heading}
              </h3>
              <ul aria-labelledby={`uses-${kind}`}>
                {boxes.map((box) => (
                  <li
                    key={box.key}
                    className={cn('absolute transition-opacity', chain && !chain.has(box.key) && 'opacity-35')}
                    style={{ left: x, top: box.y + HEAD, width: picture.boxWidth, height: BOX_HEIGHT }}
                    onPointerEnter={() => setActive(box.key)}
                    onPointerLeave={() => setActive(null)}
                    onFocus={() => setActive(box.key)}
                    onBlur={() => setActive(null)}
                  >
                    <BoxView
                      box={box}
                      isAsked={box.nodes.some(({ id }) => id === view.of.id)}
                      onOpen={() => setOpened(new Set([...opened, box.key]))}
                    />
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </div>
      </section>
    </div>
  )
}

/** Where an arrow key leads from a box. Undefined: nowhere. */
export function neighbour({ columns, lines }: Picture, from: string, key: string): string | undefined {
  if (key === 'ArrowRight') return lines.find(({ used }) => used === from)?.user
  if (key === 'ArrowLeft') return lines.find(({ user }) => user === from)?.used
  const step = key === 'ArrowDown' ? 1 : key === 'ArrowUp' ? -1 : 0
  if (step === 0) return undefined
  const column = columns.find(({ boxes }) => boxes.some((box) => box.key === from))
  const at = column?.boxes.findIndex((box) => box.key === from) ?? -1
  return column?.boxes[at + step]?.key
}

const TROUBLE_LINES = { critical: 'stroke-critical', warning: 'stroke-warning' } as const

function Lines({
  picture: { columns, lines, boxWidth, width, height },
  chain,
}: {
  picture: Picture
  chain: ReadonlySet<string> | null
}) {
  const boxes = new Map(columns.flatMap((column) => column.boxes.map((box) => [box.key, box])))
  return (
    <svg aria-hidden width={width} height={height + HEAD} className="absolute inset-0 overflow-visible" fill="none">
      {lines.map((line) => {
        const [from, to] = [boxes.get(line.used), boxes.get(line.user)]
        if (from === undefined || to === undefined) return null
        const isLit = chain === null || (chain.has(line.used) && chain.has(line.user))
        return (
          <path
            key={`${line.used} ${line.user}`}
            d={pathBetween(from, to, boxWidth)}
            strokeWidth={line.trouble === null ? 1.25 : 2}
            className={cn(colourOf(line, chain !== null && isLit), 'transition-opacity', !isLit && 'opacity-20')}
          />
        )
      })}
    </svg>
  )
}

function colourOf({ trouble }: Line, isLit: boolean): string {
  return trouble === null ? (isLit ? 'stroke-accent' : 'stroke-control') : TROUBLE_LINES[trouble]
}

function pathBetween(from: Box, to: Box, boxWidth: number): string {
  const [y1, y2] = [from.y + HEAD + BOX_HEIGHT / 2, to.y + HEAD + BOX_HEIGHT / 2]
  // A clone lies on another volume, in the same column.
  if (from.x === to.x) return `M${from.x} ${y1}C${from.x - 28} ${y1} ${to.x - 28} ${y2} ${to.x} ${y2}`
  const [x1, x2] = [from.x + boxWidth, to.x]
  const bend = Math.min(40, (x2 - x1) / 2)
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`
}

const BOX =
  'flex size-full flex-col justify-center rounded-md border border-line-strong bg-surface px-2.5 text-left hover:bg-hover'

function BoxView({ box, isAsked, onOpen }: { box: Box; isAsked: boolean; onOpen: () => void }) {
  const [first] = box.nodes
  if (first === undefined) return null
  const tone = first.state?.tone
  const look = cn(
    BOX,
    tone === 'critical' && 'border-critical bg-critical-soft',
    tone === 'warning' && 'border-warning bg-warning-soft',
    isAsked && 'ring-2 ring-accent',
  )
  if (box.nodes.length > 1) {
    const words = `${box.nodes.length} ${KINDS[box.kind].many}`
    return (
      <button
        type="button"
        data-box={box.key}
        onClick={onOpen}
        aria-expanded={false}
        title={namesIn(box.nodes)}
        className={look}
      >
        <BoxLines node={first} title={words} aside={`${first.state?.word ?? ''} · show each`} />
      </button>
    )
  }
  const aside = [first.state?.word, whereOf(first)].filter(Boolean).join(' ')
  return (
    <Link
      href={pathOf(first)}
      prefetch={false}
      data-box={box.key}
      aria-current={isAsked ? 'true' : undefined}
      title={first.name}
      className={look}
    >
      <BoxLines node={first} title={first.name} aside={aside === '' ? KINDS[box.kind].one : aside} />
    </Link>
  )
}

function BoxLines({ node, title, aside }: { node: UsesNode; title: string; aside: string }) {
  return (
    <>
      <span className="flex min-w-0 items-center gap-1.5">
        {node.state && <StatusShape tone={node.state.tone} />}
        <span className="truncate text-13 font-medium">{title}</span>
      </span>
      <span className="truncate text-12 text-muted">{aside}</span>
    </>
  )
}

function namesIn(nodes: readonly UsesNode[]): string {
  const names = nodes.slice(0, 10).map(({ name }) => name)
  return nodes.length > names.length ? `${names.join(', ')} and ${nodes.length - names.length} more` : names.join(', ')
}
