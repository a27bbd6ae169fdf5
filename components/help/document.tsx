import { compiler, type MarkdownToJSX, RuleType } from 'markdown-to-jsx/react'
import Link from 'next/link'
import { Children, type ComponentProps, Fragment, type ReactNode } from 'react'
import { anchorOf, type Doc, hrefOf } from '@/components/help/doc-list'
import { CodeBlock } from '@/components/ui/code-block'

const LINK = 'text-accent underline decoration-accent/40 underline-offset-2 hover:decoration-accent'
const HEAD_CELL = 'min-w-28 bg-sunken px-3 py-2 text-left align-top text-12 font-medium text-muted'
const HEADINGS = {
  2: 'mt-10 mb-2 text-20 font-semibold first:mt-0',
  3: 'mt-7 mb-1.5 text-16 font-semibold',
  4: 'mt-5 mb-1 text-14 font-semibold',
} as const

function Heading({ level, id, children }: { level: 2 | 3 | 4; id?: string | undefined; children?: ReactNode }) {
  const Tag = `h${level}` as const
  return (
    <Tag id={id} className={`group/heading scroll-mt-16 ${HEADINGS[level]}`}>
      <a href={`#${id}`} className="hover:underline">
        {children}
        <span aria-hidden className="ml-2 text-faint opacity-0 group-hover/heading:opacity-100">
          #
        </span>
      </a>
    </Tag>
  )
}

/** To another document, a place in this one, or the web. A file of the sources is not here, so its name is all there is. */
function DocLink({ doc, href = '', children }: ComponentProps<'a'> & { doc: Doc }) {
  const to = hrefOf(href, doc)
  if (to === null) return <span title={`In the sources: ${href}`}>{children}</span>
  if (to.startsWith('/')) {
    return (
      <Link href={to} prefetch={false} className={LINK}>
        {children}
      </Link>
    )
  }
  const away = to.startsWith('#') ? {} : { target: '_blank', rel: 'noreferrer' }
  return (
    <a href={to} className={LINK} {...away}>
      {children}
    </a>
  )
}

const DECISION = /\[[^\]]*\]\((?:[^)\s]*\/)?decisions\/[^)\s]*\)/.source
/** In parentheses, or as a sentence: nothing but the way to a decision. */
const ASIDE = new RegExp(` \\(${DECISION}\\)|(?<=[.:]) ${DECISION}\\.`, 'g')

/** Decisions are not shown here: without its link, "(why and how)" is a riddle. */
export function withoutAsides(text: string): string {
  return text.replace(ASIDE, '')
}

function styled(className: string) {
  return { props: { className } }
}

function overridesFor(doc: Doc): MarkdownToJSX.Overrides {
  return {
    // The page has the title.
    h1: () => null,
    h2: (props: ComponentProps<'h2'>) => <Heading level={2} {...props} />,
    h3: (props: ComponentProps<'h3'>) => <Heading level={3} {...props} />,
    h4: (props: ComponentProps<'h4'>) => <Heading level={4} {...props} />,
    a: { component: DocLink, props: { doc } },
    // Pictures stay in the sources.
    img: () => null,
    p: styled('my-3 break-words'),
    ul: styled('my-3 list-disc space-y-1.5 pl-5 marker:text-faint'),
    ol: styled('my-3 list-decimal space-y-1.5 pl-5 marker:text-faint'),
    code: styled('rounded-sm border border-line bg-sunken px-1 py-px font-mono text-12 [overflow-wrap:anywhere]'),
    blockquote: styled('my-3 border-l-2 border-line-strong pl-4 text-muted'),
    hr: styled('my-8'),
    table: ({ children }: ComponentProps<'table'>) => (
      // biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls.
      <div
        role="group"
        aria-label="Table"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard.
        tabIndex={0}
        className="my-4 overflow-x-auto rounded-md border border-line"
      >
        <table className="w-full border-collapse text-13 [&_tbody_tr]:border-t [&_tr+tr]:border-t">{children}</table>
      </div>
    ),
    // A column without a word above it has no heading.
    th: ({ children }: ComponentProps<'th'>) =>
      Children.count(children) === 0 ? <td className={HEAD_CELL} /> : <th className={HEAD_CELL}>{children}</th>,
    td: styled('min-w-28 px-3 py-2 align-top'),
  }
}

/** A document as a page: only what Markdown knows, and no HTML of its own. */
export function Document({ doc, text }: { doc: Doc; text: string }) {
  return (
    <article className="min-w-0 max-w-[760px] text-14 leading-6 [&>*:first-child]:mt-0">
      {compiler(withoutAsides(text), {
        disableParsingRawHTML: true,
        forceBlock: true,
        wrapper: Fragment,
        slugify: anchorOf,
        overrides: overridesFor(doc),
        renderRule: (next, node, _render, state) =>
          node.type === RuleType.codeBlock ? (
            <CodeBlock key={state.key} text={node.text} label="Text" className="my-4" />
          ) : (
            next()
          ),
      })}
    </article>
  )
}
