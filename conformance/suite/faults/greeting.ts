/** Faults of the greeting: what is said in it, when, and what is made of the other side's. */
import { Session } from "../../../src/peers/session.js"
import { GREETING_SIZE, GreetingReader, type GreetingStep } from "../../../src/wire/greeting.js"
import { override, remembering, type Fault } from "./fault.js"

const REFUSED = "refused"

interface Connection {
  readonly security: { readonly mechanism: string }
  fault(reason: string): void
}

/** What becomes of each octet of the other side's greeting; told of the octet, its place and our mechanism. */
type Reading = (octet: number, at: number, mechanism: string) => number | typeof REFUSED

/** @param make Called for each connection. */
function reads(make: () => Reading): void {
  const readings = remembering<{ read: Reading; at: number }>(() => ({ read: make(), at: 0 }))
  override<Connection, [Buffer]>(Session, "readGreeting", (session, original, chunk) => {
    const reading = readings(session)
    const changed = Buffer.from(chunk)
    for (const [i, octet] of chunk.entries()) {
      if (reading.at >= GREETING_SIZE) break
      const at = reading.at++
      const read = reading.read(octet, at, session.security.mechanism)
      if (read === REFUSED) return session.fault("The greeting is refused")
      changed[i] = read
      // What goes on otherwise is no greeting of 64 octets.
      if ((at === 0 && octet !== 0xff) || (at === 9 && octet % 2 === 0) || (at === 10 && octet < 3)) {
        reading.at = GREETING_SIZE
      }
    }
    original(changed)
  })
}

/** Where the octets of a 3.1 greeting stand that go out after its major version. */
const TAIL_AT = 11
const TAIL = GREETING_SIZE - TAIL_AT
const FILLER = 31

/** Changes the octets of our greeting from the minor version on; told of the octet and its place. */
function says(change: (octet: number, at: number) => number): void {
  override<object, [Buffer], GreetingStep>(GreetingReader, "push", (_, original, chunk) => {
    const step = original(chunk)
    const tail = tailOf(step)
    tail?.forEach((octet, i) => (tail[i] = change(octet, TAIL_AT + i)))
    return step
  })
}

/** What is said to peers of version 3 ends with the filler. */
function tailOf({ send = Buffer.alloc(0) }: GreetingStep): Buffer | undefined {
  const modern = send.length >= TAIL && send.subarray(-FILLER).every(octet => octet === 0)
  return modern ? send.subarray(-TAIL) : undefined
}

