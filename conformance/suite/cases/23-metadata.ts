/**
 * Connection metadata (23/ZMTP, 37/ZMTP §Connection Metadata): which properties there are. How they are encoded is for
 * 23-null.ts, and what Socket-Type, Identity and Resource mean for files of their own.
 */
import { admitted } from "../play/admitted.js"
import type { Octets } from "../play/bytes.js"
import { ANY, type Case } from "../play/case.js"
import { ownProperties } from "../play/properties.js"
import { demand } from "../play/verdict.js"

const OTHERS: readonly (readonly [
  name: string,
  what: string,
  clauses: readonly string[],
  property: string,
  value: Octets,
])[] = [
  [
    "application-property",
    "a property X-Anything, of the application",
    ["37/metadata/4", "23/metadata/4"],
    "X-Anything",
    "value",
  ],
  [
    "application-property-of-binary",
    "a property X-Binary whose value is 00 FF 80",
    ["37/metadata/4", "23/metadata/4", "37/null/19", "23/null/15"],
    "X-Binary",
    "\0\xff\x80",
  ],
  [
    "implementation-property",
    "a property Implementation, which no RFC defines",
    ["37/null/9", "23/null/5"],
    "Implementation",
    "conformance suite",
  ],
]

export const metadata: readonly Case[] = [
  ...(["binds", "connects"] as const).map((side): Case => ({
    id: `metadata/socket-type-of-who-${side}`,
    clauses: ["37/metadata/3", "23/metadata/3"],
    sends: `a greeting and READY, to a peer that ${side}`,
    requires: "its READY has a Socket-Type",
    types: ANY,
    side,
    async play(subject) {
      const own = ownProperties(await subject.peer())
      demand(own.has("socket-type"), `Its READY has ${[...own.keys()].join(", ") || "no property"}`)
    },
  })),
  {
    id: "metadata/no-application-property",
    clauses: ["37/metadata/4", "23/metadata/4"],
    sends: "a greeting and READY to a peer whose application sets no property",
    requires: "no name in its READY starts with X-",
    types: ANY,
    async play(subject) {
      const names = [...ownProperties(await subject.peer()).keys()].filter(name => name.startsWith("x-"))
      demand(names.length === 0, `Its READY has ${names.join(", ")}`)
    },
  },
  ...OTHERS.map(([name, what, clauses, property, value]): Case => ({
    id: `metadata/${name}`,
    clauses,
    sends: `READY with ${what}`,
    requires: "the handshake is completed, and the connection used",
    types: ANY,
    async play(subject) {
      await admitted(subject, await subject.peer({ properties: [[property, value]] }))
    },
  })),
]
