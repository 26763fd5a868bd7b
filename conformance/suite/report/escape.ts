/** Text made safe for XML and HTML, where markup has its characters and XML has none for most control codes. */
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
}

export function escaped(text: string): string {
  return text
    .replace(/[&<>"']/g, character => ENTITIES[character] ?? character)
    .replace(UNFIT, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
}

/** What XML 1.0 has no way to write: control codes, halves of surrogate pairs, and two that are no characters. */
const UNFIT =
  // eslint-disable-next-line no-control-regex -- They are what is looked for.
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
