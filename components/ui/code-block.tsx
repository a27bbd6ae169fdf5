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

/** A path, id or source: mono, shortened in the middle, copyable, whole on hover. */
export function Mono({
  text,
  copy,
  max = 48,
  className,
}: {
  text: string
  copy?: boolean
  max?: number
  className?: string
}) {
  const tail = Math.floor(max / 2.5)
  const shown = text.length > max ? `${text.slice(0, max - tail - 1)}…${text.slice(-tail)}` : text
  return (
    <span className={cn('inline-flex min-w-0 max-w-full items-center gap-1', className)}>
      <span className="min-w-0 truncate font-mono text-12" title={text}>
        {shown}
      </span>
      {copy && <CopyButton text={text} label="Copy" className="relative z-10 -my-1" />}
    </span>
  )
}
