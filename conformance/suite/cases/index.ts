/** All cases, a file for each section of an RFC, in the order in which a connection meets them. */
import type { Case } from "../play/case.js"
import { zmtp1 } from "./13-zmtp1.js"
import { zmtp2 } from "./15-zmtp2.js"
import { commands } from "./23-commands.js"
import { error } from "./23-error.js"
import { framing } from "./23-framing.js"
import { greeting } from "./23-greeting.js"
import { identity } from "./23-identity.js"
import { mechanism } from "./23-mechanism.js"
import { messages } from "./23-messages.js"
import { metadata } from "./23-metadata.js"
import { nullMechanism } from "./23-null.js"
import { semantics } from "./23-semantics.js"
import { socketType } from "./23-socket-type.js"
import { version } from "./23-version.js"
import { plain } from "./24-plain.js"
import { zap } from "./27-zap.js"
import { reqrep } from "./28-reqrep.js"
import { pubsub } from "./29-pubsub.js"
import { pipeline } from "./30-pipeline.js"
import { pair } from "./31-pair.js"
import { drafts } from "./37-drafts.js"
import { heartbeat } from "./37-heartbeat.js"
import { resource } from "./37-resource.js"
import { subscriptions } from "./37-subscriptions.js"

export { INSPECTIONS } from "./inspections.js"

export const CASES: readonly Case[] = [
  ...greeting,
  ...version,
  ...mechanism,
  ...error,
  ...nullMechanism,
  ...metadata,
  ...socketType,
  ...identity,
  ...resource,
  ...framing,
  ...commands,
  ...messages,
  ...semantics,
  ...heartbeat,
  ...subscriptions,
  ...drafts,
  ...zmtp2,
  ...zmtp1,
  ...plain,
  ...zap,
  ...reqrep,
  ...pubsub,
  ...pipeline,
  ...pair,
]
