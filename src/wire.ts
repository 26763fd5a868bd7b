/** The wire door: the ZMTP protocol without sockets and without I/O, for tools that speak it byte by byte. */
export * from "./wire/commands.js"
export { Decoder, MalformedFrame, MAX_PARTS, type DecoderOptions } from "./wire/decoder.js"
export { Encoder, translate, type Sealer } from "./wire/encoder.js"
export * from "./wire/errors.js"
export * from "./wire/frames.js"
export * from "./wire/greeting.js"
export * from "./wire/metadata.js"
export * from "./wire/socket-types.js"
