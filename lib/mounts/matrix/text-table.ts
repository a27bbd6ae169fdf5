/** A dead server says the same on two hundred hosts; it is sent once. */
export class TextTable {
  readonly all: string[] = []
  readonly #places = new Map<string, number>()

  placeOf(text: string): number {
    const known = this.#places.get(text)
    if (known !== undefined) return known
    this.#places.set(text, this.all.length)
    return this.all.push(text) - 1
  }
}
