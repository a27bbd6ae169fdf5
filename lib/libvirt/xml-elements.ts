import { XmlElement } from '@rgrove/parse-xml'

/** The elements of this name right below; none below nothing. */
export function childrenOf(element: XmlElement | null | undefined, name: string): XmlElement[] {
  const children = element?.children ?? []
  return children.filter((child): child is XmlElement => child instanceof XmlElement && child.name === name)
}
