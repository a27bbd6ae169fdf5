/** Everything of a list that is read page by page. */
export async function everyPage<T>(
  read: (cursor: string | undefined) => Promise<{ data: T[]; nextCursor?: string }>,
): Promise<T[]> {
  const all: T[] = []
  let cursor: string | undefined
  do {
    const page = await read(cursor)
    all.push(...page.data)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return all
}
