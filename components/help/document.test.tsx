import { globSync, readFileSync } from 'node:fs'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import { anchorOf, DOCS, type Doc, docBySlug, hrefOf } from '@/components/help/doc-list'
import { Document, withoutAsides } from '@/components/help/document'
import { LearnMoreAfter } from '@/components/help/learn-more'

const AGENT = docBySlug('agent') as Doc
const draw = (text: string, doc: Doc = AGENT) => renderToStaticMarkup(<Document doc={doc} text={text} />)
const textOf = ({ file }: Doc) => readFileSync(file, 'utf8')

it('has every document of docs/, and takes each of them in', () => {
  expect(DOCS.map(({ file }) => file).toSorted()).toEqual(['README.md', ...globSync('docs/*.md')].toSorted())
  const taken = readFileSync('components/help/doc-texts.ts', 'utf8')
  for (const { file, slug } of DOCS) {
    expect(taken).toContain(`'@/${file}'`)
    expect(taken).toMatch(new RegExp(`^ {2}'?${slug}'?[:,]`, 'm'))
  }
})

describe.each(DOCS.map((doc) => [doc.file, doc] as const))('%s', (_file, doc) => {
  const html = draw(textOf(doc), doc)

  it('shows no Markdown as such, and code with a button to copy it', () => {
    expect(html).not.toMatch(/(^|>)\s*(#{1,6} |\|---|```)/)
    const blocks = textOf(doc).match(/^```/gm)?.length ?? 0
    expect(html.match(/Copy text/g)?.length ?? 0).toBeGreaterThanOrEqual(blocks / 2)
  })

  it('leads only to places that there are', () => {
    const links = [...html.matchAll(/href="([^"]+)"/g)].map(([, href = '']) => href)
    for (const href of links.filter((link) => !link.startsWith('http'))) {
      const [path = '', anchor] = href.split('#')
      const target = path === '' ? doc : docBySlug(path.replace('/help/', ''))
      expect(target, href).toBeDefined()
      if (!target || anchor === undefined) continue
      const headings = textOf(target).match(/^#{2,4} .*$/gm) ?? []
      expect(
        headings.map((line) => anchorOf(line.replace(/^#+ /, '').replaceAll('`', ''))),
        href,
      ).toContain(anchor)
    }
  })
})

it('links documents among each other, and names files of the sources without a link', () => {
  expect(hrefOf('database.md#restore', AGENT)).toBe('/help/database#restore')
  expect(hrefOf('../README.md', AGENT)).toBe('/help/start')
  expect(hrefOf('#the-policy-of-a-host', AGENT)).toBe('#the-policy-of-a-host')
  expect(hrefOf('decisions/0017-jobs.md', AGENT)).toBeNull()
  expect(hrefOf('../lib/controller/README.md#add-a-kind', AGENT)).toBeNull()
  expect(draw('See [decision 7](decisions/0007-x.md).')).toContain(
    'title="In the sources: decisions/0007-x.md">decision 7</span>',
  )
})

it('leaves out what only leads to a decision, which is not shown here', () => {
  const aside =
    'in `/root` ([why and how](docs/decisions/0012-a.md)). Where not, [doctor](b.md) says so ([c](decisions/2-d.md)).'
  expect(withoutAsides(aside)).toBe('in `/root`. Where not, [doctor](b.md) says so.')
  expect(withoutAsides('Upgrade them. [Why it is so](decisions/0008-e.md). Next.')).toBe('Upgrade them. Next.')
  expect(withoutAsides('See [decision 7](decisions/0007-x.md), (and [this](agent.md)).')).toContain('decision 7')
  for (const doc of DOCS)
    expect(draw(textOf(doc), doc), doc.file).not.toMatch(/\(<span title="In the sources: [^"]*decisions\//)
})

it('is linked from an advice that names what it is about, and from no other', () => {
  const after = (advice: string) => renderToStaticMarkup(<LearnMoreAfter advice={advice} />)
  const link = /href="\/help\/agent#([^"]+)"/.exec(
    after('Let the administrator open it in /etc/holdfast/agent.json there.'),
  )?.[1]
  expect(
    textOf(AGENT)
      .match(/^## .*$/gm)
      ?.map((line) => anchorOf(line.slice(3))),
  ).toContain(link)
  expect(after('Check the address.')).toBe('')
})

it('carries out nothing that a document says', () => {
  const html = draw(
    '# T\n\n<script>alert(1)</script> <img src=x onerror=alert(1)>\n\n[a](javascript:alert(1)) [b](data:text/html,x) ![c](x.png)',
  )
  expect(html).not.toMatch(/<script|<img|javascript:alert|href="data:/)
})
