/**
 * The text of a program that runs in a process of its own: a call of `main`, with its parts. They see each other, their arguments
 * and nothing else of the module that they stand in; so all that one of them calls is in the same file and among the parts. An argument that is
 * a function is one of the parts.
 */
export function programText<A extends unknown[]>(
  main: (...args: A) => unknown,
  args: A,
  parts: readonly ((...args: never[]) => unknown)[] = [],
): string {
  const values = args.map((value) => (typeof value === 'function' ? value.name : JSON.stringify(value)))
  return [...parts.map(String), `(${main.toString()})(${values.join(', ')})`, ''].join('\n')
}
