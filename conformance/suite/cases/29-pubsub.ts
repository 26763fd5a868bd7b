/** 29/PUBSUB: PUB, XPUB, SUB and XSUB. What subscriptions look like and match is in 37-subscriptions.ts. */
import type { Case } from "../play/case.js"
import { publishing } from "./29-publishers.js"
import { subscribers } from "./29-subscribers.js"
import { xpubs } from "./29-xpub.js"
import { xsubs } from "./29-xsub.js"

export const pubsub: readonly Case[] = [...publishing, ...xpubs, ...subscribers, ...xsubs]