export const greeting: readonly Fault[] = [
  {
    name: "padding-validated",
    breaks: ["37/version/6", "37/version/7", "23/version/6", "23/version/7"],
    describes: "It refuses a signature with padding that is neither zero nor a small size.",
    apply: () => reads(() => (octet, at) => (at >= 1 && at <= 6 && octet !== 0 ? REFUSED : octet)),
    fails: [
      "version/padding-ones",
      "version/padding-highest-bit",
      "version/padding-highest-length",
      "version/padding-text",
      "version/padding-signature-like",
    ],
  },
  {
    name: "higher-version-refused",
    breaks: ["37/version/8", "37/version/9", "23/version/8", "23/version/9"],
    describes: "It refuses peers of a major version above 3.",
    apply: () => reads(() => (octet, at) => (at === 10 && octet > 3 ? REFUSED : octet)),
    fails: [
      "version/major-four",
      "version/major-four-minor-one",
      "version/major-five",
      "version/major-127",
      "version/highest-version",
      "version/major-four-to-a-peer-that-connects",
      "version/own-framing-to-a-higher-one",
    ],
  },
  {
    name: "higher-minor-refused",
    breaks: ["37/version/8", "37/version/9", "23/version/8", "23/version/9"],
    describes: "It refuses peers of 3.2 and above.",
    apply: () =>
      reads(() => {
        let major = 0
        return (octet, at) => {
          if (at === 10) major = octet
          return at === 11 && major === 3 && octet > 1 ? REFUSED : octet
        }
      }),
    fails: [
      "version/minor-two",
      "version/highest-minor",
      "version/filler-of-a-later-version",
      "version/own-subscription-to-a-higher-one",
    ],
  },
  {
    name: "greeting-comes-second",
    breaks: ["37/version/1", "37/version/2", "23/version/1", "23/version/2"],
    describes: "It says nothing before the other side's greeting is complete.",
    apply: () => {
      const unsaid = remembering<Buffer[]>(() => [])
      override<object, [], Buffer>(GreetingReader, "start", (reader, original) => {
        unsaid(reader).push(original())
        return Buffer.alloc(0)
      })
      override<object, [Buffer], GreetingStep>(GreetingReader, "push", (reader, original, chunk) => {
        const { send, current, ...step } = original(chunk)
        if (send !== undefined) unsaid(reader).push(send)
        // READY would leave as soon as the version is known.
        if (step.done === undefined && step.fault === undefined) return step
        return { ...step, ...(current === true && { current }), send: Buffer.concat(unsaid(reader)) }
      })
    },
    fails: [
      "greeting/cut-after-first-octet",
      "greeting/cut-after-padding",
      "greeting/cut-after-signature",
      "greeting/cut-after-major-version",
      "greeting/cut-after-minor-version",
      "greeting/cut-after-name-of-the-mechanism",
      "greeting/cut-after-mechanism",
      "greeting/cut-after-as-server",
      "greeting/cut-after-filler-but-one-octet",
      "version/signature-unasked",
      "version/version-after-signature",
      "version/rest-after-version",
      "version/step-by-step",
      "version/whole-greeting-unasked",
      "version/padding-of-who-demands",
      "mechanism/greeting-to-another-mechanism-in-two",
      "zmtp2/signature-with-identity-none",
      "zmtp2/signature-with-identity-abc",
      "zmtp2/signature-with-identity-255-octets",
      "zmtp2/greeting-after-ours",
      "plain/client-message",
    ],
  },
  {
    name: "as-server-set",
    breaks: ["37/null/2", "37/topology/2", "23/null/4", "23/topology/3"],
    describes: "It says as-server where the mechanism is NULL, too.",
    apply: () => says((octet, at) => (at === 32 ? 1 : octet)),
    fails: [
      "greeting/as-server-of-null-binding",
      "greeting/as-server-of-null-connecting",
      "plain/client-says-so",
    ],
  },
  {
    name: "as-server-heeded",
    breaks: ["37/topology/1", "23/topology/2"],
    describes: "It refuses peers that say as-server where the mechanism has no roles.",
    apply: () =>
      reads(
        () => (octet, at, mechanism) => (at === 32 && octet !== 0 && mechanism === "NULL" ? REFUSED : octet),
      ),
    fails: ["greeting/as-server-ignored-binding", "greeting/as-server-ignored-connecting"],
  },
  {
    name: "mechanism-padded-with-spaces",
    breaks: ["37/grammar/5", "37/grammar/6", "23/grammar/5", "23/grammar/6"],
    describes: "It fills the field of the mechanism with spaces.",
    apply: () => says((octet, at) => (at >= 12 && at < 32 && octet === 0 ? 0x20 : octet)),
    fails: ["greeting/mechanism-characters", "inspections/mechanism"],
  },
  {
    name: "filler-not-zero",
    breaks: ["37/grammar/8", "23/grammar/8"],
    describes: "It ends its greeting with octets FF.",
    apply: () => says((octet, at) => (at >= 33 ? 0xff : octet)),
    fails: ["greeting/filler", "inspections/filler"],
  },
  {
    name: "filler-validated",
    breaks: ["37/version/8", "23/version/8"],
    describes: "It refuses greetings with a filler that is not zero.",
    apply: () => reads(() => (octet, at) => (at >= 33 && octet !== 0 ? REFUSED : octet)),
    fails: ["version/filler-of-a-later-version"],
  },
  {
    name: "mechanism-not-compared",
    breaks: ["37/mechanism/8", "23/mechanism/8"],
    describes: "It talks to peers of any mechanism in its own.",
    apply: () =>
      reads(() => (octet, at, mechanism) => {
        const name = Buffer.alloc(20)
        name.write(mechanism, "latin1")
        return at >= 12 && at < 32 ? (name[at - 12] ?? 0) : octet
      }),
    fails: [
      "mechanism/other-plain",
      "mechanism/other-curve",
      "mechanism/other-gssapi",
      "mechanism/other-unknown",
      "mechanism/other-nothing",
      "mechanism/other-lower-case",
      "mechanism/other-longer",
      "mechanism/other-shorter",
      "mechanism/other-without-an-end",
      "mechanism/other-space-before",
      "mechanism/other-more-after-a-zero",
      "mechanism/other-to-a-peer-that-connects",
      "mechanism/null-to-a-plain-client",
      "plain/server-meets-null",
      "plain/server-meets-curve",
      "plain/client-meets-null",
      "plain/client-meets-curve",
    ],
  },
  {
    name: "mechanism-read-as-a-c-string",
    breaks: ["37/mechanism/8", "23/mechanism/8"],
    describes: "It ignores what follows the first zero in the field of the mechanism.",
    apply: () =>
      reads(() => {
        let over = false
        return (octet, at) => {
          if (at < 12 || at >= 32) return octet
          over ||= octet === 0
          return over ? 0 : octet
        }
      }),
    fails: ["mechanism/other-more-after-a-zero"],
  },
]
