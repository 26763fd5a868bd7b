/**
 * What a program can reach of a package: exports, classes with all that their instances inherit, the defaults of
 * options, the values of constants. Flattened to lines that two packages can be compared by.
 */

/**
 * What there is, by path: a member as `Router.mandatory` → `get set`, its value at first as
 * `new Router().linger` → `-1`.
 */
export type Surface = ReadonlyMap<string, string>

/** What functions have by themselves, some of them only outside of strict mode. */
const OF_FUNCTIONS = new Set(["length", "name", "prototype", "arguments", "caller"])

type Class = new (...args: unknown[]) => object

/** What no program was meant to look at: the means by which modules are one system's or the other's. */
const MODULE_MARKS = new Set(["default", "module.exports", "__esModule"])

/** Walks through one door of a package. Classes are told from functions by their initial. */
export function walk(door: object): Surface {
  const surface = new Map<string, string>()
  for (const [name, descriptor] of properties(door)) {
    if (MODULE_MARKS.has(name)) continue
    const value = Reflect.get(door, name) as unknown
    surface.set(name, `${kindOf(value)}${descriptor.enumerable === true ? "" : ", not enumerable"}`)
    if (isClass(name, value)) walkClass(surface, name, value)
    else if (typeof value === "function") surface.set(`${name}.length`, String(value.length))
    else if (typeof value === "object" && value !== null) walkInstance(surface, name, value)
    else surface.set(name, JSON.stringify(value))
  }
  return surface
}

function walkClass(surface: Map<string, string>, name: string, Class: Class): void {
  surface.set(`${name}.length`, String(Class.length))
  for (const [key, descriptor] of properties(Class)) {
    if (!OF_FUNCTIONS.has(key)) walkMember(surface, `static ${name}.${key}`, descriptor)
  }
  for (const [key, descriptor] of inherited(Class.prototype as object)) {
    walkMember(surface, `${name}.${key}`, descriptor)
  }
  const instance = make(Class)
  if (instance === undefined) return
  walkInstance(surface, `new ${name}()`, instance)
  const { close } = instance as { close?: () => void }
  close?.call(instance)
}

function walkMember(surface: Map<string, string>, path: string, descriptor: PropertyDescriptor): void {
  const value: unknown = descriptor.value
  const accessors = (["get", "set"] as const).filter(name => descriptor[name] !== undefined).join(" ")
  surface.set(path, `${accessors || kindOf(value)}${descriptor.enumerable === true ? ", enumerable" : ""}`)
  if (typeof value === "function") surface.set(`${path}.length`, String(value.length))
}

/** The values of an object: its own, and what its accessors give. */
function walkInstance(surface: Map<string, string>, path: string, object: object): void {
  // Own fields that begin so are somebody's inside, in native's types private.
  const own = properties(object).filter(([key]) => !key.startsWith("_"))
  for (const [key, descriptor] of [...own, ...inherited(Object.getPrototypeOf(object) as object)]) {
    if (typeof descriptor.value === "function") continue
    surface.set(
      `${path}.${key}`,
      valueOf(() => Reflect.get(object, key) as unknown),
    )
  }
}

function valueOf(read: () => unknown): string {
  try {
    const value = read()
    if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? String(value)
    return Array.isArray(value) ? JSON.stringify(value) : kindOf(value)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return `throws ${code ?? message}`
  }
}

function kindOf(value: unknown): string {
  if (typeof value === "object") return value === null ? "null" : `a ${value.constructor.name}`
  return typeof value
}

function isClass(name: string, value: unknown): value is Class {
  return typeof value === "function" && /^[A-Z]/.test(name)
}

/** An instance, of classes that can be made without more; sockets of version 5 need the name of a type. */
function make(Class: Class): object | undefined {
  for (const args of [[], ["dealer"]]) {
    try {
      return new Class(...args)
    } catch {
      // The next.
    }
  }
  return undefined
}

function properties(object: object): [string, PropertyDescriptor][] {
  return Reflect.ownKeys(object).map(key => [
    // Node.js 20 describes some of JavaScript's symbols as its own.
    typeof key === "symbol" ? `[${String(key.description).replace("nodejs.", "Symbol.")}]` : key,
    Reflect.getOwnPropertyDescriptor(object, key) ?? {},
  ])
}

/** The members of an object and of what it inherits, as far as they are the package's. */
function inherited(object: object): [string, PropertyDescriptor][] {
  const members = new Map<string, PropertyDescriptor>()
  for (let at = object; !isPlatform(at); at = Object.getPrototypeOf(at) as object) {
    for (const [key, descriptor] of properties(at)) {
      if (key !== "constructor" && !members.has(key)) members.set(key, descriptor)
    }
  }
  return [...members]
}

/** Whether an object is a prototype of JavaScript or Node.js. */
function isPlatform(object: object): boolean {
  return ["Object", "EventEmitter", "AsyncIterator"].includes(
    Object.hasOwn(object, "constructor") ? object.constructor.name : "",
  )
}
