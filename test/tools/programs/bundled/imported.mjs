import * as zmq from "zmtp"
import * as draft from "zmtp/draft"
import * as v5 from "zmtp/v5-compat"
import * as wire from "zmtp/wire"
import dependent from "dependent"
import { exchange } from "./exchange.cjs"

void exchange(zmq, draft, v5, wire, dependent)
