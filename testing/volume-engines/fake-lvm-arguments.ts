/** Bytes of an extent: thick volumes consist of such, and the sizes of all are multiples of it. */
export const EXTENT = 4 * 1024 * 1024

/** The arguments that this engine uses, and how many words follow each. Another one is a slip of the pen. */
const OPTIONS: Readonly<Record<string, 0 | 1>> = {
  '--devices': 1,
  '--config': 1,
  '--reportformat': 1,
  '--units': 1,
  '--nosuffix': 0,
  '-o': 1,
  '--addtag': 1,
  '--deltag': 1,
  '--type': 1,
  '--thinpool': 1,
  '--virtualsize': 1,
  '--activate': 1,
  '--name': 1,
  '--size': 1,
  '--zero': 1,
  '--wipesignatures': 1,
  '--snapshot': 0,
  '--setactivationskip': 1,
  '--permission': 1,
  '--ignoreactivationskip': 0,
  '--use-policies': 0,
}

/** What one command of LVM was given. */
export class LvmArguments {
  readonly operands: string[]
  readonly #given = new Map<string, string[]>()

  constructor(args: readonly string[]) {
    const end = args.indexOf('--')
    this.operands = args.slice(end + 1)
    for (let at = 0; at < end; ) {
      const option = args[at] ?? ''
      const words = OPTIONS[option]
      if (words === undefined) throw new Error(`lvm ${option} is not known here`)
      this.#given.set(option, [...(this.#given.get(option) ?? []), words === 1 ? (args[at + 1] ?? '') : ''])
      at += 1 + words
    }
  }

  has(option: string): boolean {
    return this.#given.has(option)
  }

  one(option: string): string {
    return this.#given.get(option)?.[0] ?? ''
  }

  all(option: string): string[] {
    return this.#given.get(option) ?? []
  }

  /** Rounded up to whole extents, as LVM does. */
  bytes(option: string): number {
    return Math.ceil(Number(this.one(option).replace(/b$/, '')) / EXTENT) * EXTENT
  }
}
