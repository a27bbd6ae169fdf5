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
  const [head, tail] = inHalves(text)
  return (
    <span className={cn('inline-flex min-w-0 max-w-full items-center gap-1', className)}>
      <span className="flex min-w-0 font-mono text-12" title={text}>
        <span className="min-w-0 truncate whitespace-pre">{head}</span>
        {tail && <span className="shrink-0 whitespace-pre">{tail}</span>}
      </span>
      {copy && <CopyButton text={text} label="Copy" className="relative z-10 md:-my-1" />}
    </span>
  )
}
