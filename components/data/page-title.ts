import type { Metadata } from 'next'

/**
 * The title of a page about one thing: "archive · Mounts", and the layout adds the product. What cannot be read has the list's name;
 * the page itself says why.
 */
export async function titleOf(list: string, read: () => Promise<{ name: string }>): Promise<Metadata> {
  try {
    const { name } = await read()
    return { title: `${name} · ${list}` }
  } catch {
    return { title: list }
  }
}
