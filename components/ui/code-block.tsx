import { cn } from '@/components/ui/cn'
import { CopyButton } from '@/components/ui/copy-button'

/** Text to run or to read as a machine wrote it, with a copy button. */
export function CodeBlock({ text, label, className }: { text: string; label?: string; className?: string }) {
  return (
    <div className={cn('flex items-start gap-1 rounded-md border border-line bg-sunken', className)}>
      <pre className="min-w-0 flex-1 overflow-x-auto whitespace-pre-wrap break-words px-3 py-2 font-mono text-12 leading-5 text-ink">
        {text}
      </pre>
      <CopyButton text={text} label={label ? `Copy ${label.toLowerCase()}` : 'Copy'} className="m-1.5" />
    </div>
  )
}

/** So many characters at the end stay when there is no room: what tells one path from the next. */
const TAIL = 12

/** Where the ellipsis goes when there is no room. A short text has no end of its own. */
export function inHalves(text: string): [head: string, tail: string] {
  const tail = Math.min(TAIL, Math.floor(text.length / 3))
  return text.length <= TAIL ? [text, ''] : [text.slice(0, -tail), text.slice(-tail)]
}

/** A path, id or source: mono, as much of it as there is room for with the middle left out, copyable, whole on hover. */
export function Mono({ text, copy, className }: { text: string; copy?: boolean; className?: string }) {
  return (
    <span className={cn('inline-flex min-w-0 max-w-full items-center gap-1', className)}>
      <Halves text={text} />
      {copy && <CopyButton text={text} label={`Copy ${text}`} className="relative z-10 md:-my-1" />}
    </span>
  )
}

function Halves({ text }: { text: string }) {
  const [head, tail] = inHalves(text)
  return (
    <span className="flex min-w-0 font-mono text-12" title={text}>
      <span className="min-w-0 truncate whitespace-pre">{head}</span>
      {tail && <span className="shrink-0 whitespace-pre">{tail}</span>}
    </span>
  )
}

/**
 * The same in a cell of a table, where a button in each row takes the room that the text needs: it comes with the row under the
 * pointer, and a text that fills its cell gives way to it. By touch and on a phone it is always there.
 */
export function MonoCell({ text }: { text: string }) {
  return (
    <span className="group/mono relative inline-flex min-w-0 max-w-full items-center gap-1 md:pointer-fine:gap-0">
      <Halves text={text} />
      <span
        aria-hidden
        className="hidden w-7 shrink-[99999] group-focus-within/mono:shrink-0 group-hover/row:shrink-0 md:pointer-fine:block"
      />
      <CopyButton
        text={text}
        label={`Copy ${text}`}
        className="z-10 md:-my-1 md:pointer-fine:absolute md:pointer-fine:right-0 md:pointer-fine:opacity-0 md:pointer-fine:focus-visible:opacity-100 md:pointer-fine:group-hover/row:opacity-100"
      />
    </span>
  )
}
