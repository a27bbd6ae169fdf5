import { GO_TO } from '@/components/layout/shortcuts'

function Key({ children }: { children: string }) {
  return (
    <kbd className="inline-flex h-6 min-w-6 items-center justify-center rounded-sm border border-line-strong bg-sunken px-1.5 font-sans text-12">
      {children}
    </kbd>
  )
}

const GROUPS: readonly { heading: string; lines: readonly { keys: readonly string[]; label: string }[] }[] = [
  {
    heading: 'Anywhere',
    lines: [
      { keys: ['Ctrl', 'K'], label: 'Search, jump to, and do' },
      { keys: ['/'], label: 'Search in what the page shows' },
      { keys: ['?'], label: 'This list' },
      { keys: ['Esc'], label: 'Close what is open' },
    ],
  },
  {
    heading: 'In forms and in the placement',
    lines: [
      { keys: ['Enter'], label: 'Test a backend that is being typed; when it has passed, save it' },
      { keys: ['←', '↑', '↓', '→'], label: 'From cell to cell of the placement' },
      { keys: ['Enter'], label: 'Open the cell' },
    ],
  },
  { heading: 'Go to', lines: GO_TO.map(({ key, label }) => ({ keys: ['g', key], label })) },
]

/** All keys, by where they work. */
export function Keys() {
  return (
    <div className="gap-x-8 space-y-5 sm:columns-2">
      {GROUPS.map(({ heading, lines }) => (
        <section key={heading} className="min-w-0 break-inside-avoid">
          <h3 className="mb-1.5 text-12 text-muted">{heading}</h3>
          <ul className="space-y-1.5 text-13">
            {lines.map(({ keys, label }) => (
              <li key={label} className="flex items-center justify-between gap-4">
                <span className="min-w-0">{label}</span>
                <span className="flex shrink-0 gap-1">
                  {keys.map((key) => (
                    <Key key={key}>{key}</Key>
                  ))}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  )
}
